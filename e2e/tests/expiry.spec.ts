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
