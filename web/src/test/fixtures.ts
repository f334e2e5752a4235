import type { AdminEvent, EventView, TicketStatus, UserTicket } from "@/api/types";
import { session } from "@/lib/session";
import { DAY, HOUR, MINUTE } from "@/lib/time";

const iso = (ms: number) => new Date(ms).toISOString();

export function anEvent(change: Partial<EventView> = {}): EventView {
  const start = Date.now() + 2 * DAY;
  return {
    id: 1,
    title: "Neon Choir",
    description: "One night.",
    start_time: iso(start),
    end_time: iso(start + 2 * HOUR),
    time_zone: "UTC",
    capacity: 100,
    price_sats: 2100,
    stream_url: null,
    is_active: true,
    created_at: iso(Date.now() - DAY),
    updated_at: iso(Date.now() - DAY),
    user_has_ticket: false,
    tickets_available: 50,
    ...change,
  };
}

export function anAdminEvent(change: Partial<AdminEvent> = {}): AdminEvent {
  return {
    ...anEvent(),
    sold: 40,
    held: 2,
    checked_in: 0,
    revenue_sats: 84_000,
    refundable_sats: 0,
    cancelled_at: null,
    ...change,
  };
}

export function aPayment(status: TicketStatus["payment"]["status"]): TicketStatus["payment"] {
  return {
    status,
    amount_sats: 2100,
    invoice_id: "inv",
    bolt11: "lnbc21u1pxyz",
    received_msats: status === "paid" || status === "refunded" ? 2_100_000 : 0,
    refundable_msats: 0,
    refunded_msats: status === "refunded" ? 2_100_000 : 0,
    anomaly: null,
    refund: null,
  };
}

export function aStatus(
  ticket: TicketStatus["ticket"]["payment_status"],
  collection: NonNullable<TicketStatus["collection"]>["state"],
  change: Partial<TicketStatus> = {},
): TicketStatus {
  const now = Date.now();
  return {
    ticket: {
      id: 7,
      ticket_code: null,
      payment_status: ticket,
      created_at: iso(now - MINUTE),
      paid_at: null,
    },
    event: { title: "Neon Choir", start_time: iso(now + DAY), time_zone: "UTC" },
    payment: aPayment(ticket === "cancelled" ? "failed" : ticket),
    hold_expires_at: iso(now + 14 * MINUTE),
    collection: { state: collection, detail: null, vasp_domain: "wallet.example" },
    uma_request: null,
    ...change,
  };
}

export function aTicket(change: Partial<UserTicket> = {}): UserTicket {
  const event = anEvent();
  return {
    id: 7,
    ticket_code: "TKT-00000000000000000000000000",
    payment_status: "paid",
    uma_address: "$alice@wallet.example",
    created_at: iso(Date.now() - HOUR),
    updated_at: iso(Date.now() - HOUR),
    event: {
      id: event.id,
      title: event.title,
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

/** A token shaped like the server's; nothing in the app checks its signature. */
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
