import { expect, test } from "../fixtures/test";

test("a new user registers, approves the request in the wallet and joins the stream", async ({
  page,
  context,
  shop,
}, info) => {
  const event = await shop.event({ title: `Journey to the ${info.project.name}`, starts_in: 20, price_sats: 3210 });
  await page.goto("/");
  await page.getByRole("searchbox", { name: "Search events" }).fill(event.title);
  await expect(page).toHaveURL(/q=Journey/);
  await expect(page.getByText("1 event", { exact: true })).toBeAttached();
  await page.getByRole("link", { name: event.title }).click();
  await page.getByRole("link", { name: "Get a ticket" }).filter({ visible: true }).click();

  // Registration is optional and returns to the requested page.
  await expect(page.getByLabel("Email")).toBeVisible();
  await page.getByRole("main").getByRole("link", { name: "Log in" }).click();
  await page.getByRole("button", { name: /Create an account/ }).click();
  await page.getByLabel("Email").fill(`new-${Date.now()}@example.com`);
  await page.getByLabel("Name").fill("New Fan");
  await page.getByLabel("Password", { exact: true }).fill("a long enough one");
  await page.getByRole("button", { name: "Create account" }).click();

  await page.getByLabel("Your UMA address").fill(shop.address("alice"));
  await page.getByRole("button", { name: "Pay 3,210 sats" }).click();
  await expect(
    page.getByText(/Open your wallet and approve 3,210 sats\. We sent the request to localhost:\d+\./),
  ).toBeVisible();
  await expect(page.getByRole("timer", { name: /left to pay/ })).toBeVisible();

  // Approves on the wallet's page.
  const wallet = await context.newPage();
  await wallet.goto(shop.walletUrl);
  await wallet.getByRole("button", { name: "Pay 3,210 sats" }).click();

  await expect(page.getByText(`Your ticket for ${event.title} is ready`, { exact: false })).toBeVisible();
  await page.getByRole("link", { name: "View ticket" }).click();
  await expect(page.getByRole("img", { name: "QR code of your ticket" })).toBeVisible();
  await expect(page.getByRole("link", { name: "Join the stream" })).toHaveAttribute(
    "href",
    /\/events\/\d+\/watch/,
  );
});

test("a free ticket is issued immediately", async ({ page, shop, signIn }) => {
  const event = await shop.event({ price_sats: 0 });
  await signIn(await shop.createUser());
  await page.goto(`/events/${event.id}`);
  await page.getByRole("link", { name: "Get a free ticket" }).filter({ visible: true }).click();
  await page.getByRole("button", { name: "Get ticket" }).click();
  await expect(page.getByText(`Your ticket for ${event.title} is ready.`)).toBeVisible();
  await page.goto("/tickets");
  await expect(page.getByRole("link", { name: event.title })).toBeVisible();
});

test("a connected wallet pays automatically", async ({ page, shop, signIn }) => {
  const event = await shop.event();
  await signIn(await shop.createUser());
  await page.goto("/account");
  await page.getByRole("button", { name: "Connect a wallet" }).click();
  // The UMA button may have loaded and contains "Connect" too.
  const form = page.locator("form").filter({ has: page.getByLabel("Nostr Wallet Connect string") });
  await form.getByRole("textbox").fill(await shop.connectionString("bob"));
  await form.getByRole("button", { name: "Connect", exact: true }).click();
  await expect(page.getByText("Connected", { exact: true })).toBeVisible();

  await page.goto(`/events/${event.id}/purchase`);
  await expect(page.getByText("Paying from your connected wallet")).toBeVisible();
  await page.getByRole("button", { name: "Pay 2,100 sats" }).click();
  await expect(page.getByText(/Paid 2,100 sats/)).toBeVisible();
  // The connection string stays on the server.
  expect(await page.evaluate(() => JSON.stringify({ ...localStorage }))).not.toContain("secret=");
});

