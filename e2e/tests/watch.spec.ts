import { expect, test } from "../fixtures/test";

test("a ticket plays in one place at a time and shows announcements", async ({
  page,
  context,
  shop,
  signIn,
  expectAccessible,
}) => {
  const user = await shop.createUser();
  const event = await shop.event({ price_sats: 0, starts_in: 10 });
  const ticket = await shop.buy(user, event.id, "");
  await signIn(user);
  await page.goto(`/tickets/${ticket.id}`);
  await page.getByRole("link", { name: "Join the stream" }).click();
  await expect(page).toHaveURL(`/events/${event.id}/watch?ticket=${ticket.id}`);
  const stream = page.getByRole("link", { name: "Join the stream" });
  await expect(stream).toHaveAttribute("href", "https://stream.example/live");
  await expectAccessible("watch");

  await shop.announce(event.id, "Five minutes break");
  await expect(page.getByText("Five minutes break")).toBeVisible();

  const other = await context.newPage();
  await other.goto(`/events/${event.id}/watch`);
  await expect(other.getByRole("link", { name: "Join the stream" })).toBeVisible();
  await expect(page.getByText("Watching on another device")).toBeVisible();
  await expect(stream).toHaveCount(0);
  await expectAccessible("watch, taken over");
  await page.getByRole("button", { name: "Watch here instead" }).click();
  await expect(stream).toBeVisible();
  await expect(other.getByText("Watching on another device")).toBeVisible();
});

test("a stream is closed before early entry and without a ticket", async ({
  page,
  shop,
  signIn,
  expectAccessible,
}) => {
  const user = await shop.createUser();
  const event = await shop.event({ price_sats: 0 });
  await page.goto(`/events/${event.id}/watch`);
  await expect(page.getByText("You need a ticket to watch")).toBeVisible();
  await expectAccessible("watch without a ticket");
  await shop.buy(user, event.id, "");
  await signIn(user);
  await page.goto(`/events/${event.id}/watch`);
  await expect(page.getByText("Doors open in")).toBeVisible();
  await expect(page.getByRole("link", { name: "Join the stream" })).toHaveCount(0);
  await expectAccessible("watch before early entry");
});
