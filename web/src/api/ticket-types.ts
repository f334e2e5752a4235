import { body, client, data } from "./client";
import type { PromoCodeChanges, PromoCodeInput, TicketTypeChanges, TicketTypeInput } from "./types";

const at = (id: number) => ({ path: { id } });

export const ticketTypes = (eventId: number) =>
  data(client.GET("/api/admin/events/{id}/ticket-types", { params: at(eventId) }));

export const addTicketType = (eventId: number, input: TicketTypeInput) =>
  data(client.POST("/api/admin/events/{id}/ticket-types", { params: at(eventId), body: input }));

export const updateTicketType = (id: number, input: TicketTypeChanges) =>
  data(client.PUT("/api/admin/ticket-types/{id}", { params: at(id), body: input }));

/** Archives a type that orders or promo codes name, and deletes others. */
export const removeTicketType = (id: number) =>
  body(client.DELETE("/api/admin/ticket-types/{id}", { params: at(id) }));

export const sortTicketTypes = (eventId: number, ids: number[]) =>
  data(
    client.PUT("/api/admin/events/{id}/ticket-types/order", {
      params: at(eventId),
      body: { ids },
    }),
  );

export const promoCodes = (eventId: number) =>
  data(client.GET("/api/admin/events/{id}/promo-codes", { params: at(eventId) }));

export const addPromoCode = (eventId: number, input: PromoCodeInput) =>
  data(client.POST("/api/admin/events/{id}/promo-codes", { params: at(eventId), body: input }));

export const updatePromoCode = (id: number, input: PromoCodeChanges) =>
  data(client.PUT("/api/admin/promo-codes/{id}", { params: at(id), body: input }));

export const removePromoCode = (id: number) =>
  body(client.DELETE("/api/admin/promo-codes/{id}", { params: at(id) }));
