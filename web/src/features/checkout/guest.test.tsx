import { screen, waitFor } from "@testing-library/react";
import { http } from "msw";
import { beforeEach, expect, it } from "vitest";
import type { OrderInput } from "@/api/types";
import { knownOrder } from "@/shared/order/memory";
import { anEvent, aStatus } from "@/test/fixtures";
import { visit } from "@/test/render";
import { at, ok, server } from "@/test/server";

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

it("keeps the token of a mailed link out of the address bar", async () => {
  const page = visit("/orders/7#token=mailed");
  expect(await screen.findByText("Pay 2,100 sats from any Lightning wallet.")).toBeVisible();
  await waitFor(() => expect(page.hash()).toBe(""));
  expect(tokens.every((token) => token === "mailed")).toBe(true);
  expect(knownOrder(7)?.token).toBe("mailed");
});
