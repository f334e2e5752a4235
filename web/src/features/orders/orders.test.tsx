import { screen, waitFor, within } from "@testing-library/react";
import { http } from "msw";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Order } from "@/api/types";
import { ko } from "@/i18n/ko";
import { session } from "@/lib/session";
import { rememberOrder } from "@/shared/order/memory";
import {
  aLine,
  anEvent,
  anOrder,
  aStatus,
  ORDER_CASES,
  signIn,
  type OrderCase,
} from "@/test/fixtures";
import { visit } from "@/test/render";
import { canGiveBack, isOpen, outcome } from "./waiting-state";
import { at, ok, refused, server } from "@/test/server";

beforeEach(() => {
  signIn();
  server.use(
    http.get(at("/events/1"), () => ok(anEvent())),
    http.get(at("/orders/7"), () => ok(aStatus("pending", "request_sent"))),
  );
});

afterEach(() => vi.unstubAllGlobals());

it("shows why the request failed and opens the invoice", async () => {
  server.use(http.get(at("/orders/7"), () => ok(aStatus("pending", "unreachable"))));
  visit("/orders/7");
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
    http.get(at("/orders/6"), () => ok(aStatus("expired", "request_sent"))),
    http.post(at("/orders"), async ({ request }) => {
      body = await request.json();
      return ok({ ...aStatus("pending", "request_sent"), order_token: "token" }, 201);
    }),
  );
  const page = visit("/orders/6");
  await page.user.click(await screen.findByRole("button", { name: "Try again for 2,100 sats" }));
  await waitFor(() => expect(page.path()).toBe("/orders/7"));
  expect(body).toEqual({
    event_id: 1,
    lines: [{ ticket_type_id: 11, quantity: 1 }],
    uma_address: "$alice@wallet.example",
    total_sats: 2100,
  });
});

it("cancels an order only after confirmation", async () => {
  let cancelled = 0;
  server.use(
    http.post(at("/orders/7/cancel"), () => {
      cancelled += 1;
      return ok(aStatus("cancelled", "request_sent"));
    }),
    http.get(at("/orders/7"), () =>
      ok(aStatus(cancelled ? "cancelled" : "pending", "request_sent")),
    ),
  );
  const page = visit("/orders/7");
  await page.user.click(await screen.findByRole("button", { name: "Cancel order" }));
  expect(cancelled).toBe(0);
  const dialog = within(screen.getByRole("dialog", { name: "Cancel this order?" }));
  await page.user.click(dialog.getByRole("button", { name: "Cancel order" }));
  expect(await screen.findByRole("heading", { level: 2, name: "Order cancelled" })).toBeVisible();
  expect(cancelled).toBe(1);
});

it("explains why an order cannot be cancelled", async () => {
  server.use(
    http.post(at("/orders/7/cancel"), () => refused(409, "not_cancellable", "not cancellable")),
  );
  const page = visit("/orders/7");
  await page.user.click(await screen.findByRole("button", { name: "Cancel order" }));
  const dialog = within(screen.getByRole("dialog", { name: "Cancel this order?" }));
  await page.user.click(dialog.getByRole("button", { name: "Cancel order" }));
  expect(await dialog.findByText("This order can't be cancelled anymore.")).toBeVisible();
});

it("renders in Korean", async () => {
  visit("/orders/7", "ko", ko);
  expect(
    await screen.findByText(/2,100 sats 결제를 승인해 주세요. wallet.example에 요청을 보냈어요/),
  ).toBeVisible();
  expect(document.documentElement.lang).toBe("ko");
});

it("closes the live stream when the page is left", async () => {
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
  rememberOrder(7, { event: 1, user: 5, uma: "", token: "secret", open: true }, Date.now());
  const page = visit("/orders/7");
  await screen.findByText(/We sent the request to wallet.example/);
  expect(streams.filter((stream) => !stream.closed)).toHaveLength(1);
  await page.go("/");
  await waitFor(() => expect(streams.every((stream) => stream.closed)).toBe(true));
});

