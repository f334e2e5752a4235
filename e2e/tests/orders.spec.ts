import { expect, test } from "../fixtures/test";

test("three tickets of two types with a promo code are paid at once", async ({
  page,
  shop,
  signIn,
  expectAccessible,
}) => {
  const event = await shop.event();
  const early = await shop.addType(event.id, { name: "Early bird", price: { kind: "fixed", sats: 1000 } });
  await shop.addType(event.id, { name: "Supporter", price: { kind: "minimum", min_sats: 500 } });
  await shop.addCode(event.id, {
    code: "EARLY20",
    discount: { kind: "percent", value: 20 },
    ticket_type_ids: [early.id],
  });
  await signIn(await shop.createUser());
  await page.goto(`/events/${event.id}`);
  const more = page.getByRole("button", { name: "One more: Early bird" });
  await more.click();
  await more.click();
  await page.getByRole("button", { name: "One more: Supporter" }).click();
  await page.getByLabel("Your price per ticket").fill("1,700");
  await page.getByRole("button", { name: "Enter a promo code" }).click();
  const code = page.getByLabel("Promo code", { exact: true });
  await code.fill("nothing");
  await page.getByRole("button", { name: "Apply" }).click();
  await expect(page.getByText("This promo code isn't valid.")).toBeVisible();
  await page.getByLabel("Promo code", { exact: true }).fill("early 20");
  await page.getByRole("button", { name: "Apply" }).click();
  await expect(page.getByText("EARLY 20 applied")).toBeVisible();
  await expect(page.getByText("3,300 sats").filter({ visible: true })).toBeVisible();
  await expectAccessible("ticket picker");
  await page.getByRole("link", { name: "Get 3 tickets" }).filter({ visible: true }).click();

  await expect(page.getByText("2 × Early bird")).toBeVisible();
  await expect(page.getByText("−400 sats")).toBeVisible();
  await page.getByLabel("Your UMA address").fill(shop.address("alice"));
  await page.getByRole("button", { name: "Pay 3,300 sats" }).click();
  await expect(page.getByText(/approve 3,300 sats/)).toBeVisible();
  await expectAccessible("order waiting for payment");
  await shop.approve("alice");

  await expect(page.getByText(/Paid 3,300 sats\. Your 3 tickets for .* are ready/)).toBeVisible();
  await expect(page.getByRole("img", { name: "QR code of your ticket" })).toHaveCount(3);
  await expect(page.getByRole("article", { name: /Early bird/ })).toHaveCount(2);
  await expectAccessible("paid order");
  await page.goto("/tickets");
  await expect(page.getByText("2 × Early bird, 1 × Supporter")).toBeVisible();
});

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

test("a guest names the address of a refund", async ({ page, shop, expectAccessible }) => {
  const event = await shop.event();
  await page.goto(`/events/${event.id}`);
  await page.getByRole("link", { name: "Get a ticket" }).filter({ visible: true }).click();
  await page.getByLabel("Email").fill(`guest-${Date.now()}@example.com`);
  await page.getByRole("radio", { name: /Any Lightning wallet/ }).check();
  await page.getByRole("button", { name: "Pay 2,100 sats" }).click();
  const link = await page.getByRole("link", { name: "Open in a wallet app" }).getAttribute("href");
  await shop.pay("bob", (link ?? "").replace("lightning:", ""));
  await expect(page.getByText(/Paid 2,100 sats\. Your ticket/)).toBeVisible();
  await shop.cancelEvent(event.id);
  const field = page.getByLabel("UMA or Lightning address");
  // A job revokes the tickets after the answer.
  await expect(async () => {
    await page.reload();
    await expect(field).toBeVisible({ timeout: 2_000 });
  }).toPass({ timeout: 30_000 });
  await expectAccessible("refund address");
  await field.fill("nowhere");
  await page.getByRole("button", { name: "Get refund" }).click();
  await expect(page.getByText(/^Enter a UMA or Lightning address/)).toBeVisible();
  await field.fill(shop.address("bob"));
  await page.getByRole("button", { name: "Get refund" }).click();
  await expect(field).toHaveCount(0);
  const refunded = page.getByText(/2,100 sats were refunded to \$bob@/);
  await expect(async () => {
    await page.reload();
    await expect(refunded).toBeVisible({ timeout: 2_000 });
  }).toPass({ timeout: 60_000 });
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

test("a named holder gets the ticket by email", async ({ page, shop, signIn, expectAccessible }) => {
  const event = await shop.event({ price_sats: 0 });
  await signIn(await shop.createUser());
  await page.goto(`/events/${event.id}/purchase`);
  await page.getByRole("button", { name: "Get ticket" }).click();
  await expect(page.getByText(`Your ticket for ${event.title} is ready.`)).toBeVisible();
  await page.getByRole("button", { name: "Add name" }).click();
  const dialog = page.getByRole("dialog", { name: "Who is this ticket for?" });
  const email = `jun-${Date.now()}@example.com`;
  await dialog.getByLabel("Name").fill("Jun");
  await dialog.getByLabel("Email").fill(email);
  await expectAccessible("ticket holder");
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText(`Ticket sent to ${email}`)).toBeVisible();
  await expect(page.getByRole("article")).toContainText("Jun");
  await shop.mail(email);
});
