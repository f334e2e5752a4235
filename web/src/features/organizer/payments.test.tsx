import { screen, waitFor, within } from "@testing-library/react";
import { http } from "msw";
import { beforeEach, expect, it } from "vitest";
import type { AdminPayment } from "@/api/types";
import { anOrder, signIn } from "@/test/fixtures";
import { visit } from "@/test/render";
import { at, ok, refused, server } from "@/test/server";

const payment = (change: Partial<AdminPayment> = {}): AdminPayment => {
  const order = anOrder("three_paid");
  const now = new Date().toISOString();
  return {
    id: 3,
    order_id: order.id,
    invoice_id: "inv-3",
    amount_sats: order.total_sats,
    status: "paid",
    created_at: now,
    paid_at: now,
    received_msats: 3_300_000,
    refundable_msats: 0,
    refunded_msats: 0,
    exception: null,
    event_id: 1,
    event_title: "Neon Choir",
    ticket: { ...order.tickets[0]!, uma_address: "$a@b.example" },
    lines: order.lines,
    promo_code: order.promo_code,
    tickets: order.tickets,
    email: "guest@people.example",
    ...change,
  } as AdminPayment;
};

let current: AdminPayment;
let sent: { path: string; body: unknown }[];

const answer = async ({ request }: { request: Request }) => {
  sent.push({ path: new URL(request.url).pathname, body: await request.json() });
  return ok({ ticket_id: 70, refund: null }, 202);
};

beforeEach(() => {
  signIn();
  sent = [];
  current = payment();
  server.use(
    http.get(at("/users/me"), () => ok({ id: 5, is_admin: true })),
    http.get(at("/admin/payments"), () => ok([current])),
    http.get(at("/admin/payments/3"), () => ok({ payment: current, refunds: [], timeline: [] })),
    http.post(at("/admin/tickets/:id/refund"), answer),
    http.post(at("/admin/payments/3/refund"), answer),
  );
});

async function open() {
  const page = visit("/admin/payments");
  await page.user.click(await screen.findByRole("button", { name: /Payment 3/ }));
  return { ...page, drawer: within(await screen.findByRole("dialog", { name: "Payment 3" })) };
}

it("shows the lines, the promo code and each ticket of a payment", async () => {
  const { drawer } = await open();
  for (const text of ["2 × Early bird", "Discount (EARLY20)", "guest@people.example"]) {
    expect(drawer.getByText(text)).toBeVisible();
  }
  const tickets = within(drawer.getByRole("region", { name: "Tickets" })).getAllByRole("listitem");
  expect(tickets).toHaveLength(3);
  expect(tickets[0]).toHaveTextContent(/Early bird.*Ticket 70.*800 sats.*Confirmed/);
  expect(tickets[1]).toHaveTextContent(/Ticket 71.*Mina/);
  expect(tickets[2]).toHaveTextContent(/Supporter.*1,700 sats/);
  expect(screen.getByText("3 tickets")).toBeVisible();
});

it("refunds a single ticket after confirmation", async () => {
  const { user, drawer } = await open();
  await user.click(drawer.getByRole("button", { name: "Refund this ticket: Ticket 72" }));
  expect(drawer.getByText(/1,700 sats will be refunded/)).toBeVisible();
  expect(sent).toEqual([]);
  await user.click(drawer.getByRole("button", { name: "Refund and cancel ticket" }));
  expect(await screen.findByText("Refund on its way")).toBeVisible();
  expect(sent).toEqual([{ path: "/api/admin/tickets/72/refund", body: {} }]);
});

it("asks for the address of a buyer who paid an invoice", async () => {
  const order = anOrder("three_paid");
  current = payment({ ticket: { ...order.tickets[0]!, uma_address: "" } as never });
  const { user, drawer } = await open();
  await user.click(drawer.getByRole("button", { name: "Refund this ticket: Ticket 70" }));
  await user.click(drawer.getByRole("button", { name: "Refund and cancel ticket" }));
  expect(drawer.getByLabelText("Refund to")).toBeInvalid();
  expect(sent).toEqual([]);
  await user.type(drawer.getByLabelText("Refund to"), "$new@wallet.example");
  await user.click(drawer.getByRole("button", { name: "Refund and cancel ticket" }));
  await waitFor(() => expect(sent).toHaveLength(1));
  expect(sent[0]?.body).toEqual({ destination: "$new@wallet.example" });
});

it("refunds all valid tickets of a payment with their sum", async () => {
  const [first, ...others] = anOrder("three_paid").tickets;
  current = payment({ tickets: [{ ...first!, payment_status: "refunded" }, ...others] });
  const { user, drawer } = await open();
  expect(drawer.getAllByRole("button", { name: /^Refund this ticket/ })).toHaveLength(2);
  await user.click(drawer.getByRole("button", { name: "Refund all 2 tickets" }));
  expect(drawer.getByText(/2,500 sats will be refunded/)).toBeVisible();
  await user.click(drawer.getByRole("button", { name: "Refund all 2 tickets" }));
  await waitFor(() =>
    expect(sent).toEqual([{ path: "/api/admin/payments/3/refund", body: { revoke: true } }]),
  );
});

it("cancels a free ticket of a payment without an address", async () => {
  const order = anOrder("three_paid");
  const [first, ...others] = order.tickets;
  current = payment({
    ticket: { ...first!, uma_address: "" } as never,
    tickets: [{ ...first!, amount_sats: 0 }, ...others],
  });
  const { user, drawer } = await open();
  await user.click(drawer.getByRole("button", { name: "Refund this ticket: Ticket 70" }));
  expect(drawer.queryByLabelText("Refund to")).not.toBeInTheDocument();
  await user.click(drawer.getByRole("button", { name: "Refund and cancel ticket" }));
  expect(await screen.findByText("Ticket cancelled")).toBeVisible();
});

it("shows why a ticket is not refunded", async () => {
  server.use(
    http.post(at("/admin/tickets/70/refund"), () => refused(409, "already_refunded", "refunded")),
  );
  const { user, drawer } = await open();
  await user.click(drawer.getByRole("button", { name: "Refund this ticket: Ticket 70" }));
  await user.click(drawer.getByRole("button", { name: "Refund and cancel ticket" }));
  expect(await drawer.findByText("This ticket was already refunded or cancelled.")).toBeVisible();
});
