import { screen, waitFor, within } from "@testing-library/react";
import { http } from "msw";
import { beforeEach, expect, it } from "vitest";
import type { Attendee, ComplimentaryInput, EventSales } from "@/api/types";
import { anAdminEvent, anAdminType, anOrder, signIn } from "@/test/fixtures";
import { visit } from "@/test/render";
import { at, ok, refused, server } from "@/test/server";

const sales: EventSales = {
  types: [
    { ticket_type_id: 11, name: "Early bird", sold: 8, revenue_sats: 6_400, complimentary: 2 },
    { ticket_type_id: 12, name: "Supporter", sold: 1, revenue_sats: 1_700, complimentary: 0 },
    { ticket_type_id: 13, name: "Crew", sold: 0, revenue_sats: 0, complimentary: 0 },
  ],
  promo_codes: [
    { id: 1, code: "EARLY20", orders: 3, tickets: 8, discount_sats: 1_600, revenue_sats: 6_400 },
  ],
  total: { tickets: 9, complimentary: 2, revenue_sats: 8_100, refunded_sats: 800 },
};

const attendee: Attendee = {
  ticket_id: 70,
  name: "Fan",
  email: "fan@example.com",
  uma_address: "$a@b.example",
  payment_status: "paid",
  paid_at: null,
  checked_in_at: null,
  order_id: 7,
  ticket_type_id: 11,
  ticket_type_name: "Early bird",
  holder_name: "Jun",
  holder_email: "jun@example.com",
};

beforeEach(() => {
  signIn();
  server.use(
    http.get(at("/users/me"), () => ok({ id: 5, is_admin: true })),
    http.get(at("/admin/events"), () => ok([anAdminEvent()])),
    http.get(at("/admin/events/:id/attendees"), () => ok([attendee])),
    http.get(at("/admin/events/:id/invoices"), () => ok([])),
    http.get(at("/admin/events/:id/ticket-types"), () =>
      ok([anAdminType({ name: "Early bird" }), anAdminType({ id: 12, name: "Supporter" })]),
    ),
    http.get(at("/admin/events/:id/promo-codes"), () => ok([])),
    http.get(at("/admin/events/:id/sales"), () => ok(sales)),
  );
});

it("shows sales by ticket type and promo code", async () => {
  visit("/admin/events/1");
  const types = await screen.findByRole("list", { name: "Sales by ticket type" });
  const [early, supporter, ...others] = within(types).getAllByRole("listitem");
  expect(early).toHaveTextContent(/Early bird.*6,400 sats.*8 sold · 2 complimentary/);
  expect(supporter).toHaveTextContent(/Supporter.*1,700 sats.*1 sold/);
  expect(others).toEqual([]);
  const bars = within(types).getAllByRole("progressbar");
  expect(bars.map((bar) => Number(bar.getAttribute("value")))).toEqual([10, 1]);
  const section = types.closest("section")!;
  expect(section).toHaveTextContent(/9 sold · 2 complimentary.*8,100 sats.*Refunded800 sats/);
  const codes = within(screen.getByRole("region", { name: "Sales by promo code" }));
  expect(codes.getByText("EARLY20").closest("tr")).toHaveTextContent(/3.*8.*1,600 sats.*6,400/);
});

it("shows an event without sales", async () => {
  const total = { tickets: 0, complimentary: 0, revenue_sats: 0, refunded_sats: 0 };
  server.use(
    http.get(at("/admin/events/:id/sales"), () => ok({ types: [], promo_codes: [], total })),
  );
  visit("/admin/events/1");
  expect(await screen.findByText("No sales yet")).toBeVisible();
});

it("lists attendees with their ticket type and holder, and finds them by both", async () => {
  const page = visit("/admin/events/1");
  const table = within(await screen.findByRole("region", { name: "Attendees" }));
  const row = table.getByText("Jun").closest("tr")!;
  expect(row).toHaveTextContent(/Fan.*fan@example\.com.*Jun.*jun@example\.com.*Early bird/);
  const search = screen.getByRole("searchbox", { name: "Search attendees" });
  await page.user.type(search, "jun@");
  expect(table.getByText("Jun")).toBeVisible();
  await page.user.clear(search);
  await page.user.type(search, "Supporter");
  expect(table.queryByText("Jun")).not.toBeInTheDocument();
});

it("gives complimentary tickets once, also when the attempt is repeated", async () => {
  const bodies: ComplimentaryInput[] = [];
  const attempts: (string | null)[] = [];
  server.use(
    http.post(at("/admin/events/1/complimentary"), async ({ request }) => {
      bodies.push((await request.json()) as ComplimentaryInput);
      attempts.push(request.headers.get("idempotency-key"));
      if (bodies.length === 1) return refused(503, "unavailable", "busy");
      return ok(anOrder("three_paid"), 201);
    }),
  );
  const page = visit("/admin/events/1");
  await page.user.click(await screen.findByRole("button", { name: "Give tickets" }));
  const dialog = within(screen.getByRole("dialog", { name: "Give complimentary tickets" }));
  await page.user.click(dialog.getByRole("button", { name: "Send tickets" }));
  expect(dialog.getByLabelText("Guest's email")).toBeInvalid();
  expect(bodies).toEqual([]);
  await page.user.selectOptions(dialog.getByLabelText("Ticket type"), "Supporter");
  await page.user.clear(dialog.getByLabelText("Number of tickets"));
  await page.user.type(dialog.getByLabelText("Number of tickets"), "2");
  await page.user.type(dialog.getByLabelText("Guest's email"), "jun@example.com");
  await page.user.type(dialog.getByLabelText("Guest's name"), "Jun");
  await page.user.click(dialog.getByRole("button", { name: "Send tickets" }));
  expect(await dialog.findByText(/busy right now/)).toBeVisible();
  await page.user.click(dialog.getByRole("button", { name: "Send tickets" }));
  expect(await screen.findByText("2 tickets sent to jun@example.com")).toBeVisible();
  await waitFor(() => expect(screen.queryByRole("dialog")).not.toBeInTheDocument());
  expect(bodies[1]).toEqual({
    lines: [{ ticket_type_id: 12, quantity: 2 }],
    attendees: [{ name: "Jun" }, { name: "Jun" }],
    email: "jun@example.com",
  });
  expect(attempts[0]).toBeTruthy();
  expect(attempts[1]).toBe(attempts[0]);
});

it("does not offer tickets of a cancelled event", async () => {
  const cancelled = anAdminEvent({ cancelled_at: new Date().toISOString() });
  server.use(http.get(at("/admin/events"), () => ok([cancelled])));
  visit("/admin/events/1");
  expect(await screen.findByText("Jun")).toBeVisible();
  expect(screen.queryByRole("button", { name: "Give tickets" })).not.toBeInTheDocument();
});
