import { act, screen, waitFor, within } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { beforeEach, expect, it } from "vitest";
import type { OrderInput } from "@/api/types";
import { aLine, anEvent, anOrder, aStatus, aType, signIn } from "@/test/fixtures";
import { visit } from "@/test/render";
import { at, ok, refused, server } from "@/test/server";

const placed = (order = aStatus("pending", "request_sent")) =>
  ok({ ...order, order_token: "token" }, 201);

beforeEach(() => {
  signIn();
  server.use(
    http.get(at("/events/1"), () => ok(anEvent())),
    http.get(at("/orders/7"), () => ok(aStatus("pending", "request_sent"))),
  );
});

async function order(page: ReturnType<typeof visit>, address = "$alice@wallet.example") {
  await page.user.type(await screen.findByLabelText("Your UMA address"), address);
  await page.user.click(screen.getByRole("button", { name: "Pay 2,100 sats" }));
}

function deferred() {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

const sentOrder = () => {
  const seen: { body?: OrderInput } = {};
  server.use(
    http.post(at("/orders"), async ({ request }) => {
      seen.body = (await request.json()) as OrderInput;
      return placed();
    }),
  );
  return seen;
};

it("orders with a UMA address and shows the payment request", async () => {
  const sent = sentOrder();
  const page = visit("/events/1/purchase");
  await order(page);
  expect(
    await screen.findByText(
      /Open your wallet and approve 2,100 sats. We sent the request to wallet.example/,
    ),
  ).toBeVisible();
  expect(page.path()).toBe("/orders/7");
  expect(sent.body).toEqual({
    event_id: 1,
    lines: [{ ticket_type_id: 11, quantity: 1 }],
    uma_address: "$alice@wallet.example",
    total_sats: 2100,
  });
  expect(screen.getByRole("timer", { name: /left to pay/ })).toBeInTheDocument();
  expect(
    screen.getByRole("img", { name: /Lightning invoice for 2,100 sats/, hidden: true }),
  ).toBeInTheDocument();
});

it("orders the tickets of the URL with their chosen price", async () => {
  server.use(
    http.get(at("/events/1"), () =>
      ok(
        anEvent({
          ticket_types: [
            aType({ name: "Early bird", price: { kind: "fixed", sats: 1000 }, price_sats: 1000 }),
            aType({
              id: 12,
              name: "Supporter",
              price: { kind: "minimum", min_sats: 500 },
              price_sats: 500,
              position: 1,
            }),
          ],
        }),
      ),
    ),
  );
  const sent = sentOrder();
  const page = visit("/events/1/purchase?tickets=11-2_12-1-5000");
  await page.user.type(await screen.findByLabelText("Your UMA address"), "$alice@wallet.example");
  expect(screen.getByText("2 × Early bird")).toBeVisible();
  await page.user.click(screen.getByRole("button", { name: "Pay 7,000 sats" }));
  await waitFor(() => expect(page.path()).toBe("/orders/7"));
  expect(sent.body?.lines).toEqual([
    { ticket_type_id: 11, quantity: 2 },
    { ticket_type_id: 12, quantity: 1, price_sats: 5000 },
  ]);
  expect(sent.body?.total_sats).toBe(7000);
});

it("shows a discount and sends the code with the total", async () => {
  const discounted = aLine({ discount_sats: 420, unit_price_sats: 1680, total_sats: 1680 });
  server.use(
    http.post(at("/orders/quote"), async ({ request }) => {
      const { lines } = (await request.json()) as OrderInput;
      return ok({
        event_id: 1,
        lines: lines.length === 0 ? [] : [discounted],
        total_sats: lines.length === 0 ? 0 : 1680,
        promo_code: "EARLY20",
        quote: "signed",
        expires_at: null,
        ticket_types: [],
      });
    }),
  );
  const sent = sentOrder();
  const page = visit("/events/1/purchase?tickets=11-1&code=early20");
  await page.user.type(await screen.findByLabelText("Your UMA address"), "$alice@wallet.example");
  expect(await screen.findByText("Discount (EARLY20)")).toBeVisible();
  await page.user.click(screen.getByRole("button", { name: "Pay 1,680 sats" }));
  await waitFor(() => expect(page.path()).toBe("/orders/7"));
  expect(sent.body).toMatchObject({ promo_code: "early20", total_sats: 1680 });
});

it("orders at the quoted price of a currency", async () => {
  const conversion = {
    currency: "USD",
    amount_minor: 2500,
    rate: 1000,
    source: "rates.example",
    at: new Date().toISOString(),
  };
  server.use(
    http.get(at("/events/1"), () =>
      ok(
        anEvent({
          ticket_types: [
            aType({
              price: { kind: "currency", currency: "USD", amount_minor: 2500 },
              price_sats: 24_000,
            }),
          ],
        }),
      ),
    ),
    http.post(at("/orders/quote"), () =>
      ok({
        event_id: 1,
        lines: [
          aLine({
            list_price_sats: 25_000,
            unit_price_sats: 25_000,
            total_sats: 25_000,
            conversion,
          }),
        ],
        total_sats: 25_000,
        promo_code: null,
        quote: "signed",
        expires_at: null,
        ticket_types: [],
      }),
    ),
  );
  const sent = sentOrder();
  const page = visit("/events/1/purchase");
  await page.user.type(await screen.findByLabelText("Your UMA address"), "$alice@wallet.example");
  await page.user.click(await screen.findByRole("button", { name: "Pay 25,000 sats" }));
  await waitFor(() => expect(page.path()).toBe("/orders/7"));
  expect(sent.body).toMatchObject({ quote: "signed" });
  expect(sent.body).not.toHaveProperty("total_sats");
});

it("pays an invoice from any wallet", async () => {
  const invoice = aStatus("pending", "queued", { collection: null, uma_address: null });
  const sent = sentOrder();
  server.use(http.get(at("/orders/7"), () => ok(invoice)));
  const page = visit("/events/1/purchase");
  await page.user.click(await screen.findByRole("radio", { name: /Any Lightning wallet/ }));
  expect(screen.queryByLabelText("Your UMA address")).not.toBeInTheDocument();
  await page.user.click(screen.getByRole("button", { name: "Pay 2,100 sats" }));
  expect(await screen.findByText("Pay 2,100 sats from any Lightning wallet.")).toBeVisible();
  expect(screen.getByRole("img", { name: /Lightning invoice/ })).toBeVisible();
  expect(sent.body).not.toHaveProperty("uma_address");
});

it("validates the address while typing and does not order with an invalid one", async () => {
  const page = visit("/events/1/purchase");
  const field = await screen.findByLabelText("Your UMA address");
  await page.user.type(field, "$ali");
  expect(field).toBeValid();
  await page.user.clear(field);
  await page.user.type(field, "alice@wallet.example");
  expect(field).toBeInvalid();
  expect(field).toHaveAccessibleDescription(/start with \$/);
  await page.user.click(screen.getByRole("button", { name: "Pay 2,100 sats" }));
  expect(field).toHaveFocus();
});

it("reuses the idempotency key after a lost response and renews it after a rejection", async () => {
  const seen: (string | null)[] = [];
  let answers = [
    () => HttpResponse.error(),
    () => refused(400, "sold_out", "sold out"),
    () => placed(),
  ];
  server.use(
    http.post(at("/orders"), ({ request }) => {
      seen.push(request.headers.get("idempotency-key"));
      const [next, ...rest] = answers;
      answers = rest;
      return next!();
    }),
  );
  const page = visit("/events/1/purchase");
  await order(page);
  expect(await screen.findByText(/It's safe to try again/)).toBeVisible();
  await page.user.click(screen.getByRole("button", { name: "Pay 2,100 sats" }));
  expect(await screen.findByText(/this event just sold out/)).toBeVisible();
  await page.user.click(screen.getByRole("button", { name: "Pay 2,100 sats" }));
  await screen.findByText(/We sent the request to wallet.example/);
  expect(seen[0]).toBeTruthy();
  expect(seen[1]).toBe(seen[0]);
  expect(seen[2]).not.toBe(seen[1]);
});

it("resumes an open order instead of placing a second one", async () => {
  server.use(http.get(at("/users/5/orders"), () => ok([aStatus("pending", "request_sent")])));
  const page = visit("/events/1/purchase");
  expect(await screen.findByText(/We sent the request to wallet.example/)).toBeVisible();
  expect(page.path()).toBe("/orders/7");
});

it("opens the order of a link that names a ticket", async () => {
  server.use(http.get(at("/users/5/orders"), () => ok([aStatus("pending", "request_sent")])));
  const page = visit("/events/1/purchase?ticket=70");
  expect(await screen.findByText(/We sent the request to wallet.example/)).toBeVisible();
  expect(page.path()).toBe("/orders/7");
});

it("issues a free ticket without a UMA address", async () => {
  server.use(
    http.get(at("/events/1"), () => ok(anEvent({ price_sats: 0 }))),
    http.post(at("/orders"), () => placed(anOrder("free"))),
    http.get(at("/orders/7"), () => ok(anOrder("free"))),
  );
  const page = visit("/events/1/purchase");
  await page.user.click(await screen.findByRole("button", { name: "Get ticket" }));
  expect(await screen.findByText("Your ticket for Neon Choir is ready.")).toBeVisible();
  expect(screen.getByRole("link", { name: "View ticket" })).toHaveAttribute("href", "/tickets/70");
});

it("does not offer a sold-out event", async () => {
  server.use(http.get(at("/events/1"), () => ok(anEvent({ tickets_available: 0 }))));
  visit("/events/1/purchase");
  expect(await screen.findByText("Tickets aren't available")).toBeVisible();
  expect(screen.queryByRole("button", { name: /Pay/ })).not.toBeInTheDocument();
});

const priceChanged = (price: number) =>
  HttpResponse.json(
    { error: "Conflict", message: "changed", code: 409, type: "price_changed", price_sats: price },
    { status: 409 },
  );

it("orders at the displayed price and at a changed one only after consent", async () => {
  const orders: { total: unknown; key: string | null }[] = [];
  let price = 2100;
  server.use(
    http.get(at("/events/1"), () => ok(anEvent({ price_sats: price }))),
    http.post(at("/orders"), async ({ request }) => {
      const { total_sats: total } = (await request.json()) as OrderInput;
      orders.push({ total, key: request.headers.get("idempotency-key") });
      if (total === 100_050) return placed();
      price = 100_050;
      return priceChanged(price);
    }),
  );
  const page = visit("/events/1/purchase");
  await order(page);
  const dialog = await screen.findByRole("dialog", { name: "The price changed" });
  expect(within(dialog).getByRole("status")).toHaveTextContent(
    "The price changed from 2,100 sats to 100,050 sats. Buy for 100,050 sats?",
  );
  await page.user.click(within(dialog).getByRole("button", { name: "Cancel" }));
  expect(orders).toHaveLength(1);
  // The page now shows the new price; the first order stays rejected.
  await page.user.click(await screen.findByRole("button", { name: "Pay 100,050 sats" }));
  await screen.findByText(/We sent the request to wallet.example/);
  expect(orders.map((each) => each.total)).toEqual([2100, 100_050]);
  expect(orders[1]!.key).not.toBe(orders[0]!.key);
});

it("orders at the new price from the dialog", async () => {
  const totals: unknown[] = [];
  server.use(
    http.post(at("/orders"), async ({ request }) => {
      const { total_sats: total } = (await request.json()) as OrderInput;
      totals.push(total);
      return total === 2500 ? placed() : priceChanged(2500);
    }),
  );
  const page = visit("/events/1/purchase");
  await order(page);
  const dialog = await screen.findByRole("dialog", { name: "The price changed" });
  await page.user.click(within(dialog).getByRole("button", { name: "Pay 2,500 sats" }));
  await screen.findByText(/We sent the request to wallet.example/);
  expect(totals).toEqual([2100, 2500]);
});

it.each([
  ["before the order's response", "before"],
  ["before the other lists are read again", "after"],
])("opens the order when the list of orders has it %s", async (_, list) => {
  const isPlaced = deferred();
  const isListed = deferred();
  const isRead = deferred();
  const issued = anOrder("free");
  let isFirst = true;
  server.use(
    http.get(at("/events/1"), async () => {
      if (!isFirst) await isRead.promise;
      isFirst = false;
      return ok(anEvent({ price_sats: 0 }));
    }),
    http.post(at("/orders"), async () => {
      isPlaced.resolve();
      if (list === "before") await isListed.promise;
      return placed(issued);
    }),
    http.get(at("/users/:id/orders"), async () => {
      await isPlaced.promise;
      return ok([issued]);
    }),
    http.get(at("/orders/7"), () => ok(issued)),
  );
  const page = visit("/events/1/purchase");
  await page.user.click(await screen.findByRole("button", { name: "Get ticket" }));
  // Time for the list to be shown.
  await act(() => new Promise((done) => setTimeout(done, 50)));
  isListed.resolve();
  await waitFor(() => expect(page.path()).toBe("/orders/7"));
  isRead.resolve();
});

it("asks how to pay when a free event became paid", async () => {
  server.use(
    http.get(at("/events/1"), () => ok(anEvent({ price_sats: 0 })), { once: true }),
    http.post(at("/orders"), () => priceChanged(2100)),
  );
  const page = visit("/events/1/purchase");
  await page.user.click(await screen.findByRole("button", { name: "Get ticket" }));
  const dialog = await screen.findByRole("dialog", { name: "The price changed" });
  expect(dialog).toHaveTextContent("from Free to 2,100 sats");
  await page.user.click(within(dialog).getByRole("button", { name: "Continue" }));
  expect(await screen.findByLabelText("Your UMA address")).toBeVisible();
});

it("places one order for two clicks before a render", async () => {
  let orders = 0;
  server.use(
    http.post(at("/orders"), () => {
      orders += 1;
      return placed();
    }),
  );
  const page = visit("/events/1/purchase");
  await page.user.type(await screen.findByLabelText("Your UMA address"), "$alice@wallet.example");
  const button = screen.getByRole("button", { name: "Pay 2,100 sats" });
  act(() => {
    button.click();
    button.click();
  });
  await screen.findByText(/We sent the request to wallet.example/);
  expect(orders).toBe(1);
});

it.each([
  ["account", /You have 10 of 10 unpaid or free tickets for this event/],
  ["payer", /10 of 10 orders for this event are waiting for payment from this address/],
  ["network", /10 of 10 unpaid or free tickets for this event come from your network/],
])("shows which limit rejected an order and links to open orders: %s", async (scope, sentence) => {
  server.use(
    http.post(at("/orders"), () =>
      HttpResponse.json(
        {
          error: "Too Many Requests",
          message: "limit",
          code: 429,
          type: "hold_limit",
          limit: { scope, allowed: 10, outstanding: 10 },
        },
        { status: 429, headers: { "Retry-After": "60" } },
      ),
    ),
  );
  const page = visit("/events/1/purchase");
  await order(page);
  const alert = await screen.findByRole("alert");
  expect(alert).toHaveTextContent(sentence);
  expect(within(alert).getByRole("link", { name: "My tickets" })).toHaveAttribute(
    "href",
    "/tickets",
  );
});

it("offers to resend the confirmation when the email is not confirmed", async () => {
  const updates: unknown[] = [];
  server.use(
    http.get(at("/events/1"), () => ok(anEvent({ price_sats: 0 }))),
    http.post(at("/orders"), () => refused(403, "email_not_proved", "not confirmed")),
    http.put(at("/users/5"), async ({ request }) => {
      updates.push(await request.json());
      return ok({ id: 5, email: "fan@example.com", name: "Fan" });
    }),
  );
  const page = visit("/events/1/purchase");
  await page.user.click(await screen.findByRole("button", { name: "Get ticket" }));
  const alert = await screen.findByRole("alert");
  expect(alert).toHaveTextContent("Confirm your email");
  await page.user.click(within(alert).getByRole("button", { name: "Send a new link" }));
  expect(
    await within(alert).findByText(/a new link is on its way to fan@example.com/),
  ).toBeVisible();
  expect(updates).toEqual([{ email: "fan@example.com", name: "Fan" }]);
});

it("pays from the connected wallet, which it names, without asking for an address", async () => {
  const sent = sentOrder();
  server.use(
    http.get(at("/users/me/nwc-connection"), () =>
      ok({
        connected: true,
        state: "connected",
        expires_at: null,
        uma_address: "$fan@wallet.example",
      }),
    ),
  );
  const page = visit("/events/1/purchase");
  expect(await screen.findByText("Paying from your connected wallet")).toBeVisible();
  expect(screen.getAllByText("$fan@wallet.example")[0]).toBeVisible();
  expect(screen.queryByLabelText("Your UMA address")).not.toBeInTheDocument();
  await page.user.click(screen.getByRole("button", { name: "Pay 2,100 sats" }));
  await waitFor(() => expect(sent.body?.uma_address).toBe("$fan@wallet.example"));
});
