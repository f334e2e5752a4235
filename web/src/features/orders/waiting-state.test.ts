import { expect, it } from "vitest";
import { anOrder, aStatus } from "@/test/fixtures";
import { requestState, outcome, steps } from "./waiting-state";

const shape = (...[ticket, collection]: Parameters<typeof aStatus>) =>
  steps(aStatus(ticket, collection)).map((step) => step.state);

it("shows approval as the current step only after the request was delivered", () => {
  expect(shape("pending", "queued")).toEqual(["done", "now", "next", "next"]);
  expect(shape("pending", "wallet_paying")).toEqual(["done", "now", "next", "next"]);
  expect(shape("pending", "request_sent")).toEqual(["done", "done", "now", "next"]);
  expect(shape("pending", "unreachable")).toEqual(["done", "failed", "next", "next"]);
  expect(shape("pending", "refused")).toEqual(["done", "failed", "next", "next"]);
  expect(shape("paid", "request_sent")).toEqual(["done", "done", "done", "done"]);
});

it("shows the invoice of an order without an address to ask", () => {
  const order = { ...aStatus("pending", "queued"), collection: null };
  expect(requestState(order)).toBe("queued");
  expect(requestState({ ...order, uma_address: null })).toBe("invoice");
});

it.each(["pending", "paid", "failed", "expired", "cancelled", "refunded"] as const)(
  "maps a %s order to its outcome",
  (status) => {
    expect(outcome(aStatus(status, "request_sent"))).toBe(
      status === "pending" ? "waiting" : status,
    );
  },
);

it("waits for the confirmation of a guest's free order", () => {
  expect(outcome(anOrder("guest_unconfirmed"))).toBe("unconfirmed");
});

it("derives the outcome from the order, not from the money", () => {
  expect(outcome(anOrder("expired_refund_due"))).toBe("expired");
  expect(outcome(anOrder("event_cancelled_refunded"))).toBe("refunded");
  expect(outcome(anOrder("pending_underpaid"))).toBe("waiting");
});
