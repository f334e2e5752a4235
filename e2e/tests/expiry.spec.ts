import { expect, test } from "../fixtures/test";
import { Shop, until } from "../fixtures/shop";

test("an unpaid order expires and is retried by the buyer or the organiser @slow", async ({
  browser,
}) => {
  test.setTimeout(400_000);
  const shop = await Shop.open({ HOLD_MINUTES: "1" });
  try {
    const event = await shop.event();
    const user = await shop.createUser();
    const late = await shop.createUser("Late");
    const context = await browser.newContext({ baseURL: shop.url });
    const page = await context.newPage();
    await page.goto("/login");
    await page.getByLabel("Email").fill(user.email);
    await page.getByLabel("Password", { exact: true }).fill(user.password);
    await page.getByRole("button", { name: "Log in" }).click();
    await page.waitForURL((url) => url.pathname === "/");
    await page.goto(`/events/${event.id}/purchase`);
    await page.getByLabel("Your UMA address").fill(shop.address("alice"));
    await page.getByRole("button", { name: "Pay 2,100 sats" }).click();
    const order = await shop.buy(late, event.id, shop.address("carol"));

    await expect(page.getByText("Your reservation expired").first()).toBeVisible({
      timeout: 300_000,
    });
    await page.getByRole("button", { name: "Try again for 2,100 sats" }).click();
    await expect(page.getByText(/Open your wallet and approve/)).toBeVisible();
    await shop.approve("alice");
    await expect(page.getByText(/Paid 2,100 sats/)).toBeVisible();

    // The organiser retries the other payment.
    await until("the order to expire", async () => (await shop.status(order.id, late.token)) === "expired", 60_000);
    const adminPage = await (await browser.newContext({ baseURL: shop.url })).newPage();
    await adminPage.goto("/login?next=/admin/payments");
    await adminPage.getByLabel("Email").fill(shop.admin.email);
    await adminPage.getByLabel("Password", { exact: true }).fill(shop.admin.password);
    await adminPage.getByRole("button", { name: "Log in" }).click();
    await adminPage.getByRole("button", { name: "Expired", exact: true }).click();
    await adminPage.getByRole("searchbox").fill("carol");
    await adminPage.getByRole("button", { name: /Details/ }).first().click();
    await adminPage.getByRole("button", { name: "Retry payment" }).click();
    await shop.approve("carol");
    await until("the ticket", async () => (await shop.status(order.id, late.token)) === "paid");
  } finally {
    await shop.close();
  }
});

test("ticket types are on sale again when the hold of an order ends @slow", async ({ browser }) => {
  test.setTimeout(400_000);
  const shop = await Shop.open({ HOLD_MINUTES: "1" });
  try {
    const event = await shop.event();
    const early = await shop.addType(event.id, {
      name: "Early bird",
      price: { kind: "fixed", sats: 1000 },
      quota: 2,
    });
    await shop.addType(event.id, { name: "Supporter", price: { kind: "minimum", min_sats: 500 } });
    await shop.addCode(event.id, {
      code: "ONCE",
      discount: { kind: "percent", value: 20 },
      ticket_type_ids: [early.id],
      max_uses: 1,
    });
    const page = await (await browser.newContext({ baseURL: shop.url })).newPage();
    await page.goto(`/events/${event.id}?code=ONCE`);
    const more = page.getByRole("button", { name: "One more: Early bird" });
    await more.click();
    await more.click();
    await page.getByRole("button", { name: "One more: Supporter" }).click();
    await page.getByLabel("Your price per ticket").fill("1,700");
    await page.getByRole("link", { name: "Get 3 tickets" }).filter({ visible: true }).click();
    await page.getByLabel("Email").fill("guest@example.com");
    await page.getByRole("radio", { name: /Any Lightning wallet/ }).check();
    await page.getByRole("button", { name: "Pay 3,300 sats" }).click();
    await expect(page.getByText("Pay 3,300 sats from any Lightning wallet.")).toBeVisible();

    const visitor = await (await browser.newContext({ baseURL: shop.url })).newPage();
    await visitor.goto(`/events/${event.id}`);
    const row = visitor.getByRole("list", { name: "Ticket types" }).getByRole("listitem").filter({ hasText: "Early bird" });
    await expect(row).toContainText("Sold out");

    await expect(page.getByText("Your reservation expired").first()).toBeVisible({ timeout: 300_000 });
    await visitor.reload();
    await expect(row).not.toContainText("Sold out");
    // The use of the promo code came back with the seats.
    await page.getByRole("button", { name: "Try again for 3,300 sats" }).click();
    await expect(page.getByText("Pay 3,300 sats from any Lightning wallet.")).toBeVisible();
    const link = await page.getByRole("link", { name: "Open in a wallet app" }).getAttribute("href");
    await shop.pay("carol", (link ?? "").replace("lightning:", ""));
    await expect(page.getByText(/Paid 3,300 sats\. Your 3 tickets/)).toBeVisible();
    await visitor.reload();
    await expect(row).toContainText("Sold out");
  } finally {
    await shop.close();
  }
});
