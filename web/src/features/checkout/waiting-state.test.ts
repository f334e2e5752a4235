import { expect, it } from "vitest";
import { aCase, aStatus } from "@/test/fixtures";
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

it("treats an order without a collection as queued", () => {
  expect(requestState({ ...aStatus("pending", "queued"), collection: null })).toBe("queued");
});

it.each(["pending", "paid", "failed", "expired", "cancelled", "refunded"] as const)(
  "maps a %s ticket to its outcome",
  (status) => {
    expect(outcome(aStatus(status, "request_sent"))).toBe(
      status === "pending" ? "waiting" : status,
    );
  },
);

it("derives the outcome from the ticket, not from the money", () => {
  expect(outcome(aCase("expired_refund_due"))).toBe("expired");
  expect(outcome(aCase("event_cancelled_refunded"))).toBe("refunded");
  expect(outcome(aCase("pending_underpaid"))).toBe("waiting");
});
