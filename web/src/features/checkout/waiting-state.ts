import type { TicketStatus } from "@/api/types";
import { MINUTE } from "@/lib/time";
import { moneyState } from "@/shared/money-state";

/** How long we look for a payment before we stop and say what to do. */
export const PATIENCE = 5 * MINUTE;
export const POLL_EVERY = 10_000;
/** How often a refund under way is checked. */
export const MONEY_EVERY = 30_000;

export type Outcome = "waiting" | "paid" | "expired" | "failed" | "cancelled" | "refunded";
export type Asking = "queued" | "wallet" | "sent" | "unreachable" | "refused";
export type StepState = "done" | "now" | "next" | "failed";
export type StepName = "held" | "ask" | "approve" | "paid";

/** How an order ended, by its ticket; where its money is, `moneyState` says. */
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

/** Whether money is on its way back, so that the status still changes. */
export const isMoving = (status: TicketStatus): boolean =>
  ["owed", "sending"].includes(moneyState(status.payment).kind);

/** Whether the payer's wallet knows yet. A state we have not heard of is told as "being asked". */
export function asking(status: TicketStatus): Asking {
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

/** The timeline. It never says more than is known: "approve" is "now" only once a wallet was asked. */
export function steps(status: TicketStatus): { name: StepName; state: StepState }[] {
  const ended = outcome(status);
  const ask = asking(status);
  const asked: StepState =
    ask === "queued" || ask === "wallet" ? "now" : ask === "sent" ? "done" : "failed";
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
    { name: "approve", state: ask === "sent" ? "now" : "next" },
    { name: "paid", state: "next" },
  ];
}

/** Upper case makes the QR code of an invoice a third smaller; wallets read both. */
export function invoiceLink(bolt11: string): string {
  return `lightning:${bolt11}`;
}
/** A bech32 link (LUD-01) for wallets that register the scheme. */
export function lnurlLink(lnurl: string): string {
  return `lightning:${lnurl.toUpperCase()}`;
}
export function invoiceQr(bolt11: string): string {
  return `LIGHTNING:${bolt11.toUpperCase()}`;
}
