import { existsSync } from "node:fs";
import { launch, type ElementHandle, type Page } from "puppeteer-core";
import { environment, type Browser, type BrowserElement, type Launch } from "./browser";

/** Firefox over WebDriver BiDi. */
export async function firefox({ width, height, downloads }: Launch): Promise<Browser> {
  const browser = await launch({
    browser: "firefox",
    executablePath: executable(),
    headless: true,
    env: environment,
    defaultViewport: { width, height },
    protocolTimeout: 120_000,
    timeout: 120_000,
    extraPrefsFirefox: {
      "browser.download.alwaysOpenPanel": false,
      "browser.download.folderList": 2,
      "browser.download.dir": downloads,
      "intl.accept_languages": "en-GB, en",
      // A navigation aborts the worker's requests, which the console reports as errors.
      "dom.serviceWorkers.enabled": false,
    },
  });
  // The first page of a headless window has no focus.
  const page = await browser.newPage();
  page.setDefaultTimeout(120_000);
  const errors: string[] = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error") errors.push(message.text());
  });
  return {
    open: async (url) => void (await page.goto(url)),
    reload: async () => void (await page.reload()),
    back: async () => void (await page.goBack()),
    forward: async () => void (await page.goForward()),
    run: async (script) => void (await page.evaluate(script)),
    call: async (inPage, ...values) => (await page.evaluate(inPage as Callable, ...values)) as never,
    element: async (inPage, ...values) => {
      const handle = (await page.evaluateHandle(inPage as Callable, ...values)).asElement();
      return handle && element(handle as ElementHandle<Element>, page);
    },
    press: (key) => page.keyboard.press(key),
    screenshot: async (path) => void (await page.screenshot({ path: path as `${string}.png` })),
    errors: async () => errors,
    close: () => browser.close(),
  };
}

function executable(): string {
  const path = process.env.FIREFOX ?? ["/usr/bin/firefox-esr", "/usr/bin/firefox"].find((each) => existsSync(each));
  if (!path) throw new Error("Firefox is missing: `.ci/tools firefox` installs it");
  return path;
}

type Callable = (...values: unknown[]) => unknown;

const element = (handle: ElementHandle<Element>, page: Page): BrowserElement => ({
  call: async (inPage, ...values) => (await handle.evaluate(inPage as Callable, ...values)) as never,
  click: () => handle.click(),
  type: (text) => handle.type(text),
  typeDateTime: async (at) => {
    await handle.focus();
    // American format. The caret moves to the next part after the last digit of each.
    await page.keyboard.type(`${at.month}${at.day}${at.year}${at.hour}${at.minute}AM`);
  },
});
