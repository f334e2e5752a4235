import { setTimeout as pause } from "node:timers/promises";
import type { Browser, BrowserElement, DateTime } from "./browser";
import {
  aim,
  awaitClick,
  byLabel,
  byRole,
  choose,
  hasQueries,
  isClickPending,
  queries,
  select,
  text,
  valueOf,
  type Pattern,
} from "./in-page";

type Text = string | RegExp;
type Role = "alertdialog" | "button" | "dialog" | "heading" | "img" | "link" | "main" | "searchbox" | "textbox";

/** Where to look for an element. */
interface Scope {
  /** Element that contains it. */
  in?: Role;
}

/** Generous, since a test never asserts on timing. */
const LIMIT_MS = 120_000;
const POLL_MS = 50;
/** After these, a click that reached no element is repeated. */
const CLICK_POLLS = 40;

/** A browser with steps in terms of roles and visible names, the same in all engines. */
export class Session {
  constructor(
    private readonly browser: Browser,
    private readonly site: string,
  ) {}

  open(path: string): Promise<void> {
    return this.browser.open(new URL(path, this.site).href);
  }
  reload(): Promise<void> {
    return this.browser.reload();
  }
  back(): Promise<void> {
    return this.browser.back();
  }
  forward(): Promise<void> {
    return this.browser.forward();
  }
  press(key: "Enter" | "Escape"): Promise<void> {
    return this.browser.press(key);
  }
  screenshot(path: string): Promise<void> {
    return this.browser.screenshot(path);
  }
  errors(): Promise<string[]> {
    return this.browser.errors();
  }
  close(): Promise<void> {
    return this.browser.close();
  }

  /** Waits for visible text of the page. */
  async expectText(text: Text): Promise<void> {
    await this.until(`the text ${String(text)}`, async () => matches(await this.text(), text));
  }

  /** Waits for a path of the site. */
  async expectPath(path: RegExp): Promise<string> {
    return this.until(`the path ${String(path)}`, async () => {
      const at = await this.browser.call(() => location.pathname + location.search);
      return path.test(at) && at;
    });
  }

  async find(role: Role, name: Text, scope: Scope = {}): Promise<BrowserElement> {
    return this.until(`${role} ${String(name)}`, () => this.query(byRole, role, name, scope));
  }

  async findField(label: Text, scope: Scope = {}): Promise<BrowserElement> {
    return this.until(`field ${String(label)}`, () => this.query(byLabel, "textbox", label, scope));
  }

  async click(role: Role, name: Text, scope: Scope = {}): Promise<void> {
    let place: string | null = null;
    // A rerender may replace the element, and an animation may move it.
    await this.until(`${role} ${String(name)} to be clickable`, async () => {
      const element = await this.query(byRole, role, name, scope);
      const before = place;
      place = element && (await element.call(aim));
      if (!element || place === null || place !== before) return false;
      await element.call(awaitClick);
      await element.click();
      for (let polls = 0; polls < CLICK_POLLS; polls += 1) {
        // A call fails while the click leaves the page.
        if (!(await this.browser.call(isClickPending).catch(() => false))) return true;
        await pause(POLL_MS);
      }
      return false;
    });
  }

  /** Replaces the text of a field. */
  async fill(label: Text, text: string, scope: Scope = {}): Promise<void> {
    const field = await this.until(`field ${String(label)}`, async () => {
      const found = await this.query(byLabel, "textbox", label, scope);
      await found?.call(select);
      return found;
    });
    await field.type(text);
    await this.until(`${String(label)} to have its text`, async () => (await field.call(valueOf)) === text);
  }

  async fillDateTime(label: Text, at: DateTime): Promise<void> {
    const field = await this.findField(label);
    await field.call((each) => each.scrollIntoView({ block: "center" }));
    await field.typeDateTime(at);
    const expected = `${at.year}-${at.month}-${at.day}T${at.hour}:${at.minute}`;
    const value = await field.call(valueOf);
    if (value !== expected) throw new Error(`${String(label)} is ${value || "empty"} instead of ${expected}`);
  }

  /** Selects an option by its text. */
  async choose(label: Text, option: string): Promise<void> {
    const field = await this.findField(label);
    await field.call(choose, option);
  }

  /** Calls a self-contained function in the page. */
  read<T>(inPage: () => T): Promise<T> {
    return this.browser.call(inPage);
  }

  private text(): Promise<string> {
    return this.browser.call(text);
  }

  private async query(find: typeof byRole, role: Role, name: Text, scope: Scope): Promise<BrowserElement | null> {
    if (!(await this.browser.call(hasQueries))) await this.browser.run(queries);
    return this.browser.element(find, role, pattern(name), scope.in ?? null);
  }

  /** Repeats a check until it returns a value. A page that navigates meanwhile fails single calls. */
  private async until<T>(what: string, check: () => Promise<T | null | false | undefined>): Promise<T> {
    const end = Date.now() + LIMIT_MS;
    let last: unknown = "";
    for (;;) {
      try {
        const found = await check();
        if (found) return found;
      } catch (error) {
        last = error;
      }
      if (Date.now() > end) throw new Error(`waited ${LIMIT_MS / 1000} s for ${what}. ${String(last)}`);
      await pause(POLL_MS);
    }
  }
}

const matches = (page: string, text: Text) => (typeof text === "string" ? page.includes(text) : text.test(page));

const pattern = (text: Text): Pattern =>
  typeof text === "string" ? { exact: text } : { source: text.source, flags: text.flags };
