import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Builder, Key, type WebDriver, type WebElement } from "selenium-webdriver";
import { until } from "../fixtures/shop";
import { environment, type Browser, type BrowserElement, type Launch } from "./browser";
import { takeErrors } from "./in-page";

/** WebKitGTK's MiniBrowser, full-screen on a virtual display of the wanted size. */
export async function webkit({ width, height, downloads }: Launch): Promise<Browser> {
  const home = await mkdtemp(join(tmpdir(), "tickets-webkit-"));
  await mkdir(join(home, ".config"));
  await writeFile(join(home, ".config/user-dirs.dirs"), `XDG_DOWNLOAD_DIR="${downloads}"\n`);
  const started: ChildProcess[] = [];
  const stop = async () => {
    for (const process of started.reverse()) {
      if (process.exitCode !== null || process.signalCode !== null) continue;
      process.kill("SIGTERM");
      await once(process, "exit");
    }
    await rm(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  };
  try {
    const display = await virtualDisplay(width, height, started);
    const port = await freePort();
    const driver = spawn("WebKitWebDriver", [`--port=${port}`], {
      env: {
        ...environment,
        ...profile(home),
        DISPLAY: display,
        GDK_BACKEND: "x11",
        GSETTINGS_BACKEND: "memory",
        LIBGL_ALWAYS_SOFTWARE: "1",
        NO_AT_BRIDGE: "1",
      },
      stdio: ["ignore", "ignore", "inherit"],
    });
    started.push(driver);
    const url = `http://127.0.0.1:${port}`;
    await until("WebKitWebDriver", async () => (await fetch(`${url}/status`)).ok, 60_000);
    const session = await new Builder()
      .disableEnvironmentOverrides()
      .usingServer(url)
      .withCapabilities({
        browserName: "MiniBrowser",
        "webkitgtk:browserOptions": {
          binary: await miniBrowser(),
          args: ["--automation", "--full-screen"],
        },
      })
      .build();
    await session.manage().setTimeouts({ pageLoad: 120_000, script: 120_000 });
    // Without a window manager, full-screen only removes the toolbar.
    await session.manage().window().setRect({ x: 0, y: 0, width, height });
    const errors: string[] = [];
    const collect = async () => errors.push(...(await session.executeScript<string[]>(call(takeErrors))));
    const navigate = async (there: () => Promise<void>) => {
      await collect();
      await there();
      await collect();
    };
    return {
      open: (address) => navigate(() => session.get(address)),
      reload: () => navigate(() => session.navigate().refresh()),
      back: () => navigate(() => session.navigate().back()),
      forward: () => navigate(() => session.navigate().forward()),
      run: (script) => session.executeScript(script),
      call: (inPage, ...values) => session.executeScript(call(inPage), ...values),
      element: async (inPage, ...values) => {
        const found = await session.executeScript<WebElement | null>(call(inPage), ...values);
        return found && element(found, session);
      },
      press: (key) => session.actions().sendKeys(key === "Enter" ? Key.ENTER : Key.ESCAPE).perform(),
      screenshot: async (path) => {
        // A screenshot is of the last painted frame.
        await session.executeAsyncScript("requestAnimationFrame(() => requestAnimationFrame(arguments[0]))");
        await writeFile(path, await session.takeScreenshot(), "base64");
      },
      errors: async () => {
        await collect();
        return errors;
      },
      close: async () => {
        await session.quit().catch(() => undefined);
        await stop();
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

const call = (inPage: object) => `return (${String(inPage)})(...arguments)`;

const element = (found: WebElement, session: WebDriver): BrowserElement => ({
  call: (inPage, ...values) => session.executeScript(call(inPage), found, ...values),
  click: () => found.click(),
  type: (text) => found.sendKeys(text),
  // Typing does not leave a part of the American format.
  typeDateTime: ({ month, day, year, hour, minute }) =>
    found.sendKeys([month, day, year, hour, minute, "AM"].join(Key.ARROW_RIGHT)),
});

/** Directories of a user without settings. */
const profile = (home: string) => ({
  HOME: home,
  XDG_CONFIG_HOME: join(home, ".config"),
  XDG_CACHE_HOME: join(home, ".cache"),
  XDG_DATA_HOME: join(home, ".local/share"),
});

async function virtualDisplay(width: number, height: number, started: ChildProcess[]): Promise<string> {
  const server = spawn("Xvfb", ["-displayfd", "3", "-screen", "0", `${width}x${height}x24`, "-nolisten", "tcp"], {
    stdio: ["ignore", "ignore", "ignore", "pipe"],
  });
  started.push(server);
  const pipe = server.stdio[3];
  if (!pipe) throw new Error("Xvfb has no pipe for its display number");
  const [chunk] = (await Promise.race([
    once(pipe, "data"),
    once(server, "exit").then(() => Promise.reject(new Error("Xvfb exited"))),
  ])) as [Buffer];
  return `:${chunk.toString().trim()}`;
}

/** The library directory's name depends on the architecture and the version of the API. */
async function miniBrowser(): Promise<string> {
  if (process.env.MINIBROWSER) return process.env.MINIBROWSER;
  for (const architecture of await readdir("/usr/lib")) {
    for (const version of ["webkit2gtk-4.1", "webkit2gtk-4.0", "webkitgtk-6.0"]) {
      const path = join("/usr/lib", architecture, version, "MiniBrowser");
      if (existsSync(path)) return path;
    }
  }
  throw new Error("MiniBrowser is missing: `.ci/tools webkit` installs webkit2gtk-driver");
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
