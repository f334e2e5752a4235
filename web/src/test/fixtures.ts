import type { AdminEvent, EventView, Order, OrderLine, TicketType, UserTicket } from "@/api/types";
import { session } from "@/lib/session";
import { DAY, HOUR } from "@/lib/time";
import recordedOrders from "./fixtures/orders.json";
import recorded from "./fixtures/tickets.json";

const iso = (ms: number) => new Date(ms).toISOString();

export function aType(change: Partial<TicketType> = {}): TicketType {
  return {
    id: 11,
    name: "General admission",
    description: "",
    price: { kind: "fixed", sats: 2100 },
    price_sats: 2100,
    quota: null,
    available: 50,
    sale_start: null,
    sale_end: null,
    min_per_order: 1,
    max_per_order: null,
    hidden: false,
    position: 0,
    archived: false,
    sale: "on_sale",
    ...change,
  };
}

export const anAdminType = (change: Partial<TicketType> = {}): TicketType => ({
  ...aType(),
  taken: 0,
  ...change,
});

/** An event with one ticket type of the same price and availability, unless `ticket_types` are given. */
export function anEvent(change: Partial<EventView> = {}): EventView {
  const start = Date.now() + 2 * DAY;
  const event = {
    id: 1,
    title: "Neon Choir",
    description: "One night.",
    start_time: iso(start),
    end_time: iso(start + 2 * HOUR),
    time_zone: "UTC",
    capacity: 100,
    price_sats: 2100,
    stream_url: null,
    host_name: "",
    contact: "",
    tags: [],
    replay_until: null,
    gated: false,
    is_active: true,
    status: "on_sale" as const,
    cancelled_at: null,
    created_at: iso(Date.now() - DAY),
    updated_at: iso(Date.now() - DAY),
    user_has_ticket: false,
    tickets_available: 50,
    ticket_types: [],
    ...change,
  };
  const only = aType({
    price: { kind: "fixed", sats: event.price_sats },
    price_sats: event.price_sats,
    available: event.tickets_available,
    sale: event.tickets_available === 0 ? "sold_out" : "on_sale",
  });
  return { ...event, ticket_types: change.ticket_types ?? [only] };
}

export function anAdminEvent(change: Partial<AdminEvent> = {}): AdminEvent {
  return {
    ...anEvent(),
    sold: 40,
    held: 2,
    checked_in: 0,
    revenue_sats: 84_000,
    refundable_sats: 0,
    ...change,
  };
}

/** Name of a recorded ticket status. */
export type Case = Exclude<keyof typeof recorded.cases, "tickets_of_a_buyer">;

/** Names of all recorded ticket statuses. */
export const CASES = Object.keys(recorded.cases).filter(
  (name): name is Case => name !== "tickets_of_a_buyer",
);

/** Shifts the times of a recorded response to the present. */
function present(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(present);
  if (typeof value === "string" && /^\d{4}-\d\d-\d\dT/.test(value)) {
    return iso(Date.parse(value) + Date.now() - Date.parse(recorded.now));
  }
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, present(each)]));
}

/** Recorded status of a ticket; a server test writes `fixtures/tickets.json`. */
export function aCase(name: Case) {
  return present(recorded.cases[name]) as {
    ticket: {
      id: number;
      payment_status: UserTicket["payment_status"];
    };
    payment: Omit<NonNullable<Order["payment"]>, "refunds" | "paid_at"> & {
      id: number;
      invoice_id: string | null;
      refund: NonNullable<Order["payment"]>["refunds"][number] | null;
    };
  };
}

/** Name of a recorded order. */
export type OrderCase = keyof typeof recordedOrders.cases;

/** Names of all recorded orders. */
export const ORDER_CASES = Object.keys(recordedOrders.cases) as OrderCase[];

/** A recorded order, as order 7 of event 1 with types from 11 and tickets from 70. */
export function anOrder(name: OrderCase, change: Partial<Order> = {}): Order {
  const order = present(recordedOrders.cases[name]) as Order;
  const types = order.lines.map((line) => line.ticket_type_id);
  const typeId = (id: number) => 11 + types.indexOf(id);
  return {
    ...order,
    id: 7,
    event: { ...order.event, id: 1 },
    lines: order.lines.map((line) => ({ ...line, ticket_type_id: typeId(line.ticket_type_id) })),
    tickets: order.tickets.map((ticket, index) => ({
      ...ticket,
      id: 70 + index,
      ticket_type_id: typeId(ticket.ticket_type_id),
    })),
    ...change,
  };
}

export const aLine = (change: Partial<OrderLine> = {}): OrderLine => ({
  ticket_type_id: 11,
  name: "General admission",
  quantity: 1,
  list_price_sats: 2100,
  discount_sats: 0,
  unit_price_sats: 2100,
  total_sats: 2100,
  conversion: null,
  ...change,
});

const ENDED = {
  paid: "paid",
  failed: "failed",
  expired: "expired",
  cancelled: "cancelled_by_buyer",
  refunded: "revoked_refunded",
} as const satisfies Record<string, OrderCase>;

/** Order 7 in a recorded state, with the given collection state. */
export function aStatus(
  status: keyof typeof ENDED | "pending",
  collection: NonNullable<Order["collection"]>["state"],
  change: Partial<Order> = {},
): Order {
  return anOrder(status === "pending" ? "pending_request_sent" : ENDED[status], {
    collection: { state: collection, vasp_domain: "wallet.example", detail: null },
    ...change,
  });
}

export function aTicket(change: Partial<UserTicket> = {}): UserTicket {
  const event = anEvent();
  return {
    id: 7,
    ticket_code: "TKT-00000000000000000000000000",
    payment_status: "paid",
    calendar_uid: "00000000-0000-8000-8000-000000000000@shop.example",
    calendar_sequence: 0,
    uma_address: "$alice@wallet.example",
    order_id: 3,
    ticket_type_id: 11,
    ticket_type_name: "General admission",
    holder_name: null,
    holder_email: null,
    created_at: iso(Date.now() - HOUR),
    updated_at: iso(Date.now() - HOUR),
    event: {
      id: event.id,
      title: event.title,
      status: event.status,
      cancelled_at: event.cancelled_at,
      start_time: event.start_time,
      end_time: event.end_time,
      time_zone: event.time_zone,
      stream_url: "https://stream.example/live",
      price_sats: event.price_sats,
    },
    payment: {
      id: 1,
      status: "paid",
      amount_sats: 2100,
      invoice_id: "inv",
      received_msats: 2_100_000,
      refundable_msats: 0,
      refunded_msats: 0,
      anomaly: null,
    },
    ...change,
  };
}

/** A JWT with this expiry; the app does not verify signatures. */
export function tokenUntil(exp: number): string {
  const part = (value: object) => btoa(JSON.stringify(value)).replace(/=+$/, "");
  return `${part({ alg: "HS256" })}.${part({ exp: Math.floor(exp / 1000) })}.signature`;
}

export function signIn(): void {
  session.set({
    token: tokenUntil(Date.now() + DAY),
    user: { id: 5, email: "fan@example.com", name: "Fan" },
  });
}
