/** API types, derived from the routes of the generated schema. */
import type { components, paths } from "./schema";

type Method = "get" | "post" | "put" | "patch" | "delete";
type Responses<P extends keyof paths, M extends Method> =
  paths[P] extends Record<M, { responses: infer R }> ? R : never;
type OkBody<R> = R extends { 200: { content: { "application/json": infer B } } }
  ? B
  : R extends { 201: { content: { "application/json": infer B } } }
    ? B
    : never;
type Data<P extends keyof paths, M extends Method> =
  OkBody<Responses<P, M>> extends { data?: infer D } ? NonNullable<D> : never;
type Body<P extends keyof paths, M extends Method> =
  paths[P] extends Record<M, { requestBody?: infer R }>
    ? NonNullable<R> extends { content: { "application/json": infer B } }
      ? B
      : never
    : never;

/** Error code of a request field. */
export type FieldCode = components["schemas"]["FieldCode"];

/** Error type of the API. */
export type ProblemType = components["schemas"]["ProblemType"];
/** Reason for a failed or delayed refund. */
export type RefundErrorCode = components["schemas"]["RefundErrorCode"];

export type Config = Data<"/api/config", "get">;
export type User = Data<"/api/users/me", "get">;
export type WalletConnection = Data<"/api/users/me/nwc-connection", "get">;
export type ConnectWallet = Body<"/api/users/me/nwc-connection", "post">;

export type EventView = Data<"/api/events", "get">[number];
export type TicketType = EventView["ticket_types"][number];
export type TicketPrice = TicketType["price"];
export type NewEvent = Body<"/api/admin/events", "post">;
export type EventPatch = Body<"/api/admin/events/{id}", "put">;

export type UserTicket = Data<"/api/users/{user_id}/tickets", "get">[number];

export type Quote = Data<"/api/orders/quote", "post">;
export type OrderLine = Quote["lines"][number];
export type LineInput = Body<"/api/orders/quote", "post">["lines"][number];

export type Order = Data<"/api/orders/{id}", "get">;
export type OrderTicket = Order["tickets"][number];
export type HolderChange = Body<"/api/orders/{id}/tickets/{ticket_id}", "patch">;
export type OrderInput = Body<"/api/orders", "post">;
export type PlacedOrder = Data<"/api/orders", "post">;

export type TicketTypeInput = Body<"/api/admin/events/{id}/ticket-types", "post">;
export type TicketTypeChanges = Body<"/api/admin/ticket-types/{id}", "put">;
export type PromoCode = Data<"/api/admin/events/{id}/promo-codes", "get">[number];
export type PromoCodeInput = Body<"/api/admin/events/{id}/promo-codes", "post">;
export type PromoCodeChanges = Body<"/api/admin/promo-codes/{id}", "put">;

export type Overview = Data<"/api/admin/overview", "get">;
export type SeriesPoint = Overview["series"][number];
export type AdminEvent = Data<"/api/admin/events", "get">[number];
export type Attendee = Data<"/api/admin/events/{id}/attendees", "get">[number];
export type EventInvoice = Data<"/api/admin/events/{id}/uma-invoice", "post">;
export type EventInvoiceRecord = Data<"/api/admin/events/{id}/invoices", "get">[number];
export type NodeBalance = Data<"/api/admin/node/balance", "get">;
export type AuditLine = Data<"/api/admin/audit", "get">[number];
export type DeadJob = Data<"/api/admin/jobs/dead", "get">[number];
export type AdminPayment = Data<"/api/admin/payments", "get">[number];
export type PaymentDetail = Data<"/api/admin/payments/{id}", "get">;
export type GiveUpRefund = Body<"/api/admin/payments/{id}/refunds/{refund_id}/give-up", "post">;
export type PaymentTicket = AdminPayment["tickets"][number];
export type EventSales = Data<"/api/admin/events/{id}/sales", "get">;
export type ComplimentaryInput = Body<"/api/admin/events/{id}/complimentary", "post">;
export type CheckIn = Data<"/api/admin/check-in", "post">;

export type WatchSession = Data<"/api/events/{id}/watch", "post">;
export type WatchMedia = NonNullable<WatchSession["media"]>;
