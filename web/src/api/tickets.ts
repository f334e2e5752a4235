import { body, client, data } from "./client";
import { allPages } from "./pages";

export const purchase = (
  input: { event_id: number; user_id: number; uma_address: string; price_sats: number },
  idempotencyKey: string,
) =>
  data(
    client.POST("/api/tickets/purchase", {
      body: input,
      headers: { "Idempotency-Key": idempotencyKey },
    }),
  );

const withToken = (token: string | null) => (token ? { token } : {});

export const ticketStatus = (id: number, token: string | null) =>
  data(
    client.GET("/api/tickets/{id}/status", { params: { path: { id }, query: withToken(token) } }),
  );

export const cancelTicket = (id: number, token: string | null) =>
  body(
    client.POST("/api/tickets/{id}/cancel", { params: { path: { id }, query: withToken(token) } }),
  );

export const userTickets = (userId: number) =>
  allPages((query) =>
    data(
      client.GET("/api/users/{user_id}/tickets", { params: { path: { user_id: userId }, query } }),
    ),
  );
