import { screen, within } from "@testing-library/react";
import { http } from "msw";
import { beforeEach, expect, it } from "vitest";
import { aCase, aLine, aStatus, aTicket, type Case, signIn } from "@/test/fixtures";
import type { UserTicket } from "@/api/types";
import { visit } from "@/test/render";
import { at, ok, refused, server } from "@/test/server";
import { grouped } from "@/lib/ticket-code";
import { canGiveBack, entriesOf, matches } from "./ticket-state";

const iso = (ms: number) => new Date(Date.now() + ms).toISOString();
const HOUR = 3_600_000;
const timed = (start: number, change: Parameters<typeof aTicket>[0] = {}) => {
  const ticket = aTicket(change);
  return {
    ...ticket,
    event: { ...ticket.event, start_time: iso(start), end_time: iso(start + HOUR) },
  };
};
const have = (...tickets: ReturnType<typeof aTicket>[]) =>
  server.use(http.get(at("/users/5/tickets"), () => ok(tickets)));

const money = (name: Case): UserTicket["payment"] => ({ ...aCase(name).payment, id: 1 });

const free = { payment: null, uma_address: "" };

beforeEach(signIn);

it("shows the stream link only while the event admits attendees", async () => {
  have(timed(20 * 60_000));
  visit("/tickets/7");
  expect(await screen.findByRole("link", { name: "Join the stream" })).toHaveAttribute(
    "href",
    "/events/1/watch?ticket=7",
  );
});

it("shows a countdown and the opening time before that", async () => {
  have(timed(3 * HOUR));
  visit("/tickets/7");
  expect(await screen.findByText(/Starts in 2 hours 59 minutes/)).toBeVisible();
  expect(screen.getByText(/Doors open/)).toBeVisible();
  expect(screen.queryByRole("link", { name: "Join the stream" })).not.toBeInTheDocument();
});

it("shows the QR code and the code in groups of four", async () => {
  have(timed(3 * HOUR));
  visit("/tickets/7");
  expect(await screen.findByRole("img", { name: "QR code of your ticket" })).toBeVisible();
  expect(screen.getByText("TKT-0000 0000 0000 0000 0000 0000 00")).toBeVisible();
  expect(grouped("TKT-ABCDEFGH")).toBe("TKT-ABCD EFGH");
});

it("hides the code of an unpaid ticket and links to payment", async () => {
  have(timed(3 * HOUR, { payment_status: "pending" }));
  visit("/tickets/7");
  expect(await screen.findByText("Waiting for your payment")).toBeVisible();
  expect(screen.getByRole("link", { name: "Continue payment" })).toBeVisible();
  expect(screen.queryByRole("img", { name: "QR code of your ticket" })).not.toBeInTheDocument();
});

it.each([
  ["failed", "Your payment failed"],
  ["expired", "Your reservation expired"],
  ["cancelled", "This ticket was cancelled"],
  ["refunded", "This ticket was refunded"],
] as const)("shows the status of a ticket that is %s", async (payment_status, title) => {
  have(timed(3 * HOUR, { payment_status }));
  visit("/tickets/7");
  expect(await screen.findByText(title)).toBeVisible();
  expect(screen.queryByRole("img", { name: "QR code of your ticket" })).not.toBeInTheDocument();
  expect(screen.queryByText(/not ready/)).not.toBeInTheDocument();
  // Receipts exist for issued tickets only.
  const receipts = screen.queryAllByRole("link", { name: "Receipt" });
  expect(receipts).toHaveLength(payment_status === "refunded" ? 1 : 0);
});

it("sorts upcoming tickets by start and folds past ones", async () => {
  have(
    timed(50 * HOUR, { id: 1 }),
    timed(2 * HOUR, { id: 2 }),
    timed(-50 * HOUR, { id: 3 }),
    timed(9 * HOUR, { id: 4, payment_status: "expired" }),
  );
  visit("/tickets");
  const region = await screen.findByRole("region", { name: "Upcoming" });
  const links = [...region.querySelectorAll("h2 a")].map((link) => link.getAttribute("href"));
  expect(links).toEqual(["/tickets/2", "/tickets/1"]);
  expect(screen.getByText("2 past or cancelled tickets").closest("details")).not.toHaveAttribute(
    "open",
  );
});

it("lists past and unusable tickets under “Past & cancelled”", () => {
  const now = Date.now();
  const isClosed = (start: number, payment_status: "paid" | "expired") =>
    entriesOf([], [timed(start, { payment_status })]).every((entry) =>
      matches(entry, "closed", now),
    );
  expect(isClosed(-50 * HOUR, "paid")).toBe(true);
  expect(isClosed(9 * HOUR, "expired")).toBe(true);
  expect(isClosed(9 * HOUR, "paid")).toBe(false);
});

