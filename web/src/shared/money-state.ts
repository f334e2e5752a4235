import type { Key } from "@/i18n/i18n";

interface Refund {
  status: string;
  amount_msats: number;
  destination: string;
  error_code?: string | null | undefined;
}

/** Amounts of a payment's status. Those ending in `_msats` are `null` for callers who may not see them. */
export interface Money {
  amount_sats: number;
  received_msats?: number | null | undefined;
  refundable_msats?: number | null | undefined;
  refunded_msats?: number | null | undefined;
  /** The newest refund. */
  refund?: Refund | null | undefined;
  /** All refunds, newest first. */
  refunds?: readonly Refund[] | undefined;
  /** Whether the refund waits for an address that the buyer names. */
  refund_needs_address?: boolean | undefined;
}

/** State of a payment's money. Amounts in sats. */
export type MoneyState =
  /** Not visible to this caller. */
  | { kind: "unknown" }
  /** Nothing was received. */
  | { kind: "none" }
  /** All that was received belongs to the ticket. */
  | { kind: "kept" }
  /** Refundable, without an open refund. */
  | { kind: "owed"; sats: number }
  /** A refund is open, undeliverable or paid. */
  | {
      kind: "sending" | "failed" | "returned";
      sats: number;
      address: string | null;
      /** Why the refund failed or is delayed (`RefundErrorCode` of the API). */
      errorCode?: string | null | undefined;
    };

const sats = (msats: number) => Math.ceil(msats / 1000);

export function moneyState(payment: Money | null | undefined): MoneyState {
  const { received_msats: received, refundable_msats: due, refunded_msats: back } = payment ?? {};
  if (typeof received !== "number") return { kind: "unknown" };
  const refund = payment?.refund ?? payment?.refunds?.[0];
  if (typeof due === "number" && due > 0) {
    const address = refund?.destination ?? null;
    switch (refund?.status) {
      case "requested":
      case "sending":
        return { kind: "sending", sats: sats(due), address, errorCode: refund.error_code };
      case "failed":
        return { kind: "failed", sats: sats(due), address, errorCode: refund.error_code };
      default:
        return { kind: "owed", sats: sats(due) };
    }
  }
  if (typeof back === "number" && back > 0) {
    return { kind: "returned", sats: sats(back), address: refund?.destination ?? null };
  }
  return { kind: received > 0 ? "kept" : "none" };
}

/** Whether the payment has a refund, due or paid. */
export const isRefund = (money: MoneyState): money is Extract<MoneyState, { sats: number }> =>
  "sats" in money;

/** Reason for a refund. */
export function refundReason(ticketStatus: string, payment: Money): Key {
  const isShort = (payment.received_msats ?? 0) < payment.amount_sats * 1000;
  switch (ticketStatus) {
    case "paid":
      return "money.surplus";
    case "refunded":
      return "money.revoked";
    case "part_refunded":
      return "money.part";
    case "pending":
      return isShort ? "money.under.pending" : "money.surplus.pending";
    case "cancelled":
      return "money.cancelled";
    default:
      return isShort ? "money.under" : "money.late";
  }
}
