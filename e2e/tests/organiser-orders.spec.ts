import { expect, test } from "../fixtures/test";
import { until } from "../fixtures/shop";

test("an organiser refunds one ticket of an order, and the buyer sees it", async ({
  page,
  browser,
  shop,
  signIn,
  expectAccessible,
}) => {
  // Two accounts are logged in, and a refund is paid.
  test.setTimeout(180_000);
  const event = await shop.event();
  const early = await shop.addType(event.id, { name: "Early bird", price: { kind: "fixed", sats: 1000 } });
  const late = await shop.addType(event.id, { name: "Late", price: { kind: "fixed", sats: 1700 } });
  await shop.addCode(event.id, {
    code: "EARLY20",
    discount: { kind: "percent", value: 20 },
    ticket_type_ids: [early.id],
  });
  const buyer = await shop.createUser();
  const lines = [
    { ticket_type_id: early.id, quantity: 2 },
    { ticket_type_id: late.id, quantity: 1 },
  ];
  const order = await shop.order(buyer, event.id, lines, shop.address("alice"), "EARLY20");
  await shop.approve("alice");
  const context = await browser.newContext({ baseURL: shop.url });
  const seen = await context.newPage();
  await signIn(buyer, seen);
  await seen.goto(`/orders/${order.id}`);
  await expect(seen.getByText(/Paid 3,300 sats/)).toBeVisible();
  await expect(seen.getByRole("img", { name: "QR code of your ticket" })).toHaveCount(3);
  const before = await shop.balance("alice");

  await signIn(shop.admin);
  await page.goto(`/admin/payments?q=${order.id}`);
  await page.getByRole("button", { name: /Details/ }).first().click();
  const drawer = page.getByRole("dialog");
  await expect(drawer.getByText("Discount (EARLY20)")).toBeVisible();
  const row = drawer.getByRole("listitem").filter({ hasText: "Late" });
  await expect(row).toContainText("1,700 sats");
  await expectAccessible("payment of an order");
  await row.getByRole("button", { name: /Refund this ticket/ }).click();
  await expect(row.getByText(/1,700 sats will be refunded/)).toBeVisible();
  await expectAccessible("refund of a ticket");
  await row.getByRole("button", { name: "Refund and cancel ticket" }).click();
  await expect(row).toContainText("Refunded");
  await expect(drawer.getByRole("button", { name: "Refund this ticket" })).toHaveCount(2);
  await until("the refund", async () => (await shop.balance("alice")) === before + 1700);

  await seen.reload();
  await expect(seen.getByRole("article", { name: /Late/ })).toContainText("This ticket was refunded");
  await expect(seen.getByRole("img", { name: "QR code of your ticket" })).toHaveCount(2);
  await expect(seen.getByText("Part of this order was refunded.")).toBeVisible();
  await context.close();

  await page.goto(`/admin/events/${event.id}`);
  const types = page.getByRole("list", { name: "Sales by ticket type" });
  await expect(types.getByRole("listitem")).toHaveCount(1);
  await expect(types.getByRole("listitem")).toContainText(/Early bird.*1,600 sats.*2 sold/);
  await expect(page.getByRole("region", { name: "Sales by promo code" })).toContainText("EARLY20");
  await expectAccessible("sales of an event");
});

test("an organiser gives tickets away, and their guest opens them by email", async ({
  page,
  browser,
  shop,
  signIn,
  expectAccessible,
}) => {
  const event = await shop.event({ starts_in: 20 });
  await signIn(shop.admin);
  await page.goto(`/admin/events/${event.id}`);
  await expect(page.getByText("No sales yet")).toBeVisible();
  await page.getByRole("button", { name: "Give tickets" }).click();
  const dialog = page.getByRole("dialog", { name: "Give complimentary tickets" });
  const email = `jun-${Date.now()}@example.com`;
  await dialog.getByLabel("Number of tickets").fill("2");
  await dialog.getByLabel("Guest's email").fill(email);
  await dialog.getByLabel("Guest's name").fill("Jun");
  await expectAccessible("complimentary tickets");
  await dialog.getByRole("button", { name: "Send tickets" }).click();
  await expect(page.getByText(`2 tickets sent to ${email}`)).toBeVisible();
  const attendees = page.getByRole("region", { name: "Attendees" });
  await expect(attendees.getByText("Jun")).toHaveCount(2);
  await expect(page.getByRole("list", { name: "Sales by ticket type" })).toContainText("2 complimentary");
  await expectAccessible("attendees of an order");

  const mailed = await shop.link(email, "/orders/");
  const context = await browser.newContext({ baseURL: shop.url });
  const guest = await context.newPage();
  await guest.goto(mailed);
  await expect(guest.getByText(`Your 2 tickets for ${event.title} are ready.`)).toBeVisible();
  const code = guest.getByRole("article").first().getByText(/^TKT-/);
  const text = (await code.textContent()) ?? "";
  await context.close();

  await page.goto(`/admin/check-in?event=${event.id}`);
  await page.getByLabel("Ticket code").fill(text);
  await page.getByRole("button", { name: "Check", exact: true }).click();
  const verdict = page.getByRole("alertdialog", { name: "Welcome" });
  await expect(verdict).toContainText("Jun");
  await expect(verdict).toContainText("General admission");
});
