import { test } from "../fixtures/test";

test("every screen", async ({ page, shop, signIn }, info) => {
  test.setTimeout(400_000);
  const person = await shop.person("Mina");
  const soon = await shop.event({
    title: "Sunrise Sessions: piano and field recordings from Jeju",
    starts_in: 20,
  });
  const free = await shop.event({ title: "Open rehearsal", price_sats: 0, starts_in: 3 * 1440 });
  const full = await shop.event({ title: "Tiny club night", capacity: 1, starts_in: 5000 });
  await shop.buy(await shop.person("Other"), full.id, "$nobody@localhost:9");
  const ready = await shop.buy(person, free.id, "");
  const waiting = await shop.buy(person, soon.id, shop.address("alice"));

  const picture = async (name: string) => {
    await page.waitForLoadState("networkidle").catch(() => undefined);
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      const path = `screens/pictures/${name}-${info.project.name}-${colorScheme}.png`;
      await page.screenshot({ path, fullPage: true });
    }
  };
  const visit = async (screens: Record<string, string>) => {
    for (const [name, path] of Object.entries(screens)) {
      await page.goto(path);
      await page.locator("h1").first().waitFor({ state: "attached" });
      await page.locator("[aria-busy=true]").first().waitFor({ state: "detached" });
      await picture(name);
    }
  };

  await visit({
    list: "/",
    "list-empty": "/?q=nothing-like-this",
    event: `/events/${soon.id}`,
    "event-sold-out": `/events/${full.id}`,
    nowhere: "/nowhere",
    login: "/login",
  });
  await page.getByRole("button", { name: /Create an account/ }).click();
  await picture("register");

  await signIn(person);
  const other = await shop.event({ title: "Another one", starts_in: 9000 });
  await visit({
    checkout: `/events/${other.id}/purchase`,
    waiting: `/events/${soon.id}/purchase?ticket=${waiting.id}`,
    tickets: "/tickets",
    ticket: `/tickets/${ready.id}`,
    receipt: `/tickets/${ready.id}/receipt`,
    account: "/account",
  });
  await shop.approve("alice");
  await visit({ paid: `/events/${soon.id}/purchase?ticket=${waiting.id}` });

  await page.evaluate(() => localStorage.clear());
  await signIn(shop.admin);
  await visit({
    organise: "/admin",
    payments: "/admin/payments",
    jobs: "/admin/jobs",
    audit: "/admin/audit",
    "event-new": "/admin/events/new",
    "event-sales": `/admin/events/${soon.id}`,
    "event-edit": `/admin/events/${soon.id}/edit`,
    "check-in": `/admin/check-in?event=${soon.id}`,
  });
});
