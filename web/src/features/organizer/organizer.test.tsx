import { screen, waitFor, within } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { beforeEach, expect, it } from "vitest";
import { anAdminEvent, anEvent, signIn } from "@/test/fixtures";
import { visit } from "@/test/render";
import { at, ok, refused, server } from "@/test/server";

const payment = (id: number, status: string) => ({
  id,
  invoice_id: `inv-${id}`,
  amount_sats: 2100,
  status,
  created_at: new Date().toISOString(),
  refundable_msats: 0,
  event_title: "Neon Choir",
  ticket: { id, ticket_code: null, payment_status: status, uma_address: "$a@b.example" },
});

beforeEach(() => {
  signIn();
  server.use(
    http.get(at("/users/me"), () => ok({ id: 5, is_admin: true })),
    http.get(at("/admin/events"), () => ok([anAdminEvent()])),
    http.get(at("/admin/node/balance"), () => refused(503, "unavailable", "down")),
    http.get(at("/admin/events/:id/attendees"), () => ok([])),
    http.get(at("/admin/events/:id/invoices"), () => ok([])),
    http.get(at("/admin/events/:id/ticket-types"), () => ok([])),
    http.get(at("/admin/events/:id/sales"), () => refused(404, "not_found", "no route")),
    http.get(at("/admin/events/:id/promo-codes"), () => ok([])),
  );
});

it("creates an event in the chosen time zone", async () => {
  let body: unknown;
  server.use(
    http.post(at("/admin/events"), async ({ request }) => {
      body = await request.json();
      return ok(anEvent({ id: 9 }), 201);
    }),
  );
  const page = visit("/admin/events/new");
  await page.user.type(await screen.findByLabelText("Title"), "Late jazz");
  await page.user.type(screen.getByLabelText("Price"), "3,500");
  await page.user.selectOptions(screen.getByLabelText(/Time zone/), "Asia/Seoul");
  const year = new Date().getFullYear() + 1;
  for (const [label, value] of [
    ["Starts", `${year}-12-01T19:30`],
    ["Ends", `${year}-12-01T21:30`],
  ] as const) {
    await page.user.clear(screen.getByLabelText(label));
    await page.user.type(screen.getByLabelText(label), value);
  }
  await page.user.click(screen.getByRole("button", { name: "Create event" }));
  await waitFor(() => expect(page.path()).toBe("/admin/events/9"));
  expect(body).toMatchObject({
    title: "Late jazz",
    price_sats: 3500,
    capacity: 100,
    start_time: `${year}-12-01T10:30:00.000Z`,
    end_time: `${year}-12-01T12:30:00.000Z`,
    time_zone: "Asia/Seoul",
  });
});

it("shows the server's field errors at their fields", async () => {
  server.use(
    http.post(at("/admin/events"), () =>
      refused(400, "invalid", "invalid", { price_sats: "too_large" }),
    ),
  );
  const page = visit("/admin/events/new");
  await page.user.type(await screen.findByLabelText("Title"), "Late jazz");
  await page.user.type(screen.getByLabelText("Price"), "1");
  await page.user.click(screen.getByRole("button", { name: "Create event" }));
  await waitFor(() =>
    expect(screen.getByLabelText("Price")).toHaveAccessibleDescription("Enter a smaller number."),
  );
});

it("sends only edited fields, also in a repeated DST hour", async () => {
  let body: unknown;
  server.use(
    http.get(at("/admin/events"), () =>
      ok([
        anAdminEvent({
          start_time: "2027-10-31T01:30:45.000Z",
          end_time: "2027-10-31T03:00:00.000Z",
          time_zone: "Europe/Berlin",
        }),
      ]),
    ),
    http.put(at("/admin/events/1"), async ({ request }) => {
      body = await request.json();
      return ok(anEvent());
    }),
  );
  const page = visit("/admin/events/1/edit");
  expect(await screen.findByLabelText("Starts")).toHaveValue("2027-10-31T02:30");
  await page.user.type(screen.getByLabelText(/Description/), " With guests.");
  await page.user.click(screen.getByRole("button", { name: "Save changes" }));
  await waitFor(() => expect(page.path()).toBe("/admin/events/1"));
  expect(body).toEqual({ description: "One night. With guests." });
});