test("a declined request can be paid from another wallet", async ({ page, shop, signIn }) => {
  const event = await shop.event();
  await signIn(await shop.createUser());
  await page.goto(`/events/${event.id}/purchase`);
  await page.getByLabel("Your UMA address").fill(shop.address("carol"));
  await page.getByRole("button", { name: "Pay 2,100 sats" }).click();
  await expect(page.getByText(/Open your wallet and approve/)).toBeVisible();
  await shop.decline("carol");
  await page.getByText("Pay another way").click();
  await expect(page.getByRole("img", { name: /Lightning invoice for 2,100 sats/ })).toBeVisible();
  const link = await page.getByRole("link", { name: "Open in a wallet app" }).getAttribute("href");
  await shop.pay("bob", (link ?? "").replace("lightning:", ""));
  await expect(page.getByText(/Paid 2,100 sats/)).toBeVisible();
});

test("an unreachable provider is shown with another way to pay", async ({
  page,
  shop,
  signIn,
}) => {
  const event = await shop.event();
  await signIn(await shop.createUser());
  await page.goto(`/events/${event.id}/purchase`);
  await page.getByLabel("Your UMA address").fill("$nobody@localhost:9");
  await page.getByRole("button", { name: "Pay 2,100 sats" }).click();
  await expect(page.getByText(/We couldn't reach localhost:9/)).toBeVisible({ timeout: 60_000 });
  await expect(page.getByRole("img", { name: /Lightning invoice/ })).toBeVisible();
});

test("an order survives a reload, the back button and a second tab", async ({
  page,
  context,
  shop,
  signIn,
}) => {
  const event = await shop.event();
  await signIn(await shop.createUser());
  await page.goto(`/events/${event.id}`);
  await page.goto(`/events/${event.id}/purchase`);
  await page.getByLabel("Your UMA address").fill(shop.address("alice"));
  await page.getByRole("button", { name: "Pay 2,100 sats" }).dblclick();
  await expect(page.getByText(/Open your wallet and approve/)).toBeVisible();
  const order = page.url();
  expect(order).toMatch(/\/orders\/\d+$/);

  await page.reload();
  await expect(page.getByText(/Open your wallet and approve/)).toBeVisible();
  await page.goBack();
  await expect(page).toHaveURL(new RegExp(`/events/${event.id}$`));
  await page.goForward();
  await expect(page.getByText(/Open your wallet and approve/)).toBeVisible();

  const second = await context.newPage();
  await second.goto(`/events/${event.id}/purchase`);
  await expect(second).toHaveURL(order);

  await page.getByRole("button", { name: "Cancel order" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Cancel order" }).click();
  await expect(page.getByRole("heading", { level: 2, name: "Order cancelled" })).toBeVisible();
});

test("the last ticket is sold once", async ({ page, shop, signIn }) => {
  const event = await shop.event({ capacity: 1 });
  await signIn(await shop.createUser());
  await page.goto(`/events/${event.id}/purchase`);
  await page.getByLabel("Your UMA address").fill(shop.address("alice"));
  await shop.buy(await shop.createUser("Faster"), event.id, shop.address("bob"));
  await page.getByRole("button", { name: "Pay 2,100 sats" }).click();
  await expect(page.getByText(/this event just sold out|aren't available/).first()).toBeVisible();
  await page.goto(`/events/${event.id}`);
  await expect(page.getByRole("button", { name: "Sold out" }).filter({ visible: true })).toBeDisabled();
});

test("an offline page shows it and resumes when back online", async ({
  page,
  context,
  shop,
  signIn,
}) => {
  const event = await shop.event();
  const user = await shop.createUser();
  await signIn(user);
  await page.goto(`/events/${event.id}/purchase`);
  await page.getByLabel("Your UMA address").fill(shop.address("alice"));
  await page.getByRole("button", { name: "Pay 2,100 sats" }).click();
  await expect(page.getByText(/Open your wallet and approve/)).toBeVisible();
  await context.setOffline(true);
  await expect(page.getByText(/Your spot is still held/)).toBeVisible();
  await shop.approve("alice");
  await context.setOffline(false);
  await expect(page.getByText(/Paid 2,100 sats/)).toBeVisible({ timeout: 40_000 });
});

test("a changed price is charged only after consent", async ({
  page,
  shop,
  signIn,
}) => {
  const event = await shop.event();
  const user = await shop.createUser();
  await signIn(user);
  await page.goto(`/events/${event.id}/purchase`);
  await page.getByLabel("Your UMA address").fill(shop.address("alice"));
  await shop.setPrice(event.id, 4300);
  await page.getByRole("button", { name: "Pay 2,100 sats" }).click();
  const dialog = page.getByRole("dialog", { name: "The price changed" });
  await expect(dialog).toContainText("from 2,100 sats to 4,300 sats. Buy for 4,300 sats?");
  expect(await shop.tickets(user)).toEqual([]);
  await dialog.getByRole("button", { name: "Pay 4,300 sats" }).click();
  await expect(page.getByText(/approve 4,300 sats/)).toBeVisible();
  expect(await shop.tickets(user)).toHaveLength(1);
  await shop.approve("alice");
  await expect(page.getByText(/Paid 4,300 sats/)).toBeVisible();
});

test("a double click places one order", async ({ page, shop, signIn }) => {
  const user = await shop.createUser();
  await signIn(user);
  await fetch(`${shop.url}/api/users/me/nwc-connection`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${user.token}` },
    body: JSON.stringify({ nwc_connection_uri: await shop.connectionString("bob") }),
  });
  const event = await shop.event();
  await page.goto(`/events/${event.id}/purchase`);
  await expect(page.getByText("Paying from your connected wallet")).toBeVisible();
  await page.getByRole("button", { name: "Pay 2,100 sats" }).dblclick();
  await expect(page.getByText(/Paid 2,100 sats/)).toBeVisible();
  expect(await shop.tickets(user)).toHaveLength(1);

  const free = await shop.event({ price_sats: 0 });
  await page.goto(`/events/${free.id}/purchase`);
  await page.getByRole("button", { name: "Get ticket" }).dblclick();
  await expect(page.getByText(`Your ticket for ${free.title} is ready.`)).toBeVisible();
  expect(await shop.tickets(user)).toHaveLength(2);
});

test("an order has an LNURL payment link", async ({ page, shop, signIn }) => {
  const event = await shop.event();
  await signIn(await shop.createUser());
  await page.goto(`/events/${event.id}/purchase`);
  await page.getByLabel("Your UMA address").fill(shop.address("alice"));
  await page.getByRole("button", { name: "Pay 2,100 sats" }).click();
  await expect(page.getByText(/Open your wallet and approve/)).toBeVisible();
  await page.getByText("Pay another way").click();
  await expect(page.getByRole("button", { name: "Copy payment link" })).toBeVisible();
  await expect(page.getByRole("link", { name: "Open in a Lightning wallet" })).toHaveAttribute(
    "href",
    /^lightning:LNURL1[02-9AC-HJ-NP-Z]+$/,
  );
});

test("a free ticket is given back and its spot is sold again", async ({
  page,
  shop,
  signIn,
}) => {
  const event = await shop.event({ price_sats: 0, capacity: 1 });
  const user = await shop.createUser();
  const ticket = await shop.buy(user, event.id, "");
  await signIn(user);
  await page.goto(`/tickets/${ticket.id}`);
  await page.getByRole("button", { name: "Give back this ticket" }).click();
  const dialog = page.getByRole("dialog", { name: "Give back your ticket?" });
  await dialog.getByRole("button", { name: "Keep ticket" }).click();
  expect(await shop.status(ticket.id, user.token)).toBe("paid");
  await page.getByRole("button", { name: "Give back this ticket" }).click();
  await dialog.getByRole("button", { name: "Give back" }).click();
  await expect(page.getByText("Ticket given back")).toBeVisible();
  await expect(page.getByRole("img", { name: "QR code of your ticket" })).toHaveCount(0);
  expect(await shop.status(ticket.id, user.token)).toBe("cancelled");
  await shop.buy(await shop.createUser("Next"), event.id, "");
});

test("an inactive event is hidden from accounts without a ticket", async ({ page, shop, signIn }) => {
  const event = await shop.event();
  const user = await shop.createUser();
  await shop.hide(event.id);
  await page.goto(`/events/${event.id}`);
  await expect(page.getByRole("heading", { level: 2, name: "This event isn't available" })).toBeVisible();
  await signIn(user);
  await page.goto(`/events/${event.id}/purchase`);
  await expect(page.getByRole("heading", { level: 2, name: "This event isn't available" })).toBeVisible();
});
