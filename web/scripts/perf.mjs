/** Measures the first visit of a page on a slow phone: node scripts/perf.mjs http://localhost:8080/ */
import { chromium } from "playwright-core";

const url = process.argv[2] ?? "http://localhost:8080/";
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
const context = await browser.newContext({
  viewport: { width: 390, height: 844 },
  isMobile: true,
  hasTouch: true,
});
const page = await context.newPage();
const client = await context.newCDPSession(page);
await client.send("Network.enable");
// Lighthouse's "slow 4G" and a phone four times slower than this machine.
await client.send("Network.emulateNetworkConditions", {
  offline: false,
  latency: 150,
  downloadThroughput: (1.6 * 1024 * 1024) / 8,
  uploadThroughput: (750 * 1024) / 8,
});
await client.send("Emulation.setCPUThrottlingRate", { rate: 4 });
let requests = 0;
let bytes = 0;
client.on("Network.requestWillBeSent", () => (requests += 1));
client.on("Network.loadingFinished", (event) => (bytes += event.encodedDataLength));
await page.addInitScript(() => {
  window.measured = { lcp: 0, cls: 0, fcp: 0 };
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) window.measured.lcp = entry.startTime;
  }).observe({ type: "largest-contentful-paint", buffered: true });
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries())
      if (!entry.hadRecentInput) window.measured.cls += entry.value;
  }).observe({ type: "layout-shift", buffered: true });
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries())
      if (entry.name === "first-contentful-paint") window.measured.fcp = entry.startTime;
  }).observe({ type: "paint", buffered: true });
});
await page.goto(url, { waitUntil: "networkidle" });
const { lcp, cls, fcp } = await page.evaluate(() => window.measured);
console.log(
  `${url}: first paint ${Math.round(fcp)} ms, largest ${Math.round(lcp)} ms, shift ${cls.toFixed(3)}, ${requests} requests, ${(bytes / 1000).toFixed(0)} kB`,
);
await browser.close();