it("asks before discarding changes", async () => {
  const page = visit("/admin/events/1/edit");
  await page.user.type(await screen.findByLabelText("Title"), "!");
  await page.user.click(screen.getByRole("link", { name: "Cancel" }));
  const dialog = await screen.findByRole("dialog", { name: "Discard changes?" });
  await page.user.click(within(dialog).getByRole("button", { name: "Keep editing" }));
  expect(page.path()).toBe("/admin/events/1/edit");
  expect(screen.getByLabelText("Title")).toHaveValue("Neon Choir!");
});

it("offers a retry only for failed or expired payments", async () => {
  let asked = 0;
  server.use(
    http.get(at("/admin/payments"), () => ok([payment(1, "paid"), payment(2, "failed")])),
    http.get(at("/admin/payments/:id"), ({ params }) =>
      ok({
        payment: payment(Number(params.id), params.id === "1" ? "paid" : "failed"),
        refunds: [],
        timeline: [],
      }),
    ),
    http.post(at("/admin/payments/2/retry"), () => {
      asked += 1;
      return ok({
        payment_id: 2,
        new_invoice: { id: "x", bolt11: "ln", amount_sats: 1 },
        status: "pending",
      });
    }),
  );
  const page = visit("/admin/payments");
  await page.user.click(await screen.findByRole("button", { name: /Payment 1/ }));
  expect(screen.queryByRole("button", { name: "Retry payment" })).not.toBeInTheDocument();
  await page.user.click(screen.getByRole("button", { name: "Close" }));
  await page.user.click(screen.getByRole("button", { name: /Payment 2/ }));
  await page.user.click(await screen.findByRole("button", { name: "Retry payment" }));
  await waitFor(() => expect(asked).toBe(1));
});

it("shows a missing endpoint without failing the page", async () => {
  server.use(http.get(at("/admin/overview"), () => refused(404, "not_found", "no route")));
  visit("/admin");
  expect(await screen.findByText("This server doesn't support that yet.")).toBeVisible();
  expect(await screen.findByRole("link", { name: "Neon Choir" })).toBeVisible();
});

it("lists audit entries with links to events", async () => {
  const line = { id: 1, actor: 7, action: "event.update", subject: "event/9", detail: "price" };
  const asked: (string | null)[] = [];
  server.use(
    http.get(at("/admin/audit"), ({ request }) => {
      const offset = new URL(request.url).searchParams.get("offset");
      asked.push(offset);
      const at = new Date().toISOString();
      const rows = Array.from({ length: 25 }, (_, n) => ({ ...line, id: n + 1, at }));
      return ok(offset === "0" ? rows : [{ ...line, id: 99, actor: null, subject: "user/7", at }]);
    }),
  );
  const page = visit("/admin/audit");
  const [link] = await screen.findAllByRole("link", { name: "event/9" });
  expect(link).toHaveAttribute("href", "/admin/events/9");
  await page.user.click(screen.getByRole("button", { name: "Next" }));
  expect(await screen.findByText("Command line")).toBeVisible();
  expect(screen.getByRole("button", { name: "Next" })).toBeDisabled();
  expect(asked).toEqual(["0", "25"]);
});

it("retries a failed job and shows an error", async () => {
  const job = {
    id: 4,
    task: { task: "mail", ticket_id: 7, letter: "ticket" },
    attempts: 12,
    created_at: new Date().toISOString(),
    error: "connection refused",
  };
  let retried = false;
  server.use(
    http.get(at("/admin/jobs/dead"), () => ok(retried ? [] : [job])),
    http.post(at("/admin/jobs/4/revive"), () => refused(503, "unavailable", "try again"), {
      once: true,
    }),
  );
  const page = visit("/admin/jobs");
  expect(await screen.findByText("mail ticket_id=7 letter=ticket")).toBeVisible();
  await page.user.click(screen.getByRole("button", { name: "Retry" }));
  expect(await screen.findByRole("alert")).toBeVisible();
  server.use(
    http.post(at("/admin/jobs/4/revive"), () => {
      retried = true;
      return HttpResponse.json({ message: "done" });
    }),
  );
  await page.user.click(screen.getByRole("button", { name: "Retry" }));
  expect(await screen.findByText("No failed jobs")).toBeVisible();
});

