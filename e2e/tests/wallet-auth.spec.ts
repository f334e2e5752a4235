import type { Page } from "@playwright/test";
import type { Shop } from "../fixtures/shop";
import { expect, test } from "../fixtures/test";

/** Navigates from the account page to the wallet's consent page. */
async function openConsentPage(page: Page, shop: Shop): Promise<void> {
  await page.goto("/account");
  await page.getByRole("button", { name: /Connect a wallet/ }).click();
  await page.locator("uma-connect-button").getByRole("button").first().click();
  // The package hides its dialog from the accessibility tree.
  const dialog = page.locator("uma-connect-button").locator('[role="dialog"], dialog').last();
  // The button adds the "$".
  await dialog.locator("input").first().fill(shop.address("alice").slice(1));
  await dialog.getByText("Connect your UMA").click();
  await page.waitForURL((url) => url.pathname === "/uma/auth/authorize");
  await expect(page.getByRole("heading", { name: /wants to use this wallet/ })).toBeVisible();
  await expect(page.getByText("Spending limit: 100,000 sats a day.")).toBeVisible();
}

const returnToShop = (page: Page) => page.waitForURL((url) => url.pathname === "/oauth/callback");
const browserStorage = (page: Page) => page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]));

test("a wallet connects with the UMA Connect Button after a cancelled attempt and pays automatically", async ({
  page,
  context,
  shop,
  signIn,
}) => {
  const consoleLines: string[] = [];
  context.on("console", (message) => consoleLines.push(message.text()));
  const fan = await shop.createUser();
  await signIn(fan);
  await openConsentPage(page, shop);
  await page.getByRole("button", { name: "Cancel" }).click();
  await returnToShop(page);
  await expect(page.getByRole("heading", { name: "Wallet not connected" })).toBeVisible();
  expect(await browserStorage(page)).not.toContain("uma-connect");

  await openConsentPage(page, shop);
  const granted = page.waitForResponse((answer) => answer.url().endsWith("/uma/auth/token"));
  await page.getByRole("button", { name: "Allow" }).click();
  await returnToShop(page);
  const token = (await (await granted).json()) as Record<string, string>;
  await expect(page.getByRole("heading", { name: "Wallet connected" })).toBeVisible();
  // The secrets are stored on the server only.
  const secrets = [token.access_token, token.refresh_token, token.nwc_connection_uri].map(
    (secret) => secret ?? "missing from the answer",
  );
  const spending = /secret=([0-9a-f]{64})/.exec(token.nwc_connection_uri ?? "")?.[1];
  const seen = [page.url(), await browserStorage(page), ...consoleLines].join("\n");
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
  // Another event, since a repeated purchase within 30 s returns the first one.
  const next = await shop.event();
  await shop.buy(fan, next.id, shop.address("alice"));
  await shop.waitingRequest("alice");
});

test("a failed or foreign callback connects nothing", async ({
  page,
  shop,
  signIn,
}) => {
  await signIn(await shop.createUser());
  // The provider's text is not shown: such a link can be forged.
  await page.goto("/oauth/callback?error=server_error&error_description=Closed%20<b>today</b>");
  await expect(page.getByText("Your wallet is unavailable right now. Try again later.")).toBeVisible();
  await expect(page.getByText(/Closed/)).toHaveCount(0);

  await openConsentPage(page, shop);
  // Intercepts the callback before the app handles it.
  await page.route("**/oauth/callback?**", (route) =>
    route.fulfill({ contentType: "text/html", body: "<!doctype html><title>Caught</title>" }),
  );
  await page.getByRole("button", { name: "Allow" }).click();
  await returnToShop(page);
  const redirect = page.url();
  await page.unroute("**/oauth/callback?**");
  // A callback with a foreign state, as in a forged link.
  const foreign = new URL(redirect);
  foreign.searchParams.set("state", "foreign-state");
  await page.goto(foreign.href);
  await expect(page.getByText("This link has already been used")).toBeVisible();
  expect(await browserStorage(page)).not.toContain("uma-connect");
  await page.goto("/account");
  await expect(page.getByText("Not connected", { exact: true })).toBeVisible();
});

test("a repeated callback connects once", async ({
  page,
  shop,
  signIn,
}) => {
  const fan = await shop.createUser();
  await signIn(fan);
  await openConsentPage(page, shop);
  let answer = "";
  page.on("request", (request) => {
    if (request.url().includes("/oauth/callback?")) answer = request.url();
  });
  await page.getByRole("button", { name: "Allow" }).click();
  await returnToShop(page);
  await expect(page.getByRole("heading", { name: "Wallet connected" })).toBeVisible();
  await page.reload();
  await expect(page.locator("h1")).toBeAttached();
  await page.goto(answer);
  await expect(page.getByText("Wallet connected", { exact: true })).toHaveCount(0);
  await page.goto("/account");
  await expect(page.getByText("Connected", { exact: true })).toBeVisible();
});
