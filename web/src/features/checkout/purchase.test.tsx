import { act, screen, waitFor, within } from "@testing-library/react";
import { http, HttpResponse } from "msw";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ko } from "@/i18n/ko";
import { session } from "@/lib/session";
import { aCase, CASES, anEvent, aStatus, aTicket, signIn } from "@/test/fixtures";
import { visit } from "@/test/render";
import { at, ok, refused, server } from "@/test/server";
import { rememberOrder } from "./orders";

const bought = (status = "pending") =>
  ok(
    {
      ticket: { id: 7, ticket_code: null, payment_status: status },
      event: { title: "Neon Choir", price_sats: 2100 },
      payment_required: status === "pending",
      status_token: "token",
    },
    201,
  );

beforeEach(() => {
  signIn();
  server.use(
    http.get(at("/events/1"), () => ok(anEvent())),
    http.get(at("/tickets/7/status"), () => ok(aStatus("pending", "request_sent"))),
  );
});

afterEach(() => vi.unstubAllGlobals());

async function order(page: ReturnType<typeof visit>, address = "$alice@wallet.example") {
  await page.user.type(await screen.findByLabelText("Your UMA address"), address);
  await page.user.click(screen.getByRole("button", { name: "Pay 2,100 sats" }));
}

it("orders with a UMA address and shows the payment request", async () => {
  server.use(http.post(at("/tickets/purchase"), () => bought()));
  const page = visit("/events/1/purchase");
  await order(page);
  expect(
    await screen.findByText(
      /Open your wallet and approve 2,100 sats. We sent the request to wallet.example/,
    ),
  ).toBeVisible();
  expect(page.path()).toBe("/events/1/purchase?ticket=7");
  expect(screen.getByRole("timer", { name: /left to pay/ })).toBeInTheDocument();
  expect(
    screen.getByRole("img", { name: /Lightning invoice for 2,100 sats/, hidden: true }),
  ).toBeInTheDocument();
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
    () => bought(),
  ];
  server.use(
    http.post(at("/tickets/purchase"), ({ request }) => {
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
  server.use(http.get(at("/users/5/tickets"), () => ok([aTicket({ payment_status: "pending" })])));
  const page = visit("/events/1/purchase");
  expect(await screen.findByText(/We sent the request to wallet.example/)).toBeVisible();
  expect(page.path()).toBe("/events/1/purchase?ticket=7");
});

it("issues a free ticket without a UMA address", async () => {
  server.use(
    http.get(at("/events/1"), () => ok(anEvent({ price_sats: 0 }))),
    http.post(at("/tickets/purchase"), () => bought("paid")),
    http.get(at("/tickets/7/status"), () =>
      ok(aStatus("paid", "queued", { payment: aCase("free").payment, collection: null })),
    ),
  );
  const page = visit("/events/1/purchase");
  await page.user.click(await screen.findByRole("button", { name: "Get ticket" }));
  expect(await screen.findByText("Your ticket for Neon Choir is ready.")).toBeVisible();
  expect(screen.getByRole("link", { name: "View ticket" })).toHaveAttribute("href", "/tickets/7");
});

it("shows why the request failed and opens the invoice", async () => {
  server.use(http.get(at("/tickets/7/status"), () => ok(aStatus("pending", "unreachable"))));
  visit("/events/1/purchase?ticket=7");
  expect(await screen.findByText(/We couldn't reach wallet.example/)).toBeVisible();
  expect(screen.getByRole("img", { name: /Lightning invoice/ })).toBeVisible();
  expect(screen.getByRole("link", { name: "Open in a wallet app" })).toHaveAttribute(
    "href",
    "lightning:lnbcrt21u1pfixture",
  );
});

it("retries an expired order with the same address", async () => {
  let body: unknown;
  server.use(
    http.get(at("/tickets/6/status"), () => ok(aStatus("expired", "request_sent"))),
    http.get(at("/users/5/tickets"), () => ok([aTicket({ id: 6, payment_status: "expired" })])),
    http.post(at("/tickets/purchase"), async ({ request }) => {
      body = await request.json();
      return bought();
    }),
  );
  const page = visit("/events/1/purchase?ticket=6");
  await page.user.click(await screen.findByRole("button", { name: "Try again for 2,100 sats" }));
  await waitFor(() => expect(page.path()).toBe("/events/1/purchase?ticket=7"));
  expect(body).toEqual({
    event_id: 1,
    user_id: 5,
    uma_address: "$alice@wallet.example",
    price_sats: 2100,
  });
});

it("cancels an order only after confirmation", async () => {
  let cancelled = 0;
  server.use(
    http.post(at("/tickets/7/cancel"), () => {
      cancelled += 1;
      return ok(undefined);
    }),
    http.get(at("/tickets/7/status"), () =>
      ok(aStatus(cancelled ? "cancelled" : "pending", "request_sent")),
    ),
  );
  const page = visit("/events/1/purchase?ticket=7");
  await page.user.click(await screen.findByRole("button", { name: "Cancel order" }));
  expect(cancelled).toBe(0);
  const dialog = within(screen.getByRole("dialog", { name: "Cancel this order?" }));
  await page.user.click(dialog.getByRole("button", { name: "Cancel order" }));
  expect(await screen.findByRole("heading", { level: 2, name: "Order cancelled" })).toBeVisible();
  expect(cancelled).toBe(1);
});

it("does not offer a sold-out event", async () => {
  server.use(http.get(at("/events/1"), () => ok(anEvent({ tickets_available: 0 }))));
  visit("/events/1/purchase");
  expect(await screen.findByText("Tickets aren't available")).toBeVisible();
  expect(screen.queryByRole("button", { name: /Pay/ })).not.toBeInTheDocument();
});

it("renders in Korean", async () => {
  visit("/events/1/purchase?ticket=7", "ko", ko);
  expect(
    await screen.findByText(/2,100 sats 결제를 승인해 주세요. wallet.example에 요청을 보냈어요/),
  ).toBeVisible();
  expect(document.documentElement.lang).toBe("ko");
});

it("orders at the displayed price and at a changed one only after consent", async () => {
  const orders: { price: unknown; key: string | null }[] = [];
  let price = 2100;
  server.use(
    http.get(at("/events/1"), () => ok(anEvent({ price_sats: price }))),
    http.post(at("/tickets/purchase"), async ({ request }) => {
      const { price_sats: shown } = (await request.json()) as { price_sats: number };
      orders.push({ price: shown, key: request.headers.get("idempotency-key") });
      if (shown !== 100_050) {
        price = 100_050;
        return HttpResponse.json(
          {
            error: "Conflict",
            message: "changed",
            code: 409,
            type: "price_changed",
            price_sats: price,
          },
          { status: 409 },
        );
      }
      return bought();
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
  expect(orders.map((each) => each.price)).toEqual([2100, 100_050]);
  expect(orders[1]!.key).not.toBe(orders[0]!.key);
});

it("orders at the new price from the dialog", async () => {
  const prices: unknown[] = [];
  server.use(
    http.post(at("/tickets/purchase"), async ({ request }) => {
      const { price_sats: shown } = (await request.json()) as { price_sats: number };
      prices.push(shown);
      return shown === 2500
        ? bought()
        : HttpResponse.json(
            {
              error: "Conflict",
              message: "changed",
              code: 409,
              type: "price_changed",
              price_sats: 2500,
            },
            { status: 409 },
          );
    }),
  );
  const page = visit("/events/1/purchase");
  await order(page);
  const dialog = await screen.findByRole("dialog", { name: "The price changed" });
  await page.user.click(within(dialog).getByRole("button", { name: "Pay 2,500 sats" }));
  await screen.findByText(/We sent the request to wallet.example/);
  expect(prices).toEqual([2100, 2500]);
});

it("requires a UMA address when a free event became paid", async () => {
  server.use(
    http.get(at("/events/1"), () => ok(anEvent({ price_sats: 0 })), { once: true }),
    http.post(at("/tickets/purchase"), () =>
      HttpResponse.json(
        {
          error: "Conflict",
          message: "changed",
          code: 409,
          type: "price_changed",
          price_sats: 2100,
        },
        { status: 409 },
      ),
    ),
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
    http.post(at("/tickets/purchase"), () => {
      orders += 1;
      return bought();
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
    http.post(at("/tickets/purchase"), () =>
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

it("redirects to the login page when a ticket requires an account", async () => {
  server.use(
    http.get(at("/events/1"), () => ok(anEvent({ price_sats: 0 }))),
    http.post(at("/tickets/purchase"), () => refused(401, "login_required", "log in")),
  );
  const page = visit("/events/1/purchase");
  await page.user.click(await screen.findByRole("button", { name: "Get ticket" }));
  await waitFor(() => expect(page.path()).toMatch(/^\/login\?next=%2Fevents%2F1%2Fpurchase/));
});

it("closes the live stream on logout", async () => {
  const streams: { closed: boolean }[] = [];
  class Stream extends EventTarget {
    closed = false;
    constructor() {
      super();
      streams.push(this);
    }
    close() {
      this.closed = true;
    }
  }
  vi.stubGlobal("EventSource", Stream);
  server.use(http.get(at("/events"), () => ok([])));
  rememberOrder(7, { event: 1, user: 5, uma: "", token: "secret" }, Date.now());
  const page = visit("/events/1/purchase?ticket=7");
  await screen.findByText(/We sent the request to wallet.example/);
  expect(streams.filter((stream) => !stream.closed)).toHaveLength(1);
  act(() => session.clear("logout"));
  await waitFor(() => expect(page.path()).toBe("/"));
  expect(streams.every((stream) => stream.closed)).toBe(true);
});

it("shows the order's payment link beside the invoice", async () => {
  server.use(
    http.get(at("/tickets/7/status"), () =>
      ok({
        ...aStatus("pending", "unreachable"),
        uma_request: {
          lnurl: "LNURL1DP68GURN8GHJ7",
          payment_url: "https://tickets.example/.well-known/lnurlp/tickets?ticket=abc",
        },
      }),
    ),
  );
  const page = visit("/events/1/purchase?ticket=7");
  expect(await screen.findByRole("link", { name: "Open in a Lightning wallet" })).toHaveAttribute(
    "href",
    "lightning:LNURL1DP68GURN8GHJ7",
  );
  await page.user.click(screen.getByRole("button", { name: "Copy payment link" }));
  expect(await navigator.clipboard.readText()).toBe(
    "https://tickets.example/.well-known/lnurlp/tickets?ticket=abc",
  );
});

it("starts over after a cancelled order despite a stale ticket list", async () => {
  server.use(
    http.get(at("/users/5/tickets"), () => ok([aTicket({ id: 7, payment_status: "pending" })])),
    http.get(at("/tickets/7/status"), () => ok(aStatus("cancelled", "request_sent"))),
  );
  rememberOrder(7, { event: 1, user: 5, uma: "", token: null }, Date.now());
  const page = visit("/events/1/purchase?ticket=7");
  await page.user.click(await screen.findByRole("button", { name: "Get a ticket" }));
  expect(await screen.findByLabelText("Your UMA address")).toBeVisible();
  expect(page.path()).toBe("/events/1/purchase");
});

it("offers to resend the confirmation when the email is not confirmed", async () => {
  const updates: unknown[] = [];
  server.use(
    http.get(at("/events/1"), () => ok(anEvent({ price_sats: 0 }))),
    http.post(at("/tickets/purchase"), () => refused(403, "email_not_proved", "not confirmed")),
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

it.each(["refused", "unreachable"] as const)(
  "hides the provider's text while a request is %s",
  async (state) => {
    const status = aStatus("pending", state);
    const detail = "Send 1000 sats to $thief@evil.example; localhost:18421";
    server.use(
      http.get(at("/tickets/7/status"), () =>
        ok({ ...status, collection: { ...status.collection, detail } }),
      ),
    );
    visit("/events/1/purchase?ticket=7");
    expect(await screen.findByText(/reach wallet.example|wallet.example rejected/)).toBeVisible();
    expect(document.body).not.toHaveTextContent(/thief|18421/);
  },
);

describe("a closed order", () => {
  const ended = CASES.filter((name) => !name.startsWith("pending"));

  it.each(ended)("shows its amounts: %s", async (name) => {
    const status = aCase(name);
    const { received_msats: received, refundable_msats, refunded_msats, refund } = status.payment;
    server.use(
      http.get(at("/tickets/7/status"), () => ok(status)),
      http.get(at("/users/5/tickets"), () => ok([])),
    );
    visit("/events/1/purchase?ticket=7");
    const page = await screen.findByRole("main");
    await within(page).findByRole("link", { name: /My tickets|View ticket/ });
    const text = page.textContent;
    if (received) expect(text).not.toMatch(/nothing was charged|didn't receive a payment/i);
    if (refundable_msats) expect(text).toContain((refundable_msats / 1000).toLocaleString("en-GB"));
    if (refunded_msats) expect(text).toContain((refunded_msats / 1000).toLocaleString("en-GB"));
    if (refund) expect(text).toContain(refund.destination);
  });
});

it("shows an underpayment", async () => {
  server.use(http.get(at("/tickets/7/status"), () => ok(aCase("pending_underpaid"))));
  visit("/events/1/purchase?ticket=7");
  expect(await screen.findByText(/We received 400 of 2,100 sats/)).toBeVisible();
  expect(screen.getByText("400 sats will be refunded.")).toBeVisible();
});

it("makes no statement about amounts that the caller may not see", async () => {
  const status = aCase("expired");
  const hidden = { ...status.payment, received_msats: null, refundable_msats: null };
  server.use(http.get(at("/tickets/7/status"), () => ok({ ...status, payment: hidden })));
  visit("/events/1/purchase?ticket=7");
  expect(await screen.findByText(/See My tickets/)).toBeVisible();
  expect(screen.queryByText(/didn't receive/)).not.toBeInTheDocument();
});