it("lists orders with their ticket types and links a pending one to its payment", async () => {
  const order = aStatus("pending", "request_sent", {
    lines: [
      aLine({ name: "Early bird", quantity: 2 }),
      aLine({ ticket_type_id: 12, name: "Supporter" }),
    ],
  });
  server.use(http.get(at("/users/5/orders"), () => ok([order])));
  have(timed(9 * HOUR, { id: 70, payment_status: "pending" }));
  visit("/tickets?status=waiting");
  expect(await screen.findByRole("link", { name: "Continue payment" })).toHaveAttribute(
    "href",
    "/orders/7",
  );
  expect(screen.getAllByRole("article")).toHaveLength(1);
  expect(screen.getByText("2 × Early bird, 1 × Supporter")).toBeVisible();
  expect(screen.getByText(/Already paid\?/)).toBeVisible();
});

it("gives back a free ticket after confirmation and shows an error", async () => {
  let given = 0;
  have(timed(3 * HOUR, free));
  server.use(
    http.post(at("/tickets/7/cancel"), () => {
      given += 1;
      if (given === 1) return refused(503, "unavailable", "try again");
      have(timed(3 * HOUR, { ...free, payment_status: "cancelled" }));
      return ok(undefined);
    }),
  );
  const page = visit("/tickets/7");
  await page.user.click(await screen.findByRole("button", { name: "Give back this ticket" }));
  const dialog = within(screen.getByRole("dialog", { name: "Give back your ticket?" }));
  expect(given).toBe(0);
  await page.user.click(dialog.getByRole("button", { name: "Give back" }));
  expect(await dialog.findByRole("alert")).toBeVisible();
  await page.user.click(dialog.getByRole("button", { name: "Give back" }));
  expect(await screen.findByText("Ticket given back")).toBeVisible();
  expect(await screen.findByText("This ticket was cancelled")).toBeVisible();
  expect(screen.queryByRole("button", { name: "Give back this ticket" })).not.toBeInTheDocument();
});

it("does not offer to give back paid tickets or tickets of a started event", () => {
  const now = Date.now();
  expect(canGiveBack(timed(3 * HOUR, free), now)).toBe(true);
  expect(canGiveBack(timed(3 * HOUR), now)).toBe(false);
  expect(canGiveBack(timed(-HOUR / 2, free), now)).toBe(false);
  expect(canGiveBack(timed(3 * HOUR, { ...free, payment_status: "cancelled" }), now)).toBe(false);
});

it("shows a due refund on a valid ticket", async () => {
  have(timed(3 * HOUR, { payment: money("paid_surplus") }));
  visit("/tickets/7");
  expect(await screen.findByText(/We received 2,400 sats.*Your ticket is valid/)).toBeVisible();
  expect(screen.getByText("300 sats will be refunded.")).toBeVisible();
  expect(screen.getByRole("img", { name: "QR code of your ticket" })).toBeVisible();
});

it("shows the amount received for an expired ticket", async () => {
  have(timed(3 * HOUR, { payment_status: "expired", payment: money("expired_refund_due") }));
  visit("/tickets/7");
  expect(await screen.findByText(/Your payment of 2,100 sats arrived after/)).toBeVisible();
  expect(screen.queryByText(/didn't receive your payment/)).not.toBeInTheDocument();
});

it("fills the screen with the QR code on a tap", async () => {
  have(timed(3 * HOUR));
  const page = visit("/tickets/7");
  const button = await screen.findByRole("button", { name: "Show the QR code full screen" });
  await page.user.click(button);
  const full = screen.getByRole("dialog", { name: "QR code of your ticket" });
  expect(within(full).getByText("General admission · Fan")).toBeVisible();
  await page.user.click(within(full).getByRole("button", { name: "Close" }));
  expect(screen.queryByRole("dialog")).not.toBeInTheDocument();
  expect(button).toHaveFocus();
});

it("shows the order's lines, the seller and a plain invoice number on the receipt", async () => {
  const order = aStatus("paid", "request_sent");
  const paid = timed(HOUR, { id: order.tickets[0]?.id ?? 0 });
  have({ ...paid, payment: paid.payment && { ...paid.payment, invoice_id: "Invoice:01a2" } });
  server.use(http.get(at("/users/5/orders"), () => ok([order])));
  visit(`/tickets/${order.tickets[0]?.id}/receipt`);
  expect(await screen.findByText("01a2")).toBeVisible();
  expect(screen.getByText("tickets.example")).toBeVisible();
  const [line] = order.lines;
  expect(await screen.findAllByText(new RegExp(line?.name ?? "none"))).not.toHaveLength(0);
});
