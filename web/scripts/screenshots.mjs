/**
 * Takes a picture of every screen, on a phone and on a desktop, in both themes, from the mock server, and
 * runs axe on each. Usage: node scripts/screenshots.mjs [name …]
 */
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";
import { createServer } from "vite";

process.env.VITE_MOCK = "1";
const out = new URL("../screenshots/", import.meta.url).pathname;
mkdirSync(out, { recursive: true });
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const screens = [
  ["events", "/", null],
  ["events-none", "/?q=zzz", null],
  ["event", "/events/1", null],
  ["event-soldout", "/events/4", null],
  ["login", "/login?next=%2Fevents%2F1%2Fpurchase", null],
  ["register", "/login", null, (page) => page.getByRole("button", { name: /New here/ }).click()],
  ["notfound", "/nope", null],
  ["purchase", "/events/7/purchase", "fan"],
  ["purchase-paid", "/events/4/purchase", "fan"],
  [
    "purchase-form",
    "/events/5/purchase",
    "newbie",
    (page) => page.getByLabel("Your UMA address").fill("alice@wallet"),
  ],
  ["waiting", "/events/1/purchase?ticket=102", "fan"],
  ["waiting-unreachable", "/events/5/purchase?ticket=103", "fan"],
  ["waiting-wallet", "/events/6/purchase?ticket=104", "fan"],
  [
    "waiting-cancel",
    "/events/1/purchase?ticket=102",
    "fan",
    (page) => page.getByRole("button", { name: /Cancel and free/ }).click(),
  ],
  ["expired", "/events/6/purchase?ticket=105", "fan"],
  ["paid", "/events/8/purchase?ticket=106", "fan"],
  ["tickets", "/tickets", "fan"],
  ["pass", "/tickets/101", "fan"],
  ["receipt", "/tickets/101/receipt", "fan"],
  ["account", "/account", "fan"],
  ["forbidden", "/admin", "fan"],
  ["admin", "/admin", "admin"],
  ["admin-event", "/admin/events/1", "admin"],
  ["admin-payments", "/admin/payments", "admin"],
  [
    "admin-payment",
    "/admin/payments",
    "admin",
    (page) =>
      page
        .getByRole("button", { name: /Details/ })
        .nth(4)
        .click(),
  ],
  ["admin-new", "/admin/events/new", "admin"],
  ["admin-edit", "/admin/events/1/edit", "admin"],
  ["checkin", "/admin/check-in?event=1", "admin"],
  [
    "checkin-ok",
    "/admin/check-in?event=1",
    "admin",
    (page) => check(page, "7K2M9QXW4RT8VB3NHF6JY1CZ5D"),
  ],
  ["checkin-no", "/admin/check-in?event=1", "admin", (page) => check(page, "000")],
  ["events-ko", "/", null, null, "ko"],
  ["waiting-ko", "/events/1/purchase?ticket=102", "fan", null, "ko"],
];
async function check(page, code) {
  await page.getByLabel("Ticket code").fill(code);
  await page.getByRole("button", { name: "Check" }).click();
  await page.getByRole("alertdialog").waitFor();
}
const people = {
  fan: { id: 7, email: "fan@example.com", name: "Min-ji Park" },
  newbie: { id: 8, email: "new@example.com", name: "New Bie" },
  admin: { id: 1, email: "admin@example.com", name: "Ada Organiser" },
};
const token = (user) => {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${part({})}.${part({ email: user.email, exp: Math.floor(Date.now() / 1000) + 86400 })}.x`;
};

const server = await createServer({ server: { port: 0 }, logLevel: "error" });
await server.listen();
const base = server.resolvedUrls.local[0];
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
});
const only = process.argv.slice(2);
let problems = 0;
for (const [size, viewport] of [
  ["phone", { width: 390, height: 844 }],
  ["desktop", { width: 1280, height: 900 }],
]) {
  for (const theme of ["light", "dark"]) {
    const context = await browser.newContext({
      viewport,
      colorScheme: theme,
      timezoneId: "Asia/Seoul",
      locale: "en-GB",
      reducedMotion: "reduce",
      bypassCSP: true,
    });
    for (const [name, path, who, act, lang] of screens) {
      if (only.length > 0 && !only.includes(name)) continue;
      const page = await context.newPage();
      page.on("pageerror", (error) => console.log(`${name}: ${error.message}`));
      await page.addInitScript(
        ([user, jwt, chosen]) => {
          if (user) localStorage.setItem("tickets.session", JSON.stringify({ token: jwt, user }));
          else localStorage.removeItem("tickets.session");
          localStorage.setItem("tickets.lang", chosen);
        },
        [who ? people[who] : null, who ? token(people[who]) : "", lang ?? "en"],
      );
      await page.goto(base + path.slice(1), { waitUntil: "domcontentloaded" });
      await page.locator("main").waitFor();
      await page.waitForFunction(
        () => !document.querySelector("[aria-busy=true]") && document.querySelector("h1"),
      );
      if (act) await act(page);
      await page.evaluate(() => document.fonts.ready);
      await page.screenshot({
        path: `${out}${name}-${size}-${theme}.png`,
        fullPage: !/checkin-|payment$|cancel/.test(name),
      });
      await page.evaluate(axe);
      const { violations } = await page.evaluate(() =>
        window.axe.run(document, {
          runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
        }),
      );
      for (const violation of violations) {
        problems += 1;
        console.log(
          `axe ${name} ${size} ${theme}: ${violation.id}: ${violation.nodes
            .map((node) => node.target.join(" ") + " " + (node.any[0]?.message ?? ""))
            .slice(0, 3)
            .join(" | ")}`,
        );
      }
      await page.close();
    }
    await context.close();
  }
}
await browser.close();
await server.close();
console.log(`${problems} axe problems`);
process.exit(0);
