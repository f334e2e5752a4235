import { expect, it } from "vitest";
import { aStatus } from "@/test/fixtures";
import { asking, outcome, steps } from "./waiting-state";

const shape = (ticket: string, collection: string) =>
  steps(aStatus(ticket, collection)).map((step) => step.state);

it("asks for approval only once the wallet's provider has the request", () => {
  expect(shape("pending", "queued")).toEqual(["done", "now", "next", "next"]);
  expect(shape("pending", "wallet_paying")).toEqual(["done", "now", "next", "next"]);
  expect(shape("pending", "request_sent")).toEqual(["done", "done", "now", "next"]);
  expect(shape("pending", "unreachable")).toEqual(["done", "failed", "next", "next"]);
  expect(shape("pending", "refused")).toEqual(["done", "failed", "next", "next"]);
  expect(shape("paid", "request_sent")).toEqual(["done", "done", "done", "done"]);
});

it("treats a state it has never heard of as still asking", () => {
  expect(asking(aStatus("pending", "something_new"))).toBe("queued");
  expect(asking({ ...aStatus("pending", ""), collection: null })).toBe("queued");
});

it.each(["pending", "paid", "failed", "expired", "cancelled", "refunded"])(
  "knows how a %s ticket ended",
  (status) => {
    expect(outcome(aStatus(status, "request_sent"))).toBe(
      status === "pending" ? "waiting" : status,
    );
  },
);

it("says that money which came too late is on its way back", () => {
  const status = aStatus("expired", "request_sent");
  const late = { ...status, payment: { ...status.payment, status: "paid" as const } };
  expect(outcome(late)).toBe("refunded");
});
