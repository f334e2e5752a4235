import { screen, waitFor, within } from "@testing-library/react";
import { http } from "msw";
import { expect, it } from "vitest";
import type { LineInput } from "@/api/types";
import { aLine, anEvent, aType } from "@/test/fixtures";
import { visit } from "@/test/render";
import { at, ok, refused, server } from "@/test/server";

const types = [
  aType({ id: 11, name: "Early bird", price: { kind: "fixed", sats: 1000 }, price_sats: 1000 }),
  aType({
    id: 12,
    name: "Supporter",
    price: { kind: "minimum", min_sats: 500 },
    price_sats: 500,
    position: 1,
  }),
  aType({ id: 13, name: "VIP", sale: "sold_out", available: 0, position: 2 }),
  aType({ id: 14, name: "Late", sale: "ended", position: 3 }),
  aType({
    id: 15,
    name: "Dollar",
    sale: "no_rate",
    price: { kind: "currency", currency: "USD", amount_minor: 2500 },
    price_sats: null,
    position: 4,
  }),
  aType({ id: 16, name: "Crew", hidden: true, position: 5 }),
];

const showEvent = (ticket_types = types) =>
  server.use(http.get(at("/events/1"), () => ok(anEvent({ ticket_types }))));

const rows = async () =>
  within(await screen.findByRole("list", { name: "Ticket types" })).getAllByRole("listitem");

it("says why a ticket type can't be bought", async () => {
  showEvent();
  visit("/events/1");
  const texts = (await rows()).map((row) => row.textContent);
  expect(texts).toHaveLength(5);
  expect(texts[2]).toContain("Sold out");
  expect(texts[3]).toContain("Sale ended");
  expect(texts[4]).toContain("$25.00");
  expect(texts[4]).toContain("can't get an exchange rate");
  for (const button of screen.getAllByRole("button", { name: "Choose your tickets" })) {
    expect(button).toBeDisabled();
  }
});

it("adds up chosen tickets and keeps them in the URL", async () => {
  showEvent();
  const page = visit("/events/1");
  const more = await screen.findByRole("button", { name: "One more: Early bird" });
  await page.user.click(more);
  await page.user.click(more);
  await page.user.click(screen.getByRole("button", { name: "One more: Supporter" }));
  await page.user.type(screen.getByLabelText("Your price per ticket"), "700");
  await waitFor(() => expect(page.path()).toBe("/events/1?tickets=11-2_12-1-700"));
  expect(screen.getAllByText("2,700 sats")).not.toHaveLength(0);
  expect(screen.getAllByRole("link", { name: "Get 3 tickets" })[0]).toHaveAttribute(
    "href",
    "/events/1/purchase?tickets=11-2_12-1-700",
  );
  await page.user.click(screen.getByRole("button", { name: "One less: Supporter" }));
  expect(screen.getAllByText("2,000 sats")).not.toHaveLength(0);
});

it("starts with one ticket of an only type", async () => {
  showEvent([aType()]);
  visit("/events/1");
  expect((await screen.findAllByRole("link", { name: "Get a ticket" }))[0]).toHaveAttribute(
    "href",
    "/events/1/purchase?tickets=11-1",
  );
  expect(screen.getByRole("button", { name: /One less/ })).toHaveAttribute("aria-disabled", "true");
});

it.each([
  ["promo_code_unknown", "This promo code isn't valid."],
  ["promo_code_expired", "This promo code has expired."],
  ["promo_code_exhausted", "This promo code has been used up."],
])("tells why a promo code is refused: %s", async (type, text) => {
  showEvent([aType()]);
  server.use(http.post(at("/orders/quote"), () => refused(400, type, "refused")));
  const page = visit("/events/1");
  await page.user.click(await screen.findByRole("button", { name: "Enter a promo code" }));
  await page.user.type(screen.getByLabelText("Promo code"), "early");
  await page.user.click(screen.getByRole("button", { name: "Apply" }));
  expect(await screen.findByText(text)).toBeVisible();
  expect(screen.getByLabelText("Promo code")).toBeInvalid();
  // The order can be placed without the code.
  expect(screen.getAllByRole("link", { name: "Get a ticket" })[0]).toHaveAttribute(
    "href",
    "/events/1/purchase?tickets=11-1",
  );
});

it("shows the hidden types and the discount of a code", async () => {
  showEvent([aType()]);
  server.use(
    http.post(at("/orders/quote"), async ({ request }) => {
      const { lines } = (await request.json()) as { lines: LineInput[] };
      return ok({
        event_id: 1,
        lines: lines.length === 0 ? [] : [aLine({ discount_sats: 420, total_sats: 1680 })],
        total_sats: lines.length === 0 ? 0 : 1680,
        promo_code: "EARLY20",
        quote: null,
        expires_at: null,
        ticket_types: [aType({ id: 16, name: "Crew", hidden: true, position: 5 })],
      });
    }),
  );
  const page = visit("/events/1?code=early20");
  expect(await screen.findByText("EARLY20 applied")).toBeVisible();
  expect(await rows()).toHaveLength(2);
  await page.user.click(screen.getByRole("button", { name: /One more: General/ }));
  expect((await screen.findAllByText("1,680 sats"))[0]).toBeVisible();
  await page.user.click(screen.getByRole("button", { name: "Remove promo code" }));
  await waitFor(() => expect(page.path()).toBe("/events/1?tickets=11-1"));
  expect(await rows()).toHaveLength(1);
});
