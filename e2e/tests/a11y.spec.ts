import { expect, test } from "../fixtures/test";

test("pages for everybody have no accessibility fault in either theme", async ({
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
    "/nowhere",
  ]) {
    await page.goto(path);
    await expect(page.locator("h1")).toBeAttached();
    await expect(page.locator("[aria-busy=true]")).toHaveCount(0);
    await expectAccessible(path);
  }
});

test("pages of a buyer have no accessibility fault in either theme", async ({
  page,
  shop,
  signIn,
  expectAccessible,
}) => {
  const person = await shop.person();
  const paid = await shop.event();
  const free = await shop.event({ price_sats: 0, starts_in: 10 });
  const waiting = await shop.buy(person, paid.id, "$nobody@localhost:9");
  const ready = await shop.buy(person, free.id, "");
  const other = await shop.event();
  await signIn(person);
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

test("pages of an organiser have no accessibility fault in either theme", async ({
  page,
  shop,
  signIn,
  expectAccessible,
}) => {
  const event = await shop.event();
  await shop.buy(await shop.person(), event.id, shop.address("carol"));
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

test("a ticket can be bought with the keyboard alone", async ({
  page,
  shop,
  signIn,
}) => {
  const event = await shop.event({ price_sats: 0 });
  await signIn(await shop.person());
  await page.goto(`/events/${event.id}/purchase`);
  const button = page.getByRole("button", { name: "Get the ticket" });
  await expect(button).toBeVisible();
  for (let presses = 0; presses < 30; presses += 1) {
    if (await button.evaluate((element) => element === document.activeElement))
      break;
    await page.keyboard.press("Tab");
  }
  await page.keyboard.press("Enter");
  await expect(page.getByText(/is ready/)).toBeVisible();
});
