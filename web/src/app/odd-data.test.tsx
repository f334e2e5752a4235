import { screen, within } from "@testing-library/react";
import { http } from "msw";
import { beforeEach, expect, it, vi } from "vitest";
import { aTicket, anAdminEvent, anEvent, signIn } from "@/test/fixtures";
import { visit } from "@/test/render";
import { at, ok, server } from "@/test/server";

const FAR = "+020270-01-01T00:00:00.000Z";
const FARTHER = "+58882-05-14T01:06:40Z";
const now = new Date().toISOString();

/** A row that fails to render: its title is not a string. */
const broken = { title: { no: "text" } } as unknown as { title: string };

const payment = (id: number, change: object = {}) => ({
  id,
  invoice_id: `inv-${id}`,
  amount_sats: 2100,
  status: "paid",
  created_at: now,
  refundable_msats: 0,
  event_title: "Neon Choir",
  ticket: { id, ticket_code: null, payment_status: "paid", uma_address: "$a@b.example" },
  ...change,
});

beforeEach(() => {
  signIn();
  // React logs each error that a boundary catches.
  vi.spyOn(console, "error").mockImplementation(() => undefined);
  server.use(
    http.get(at("/users/me"), () => ok({ id: 5, is_admin: true })),
    http.get(at("/admin/overview"), () =>
      ok({
        sold_today: 1,
        revenue_sats: 1,
        held: 0,
        waiting: 0,
        refundable: 0,
        events: [],
        series: [{ at: FAR, sold: 1, revenue_sats: 1 }],
      }),
    ),
    http.get(at("/admin/node/balance"), () => ok({ status: "ready" })),
  );
});

it.each([FAR, "20270-01-01T00:00:00Z", "soon"])(
  "shows a dash for the unreadable start time %j and lists the other events",
  async (start_time) => {
    server.use(
      http.get(at("/events"), () =>
        ok([
          anEvent({ id: 1, title: "Far away", start_time, end_time: start_time }),
          anEvent({ id: 2, title: "Tomorrow" }),
        ]),
      ),
      http.get(at("/events/1"), () => ok(anEvent({ title: "Far away", start_time }))),
      http.get(at("/admin/events"), () => ok([anAdminEvent({ title: "Far away", start_time })])),
    );
    const page = visit("/");
    const far = (await screen.findByRole("link", { name: "Far away" })).closest("article")!;
    expect(within(far).getByText("–")).toBeVisible();
    expect(screen.getByRole("link", { name: "Tomorrow" })).toBeVisible();
    await page.go("/events/1");
    await screen.findByRole("heading", { name: "About" });
    expect(screen.getAllByText("–")).not.toHaveLength(0);
    await page.go("/admin");
    expect(await screen.findByText(/No tickets sold yet/)).toBeVisible();
    expect(await screen.findByRole("link", { name: "Far away" })).toBeVisible();
  },
);

it("keeps a list when one of its rows fails to render", async () => {
  server.use(
    http.get(at("/events"), () => ok([anEvent({ ...broken, id: 1 }), anEvent({ id: 2 })])),
    http.get(at("/admin/events"), () =>
      ok([anAdminEvent({ ...broken, id: 1 }), anAdminEvent({ id: 2 })]),
    ),
    http.get(at("/users/:id/tickets"), () => {
      const ticket = aTicket({ id: 8 });
      return ok([{ ...ticket, event: { ...ticket.event, ...broken } }, aTicket({ id: 9 })]);
    }),
  );
  const page = visit("/");
  expect(await screen.findByRole("link", { name: "Neon Choir" })).toBeVisible();
  expect(screen.getByText("Item 1 can't be shown.")).toBeVisible();
  for (const [path, entry] of [
    ["/tickets", "Item ticket-8 can't be shown."],
    ["/admin", "Item 1 can't be shown."],
  ] as const) {
    await page.go(path);
    expect(await screen.findByText(entry)).toBeVisible();
    expect(screen.getByRole("link", { name: "Neon Choir" })).toBeVisible();
  }
});

it("opens a payment that was settled in the year 58882", async () => {
  server.use(
    http.get(at("/admin/payments"), () =>
      ok([payment(1, { created_at: FARTHER }), payment(2, { ticket: null }), payment(3)]),
    ),
    http.get(at("/admin/payments/1"), () =>
      ok({
        payment: payment(1),
        refunds: [],
        timeline: [
          { at: FARTHER, kind: "settled", detail: null },
          { at: now, kind: "ticket_issued", detail: null },
        ],
      }),
    ),
  );
  const page = visit("/admin/payments");
  expect(await screen.findByText("Item 2 can't be shown.")).toBeVisible();
  await page.user.click(screen.getByRole("button", { name: /Payment 1/ }));
  const drawer = await screen.findByRole("dialog");
  const settled = (await within(drawer).findByText("Payment received")).closest("li")!;
  expect(settled).toHaveTextContent("–");
  expect(within(drawer).getByText("ticket issued")).toBeVisible();
});

it("opens a ticket whose event has no readable time, without a calendar file", async () => {
  const ticket = aTicket();
  server.use(
    http.get(at("/users/:id/tickets"), () =>
      ok([{ ...ticket, event: { ...ticket.event, start_time: FAR } }]),
    ),
  );
  visit("/tickets/7");
  expect(await screen.findByRole("img", { name: "QR code of your ticket" })).toBeVisible();
  expect(screen.queryByRole("button", { name: "Add to calendar" })).not.toBeInTheDocument();
});