it("shows the order's payment link beside the invoice", async () => {
  server.use(
    http.get(at("/orders/7"), () =>
      ok({
        ...aStatus("pending", "unreachable"),
        payment_link: {
          lnurl: "LNURL1DP68GURN8GHJ7",
          payment_url: "https://tickets.example/.well-known/lnurlp/tickets?ticket=abc",
        },
      }),
    ),
  );
  const page = visit("/orders/7");
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
    http.get(at("/users/5/orders"), () => ok([aStatus("pending", "request_sent")])),
    http.get(at("/orders/7"), () => ok(aStatus("cancelled", "request_sent"))),
  );
  rememberOrder(7, { event: 1, user: 5, uma: "", token: null, open: true }, Date.now());
  const page = visit("/orders/7");
  await page.user.click(await screen.findByRole("link", { name: "Get a ticket" }));
  expect(await screen.findByLabelText("Your UMA address")).toBeVisible();
  expect(page.path()).toBe("/events/1/purchase?tickets=11-1");
});

it.each(["refused", "unreachable"] as const)(
  "hides the provider's text while a request is %s",
  async (state) => {
    const status = aStatus("pending", state);
    const detail = "Send 1000 sats to $thief@evil.example; localhost:18421";
    server.use(
      http.get(at("/orders/7"), () =>
        ok({ ...status, collection: { ...status.collection, detail } }),
      ),
    );
    visit("/orders/7");
    expect(await screen.findByText(/reach wallet.example|wallet.example rejected/)).toBeVisible();
    expect(document.body).not.toHaveTextContent(/thief|18421/);
  },
);

