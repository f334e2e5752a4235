import { screen, waitFor, within } from "@testing-library/react";
import { http } from "msw";
import { beforeEach, expect, it } from "vitest";
import type { Order, OrderInput } from "@/api/types";
import { knownOrder } from "@/shared/order/memory";
import { anEvent, anOrder, aStatus } from "@/test/fixtures";
import { visit } from "@/test/render";
import { at, ok, refused, server } from "@/test/server";

let sent: OrderInput | null = null;
const tokens: (string | null)[] = [];

const guestOrder = () =>
  aStatus("pending", "queued", {
    collection: null,
    uma_address: null,
    email: "guest@example.com",
  });

beforeEach(() => {
  sent = null;
  tokens.length = 0;
  server.use(
    http.get(at("/events/1"), () => ok(anEvent())),
    http.post(at("/orders"), async ({ request }) => {
      sent = (await request.json()) as OrderInput;
      return ok({ ...guestOrder(), order_token: "secret" }, 201);
    }),
    http.get(at("/orders/7"), ({ request }) => {
      tokens.push(new URL(request.url).searchParams.get("token"));
      return ok(guestOrder());
    }),
  );
});

it("orders without an account and opens the order by its token", async () => {
  const page = visit("/events/1/purchase");
  await page.user.click(await screen.findByRole("radio", { name: /Any Lightning wallet/ }));
  await page.user.type(screen.getByLabelText("Email"), "guest@example.com");
  await page.user.click(screen.getByRole("button", { name: "Pay 2,100 sats" }));
  expect(await screen.findByText("Pay 2,100 sats from any Lightning wallet.")).toBeVisible();
  expect(page.path()).toBe("/orders/7");
  expect(sent).toMatchObject({ email: "guest@example.com", total_sats: 2100 });
  expect(tokens).toContain("secret");
  expect(knownOrder(7)?.token).toBe("secret");
});

it("does not order without a valid email address", async () => {
  const page = visit("/events/1/purchase");
  const email = await screen.findByLabelText("Email");
  await page.user.type(email, "guest@");
  await page.user.click(screen.getByRole("button", { name: "Pay 2,100 sats" }));
  expect(email).toHaveFocus();
  expect(email).toHaveAccessibleDescription("Enter a valid email, like you@example.com.");
  expect(sent).toBeNull();
});

it("offers to log in and return to the same order", async () => {
  visit("/events/1/purchase?tickets=11-2");
  const link = await screen.findByText("Have an account?");
  expect(link.parentElement!.querySelector("a")).toHaveAttribute(
    "href",
    `/login?next=${encodeURIComponent("/events/1/purchase?tickets=11-2")}`,
  );
});

const unconfirmed = (change: Partial<Order> = {}) =>
  anOrder("free", {
    status: "awaiting_confirmation",
    email: "guest@example.com",
    payment: null,
    hold_expires_at: new Date(Date.now() + 900_000).toISOString(),
    ...change,
  });

it("asks a guest to confirm a free order by email", async () => {
  server.use(
    http.get(at("/events/1"), () => ok(anEvent({ price_sats: 0 }))),
    http.post(at("/orders"), async ({ request }) => {
      sent = (await request.json()) as OrderInput;
      return ok({ ...unconfirmed(), order_token: "secret" }, 201);
    }),
    http.get(at("/orders/7"), () => ok(unconfirmed())),
  );
  const page = visit("/events/1/purchase");
  await page.user.type(await screen.findByLabelText("Email"), "guest@example.com");
  expect(screen.getByText(/We'll email you a link/)).toBeVisible();
  await page.user.click(screen.getByRole("button", { name: "Get ticket" }));
  expect(await screen.findByText("We've sent a link to guest@example.com.")).toBeVisible();
  expect(sent).toMatchObject({ email: "guest@example.com", total_sats: 0 });
});

it("issues the tickets when the mailed link is opened", async () => {
  let confirmed: unknown;
  const paid = anOrder("free", { email: "guest@example.com" });
  server.use(
    http.post(at("/orders/7/confirm"), async ({ request }) => {
      confirmed = await request.json();
      return ok({ ...paid, order_token: "secret" });
    }),
    http.get(at("/orders/7"), ({ request }) => {
      tokens.push(new URL(request.url).searchParams.get("token"));
      return ok(paid);
    }),
  );
  const page = visit("/orders/7/confirm?token=mailed");
  expect(await screen.findByText("Your ticket for Neon Choir is ready.")).toBeVisible();
  expect(confirmed).toEqual({ token: "mailed" });
  expect(page.path()).toBe("/orders/7");
  expect(knownOrder(7)?.token).toBe("secret");
  await waitFor(() => expect(tokens).toContain("secret"));
  expect(tokens.every((token) => token === "secret")).toBe(true);
});

it.each([
  [404, "not_found", /This link is incomplete/],
  [409, "order_expired", /It expired or was cancelled/],
  [409, "too_many_per_buyer", /Something went wrong/],
  [503, "unavailable", /We're busy right now/],
])("explains a refused confirmation: %d %s", async (status, type, text) => {
  server.use(http.post(at("/orders/7/confirm"), () => refused(status, type, "refused")));
  const page = visit("/orders/7/confirm?token=mailed");
  expect(await screen.findByText(text)).toBeVisible();
  expect(page.path()).toBe("/orders/7/confirm?token=mailed");
});

it("does not confirm by a link without a token", async () => {
  visit("/orders/7/confirm");
  expect(await screen.findByText(/This link is incomplete/)).toBeVisible();
});

it.each(["unpaid", "unconfirmed"] as const)("lets a guest cancel an %s order", async (name) => {
  const order = name === "unpaid" ? guestOrder() : unconfirmed();
  let current = order;
  server.use(
    http.post(at("/orders/7/cancel"), ({ request }) => {
      tokens.push(new URL(request.url).searchParams.get("token"));
      current = { ...order, status: "cancelled", hold_expires_at: null };
      return ok(current);
    }),
    http.get(at("/orders/7"), () => ok(current)),
  );
  const page = visit("/orders/7#token=secret");
  await page.user.click(await screen.findByRole("button", { name: "Cancel order" }));
  const dialog = within(screen.getByRole("dialog", { name: "Cancel this order?" }));
  expect(dialog.queryByText(/approved the payment/) === null).toBe(name === "unconfirmed");
  await page.user.click(dialog.getByRole("button", { name: "Cancel order" }));
  expect(await screen.findByRole("heading", { level: 2, name: "Order cancelled" })).toBeVisible();
  expect(tokens).toEqual(["secret"]);
});

it("keeps the token of a mailed link out of the address bar", async () => {
  const page = visit("/orders/7#token=mailed");
  expect(await screen.findByText("Pay 2,100 sats from any Lightning wallet.")).toBeVisible();
  await waitFor(() => expect(page.hash()).toBe(""));
  expect(tokens.every((token) => token === "mailed")).toBe(true);
  expect(knownOrder(7)?.token).toBe("mailed");
});
