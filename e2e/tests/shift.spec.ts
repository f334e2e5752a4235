import { expect, test } from "../fixtures/test";

/** A page may move this much while it loads, as Layout Instability counts: a tenth of what is called good. */
const MOST = 0.01;

interface Shift {
  value: number;
  moved: string[];
}

/** Answers take their time, as they do on a telephone: what is shown until then must be as large as what comes. */
const SLOWLY = 300;

test("nothing moves under the reader's finger while a page loads", async ({
  page,
  shop,
  signIn,
}) => {
  const person = await shop.person();
  const paid = await shop.event();
  const free = await shop.event({ price_sats: 0, starts_in: 10 });
  const ready = await shop.buy(person, free.id, "");
  await shop.buy(person, paid.id, "$nobody@localhost:9");
  await signIn(person);
  await page.addInitScript(() => {
    const seen: { value: number; moved: string[] }[] = [];
    Object.assign(window, { seen });
    const name = (node: Node | null) =>
      node instanceof Element
        ? `${node.tagName.toLowerCase()}.${String(node.className).slice(0, 60)}`
        : (node?.nodeName ?? "gone");
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        const shift = entry as PerformanceEntry & {
          value: number;
          hadRecentInput: boolean;
          sources: { node: Node | null; previousRect: DOMRect; currentRect: DOMRect }[];
        };
        if (shift.hadRecentInput) continue;
        const moved = shift.sources.map(
          ({ node, previousRect: from, currentRect: to }) =>
            `${name(node)} ${from.y}+${from.height} -> ${to.y}+${to.height}`,
        );
        seen.push({ value: shift.value, moved });
      }
    }).observe({ type: "layout-shift", buffered: true });
  });
  await page.route("**/api/**", async (route) => {
    await new Promise((resolve) => setTimeout(resolve, SLOWLY));
    await route.continue();
  });
  const moved: Record<string, Shift[]> = {};
  for (const path of [
    "/",
    `/events/${paid.id}`,
    `/events/${paid.id}/purchase`,
    "/tickets",
    `/tickets/${ready.id}`,
  ]) {
    await page.goto(path);
    await expect(page.locator("h1")).toBeAttached();
    await expect(page.locator("[aria-busy=true]")).toHaveCount(0);
    await page.waitForLoadState("networkidle");
    const seen = await page.evaluate(() => (window as unknown as { seen: Shift[] }).seen);
    if (seen.reduce((sum, shift) => sum + shift.value, 0) > MOST) moved[path] = seen;
  }
  expect(moved).toEqual({});
});
