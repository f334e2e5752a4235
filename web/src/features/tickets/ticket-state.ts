import type { Order, UserTicket } from "@/api/types";
import { instantOrLast } from "@/lib/time";

export type Filter = "all" | "paid" | "waiting" | "closed";

/** An order in My tickets, or a ticket of a server that has not moved it to an order yet. */
export interface Entry {
  key: string;
  status: string;
  event: Order["event"];
  /** Names of its ticket types with their quantities. */
  lines: { name: string; quantity: number }[];
  count: number;
  to: string;
}

const OPEN = ["pending", "awaiting_confirmation"];

export function matches(entry: Entry, filter: Filter, now: number): boolean {
  switch (filter) {
    case "all":
      return true;
    case "paid":
      return entry.status === "paid";
    case "waiting":
      return OPEN.includes(entry.status);
    case "closed":
      return !isCurrent(entry, now);
  }
}

/** Whether an order can still be paid or its tickets used. */
export function isCurrent(entry: Entry, now: number): boolean {
  const isOpen = entry.status === "paid" || OPEN.includes(entry.status);
  return isOpen && instantOrLast(entry.event.end_time) > now;
}

/** The list of My tickets. */
export function entriesOf(orders: readonly Order[], tickets: readonly UserTicket[]): Entry[] {
  const known = new Set(orders.flatMap((order) => order.tickets.map((ticket) => ticket.id)));
  const single = tickets.filter((ticket) => !known.has(ticket.id));
  return [
    ...orders.map((order) => ({
      key: `order-${order.id}`,
      status: order.status,
      event: order.event,
      lines: order.lines,
      count: order.tickets.length,
      to: `/orders/${order.id}`,
    })),
    ...single.map((ticket) => ({
      key: `ticket-${ticket.id}`,
      status: ticket.payment_status,
      event: ticket.event,
      lines: [],
      count: 1,
      to: `/tickets/${ticket.id}`,
    })),
  ];
}

/** Issued tickets have a receipt, also when refunded. */
export const hasReceipt = (ticket: UserTicket): boolean =>
  ["paid", "refunded"].includes(ticket.payment_status);

/** Free tickets can be given back until the event starts. */
export function canGiveBack(ticket: UserTicket, now: number): boolean {
  const isFree = (ticket.payment?.amount_sats ?? 0) === 0;
  return isFree && ticket.payment_status === "paid" && instantOrLast(ticket.event.start_time) > now;
}

/** Sorts by start time, earliest first. */
export const byStart = (a: Entry, b: Entry) => {
  const [first, second] = [instantOrLast(a.event.start_time), instantOrLast(b.event.start_time)];
  return first === second ? a.key.localeCompare(b.key) : first - second;
};
