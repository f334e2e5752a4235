import { readFile } from "node:fs/promises";
import { expect, test } from "../fixtures/test";
import { until } from "../fixtures/shop";

test("an organiser creates an event and sees a sale", async ({ page, shop, signIn }, info) => {
  const title = `Premiere ${info.project.name}`;
  await signIn(shop.admin);
  await page.goto("/admin/events/new");
  await page.getByLabel("Title").fill(title);
  await page.getByLabel("Description").fill("First night.");
  await page.getByLabel("Price").fill("1,500");
  await page.getByLabel("Capacity").fill("10");
  await page.getByLabel("Stream URL", { exact: true }).fill("https://stream.example/premiere");
  await page.getByRole("button", { name: "Create event" }).click();
  await expect(page.getByRole("heading", { level: 1, name: title })).toBeVisible();
  const eventId = Number(/events\/(\d+)/.exec(page.url())?.[1]);

  const buyer = await shop.createUser("Buyer");
  const ticket = await shop.buy(buyer, eventId, shop.address("alice"));
  await shop.approve("alice");
  await until("the ticket", async () => (await shop.status(ticket.id, buyer.token)) === "paid");

  await page.goto("/admin");
  await expect(page.getByRole("row", { name: new RegExp(title) })).toContainText("1 / 10");
  await expect(page.getByRole("row", { name: new RegExp(title) })).toContainText("1,500 sats");
  await page.getByRole("link", { name: title, exact: true }).click();
  await expect(page.getByRole("cell", { name: /Buyer/ })).toBeVisible();
  const [file] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Download CSV" }).click(),
  ]);
  expect(await readFile(await file.path(), "utf8")).toContain(buyer.email);

  // A capacity below the sold tickets shows an error at the field.
  await page.getByRole("link", { name: "Edit" }).click();
  await page.getByLabel("Capacity").fill("0");
  await page.getByRole("button", { name: "Save changes" }).click();
  await expect(page.getByLabel("Capacity")).toHaveAttribute("aria-invalid", "true");
  await page.getByLabel("Capacity").fill("20");
  await page.getByRole("button", { name: "Save changes" }).click();
  await expect(page.getByRole("heading", { level: 1, name: title })).toBeVisible();

  await page.getByRole("button", { name: "Stop sales" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Stop sales" }).click();
  await expect(page.getByRole("button", { name: "Start sales" })).toBeVisible();
});

test("a payment is found, opened and refunded", async ({ page, shop, signIn }) => {
  const event = await shop.event();
  const buyer = await shop.createUser("Refunded");
  const ticket = await shop.buy(buyer, event.id, shop.address("bob"));
  await shop.approve("bob");
  await until("the ticket", async () => (await shop.status(ticket.id, buyer.token)) === "paid");
  await signIn(shop.admin);
  await page.goto("/admin/payments");
  await page.getByRole("searchbox").fill(String(ticket.id));
  await page.getByRole("button", { name: /Details/ }).first().click();
  const drawer = page.getByRole("dialog");
  await expect(drawer.getByText("Timeline")).toBeVisible();
  await drawer.getByRole("button", { name: "Refund and cancel ticket" }).click();
  await drawer.getByRole("button", { name: "Refund and cancel ticket" }).click();
  await until("the refund", async () => (await shop.status(ticket.id, buyer.token)) === "refunded");
});

test("check-in admits a ticket once and rejects others", async ({
  page,
  shop,
  signIn,
}) => {
  const event = await shop.event({ starts_in: 10, price_sats: 0, title: "Open for check-in" });
  const other = await shop.event({ starts_in: 10, price_sats: 0, title: "Other event" });
  const guest = await shop.createUser("Guest");
  const ticket = await shop.buy(guest, event.id, "");
  await signIn(shop.admin);
  await page.goto("/admin/check-in");
  await page.getByLabel("Event", { exact: true }).selectOption(String(event.id));
  const check = async (code: string) => {
    await page.getByLabel("Ticket code").fill(code);
    await page.getByRole("button", { name: "Check", exact: true }).click();
    return page.getByRole("alertdialog");
  };
  await expect(await check(ticket.code.toLowerCase())).toContainText("Welcome");
  await expect(page.getByRole("alertdialog")).toContainText("Guest");
  await page.getByRole("button", { name: "Next" }).click();
  await expect(page.getByText("1 of 1 checked in")).toBeVisible();
  await expect(await check(ticket.code)).toContainText("Already checked in");
  await page.getByRole("button", { name: "Next" }).click();
  await expect(await check("TKT-00000000000000000000000000")).toContainText("Ticket not found");
  await page.getByRole("button", { name: "Next" }).click();
  await page.getByLabel("Event", { exact: true }).selectOption(String(other.id));
  await expect(await check(ticket.code)).toContainText("This ticket is for another event");
});

test("a cancelled event is refunded", async ({ page, shop, signIn }) => {
  const event = await shop.event({ title: "Rained off" });
  const buyer = await shop.createUser("Dry");
  const ticket = await shop.buy(buyer, event.id, shop.address("alice"));
  await shop.approve("alice");
  await until("the ticket", async () => (await shop.status(ticket.id, buyer.token)) === "paid");
  await signIn(shop.admin);
  await page.goto(`/admin/events/${event.id}`);
  await page.getByRole("button", { name: "Cancel event", exact: true }).click();
  await expect(page.getByText(/1 ticket is affected, 2,100 sats will be refunded/)).toBeVisible();
  await page.getByRole("button", { name: "Cancel event and refund" }).click();
  await expect(page.getByText("Cancelled", { exact: true })).toBeVisible();
  await until("the refund", async () => (await shop.status(ticket.id, buyer.token)) === "refunded");
});
