import { expect, test } from "../fixtures/test";
import { Shop, until } from "../fixtures/shop";

test("an order that nobody pays expires, and one tap or the organiser starts it again @slow", async ({
  browser,
}) => {
  test.setTimeout(400_000);
  const hasty = await Shop.open({ HOLD_MINUTES: "1" });
  try {
    const event = await hasty.event();
    const person = await hasty.person();
    const late = await hasty.person("Late");
    const context = await browser.newContext({ baseURL: hasty.url });
    const page = await context.newPage();
    await page.goto("/login");
    await page.getByLabel("Email").fill(person.email);
    await page.getByLabel("Password", { exact: true }).fill(person.password);
    await page.getByRole("button", { name: "Log in" }).click();
    await page.waitForURL((url) => url.pathname === "/");
    await page.goto(`/events/${event.id}/purchase`);
    await page.getByLabel("Your UMA address").fill(hasty.address("alice"));
    await page.getByRole("button", { name: "Pay 2,100 sats" }).click();
    const order = await hasty.buy(late, event.id, hasty.address("carol"));

    await expect(page.getByText("Your reservation expired").first()).toBeVisible({
      timeout: 300_000,
    });
    await page.getByRole("button", { name: "Try again for 2,100 sats" }).click();
    await expect(page.getByText(/Open your wallet and approve/)).toBeVisible();
    await hasty.approve("alice");
    await expect(page.getByText(/Paid 2,100 sats/)).toBeVisible();

    // The organiser asks the other buyer's wallet once more.
    await until("the order to expire", async () => (await hasty.status(order.id, late.token)) === "expired", 60_000);
    const desk = await (await browser.newContext({ baseURL: hasty.url })).newPage();
    await desk.goto("/login?next=/admin/payments");
    await desk.getByLabel("Email").fill(hasty.admin.email);
    await desk.getByLabel("Password", { exact: true }).fill(hasty.admin.password);
    await desk.getByRole("button", { name: "Log in" }).click();
    await desk.getByRole("button", { name: "Expired", exact: true }).click();
    await desk.getByRole("searchbox").fill("carol");
    await desk.getByRole("button", { name: /Details/ }).first().click();
    await desk.getByRole("button", { name: "Retry payment" }).click();
    await hasty.approve("carol");
    await until("the ticket", async () => (await hasty.status(order.id, late.token)) === "paid");
  } finally {
    await hasty.close();
  }
});
