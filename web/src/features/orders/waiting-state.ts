import type { Order, OrderTicket } from "@/api/types";
import { instantOrLast, MINUTE } from "@/lib/time";
import { moneyState } from "@/shared/money-state";

/** How long the page watches for a payment. */
export const WATCH_TIMEOUT = 5 * MINUTE;
export const POLL_INTERVAL = 10_000;
/** Poll interval of an open refund. */
export const REFUND_POLL_INTERVAL = 30_000;

export type Outcome =
  "waiting" | "unconfirmed" | "paid" | "expired" | "failed" | "cancelled" | "refunded";
/** `invoice`: no address for a payment request; the buyer pays the invoice from any wallet. */
export type RequestState = "queued" | "wallet" | "sent" | "unreachable" | "refused" | "invoice";
export type StepState = "done" | "now" | "next" | "failed";
export type StepName = "held" | "ask" | "approve" | "paid";

/** Outcome of an order; unknown states of newer servers count as waiting. */
export function outcome({ status }: Pick<Order, "status">): Outcome {
  switch (status) {
    case "paid":
    case "refunded":
    case "expired":
    case "failed":
    case "cancelled":
      return status;
    case "awaiting_confirmation":
      return "unconfirmed";
    default:
      return "waiting";
  }
}

export const isOpen = (ended: Outcome): boolean => ended === "waiting" || ended === "unconfirmed";

/** Whether a refund is due or open, so the order may still change. */
export const isRefundPending = (order: Order): boolean =>
  ["owed", "sending"].includes(moneyState(order.payment).kind);

/** Unused tickets of a free order can be given back until the event starts. */
export function canGiveBack(
  order: Pick<Order, "payment" | "event">,
  ticket: OrderTicket,
  now: number,
): boolean {
  const isUnused = ticket.payment_status === "paid" && !ticket.checked_in_at;
  return order.payment === null && isUnused && instantOrLast(order.event.start_time) > now;
}

/** State of the payment request; unknown states count as queued. */
export function requestState(order: Pick<Order, "collection" | "uma_address">): RequestState {
  switch (order.collection?.state) {
    case "wallet_paying":
      return "wallet";
    case "request_sent":
      return "sent";
    case "unreachable":
      return "unreachable";
    case "refused":
      return "refused";
    default:
      return order.uma_address ? "queued" : "invoice";
  }
}

/** Payment steps. "approve" becomes current only after the request was delivered. */
export function steps(
  order: Pick<Order, "collection" | "uma_address" | "status">,
): { name: StepName; state: StepState }[] {
  const request = requestState(order);
  const asked: StepState =
    request === "queued" || request === "wallet" ? "now" : request === "sent" ? "done" : "failed";
  if (outcome(order) === "paid") {
    return [
      { name: "held", state: "done" },
      { name: "ask", state: "done" },
      { name: "approve", state: "done" },
      { name: "paid", state: "done" },
    ];
  }
  return [
    { name: "held", state: "done" },
    { name: "ask", state: asked },
    { name: "approve", state: request === "sent" ? "now" : "next" },
    { name: "paid", state: "next" },
  ];
}

export function invoiceLink(bolt11: string): string {
  return `lightning:${bolt11}`;
}
/** A bech32 link (LUD-01) for wallets that handle the `lightning:` scheme. */
export function lnurlLink(lnurl: string): string {
  return `lightning:${lnurl.toUpperCase()}`;
}
export function invoiceQr(bolt11: string): string {
  return `LIGHTNING:${bolt11.toUpperCase()}`;
}
