import { expect, test } from "../fixtures/test";

test("a guest pays an invoice with any Lightning wallet", async ({ page, shop, expectAccessible }) => {
  const event = await shop.event();
  await page.goto(`/events/${event.id}`);
  await page.getByRole("link", { name: "Get a ticket" }).filter({ visible: true }).click();
  await page.getByLabel("Email").fill(`guest-${Date.now()}@example.com`);
  await page.getByRole("radio", { name: /Any Lightning wallet/ }).check();
  await expectAccessible("guest checkout");
  await page.getByRole("button", { name: "Pay 2,100 sats" }).click();
  await expect(page.getByText("Pay 2,100 sats from any Lightning wallet.")).toBeVisible();
  await expect(page.getByRole("img", { name: "Lightning invoice for 2,100 sats" })).toBeVisible();
  await expectAccessible("invoice");
  const link = await page.getByRole("link", { name: "Open in a wallet app" }).getAttribute("href");
  await page.reload();
  await expect(page.getByText("Pay 2,100 sats from any Lightning wallet.")).toBeVisible();
  await shop.pay("bob", (link ?? "").replace("lightning:", ""));
  await expect(page.getByText(/Paid 2,100 sats\. Your ticket/)).toBeVisible();
  await expect(page.getByRole("img", { name: "QR code of your ticket" })).toHaveCount(1);
});

test("a sold-out ticket type leaves the others on sale", async ({ page, shop, signIn }) => {
  const event = await shop.event();
  const vip = await shop.addType(event.id, {
    name: "VIP",
    price: { kind: "fixed", sats: 9000 },
    quota: 1,
  });
  const buyer = await shop.createUser("Faster");
  await shop.order(buyer, event.id, [{ ticket_type_id: vip.id, quantity: 1 }], shop.address("bob"));
  await signIn(await shop.createUser());
  await page.goto(`/events/${event.id}`);
  const types = page.getByRole("list", { name: "Ticket types" });
  const row = types.getByRole("listitem").filter({ hasText: "VIP" });
  await expect(row).toContainText("Sold out");
  await expect(row.getByRole("button")).toHaveCount(0);
  await expect(page.getByRole("button", { name: "Choose your tickets" }).filter({ visible: true })).toBeDisabled();
  await page.getByRole("button", { name: "One more: General admission" }).click();
  await page.getByRole("link", { name: "Get a ticket" }).filter({ visible: true }).click();
  await expect(page.getByRole("button", { name: "Pay 2,100 sats" })).toBeVisible();

  // A link to the sold-out type orders nothing.
  await page.goto(`/events/${event.id}/purchase?tickets=${vip.id}-1`);
  await expect(page.getByText("Choose your tickets first")).toBeVisible();
});

test("a promo code of a link opens a hidden ticket type", async ({ page, shop, signIn }) => {
  const event = await shop.event();
  const crew = await shop.addType(event.id, {
    name: "Crew",
    price: { kind: "fixed", sats: 0 },
    hidden: true,
  });
  await shop.addCode(event.id, {
    code: "CREW2026",
    discount: { kind: "free" },
    ticket_type_ids: [crew.id],
  });
  await signIn(await shop.createUser());
  await page.goto(`/events/${event.id}`);
  await expect(page.getByText("Crew")).toHaveCount(0);
  await page.goto(`/events/${event.id}?code=CREW2026`);
  await page.getByRole("button", { name: "One more: Crew" }).click();
  await page.getByRole("link", { name: "Get a free ticket" }).filter({ visible: true }).click();
  await page.getByRole("button", { name: "Get ticket" }).click();
  await expect(page.getByText(`Your ticket for ${event.title} is ready.`)).toBeVisible();
});
