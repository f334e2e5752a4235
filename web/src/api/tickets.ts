import { baseUrl } from "@/lib/env";
import { body, client, data } from "./client";
import { allPages } from "./pages";
import type { TicketStatus } from "./types";

export const purchase = (
  input: { event_id: number; user_id: number; uma_address: string },
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

/** Live status, for whoever holds the purchase's token. The returned function ends it. */
export function watchTicket(
  id: number,
  token: string,
  onStatus: (status: TicketStatus) => void,
): () => void {
  if (typeof EventSource === "undefined") return () => undefined;
  const source = new EventSource(
    `${baseUrl}/api/tickets/${id}/events?token=${encodeURIComponent(token)}`,
  );
  source.addEventListener("status", (event: MessageEvent<string>) => {
    try {
      onStatus(JSON.parse(event.data) as TicketStatus);
    } catch {
      // Polling brings the same news.
    }
  });
  return () => source.close();
}