describe("a closed order", () => {
  const ended = ORDER_CASES.filter((name) => !isOpen(outcome(anOrder(name))));

  it.each(ended)("shows its amounts: %s", async (name) => {
    const status = anOrder(name);
    const money = status.payment;
    server.use(http.get(at("/orders/7"), () => ok(status)));
    visit("/orders/7");
    const page = await screen.findByRole("main");
    await within(page).findAllByText(/^\d × (General admission|Early bird)/);
    const text = page.textContent;
    if (!money) return;
    const { received_msats: received, refundable_msats, refunded_msats, refunds } = money;
    if (received) expect(text).not.toMatch(/nothing was charged|didn't receive a payment/i);
    if (refundable_msats) expect(text).toContain((refundable_msats / 1000).toLocaleString("en-GB"));
    if (refunded_msats) expect(text).toContain((refunded_msats / 1000).toLocaleString("en-GB"));
    if (refunds[0]) expect(text).toContain(refunds[0].destination);
  });
});

it("shows an underpayment", async () => {
  server.use(http.get(at("/orders/7"), () => ok(anOrder("pending_underpaid"))));
  visit("/orders/7");
  expect(await screen.findByText(/We received 400 of 2,100 sats/)).toBeVisible();
  expect(screen.getByText("400 sats will be refunded.")).toBeVisible();
});

it("asks for an address for a refund without one", async () => {
  const waits = anOrder("guest_refund_needs_address");
  const payment = { ...waits.payment!, refund_needs_address: false };
  const sent: unknown[] = [];
  server.use(
    http.get(at("/orders/7"), () => ok(sent.length > 1 ? { ...waits, payment } : waits)),
    http.post(at("/orders/7/refund"), async ({ request }) => {
      sent.push(await request.json());
      if (sent.length > 1) return ok({ ...waits, payment });
      return refused(400, "invalid", "is wrong", { destination: "not_a_payment_address" });
    }),
  );
  const { user } = visit("/orders/7");
  expect(await screen.findByText(/once you enter an address of your wallet below/)).toBeVisible();
  const action = screen.getByRole("button", { name: "Get refund" });
  await user.click(action);
  expect(sent).toEqual([]);
  const field = screen.getByLabelText("UMA or Lightning address");
  expect(field).toBeInvalid();
  await user.type(field, "nowhere");
  await user.click(action);
  expect(await screen.findByText(/^Enter a UMA or Lightning address/)).toBeVisible();
  await user.clear(field);
  await user.type(field, " $new@wallet.example ");
  await user.click(action);
  expect(await screen.findByText("Refund requested.")).toBeVisible();
  expect(sent).toEqual([{ destination: "nowhere" }, { destination: "$new@wallet.example" }]);
  expect(screen.queryByRole("button", { name: "Get refund" })).not.toBeInTheDocument();
});

it("asks for another address after a failed refund", async () => {
  const failed = anOrder("expired_refund_failed");
  server.use(http.get(at("/orders/7"), () => ok(failed)));
  visit("/orders/7");
  expect(await screen.findByText(/couldn't be delivered. Enter another address/)).toBeVisible();
  expect(screen.getByRole("button", { name: "Get refund" })).toBeVisible();
});

it("makes no statement about amounts that the caller may not see", async () => {
  const status = anOrder("expired");
  const hidden = { ...status.payment, received_msats: null, refundable_msats: null };
  server.use(http.get(at("/orders/7"), () => ok({ ...status, payment: hidden })));
  visit("/orders/7");
  expect(await screen.findByText(/See My tickets/)).toBeVisible();
  expect(screen.queryByText(/didn't receive/)).not.toBeInTheDocument();
});

/** The second ticket was used, the third refunded. */
const three = () => {
  const order = anOrder("three_paid");
  const [first, second, third] = order.tickets;
  const used = { ...second!, checked_in_at: "2026-11-23T20:00:00Z" };
  const refunded = { ...third!, payment_status: "refunded" as const, ticket_code: null };
  return { ...order, tickets: [first!, used, refunded] };
};

describe("a paid order of three tickets", () => {
  beforeEach(() => server.use(http.get(at("/orders/7"), () => ok(three()))));

  it("shows each ticket with its type, holder and state", async () => {
    visit("/orders/7");
    const tickets = await screen.findAllByRole("article");
    expect(tickets).toHaveLength(3);
    expect(within(tickets[0]!).getByRole("img", { name: "QR code of your ticket" })).toBeVisible();
    expect(tickets[1]).toHaveTextContent(/Early bird.*Checked in.*Mina/);
    expect(within(tickets[1]!).queryByRole("button", { name: "Edit" })).not.toBeInTheDocument();
    expect(within(tickets[2]!).queryByRole("img")).not.toBeInTheDocument();
    expect(tickets[2]).toHaveTextContent("This ticket was refunded");
  });

  it("shows a receipt with lines, discount and total", async () => {
    visit("/orders/7");
    const receipt = (await screen.findByRole("heading", { name: "Receipt" })).closest("section")!;
    for (const text of [
      "2 × Early bird",
      "1 × Supporter",
      "Discount (EARLY20)",
      "−400 sats",
      "3,300 sats",
    ]) {
      expect(within(receipt).getByText(text)).toBeVisible();
    }
  });

  it("names a holder, who gets the ticket by email", async () => {
    let body: unknown;
    server.use(
      http.patch(at("/orders/7/tickets/70"), async ({ request }) => {
        body = await request.json();
        return ok(three());
      }),
    );
    const page = visit("/orders/7");
    await page.user.click(await screen.findByRole("button", { name: "Add name" }));
    const dialog = within(screen.getByRole("dialog", { name: "Who is this ticket for?" }));
    await page.user.type(dialog.getByLabelText("Name"), "Jun");
    await page.user.type(dialog.getByLabelText("Email"), "jun@");
    await page.user.click(dialog.getByRole("button", { name: "Save" }));
    expect(dialog.getByLabelText("Email")).toBeInvalid();
    await page.user.type(dialog.getByLabelText("Email"), "example.com");
    await page.user.click(dialog.getByRole("button", { name: "Save" }));
    expect(await screen.findByText("Ticket sent to jun@example.com")).toBeVisible();
    expect(body).toEqual({ holder_name: "Jun", holder_email: "jun@example.com" });
  });

  it("shows a server's refusal of a holder at its field", async () => {
    server.use(
      http.patch(at("/orders/7/tickets/70"), () =>
        refused(400, "invalid", "invalid", { holder_email: "not_an_email_address" }),
      ),
    );
    const page = visit("/orders/7");
    await page.user.click(await screen.findByRole("button", { name: "Add name" }));
    await page.user.type(screen.getByLabelText("Email"), "jun@example.com");
    await page.user.click(screen.getByRole("button", { name: "Save" }));
    await waitFor(() => expect(screen.getByLabelText("Email")).toBeInvalid());
  });
});

it("keeps rate, source and time of a converted price on the receipt", async () => {
  const line = aLine({
    conversion: {
      currency: "USD",
      amount_minor: 2500,
      rate: 1050,
      source: "rates.example",
      at: "2026-11-23T20:00:00Z",
    },
  });
  server.use(http.get(at("/orders/7"), () => ok(anOrder("paid", { lines: [line] }))));
  visit("/orders/7");
  expect(
    await screen.findByText(/\$25\.00 converted at 1,050 sats per USD\. Rate from rates\.example/),
  ).toBeVisible();
});

it("explains to a guest how to open an order without its token", async () => {
  server.use(http.get(at("/orders/7"), () => refused(404, "not_found", "not found")));
  visit("/orders/7");
  expect(await screen.findByText(/couldn't find this order/)).toBeInTheDocument();
});

describe("a guest's order of two free tickets", () => {
  const calls: string[] = [];
  const serve = (name: OrderCase, after: OrderCase) => {
    let current = anOrder(name);
    const given = ({ request }: { request: Request }) => {
      const { pathname, searchParams } = new URL(request.url);
      calls.push(`${pathname}?${searchParams}`);
      current = anOrder(after);
      return ok(current);
    };
    server.use(
      http.get(at("/orders/7"), () => ok(current)),
      http.post(at("/orders/7/cancel"), given),
      http.post(at("/orders/7/tickets/:ticket/cancel"), given),
    );
  };

  beforeEach(() => {
    calls.length = 0;
    session.clear();
  });

  it("gives one ticket back and keeps the other", async () => {
    serve("guest_free", "guest_free_one_given_back");
    const page = visit("/orders/7#token=secret");
    const [first] = await screen.findAllByRole("article");
    await page.user.click(within(first!).getByRole("button", { name: "Give back this ticket" }));
    const dialog = within(screen.getByRole("dialog", { name: "Give back this ticket?" }));
    expect(dialog.getByText("General admission, Ticket 70")).toBeVisible();
    expect(calls).toEqual([]);
    await page.user.click(dialog.getByRole("button", { name: "Give back" }));
    expect(await screen.findByText("Ticket given back")).toBeVisible();
    expect(calls).toEqual(["/api/orders/7/tickets/70/cancel?token=secret"]);
    expect(screen.getAllByRole("img", { name: "QR code of your ticket" })).toHaveLength(1);
    expect(screen.getByRole("button", { name: "Give back this ticket" })).toBeVisible();
  });

  it("gives all tickets back", async () => {
    serve("guest_free", "guest_free_given_back");
    const page = visit("/orders/7#token=secret");
    await page.user.click(await screen.findByRole("button", { name: "Give back 2 tickets" }));
    const dialog = within(screen.getByRole("dialog", { name: "Give back 2 tickets?" }));
    await page.user.click(dialog.getByRole("button", { name: "Give back" }));
    expect(await screen.findByText(/Your spots have been released/)).toBeVisible();
    expect(screen.getByText("2 tickets given back")).toBeVisible();
    expect(calls).toEqual(["/api/orders/7/cancel?token=secret"]);
  });

  it("explains why a ticket can't be given back", async () => {
    serve("guest_free", "guest_free");
    server.use(
      http.post(at("/orders/7/tickets/70/cancel"), () => refused(409, "not_cancellable", "used")),
    );
    const page = visit("/orders/7#token=secret");
    const [first] = await screen.findAllByRole("article");
    await page.user.click(within(first!).getByRole("button", { name: "Give back this ticket" }));
    await page.user.click(screen.getByRole("button", { name: "Give back" }));
    expect(await screen.findByText("This ticket can't be given back anymore.")).toBeVisible();
  });

  it("does not say that it waits for a payment", async () => {
    serve("guest_unconfirmed", "guest_free_given_back");
    const page = visit("/orders/7#token=secret");
    await page.user.click(await screen.findByRole("button", { name: "Cancel order" }));
    const dialog = within(screen.getByRole("dialog", { name: "Cancel this order?" }));
    expect(dialog.getByText("Your 2 spots will be released.")).toBeVisible();
    expect(dialog.getByRole("button", { name: "Keep order" })).toBeVisible();
  });
});

it("offers to give back unused free tickets of an event to come only", () => {
  const now = Date.now();
  const may = (order: Order, change: Partial<Order["tickets"][number]> = {}, at = now) =>
    canGiveBack(order, { ...order.tickets[0]!, ...change }, at);
  expect(may(anOrder("guest_free"))).toBe(true);
  expect(may(anOrder("free"))).toBe(true);
  expect(may(anOrder("paid"))).toBe(false);
  expect(may(anOrder("guest_unconfirmed"))).toBe(false);
  expect(may(anOrder("guest_free"), { checked_in_at: "2026-11-23T20:00:00Z" })).toBe(false);
  expect(may(anOrder("guest_free"), {}, now + 5 * 3_600_000)).toBe(false);
});

const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();

it.each([
  [2, true],
  [0, false],
] as const)(
  "offers another way to pay %i minutes after the request: %s",
  async (minutes, isOpen) => {
    const order = aStatus("pending", "request_sent", { created_at: minutesAgo(minutes) });
    server.use(http.get(at("/orders/7"), () => ok(order)));
    visit("/orders/7");
    const code = await screen.findByRole("img", { name: /Lightning invoice/, hidden: true });
    expect(code.closest("details")?.open).toBe(isOpen);
    expect(screen.queryAllByText(/hasn't approved the payment yet/)).toHaveLength(isOpen ? 1 : 0);
  },
);

it("returns to the checkout to use another address", async () => {
  let isCancelled = false;
  server.use(
    http.get(at("/orders/7"), () =>
      ok(isCancelled ? aStatus("cancelled", "request_sent") : aStatus("pending", "request_sent")),
    ),
    http.post(at("/orders/7/cancel"), () => {
      isCancelled = true;
      return ok(aStatus("cancelled", "request_sent"));
    }),
  );
  const page = visit("/orders/7");
  await page.user.click(await screen.findByRole("button", { name: "Use another address" }));
  await page.user.click(screen.getByRole("button", { name: "Cancel and go back" }));
  await waitFor(() => expect(page.path()).toMatch(/^\/events\/1\/purchase/));
  expect(await screen.findByLabelText("Your UMA address")).toBeVisible();
});

it("moves focus to the headline when the order ends", async () => {
  let status = aStatus("pending", "request_sent");
  server.use(http.get(at("/orders/7"), () => ok(status)));
  const page = visit("/orders/7");
  await screen.findByRole("heading", { level: 1, name: "Approve the payment in your wallet" });
  status = aStatus("expired", "request_sent");
  await page.client.invalidateQueries();
  const headline = await screen.findByRole("heading", {
    level: 1,
    name: "Your reservation expired",
  });
  await waitFor(() => expect(headline).toHaveFocus());
});

it("says that the organiser cancelled the event and what happens to the money", async () => {
  const order = aStatus("cancelled", "request_sent");
  server.use(
    http.get(at("/orders/7"), () =>
      ok({ ...order, event: { ...order.event, status: "cancelled", cancelled_at: minutesAgo(1) } }),
    ),
  );
  visit("/orders/7");
  expect(
    await screen.findByRole("heading", { level: 1, name: "The organiser cancelled this event" }),
  ).toBeInTheDocument();
  expect(screen.getByRole("link", { name: "See other events" })).toBeVisible();
});
