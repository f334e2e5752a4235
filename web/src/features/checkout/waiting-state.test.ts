import { expect, it } from "vitest";
import type { TicketStatus } from "@/api/types";
import { aStatus } from "@/test/fixtures";
import tickets from "@/test/fixtures/tickets.json";
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

it("says that money which came too late is on its way back", () => {
  const late = tickets.cases.expired_refund_due as TicketStatus;
  expect(outcome(late)).toBe("refunded");
  expect(outcome(tickets.cases.expired as TicketStatus)).toBe("expired");
});
