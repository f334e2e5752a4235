import { expect, test } from "../fixtures/test";

test("a guest confirms a free order by email, and gives its tickets back", async ({
  page,
  browser,
  shop,
  expectAccessible,
}) => {
  const event = await shop.event({ price_sats: 0 });
  await shop.addType(event.id, { name: "Workshop", price: { kind: "fixed", sats: 0 } });
  await page.goto(`/events/${event.id}`);
  await page.getByRole("button", { name: "One more: General admission" }).click();
  const workshop = page.getByRole("button", { name: "One more: Workshop" });
  await workshop.click();
  await workshop.click();
  await page.getByRole("link", { name: "Get 3 free tickets" }).filter({ visible: true }).click();
  const email = `guest-${Date.now()}@example.com`;
  await page.getByLabel("Email").fill(email);
  await expect(page.getByRole("radio")).toHaveCount(0);
  await page.getByRole("button", { name: "Get 3 tickets" }).click();
  await expect(page.getByText(`We've sent a link to ${email}.`)).toBeVisible();
  await expect(page.getByRole("img", { name: "QR code of your ticket" })).toHaveCount(0);
  await expectAccessible("check your email");

  // The email is opened on another device.
  const order = new URL(page.url()).pathname;
  const mailed = await shop.link(email, `${order}/confirm`);
  const other = await browser.newContext({ baseURL: shop.url });
  const device = await other.newPage();
  await device.goto(mailed);
  await expect(device.getByText(`Your 3 tickets for ${event.title} are ready.`)).toBeVisible();
  expect(device.url()).not.toContain("token");
  await other.close();
  await expect(page.getByText(`Your 3 tickets for ${event.title} are ready.`)).toBeVisible();
  await expect(page.getByRole("img", { name: "QR code of your ticket" })).toHaveCount(3);
  await page.goto(await shop.link(email, `${order}?token=`));
  await expect(page.getByRole("img", { name: "QR code of your ticket" })).toHaveCount(3);
  await expectAccessible("free order");

  const first = page.getByRole("article").first();
  await first.getByRole("button", { name: "Give back this ticket" }).click();
  await expectAccessible("give a ticket back");
  await page.getByRole("button", { name: "Give back", exact: true }).click();
  await expect(page.getByText("Ticket given back")).toBeVisible();
  await expect(first).toContainText("This ticket was cancelled");
  await page.getByRole("button", { name: "Give back 2 tickets" }).click();
  await page.getByRole("button", { name: "Give back", exact: true }).click();
  await expect(page.getByText(/Your spots have been released/)).toBeVisible();
  await expectAccessible("order given back");
});

test("a guest cancels a free order that is not confirmed", async ({ page, shop }) => {
  const event = await shop.event({ price_sats: 0 });
  await page.goto(`/events/${event.id}/purchase`);
  await page.getByLabel("Email").fill(`guest-${Date.now()}@example.com`);
  await page.getByRole("button", { name: "Get ticket" }).click();
  await page.getByRole("button", { name: "Cancel order" }).click();
  const dialog = page.getByRole("dialog", { name: "Cancel this order?" });
  await expect(dialog.getByRole("button", { name: "Keep order" })).toBeVisible();
  await dialog.getByRole("button", { name: "Cancel order" }).click();
  await expect(page.getByText(/Your spot has been released/)).toBeVisible();
});
