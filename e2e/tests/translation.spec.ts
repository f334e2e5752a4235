import { expect, test } from "../fixtures/test";
import { until } from "../fixtures/shop";

/**
 * Simulates browser page translation, which wraps every text node in a `<font>` element.
 */
function translate() {
  const wrap = (node: Node) => {
    if (node instanceof Text) {
      const parent = node.parentElement;
      if (!parent || parent.closest("font, script, style, textarea")) return;
      const font = document.createElement("font");
      font.textContent = node.data;
      node.replaceWith(font);
      return;
    }
    for (const child of Array.from(node.childNodes)) wrap(child);
  };
  const start = () => {
    wrap(document.body);
    new MutationObserver((changes) => {
      for (const change of changes) change.addedNodes.forEach(wrap);
    }).observe(document.body, { childList: true, subtree: true });
  };
  document.addEventListener("DOMContentLoaded", start);
}

test.beforeEach(async ({ page }) => {
  await page.addInitScript(translate);
});

test("checkout works on a translated page", async ({ page, shop, signIn }) => {
  const event = await shop.event({ starts_in: 20 });
  await signIn(await shop.createUser());
  await page.goto(`/events/${event.id}`);
  await expect.poll(() => page.locator("main font").count()).toBeGreaterThan(5);
  await page.getByRole("link", { name: "Get a ticket" }).filter({ visible: true }).click();
  const address = page.getByLabel("Your UMA address");
  await address.fill("alice");
  await address.blur();
  await expect(page.getByText("UMA addresses start with $", { exact: false })).toBeVisible();
  await address.fill(shop.address("alice"));
  await page.getByRole("button", { name: "Pay 2,100 sats" }).click();
  await expect(page.getByText(/approve 2,100 sats/)).toBeVisible();

  // One order is cancelled, a second one is paid.
  await page.getByRole("button", { name: "Cancel order" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Cancel order" }).click();
  await page.getByRole("link", { name: "Get a ticket" }).click();
  await page.getByLabel("Your UMA address").fill(shop.address("bob"));
  await page.getByRole("button", { name: "Pay 2,100 sats" }).click();
  await expect(page.getByRole("timer", { name: /left to pay/ })).toBeVisible();
  await page.getByText("Pay another way").click();
  await page.getByRole("button", { name: "Copy invoice" }).click();
  await shop.approve("bob");
  await expect(page.getByText(/Paid 2,100 sats/)).toBeVisible();
  await page.getByRole("link", { name: "View ticket" }).click();
  await expect(page.getByRole("img", { name: "QR code of your ticket" })).toBeVisible();
  await page.getByRole("link", { name: "My tickets" }).first().click();
  await page.getByRole("button", { name: "Past & cancelled" }).click();
  await page.getByRole("button", { name: "All" }).click();
  await page.getByRole("combobox", { name: "Language" }).selectOption("ko");
  await expect(page.getByRole("heading", { level: 1 })).not.toHaveText("My tickets");
});

test("check-in works on a translated page", async ({ page, shop, signIn }) => {
  const event = await shop.event({ starts_in: 10, price_sats: 0 });
  const guest = await shop.createUser("Guest");
  const ticket = await shop.buy(guest, event.id, "");
  await signIn(shop.admin);
  await page.goto("/admin/check-in");
  await page.getByLabel("Event", { exact: true }).selectOption(String(event.id));
  const verdict = page.getByRole("alertdialog");
  for (const [code, answer] of [
    [ticket.code, "Guest"],
    [ticket.code, "Already checked in"],
    ["TKT-00000000000000000000000000", "Ticket not found"],
  ] as const) {
    await page.getByLabel("Ticket code").fill(code);
    await page.getByRole("button", { name: "Check", exact: true }).click();
    await expect(verdict).toContainText(answer);
    await page.getByRole("button", { name: "Next" }).click();
    await expect(verdict).toBeHidden();
  }
  await expect(page.getByText("1 of 1 checked in")).toBeVisible();
});

test("the event form works on a translated page", async ({ page, shop, signIn }, info) => {
  const title = `Translated ${info.project.name}`;
  await signIn(shop.admin);
  await page.goto("/admin/events/new");
  await page.getByRole("button", { name: "Create event" }).click();
  await expect(page.getByLabel("Title")).toHaveAttribute("aria-invalid", "true");
  await page.getByLabel("Title").fill(title);
  const price = page.getByLabel("Price");
  for (const typed of ["0.5", "10,50", "2,100.00"]) {
    await price.fill(typed);
    await price.blur();
    await expect(price).toHaveAttribute("aria-invalid", "true");
  }
  await price.fill("2,100");
  await expect(page.getByLabel("Preview")).toContainText(title);
  await page.getByRole("button", { name: "Create event" }).click();
  await expect(page.getByRole("heading", { level: 1, name: title })).toBeVisible();

  await page.getByRole("link", { name: "Edit" }).click();
  await page.getByLabel("Description").fill("Changed on a translated page.");
  await page.getByRole("link", { name: "Cancel" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Keep editing" }).click();
  await page.getByRole("button", { name: "Save changes" }).click();
  await expect(page.getByRole("heading", { level: 1, name: title })).toBeVisible();
  const id = Number(/events\/(\d+)/.exec(page.url())?.[1]);
  await until("the change", async () => {
    const answer = await fetch(`${shop.url}/api/events/${id}`);
    const { data } = (await answer.json()) as { data: { description: string; price_sats: number } };
    return data.description === "Changed on a translated page." && data.price_sats === 2100;
  });
});
