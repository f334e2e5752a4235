import { body, client, data } from "./client";
import { allPages } from "./pages";
import type { HolderChange, LineInput, Order, OrderInput } from "./types";

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

/** Cancels a pending order by one of its tickets. */
export const cancelOrder = (order: Order) =>
  body(
    client.POST("/api/tickets/{id}/cancel", {
      params: { path: { id: order.tickets[0]?.id ?? 0 } },
    }),
  );
