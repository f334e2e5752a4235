import type { Locator } from "@playwright/test";
import { expect, test } from "../fixtures/test";

test("public pages have no accessibility violations in either theme", async ({
  page,
  shop,
  expectAccessible,
}) => {
  const event = await shop.event();
  for (const path of [
    "/",
    "/?q=nothing-like-this",
    `/events/${event.id}`,
    "/login",
    "/forgot-password",
    "/reset-password?token=unknown",
    "/verify-email?token=unknown",
    "/events/999999",
    "/nowhere",
  ]) {
    await page.goto(path);
    await expect(page.locator("h1")).toBeAttached();
    await expect(page.locator("[aria-busy=true]")).toHaveCount(0);
    await expectAccessible(path);
  }
});

test("buyer pages have no accessibility violations in either theme", async ({
  page,
  shop,
  signIn,
  expectAccessible,
}) => {
  const user = await shop.createUser();
  const paid = await shop.event();
  const free = await shop.event({ price_sats: 0, starts_in: 10 });
  const waiting = await shop.buy(user, paid.id, "$nobody@localhost:9");
  const ready = await shop.buy(user, free.id, "");
  const other = await shop.event();
  await signIn(user);
  for (const path of [
    `/events/${other.id}/purchase`,
    `/events/${paid.id}/purchase?ticket=${waiting.id}`,
    `/events/${free.id}/purchase?ticket=${ready.id}`,
    "/tickets",
    `/tickets/${ready.id}`,
    `/tickets/${ready.id}/receipt`,
    "/account",
    "/oauth/callback",
    "/admin",
  ]) {
    await page.goto(path);
    await expect(page.locator("h1")).toBeAttached();
    await expect(page.locator("[aria-busy=true]")).toHaveCount(0);
    await expectAccessible(path);
  }
});

test("organiser pages have no accessibility violations in either theme", async ({
  page,
  shop,
  signIn,
  expectAccessible,
}) => {
  const event = await shop.event();
  await shop.buy(await shop.createUser(), event.id, shop.address("carol"));
  await signIn(shop.admin);
  for (const path of [
    "/admin",
    "/admin/payments",
    "/admin/jobs",
    "/admin/audit",
    "/admin/events/new",
    `/admin/events/${event.id}`,
    `/admin/events/${event.id}/edit`,
    `/admin/check-in?event=${event.id}`,
  ]) {
    await page.goto(path);
    await expect(page.locator("h1")).toBeAttached();
    await expect(page.locator("[aria-busy=true]")).toHaveCount(0);
    await expectAccessible(path);
  }
});

test("a ticket can be bought and shown by keyboard only", async ({ page, shop }) => {
  const event = await shop.event({ title: "Keys only", starts_in: 20 });
  const user = await shop.createUser();
  /** Presses Tab until the target has focus. */
  const reach = async (target: Locator) => {
    await expect(target).toBeVisible();
    for (let presses = 0; presses < 60; presses += 1) {
      if (await target.evaluate((element) => element === document.activeElement)) return;
      await page.keyboard.press("Tab");
    }
    throw new Error(`60 Tab presses do not reach ${String(target)}`);
  };
  const press = async (target: Locator) => {
    await reach(target);
    await page.keyboard.press("Enter");
  };
  /** Focus moves to the main region after navigation. */
  const arrived = async (path: RegExp) => {
    await expect(page).toHaveURL(path);
    await expect(page.locator("#main")).toBeFocused();
  };
  await page.goto("/?q=Keys");
  await press(page.getByRole("link", { name: event.title }));
  await arrived(/events\/\d+$/);
  await press(page.getByRole("link", { name: "Get a ticket" }).filter({ visible: true }));
  await expect(page).toHaveURL(/purchase/);
  await press(page.getByRole("main").getByRole("link", { name: "Log in" }));
  await expect(page).toHaveURL(/login/);
  await reach(page.getByLabel("Email"));
  await page.keyboard.type(user.email);
  await reach(page.getByLabel("Password", { exact: true }));
  await page.keyboard.type(user.password);
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/purchase/);
  await reach(page.getByLabel("Your UMA address"));
  await page.keyboard.type(shop.address("alice"));
  await press(page.getByRole("button", { name: "Pay 2,100 sats" }));
  await shop.approve("alice");
  await press(page.getByRole("link", { name: "View ticket" }));
  await arrived(/tickets\/\d+$/);
  await expect(page.getByRole("img", { name: "QR code of your ticket" })).toBeVisible();
});
