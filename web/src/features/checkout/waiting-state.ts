import type { TicketStatus } from "@/api/types";
import { MINUTE } from "@/lib/time";
import { moneyState } from "@/shared/money-state";

/** How long the page watches for a payment. */
export const WATCH_TIMEOUT = 5 * MINUTE;
export const POLL_INTERVAL = 10_000;
/** Poll interval of an open refund. */
export const REFUND_POLL_INTERVAL = 30_000;

export type Outcome = "waiting" | "paid" | "expired" | "failed" | "cancelled" | "refunded";
export type RequestState = "queued" | "wallet" | "sent" | "unreachable" | "refused";
export type StepState = "done" | "now" | "next" | "failed";
export type StepName = "held" | "ask" | "approve" | "paid";

/** Outcome of an order by its ticket's status. */
export function outcome(status: TicketStatus): Outcome {
  switch (status.ticket.payment_status) {
    case "paid":
    case "refunded":
    case "expired":
    case "failed":
    case "cancelled":
      return status.ticket.payment_status;
    default:
      return "waiting";
  }
}

/** Whether a refund is due or open, so the status may still change. */
export const isRefundPending = (status: TicketStatus): boolean =>
  ["owed", "sending"].includes(moneyState(status.payment).kind);

/** State of the payment request; unknown states count as queued. */
export function requestState(status: TicketStatus): RequestState {
  switch (status.collection?.state) {
    case "wallet_paying":
      return "wallet";
    case "request_sent":
      return "sent";
    case "unreachable":
      return "unreachable";
    case "refused":
      return "refused";
    default:
      return "queued";
  }
}

/** Payment steps. "approve" becomes current only after the request was delivered. */
export function steps(status: TicketStatus): { name: StepName; state: StepState }[] {
  const ended = outcome(status);
  const request = requestState(status);
  const asked: StepState =
    request === "queued" || request === "wallet" ? "now" : request === "sent" ? "done" : "failed";
  if (ended === "paid") {
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
