import { defineConfig } from "@playwright/test";

const chromium = {
  browserName: "chromium" as const,
  // Nothing is chosen by the machine that runs the tests.
  locale: "en-GB",
  timezoneId: "Asia/Seoul",
  launchOptions: {
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      // Pages that are served from `WEB_DIST` are of no address space, and may then not speak to wallets of this machine.
      "--disable-features=LocalNetworkAccessChecks",
    ],
  },
};

/**
 * Journeys of people through the real server, with test money. `TICKETS_BIN` names the built server;
 * each worker opens its own shop with it.
 */
export default defineConfig({
  // `screens` is for looking, not for judging.
  testDir: process.env.E2E_TESTS ?? "tests",
  outputDir: "test-results",
  fullyParallel: false,
  workers: Number(process.env.E2E_WORKERS ?? 1),
  forbidOnly: Boolean(process.env.CI),
  timeout: 90_000,
  expect: { timeout: 20_000 },
  reporter: [["list"]],
  use: { ...chromium, trace: "retain-on-failure", screenshot: "only-on-failure" },
  projects: [
    { name: "desktop", use: { viewport: { width: 1280, height: 900 } } },
    {
      name: "phone",
      use: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true },
      // What differs on a phone is the layout, not the server: the slow waits run once.
      grepInvert: /@slow/,
    },
  ],
});
