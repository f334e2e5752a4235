import { expect, it } from "vitest";
import { aCase, CASES, type Case } from "@/test/fixtures";
import { moneyState, refundReason } from "./money-state";

/** Expected money state of each recorded server state. */
const EXPECTED: Record<Case, [kind: string, reason?: string]> = {
  cancelled_by_buyer: ["none"],
  event_cancelled_paid_later: ["owed", "money.cancelled"],
  event_cancelled_refunded: ["returned", "money.revoked"],
  event_cancelled_unpaid: ["none"],
  expired: ["none"],
  expired_refund_due: ["owed", "money.late"],
  expired_refund_failed: ["failed", "money.late"],
  expired_refunded: ["returned", "money.late"],
  expired_underpaid: ["owed", "money.under"],
  failed: ["none"],
  free: ["none"],
  paid: ["kept"],
  paid_late: ["kept"],
  paid_surplus: ["owed", "money.surplus"],
  paid_surplus_refund_requested: ["sending", "money.surplus"],
  paid_surplus_refunded: ["returned", "money.surplus"],
  paid_twice: ["owed", "money.surplus"],
  pending_queued: ["none"],
  pending_request_sent: ["none"],
  pending_seen_by_others: ["unknown"],
  pending_underpaid: ["owed", "money.under.pending"],
  revoked_refund_requested: ["sending", "money.revoked"],
  revoked_refunded: ["returned", "money.revoked"],
};

it.each(CASES)("derives the money state of an order: %s", (name) => {
  const { ticket, payment } = aCase(name);
  const money = moneyState(payment);
  const [kind, reason] = EXPECTED[name];
  expect(money.kind).toBe(kind);
  if (reason) expect(refundReason(ticket.payment_status, payment)).toBe(reason);
});

it("rounds a refund up to whole sats", () => {
  const payment = { amount_sats: 1, received_msats: 1300, refundable_msats: 300 };
  expect(moneyState(payment)).toEqual({ kind: "owed", sats: 1 });
});
