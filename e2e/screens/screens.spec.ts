import { test } from "../fixtures/test";

test("every screen", async ({ page, shop, signIn }, info) => {
  test.setTimeout(400_000);
  const user = await shop.createUser("Mina");
  const soon = await shop.event({
    title: "Sunrise Sessions: piano and field recordings from Jeju",
    starts_in: 20,
  });
  const free = await shop.event({ title: "Open rehearsal", price_sats: 0, starts_in: 3 * 1440 });
  const full = await shop.event({ title: "Tiny club night", capacity: 1, starts_in: 5000 });
  await shop.buy(await shop.createUser("Other"), full.id, "$nobody@localhost:9");
  const ready = await shop.buy(user, free.id, "");
  const waiting = await shop.buy(user, soon.id, shop.address("alice"));

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
    "list-past": "/?past=1",
    "list-empty": "/?q=nothing-like-this",
    event: `/events/${soon.id}`,
    "event-sold-out": `/events/${full.id}`,
    nowhere: "/nowhere",
    login: "/login",
  });
  await page.getByRole("button", { name: /Create an account/ }).click();
  await picture("register");
  const link = await shop.link(user.email, "/verify-email");
  await visit({ forgot: "/forgot-password", reset: "/reset-password?token=a", verify: link });
  await page.goto("/forgot-password");
  await page.getByLabel("Email").fill(user.email);
  await page.getByRole("button", { name: "Send reset link" }).click();
  await page.getByText("Check your email").waitFor();
  await picture("forgot-sent");
  await page.goto("/reset-password?token=a");
  await page.getByLabel("New password").fill("a long enough one");
  await page.getByRole("button", { name: "Set new password" }).click();
  await page.getByText(/has expired/).waitFor();
  await picture("reset-expired");

  await signIn(user);
  const other = await shop.event({ title: "Another one", starts_in: 9000 });
  await visit({
    checkout: `/events/${other.id}/purchase`,
    waiting: `/events/${soon.id}/purchase?ticket=${waiting.id}`,
    tickets: "/tickets",
    ticket: `/tickets/${ready.id}`,
    "watch-before": `/events/${free.id}/watch`,
    receipt: `/tickets/${ready.id}/receipt`,
    account: "/account",
  });
  await visit({ "verify-done": link, "verify-used": `${link}&again` });
  await page.goto(`/tickets/${ready.id}`);
  await page.getByRole("button", { name: "Give back this ticket" }).click();
  await picture("give-back");
  await page.goto(`/events/${soon.id}/purchase?ticket=${waiting.id}`);
  await page.getByText("Pay another way").click();
  await picture("waiting-other-ways");
  await page.goto(`/events/${other.id}/purchase`);
  await page.getByLabel("Your UMA address").fill(shop.address("alice"));
  await shop.setPrice(other.id, 4300);
  await page.getByRole("button", { name: "Pay 2,100 sats" }).click();
  await page.getByRole("dialog").waitFor();
  await picture("price-changed");
  await page.goto("/account");
  await page.getByRole("textbox", { name: "Email" }).fill("new@example.com");
  await page.getByRole("button", { name: "Connect a wallet" }).click();
  const string = page.getByLabel("Nostr Wallet Connect string");
  await string.fill(await shop.connectionString("bob"));
  await picture("account-changes");
  const form = page.locator("form").filter({ has: string });
  await form.getByRole("button", { name: "Connect", exact: true }).click();
  await page.getByRole("button", { name: "Edit limits" }).click();
  await picture("wallet-limits");
  await shop.hide(full.id);
  await visit({
    "event-gone": `/events/${full.id}`,
    "wallet-unavailable": "/oauth/callback?error=server_error",
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
