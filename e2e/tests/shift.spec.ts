import { expect, test } from "../fixtures/test";

/** Maximum cumulative layout shift: a tenth of the "good" threshold. */
const MAX_SHIFT = 0.01;

interface Shift {
  value: number;
  moved: string[];
}

/** Delay of API responses in milliseconds, as on a phone network. */
const RESPONSE_DELAY_MS = 300;

test("pages load without layout shift", async ({
  page,
  shop,
  signIn,
}) => {
  const user = await shop.createUser();
  const paid = await shop.event();
  const free = await shop.event({ price_sats: 0, starts_in: 10 });
  const ready = await shop.buy(user, free.id, "");
  await shop.buy(user, paid.id, "$nobody@localhost:9");
  await signIn(user);
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
    await new Promise((resolve) => setTimeout(resolve, RESPONSE_DELAY_MS));
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
    if (seen.reduce((sum, shift) => sum + shift.value, 0) > MAX_SHIFT) moved[path] = seen;
  }
  expect(moved).toEqual({});
});
