import { expect, it } from "vitest";
import { aCase, aStatus } from "@/test/fixtures";
import { asking, outcome, steps } from "./waiting-state";

const shape = (...[ticket, collection]: Parameters<typeof aStatus>) =>
  steps(aStatus(ticket, collection)).map((step) => step.state);

it("asks for approval only once the wallet's provider has the request", () => {
  expect(shape("pending", "queued")).toEqual(["done", "now", "next", "next"]);
  expect(shape("pending", "wallet_paying")).toEqual(["done", "now", "next", "next"]);
  expect(shape("pending", "request_sent")).toEqual(["done", "done", "now", "next"]);
  expect(shape("pending", "unreachable")).toEqual(["done", "failed", "next", "next"]);
  expect(shape("pending", "refused")).toEqual(["done", "failed", "next", "next"]);
  expect(shape("paid", "request_sent")).toEqual(["done", "done", "done", "done"]);
});

it("treats an order without a collection as still asking", () => {
  expect(asking({ ...aStatus("pending", "queued"), collection: null })).toBe("queued");
});

it.each(["pending", "paid", "failed", "expired", "cancelled", "refunded"] as const)(
  "knows how a %s ticket ended",
  (status) => {
    expect(outcome(aStatus(status, "request_sent"))).toBe(
      status === "pending" ? "waiting" : status,
    );
  },
);

it("ends an order by its ticket, whatever became of the money", () => {
  expect(outcome(aCase("expired_refund_due"))).toBe("expired");
  expect(outcome(aCase("event_cancelled_refunded"))).toBe("refunded");
  expect(outcome(aCase("pending_underpaid"))).toBe("waiting");
});
