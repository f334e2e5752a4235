import type { Page } from "@playwright/test";
import type { Shop } from "../fixtures/shop";
import { expect, test } from "../fixtures/test";

/** From the account page to the wallet's own page, where the person says what may be spent. */
async function ask(page: Page, shop: Shop): Promise<void> {
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
  await expect(page.getByText("Spending limit: 100,000 sats a day.")).toBeVisible();
}

const back = (page: Page) => page.waitForURL((url) => url.pathname === "/oauth/callback");
const kept = (page: Page) => page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]));

test("a wallet is connected with the UMA Connect Button, cancelled first, and pays by itself", async ({
  page,
  context,
  shop,
  signIn,
}) => {
  const said: string[] = [];
  context.on("console", (message) => said.push(message.text()));
  const fan = await shop.person();
  await signIn(fan);
  await ask(page, shop);
  await page.getByRole("button", { name: "Cancel" }).click();
  await back(page);
  await expect(page.getByRole("heading", { name: "Wallet not connected" })).toBeVisible();
  expect(await kept(page)).not.toContain("uma-connect");

  await ask(page, shop);
  const granted = page.waitForResponse((answer) => answer.url().endsWith("/uma/auth/token"));
  await page.getByRole("button", { name: "Allow" }).click();
  await back(page);
  const token = (await (await granted).json()) as Record<string, string>;
  await expect(page.getByRole("heading", { name: "Wallet connected" })).toBeVisible();
  // What opens the wallet is with the shop now, and nowhere in this browser.
  const secrets = [token.access_token, token.refresh_token, token.nwc_connection_uri].map(
    (secret) => secret ?? "missing from the answer",
  );
  const spending = /secret=([0-9a-f]{64})/.exec(token.nwc_connection_uri ?? "")?.[1];
  const seen = [page.url(), await kept(page), ...said].join("\n");
  for (const secret of [...secrets, spending ?? "no secret in the connection"]) {
    expect(secret).toMatch(/^\S{16,}$/);
    expect(seen).not.toContain(secret);
  }

  const event = await shop.event();
  const ticket = await shop.buy(fan, event.id, shop.address("alice"));
  await expect.poll(() => shop.status(ticket.id, fan.token)).toBe("paid");
  expect(await shop.requests("alice")).toEqual([]);

  await page.goto("/account");
  await expect(page.getByText("Connected", { exact: true })).toBeVisible();
  await page.getByRole("button", { name: "Disconnect" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Disconnect" }).click();
  await expect(page.getByText("Not connected", { exact: true })).toBeVisible();
  // Another event: the same purchase again within 30 s would be the one just made.
  const next = await shop.event();
  await shop.buy(fan, next.id, shop.address("alice"));
  await shop.waitingRequest("alice");
});

test("a wallet that says no or answers for somebody else connects nothing", async ({
  page,
  shop,
  signIn,
}) => {
  await signIn(await shop.person());
  // Not in words of its own: anybody can write such a link.
  await page.goto("/oauth/callback?error=server_error&error_description=Closed%20<b>today</b>");
  await expect(page.getByText("Your wallet is unavailable right now. Try again later.")).toBeVisible();
  await expect(page.getByText(/Closed/)).toHaveCount(0);

  await ask(page, shop);
  // The answer is caught before the app sees it.
  await page.route("**/oauth/callback?**", (route) =>
    route.fulfill({ contentType: "text/html", body: "<!doctype html><title>Caught</title>" }),
  );
  await page.getByRole("button", { name: "Allow" }).click();
  await back(page);
  const redirect = page.url();
  await page.unroute("**/oauth/callback?**");
  // An answer to a question that nobody here asked, as a stranger's link would bring it.
  const foreign = new URL(redirect);
  foreign.searchParams.set("state", "somebody-elses-state");
  await page.goto(foreign.href);
  await expect(page.getByText("This link has already been used")).toBeVisible();
  expect(await kept(page)).not.toContain("uma-connect");
  await page.goto("/account");
  await expect(page.getByText("Not connected", { exact: true })).toBeVisible();
});

test("coming back twice with the same answer connects once and breaks nothing", async ({
  page,
  shop,
  signIn,
}) => {
  const fan = await shop.person();
  await signIn(fan);
  await ask(page, shop);
  let answer = "";
  page.on("request", (request) => {
    if (request.url().includes("/oauth/callback?")) answer = request.url();
  });
  await page.getByRole("button", { name: "Allow" }).click();
  await back(page);
  await expect(page.getByRole("heading", { name: "Wallet connected" })).toBeVisible();
  await page.reload();
  await expect(page.locator("h1")).toBeAttached();
  await page.goto(answer);
  await expect(page.getByText("Wallet connected", { exact: true })).toHaveCount(0);
  await page.goto("/account");
  await expect(page.getByText("Connected", { exact: true })).toBeVisible();
});
