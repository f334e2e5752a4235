import { expect, test } from "../fixtures/test";

test("no fixed bar covers a focused element", async ({ page, shop }, info) => {
  test.skip(info.project.name !== "phone", "the bar is at the bottom of phones");
  const description = Array.from({ length: 12 }, (_, i) => `[Link ${i}](https://a.example/${i})`);
  const event = await shop.event({ description: description.join("\n\n") });
  for (const path of ["/", `/events/${event.id}`]) {
    await page.goto(path);
    await expect(page.locator("[aria-busy=true]")).toHaveCount(0);
    const seen = new Set<string>();
    for (let presses = 0; presses < 60; presses += 1) {
      await page.keyboard.press("Tab");
      const found = await page.evaluate(() => {
        const element = document.activeElement;
        if (!element || element === document.body) return null;
        const bar = document.querySelector(".action-bar") ?? document.querySelector(".main-nav");
        const { top, bottom, width } = element.getBoundingClientRect();
        const edge = bar?.contains(element) ? Infinity : (bar?.getBoundingClientRect().top ?? 0);
        const isFixed = bar !== null && getComputedStyle(bar).position === "fixed";
        return {
          name: `${element.tagName} ${element.textContent.slice(0, 30)}`,
          isCovered: isFixed && width > 1 && bottom > edge && top < innerHeight,
        };
      });
      if (found === null) break;
      expect(found.isCovered, `${path}: ${found.name} lies under the bar`).toBe(false);
      seen.add(found.name);
    }
    expect([...seen].some((name) => name.startsWith("SELECT"))).toBe(true);
  }
});

test("a description of an event shows Markdown and no raw HTML", async ({ page, shop }) => {
  const event = await shop.event({
    description: "**Loud** [band](https://band.example) <img src=x onerror=alert(1)>",
  });
  await page.goto(`/events/${event.id}`);
  const link = page.getByRole("link", { name: "band" });
  await expect(link).toHaveAttribute("rel", "noopener nofollow ugc");
  await expect(page.locator("main img")).toHaveCount(0);
  expect(await page.locator('script[type="application/ld+json"]').count()).toBe(1);
});

test.describe("without a connection", () => {
  test.use({ serviceWorkers: "allow" });
  test.skip(Boolean(process.env.WEB_DIST), "pages served by the test bypass the service worker");

  test("a pass opens until its account logs out", async ({ page, context, shop, signIn }) => {
    const user = await shop.createUser();
    const event = await shop.event({ price_sats: 0 });
    const ticket = await shop.buy(user, event.id, "");
    await signIn(user);
    await page.goto(`/tickets/${ticket.id}`);
    await page.evaluate(async () => void (await navigator.serviceWorker.ready));
    // The worker keeps what is loaded after it.
    await page.goto("/tickets");
    await expect(page.getByRole("link", { name: event.title })).toBeVisible();
    await page.goto(`/tickets/${ticket.id}`);
    await expect(page.getByRole("img", { name: "QR code of your ticket" })).toBeVisible();
    await context.setOffline(true);
    await page.reload();
    await expect(page.getByRole("img", { name: "QR code of your ticket" })).toBeVisible();
    await expect(page.getByText("You're offline")).toBeVisible();
    await page.goto("/tickets");
    await expect(page.getByRole("link", { name: event.title })).toBeVisible();
    await context.setOffline(false);
    await page.goto("/account");
    const main = page.getByRole("main");
    await main.getByRole("button", { name: "Log out", exact: true }).click();
    await expect
      .poll(() =>
        page.evaluate(async () =>
          (await caches.keys()).filter((name) => name.startsWith("tickets-own-")),
        ),
      )
      .toEqual([]);
  });
});
