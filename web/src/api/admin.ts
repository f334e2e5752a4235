import { body, client, data } from "./client";
import { allPages } from "./pages";
import type { ComplimentaryInput, GiveUpRefund } from "./types";

export const overview = () => data(client.GET("/api/admin/overview"));

export const nodeBalance = () => data(client.GET("/api/admin/node/balance"));

export const adminEvents = () =>
  allPages((query) => data(client.GET("/api/admin/events", { params: { query } })));

export const attendees = (id: number) =>
  allPages((query) =>
    data(client.GET("/api/admin/events/{id}/attendees", { params: { path: { id }, query } })),
  );

/** The attendee list as CSV. */
export async function attendeesCsv(id: number): Promise<string> {
  const text: unknown = await body(
    client.GET("/api/admin/events/{id}/attendees", {
      params: { path: { id }, query: { format: "csv" } },
      parseAs: "text",
    }),
  );
  return String(text);
}

export const eventInvoice = (id: number) =>
  data(client.POST("/api/admin/events/{id}/uma-invoice", { params: { path: { id } } }));

/** Event invoices, newest first, with the received amounts. */
export const eventInvoices = (id: number) =>
  allPages((query) =>
    data(client.GET("/api/admin/events/{id}/invoices", { params: { path: { id }, query } })),
  );

export interface PaymentSearch {
  q?: string;
  status?: string;
  limit: number;
  offset: number;
}

export async function payments(query: PaymentSearch) {
  const answer = client.GET("/api/admin/payments", { params: { query } });
  const rows = await data(answer);
  const { response } = await answer;
  const total = Number(response.headers.get("x-total-count") ?? Number.NaN);
  return { rows, total: Number.isFinite(total) ? total : null };
}

const paged = (limit: number, page: number) => ({
  params: { query: { limit, offset: page * limit } },
});

export const auditLog = (limit: number, page: number) =>
  data(client.GET("/api/admin/audit", paged(limit, page)));

/** Failed jobs (dead letters). */
export const deadJobs = (limit: number, page: number) =>
  data(client.GET("/api/admin/jobs/dead", paged(limit, page)));

export const retryJob = (id: number) =>
  body(client.POST("/api/admin/jobs/{id}/revive", { params: { path: { id } } }));

export const payment = (id: number) =>
  data(client.GET("/api/admin/payments/{id}", { params: { path: { id } } }));

export const retryPayment = (id: number) =>
  data(client.POST("/api/admin/payments/{id}/retry", { params: { path: { id } } }));

export const refund = (id: number, input: { destination?: string; revoke: boolean }) =>
  data(client.POST("/api/admin/payments/{id}/refund", { params: { path: { id } }, body: input }));

/** Revokes a single ticket and refunds its price. */
export const refundTicket = (ticketId: number, input: { destination?: string }) =>
  data(
    client.POST("/api/admin/tickets/{id}/refund", {
      params: { path: { id: ticketId } },
      body: input,
    }),
  );

/** Sales of an event by ticket type and promo code. */
export const eventSales = (id: number) =>
  data(client.GET("/api/admin/events/{id}/sales", { params: { path: { id } } }));

/** Issues free tickets at once and emails them. */
export const giveTickets = (id: number, input: ComplimentaryInput, idempotencyKey: string) =>
  data(
    client.POST("/api/admin/events/{id}/complimentary", {
      params: { path: { id } },
      body: input,
      headers: { "Idempotency-Key": idempotencyKey },
    }),
  );

/** Cancels an open refund, or sends it to another address. */
export const giveUpRefund = (id: number, refundId: number, input: GiveUpRefund) =>
  data(
    client.POST("/api/admin/payments/{id}/refunds/{refund_id}/give-up", {
      params: { path: { id, refund_id: refundId } },
      body: input,
    }),
  );

/** Cancels an event; a dry run returns the affected tickets and refunds. */
export const cancelEvent = (id: number, isDryRun: boolean) =>
  data(
    client.POST("/api/admin/events/{id}/cancel", {
      params: { path: { id }, query: { dry_run: isDryRun } },
    }),
  );

export const checkIn = (input: { ticket_code: string; event_id: number }) =>
  data(client.POST("/api/admin/check-in", { body: input }));
