import { client, data } from "./client";
import { allPages } from "./pages";
import type { HolderChange, LineInput, OrderInput } from "./types";

const at = (id: number, token: string | null) => ({
  params: { path: { id }, query: token ? { token } : {} },
});

export const quoteOrder = (input: { event_id: number; lines: LineInput[]; promo_code?: string }) =>
  data(client.POST("/api/orders/quote", { body: input }));

export const placeOrder = (input: OrderInput, idempotencyKey: string) =>
  data(client.POST("/api/orders", { body: input, headers: { "Idempotency-Key": idempotencyKey } }));

export const getOrder = (id: number, token: string | null) =>
  data(client.GET("/api/orders/{id}", at(id, token)));

export const userOrders = (userId: number) =>
  allPages((query) =>
    data(
      client.GET("/api/users/{user_id}/orders", { params: { path: { user_id: userId }, query } }),
    ),
  );

/** Names the person that a ticket is for. */
export const editHolder = (
  id: number,
  ticketId: number,
  holder: HolderChange,
  token: string | null,
) =>
  data(
    client.PATCH("/api/orders/{id}/tickets/{ticket_id}", {
      params: { path: { id, ticket_id: ticketId }, query: token ? { token } : {} },
      body: holder,
    }),
  );

/** Issues a guest's free order by the token of the mailed link. Repeatable. */
export const confirmOrder = (id: number, token: string) =>
  data(client.POST("/api/orders/{id}/confirm", { params: { path: { id } }, body: { token } }));

export const cancelOrder = (id: number, token: string | null) =>
  data(client.POST("/api/orders/{id}/cancel", at(id, token)));

/** Names the address of a refund that waits for one. */
export const nameRefundAddress = (id: number, destination: string, token: string | null) =>
  data(client.POST("/api/orders/{id}/refund", { ...at(id, token), body: { destination } }));

/** Gives a free ticket of an issued order back. */
export const giveTicketBack = (id: number, ticketId: number, token: string | null) =>
  data(
    client.POST("/api/orders/{id}/tickets/{ticket_id}/cancel", {
      params: { path: { id, ticket_id: ticketId }, query: token ? { token } : {} },
    }),
  );
