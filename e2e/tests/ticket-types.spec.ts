import { expect, test } from "../fixtures/test";

test("an organiser adds ticket types, sorts them and adds a promo code", async ({
  page,
  shop,
  signIn,
  expectAccessible,
}) => {
  const event = await shop.event();
  await shop.addType(event.id, { name: "Supporter", price: { kind: "minimum", min_sats: 500 } });
  await signIn(shop.admin);
  await page.goto(`/admin/events/${event.id}`);
  await page.getByRole("button", { name: "Add ticket type" }).click();
  const form = page.getByRole("dialog", { name: "Add ticket type" });
  await form.getByLabel("Name").fill("Early bird");
  await form.getByRole("textbox", { name: "Price" }).fill("1,000");
  await form.getByLabel("Quantity").fill("10");
  await expectAccessible("ticket type form");
  await form.getByRole("button", { name: "Add ticket type" }).click();
  await expect(form).toBeHidden();

  const list = page.getByRole("list", { name: "Ticket types" });
  const early = list.getByRole("listitem").filter({ hasText: "Early bird" });
  await expect(early).toContainText("0 of 10 sold or reserved");
  const up = page.getByRole("button", { name: "Move Early bird up" });
  for (let turn = 0; turn < 3; turn += 1) {
    if ((await up.getAttribute("aria-disabled")) === "true") break;
    await up.focus();
    const order = page.waitForResponse((answer) => answer.url().endsWith("/ticket-types/order"));
    await page.keyboard.press("Enter");
    expect((await order).ok()).toBe(true);
  }
  await expect(list.getByRole("listitem").first()).toContainText("Early bird");
  await page.reload();
  await expect(list.getByRole("listitem").first()).toContainText("Early bird");

  await page.getByRole("button", { name: "Add promo code" }).click();
  const code = page.getByRole("dialog", { name: "Add promo code" });
  await code.getByRole("textbox", { name: "Code" }).fill("early 20");
  await code.getByRole("textbox", { name: "Percent off" }).fill("20");
  await code.getByRole("checkbox", { name: "Early bird" }).check();
  await code.getByLabel("Maximum uses").fill("50");
  await expectAccessible("promo code form");
  await code.getByRole("button", { name: "Add promo code" }).click();
  await expect(code).toBeHidden();
  const row = page.getByRole("row").filter({ hasText: "EARLY20" });
  await expect(row).toContainText("20% off");
  await expect(row).toContainText("0 of 50");
  await expectAccessible("ticket types and promo codes");
});
