import { defineConfig } from "@playwright/test";

const chromium = {
  browserName: "chromium" as const,
  // Independent of the machine that runs the tests.
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
      // Pages fulfilled from `WEB_DIST` have no address space and could not reach local wallets.
      "--disable-features=LocalNetworkAccessChecks",
    ],
  },
};

/**
 * Browser tests against the real server with test money. `TICKETS_BIN` names the built server; each worker
 * starts its own.
 */
export default defineConfig({
  // `screens` takes screenshots and asserts nothing.
  testDir: process.env.E2E_TESTS ?? "tests",
  outputDir: "test-results",
  fullyParallel: false,
  // The slow tests wait for a hold to end, so that a second worker has the processor meanwhile.
  workers: Number(process.env.E2E_WORKERS ?? 2),
  forbidOnly: Boolean(process.env.CI),
  // For busy machines. The report lists a test that passes only then as flaky.
  retries: 1,
  timeout: 90_000,
  expect: { timeout: 20_000 },
  reporter: [["list"]],
  // The service worker would answer for the network; the tests of pages without a connection allow it.
  use: { ...chromium, serviceWorkers: "block", trace: "retain-on-failure", screenshot: "only-on-failure" },
  projects: [
    { name: "desktop", use: { viewport: { width: 1280, height: 900 } } },
    {
      name: "phone",
      use: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true },
      // Slow tests cover the server, which does not depend on the viewport.
      grepInvert: /@slow/,
    },
  ],
});
