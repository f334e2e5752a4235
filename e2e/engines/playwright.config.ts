import { defineConfig } from "@playwright/test";

/** Only the runner is Playwright's: it has no drivers for stock Firefox and WebKitGTK. */
export default defineConfig({
  testDir: ".",
  outputDir: "../../target/engines",
  fullyParallel: true,
  workers: Number(process.env.E2E_WORKERS ?? 2),
  forbidOnly: Boolean(process.env.CI),
  // For busy machines. The report lists a test that passes only then as flaky.
  retries: 1,
  timeout: 600_000,
  reporter: [["list"]],
});
