import { expect, test } from "../fixtures/test";

test("a wallet is connected with the UMA Connect Button, cancelled first, and pays by itself", async ({
  page,
  shop,
  signIn,
}) => {
  const fan = await shop.person();
  await signIn(fan);
  const connect = async () => {
    await page.goto("/account");
    await page.getByRole("button", { name: /Connect a wallet/ }).click();
    await page.locator("uma-connect-button").getByRole("button").first().click();
    // The dialog is hidden from assistive technology by its own package, so it is found by its text.
    const dialog = page.locator("uma-connect-button").locator('[role="dialog"], dialog').last();
    // It writes the "$" itself.
    await dialog.locator("input").first().fill(shop.address("alice").slice(1));
    await dialog.getByText("Connect your UMA").click();
    await page.waitForURL((url) => url.pathname === "/uma/auth/authorize");
    await expect(page.getByRole("heading", { name: /wants to use this wallet/ })).toBeVisible();
  };
  await connect();
  await page.getByRole("button", { name: "Cancel" }).click();
  await page.waitForURL((url) => url.pathname === "/oauth/callback");
  await expect(page.getByRole("heading", { name: "Nothing was connected" })).toBeVisible();

  await connect();
  await page.getByRole("button", { name: "Allow" }).click();
  await page.waitForURL((url) => url.pathname === "/oauth/callback");
  await expect(page.getByRole("heading", { name: "Wallet connected" })).toBeVisible();
  expect(await page.evaluate(() => localStorage.getItem("uma-connect"))).toBeNull();

  const event = await shop.event();
  const ticket = await shop.buy(fan, event.id, shop.address("alice"));
  await expect.poll(() => shop.status(ticket.id, fan.token)).toBe("paid");
});