it("lists event invoices with received amounts", async () => {
  const created = new Date().toISOString();
  const invoice = (id: string, status: string, settled: number) => ({
    id,
    payment_hash: "00",
    bolt11: "lnbc1",
    amount_sats: 2100,
    status,
    settled_msats: settled,
    settled_at: settled ? created : null,
    expires_at: created,
    created_at: created,
  });
  server.use(
    http.get(at("/admin/events/1/invoices"), () =>
      ok([invoice("inv-2", "pending", 0), invoice("inv-1", "paid", 2_100_500)]),
    ),
  );
  visit("/admin/events/1");
  const table = await screen.findByRole("region", { name: "Event invoices" });
  const [, open, paid] = within(table).getAllByRole("row");
  expect(open).toHaveTextContent(/inv-2.*Pending/);
  expect(paid).toHaveTextContent(/inv-1.*2,100 sats.*2,100 sats.*Paid/);
});

it("shows why a payment that may still settle is not retried", async () => {
  server.use(
    http.get(at("/admin/payments"), () => ok([payment(2, "expired")])),
    http.get(at("/admin/payments/2"), () =>
      ok({ payment: payment(2, "expired"), refunds: [], timeline: [] }),
    ),
    http.post(at("/admin/payments/2/retry"), () => refused(409, "wallet_payment_open", "open")),
  );
  const page = visit("/admin/payments");
  await page.user.click(await screen.findByRole("button", { name: /Payment 2/ }));
  await page.user.click(await screen.findByRole("button", { name: "Retry payment" }));
  expect(await screen.findByRole("alert")).toHaveTextContent(
    "The buyer's wallet may still pay the previous invoice.",
  );
});

it("sends an open refund to another address and asks to confirm an unresolved one", async () => {
  const bodies: unknown[] = [];
  const due = { ...payment(3, "paid"), refundable_msats: 300_000 };
  const refund = {
    id: 8,
    payment_id: 3,
    status: "sending",
    amount_msats: 300_000,
    destination: "$gone@wallet.example",
    error: "The address's server refused: Daily limit.",
    error_code: "address_refused",
    created_at: due.created_at,
    updated_at: due.created_at,
  };
  server.use(
    http.get(at("/admin/payments"), () => ok([due])),
    http.get(at("/admin/payments/3"), () =>
      ok({ payment: due, refunds: [refund], invoices: [], timeline: [] }),
    ),
    http.post(at("/admin/payments/3/refunds/8/give-up"), async ({ request }) => {
      bodies.push(await request.json());
      return bodies.length === 1
        ? refused(409, "refund_unresolved", "unresolved")
        : ok({ given_up: refund, refund });
    }),
  );
  const page = visit("/admin/payments");
  await page.user.click(await screen.findByRole("button", { name: /Payment 3/ }));
  await page.user.click(
    await screen.findByRole("button", { name: "Change address or cancel refund" }),
  );
  expect(screen.getByText("The receiving address refused the payment.")).toBeInTheDocument();
  expect(screen.getByText("The address's server refused: Daily limit.")).toBeInTheDocument();
  expect(screen.queryByRole("button", { name: "Refund" })).not.toBeInTheDocument();
  await page.user.type(screen.getByLabelText("New address"), "$new@wallet.example");
  const send = screen.getByRole("button", { name: "Send to this address" });
  await page.user.click(send);
  expect(await screen.findByRole("alert")).toHaveTextContent("Check your node's payments");
  expect(send).toBeDisabled();
  await page.user.click(screen.getByRole("checkbox", { name: /I checked the node's payments/ }));
  await page.user.click(send);
  await waitFor(() =>
    expect(bodies).toEqual([
      { destination: "$new@wallet.example", confirmed_unpaid: false },
      { destination: "$new@wallet.example", confirmed_unpaid: true },
    ]),
  );
});
