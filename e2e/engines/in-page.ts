import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

/** A text that is equal, or an expression that matches. */
export type Pattern = { exact: string } | { source: string; flags: string };

type Queries = typeof import("@testing-library/dom");
declare global {
  interface Window {
    TestingLibraryDom?: Queries;
    pageErrors?: string[];
    clickPending?: boolean;
  }
}

const library = createRequire(import.meta.url).resolve("@testing-library/dom/dist/@testing-library/dom.umd.min.js");

/** A script that defines `TestingLibraryDom`: roles and accessible names, the same in all engines. */
export const queries = `(function () { ${readFileSync(library, "utf8")} }).call(window);`;

// Functions below run in the page, so that none refers to another.

export const hasQueries = () => window.TestingLibraryDom !== undefined;

/** First element of a role; a scope is the last element of its role, since dialogs are on top. */
export const byRole = (role: string, name: Pattern, scope: string | null): Element | null => {
  const dom = window.TestingLibraryDom;
  const root = scope ? dom?.queryAllByRole(document.body, scope).at(-1) : document.body;
  if (!dom || !root) return null;
  const text = "exact" in name ? name.exact : new RegExp(name.source, name.flags);
  return dom.queryAllByRole(root, role, { name: text }).at(0) ?? null;
};

/** First field with a label. */
export const byLabel = (_role: string, label: Pattern, scope: string | null): Element | null => {
  const dom = window.TestingLibraryDom;
  const root = scope ? dom?.queryAllByRole(document.body, scope).at(-1) : document.body;
  if (!dom || !root) return null;
  const text = "exact" in label ? label.exact : new RegExp(label.source, label.flags);
  return dom.queryAllByLabelText(root, text, { selector: "input, select, textarea" }).at(0) ?? null;
};

/** Scrolls to an element and returns its place, or null while it is covered or disabled. */
export const aim = (element: Element): string | null => {
  if (element.matches(":disabled")) return null;
  element.scrollIntoView({ block: "center", behavior: "instant" });
  const { x, y, width, height } = element.getBoundingClientRect();
  const hit = document.elementFromPoint(x + width / 2, y + height / 2);
  return element.contains(hit) ? [x, y, width, height].join() : null;
};

/** Records whether a click reaches an element: a rerender after `aim` may move it away from the pointer. */
export const awaitClick = (element: Element): void => {
  window.clickPending = true;
  element.addEventListener("click", () => void (window.clickPending = false), { capture: true, once: true });
};

/** Whether the click after `awaitClick` reached nothing yet; another page has no such click. */
export const isClickPending = (): boolean => window.clickPending === true;

/** Focuses a text field and selects its content. */
export const select = (element: Element): void => {
  const field = element as HTMLInputElement;
  field.scrollIntoView({ block: "center", behavior: "instant" });
  field.focus();
  field.select();
};

export const valueOf = (element: Element): string => (element as HTMLInputElement).value;

/** Selects the option with a text. */
export const choose = (element: Element, text: string): void => {
  const field = element as HTMLSelectElement;
  const option = Array.from(field.options).find((each) => each.text === text);
  if (!option) throw new Error(`no option ${text}`);
  field.value = option.value;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.dispatchEvent(new Event("change", { bubbles: true }));
};

/** Visible text of the page. */
export const text = (): string => document.body.innerText.replace(/\s+/g, " ");

/**
 * Returns the errors since the last call, and records further ones. For engines whose driver has no console: what a
 * page logs while it loads is missing.
 */
export const takeErrors = (): string[] => {
  if (window.pageErrors) return window.pageErrors.splice(0);
  const errors: string[] = [];
  window.pageErrors = errors;
  window.addEventListener("error", (event) => errors.push(event.message));
  window.addEventListener("unhandledrejection", (event) => errors.push(String(event.reason)));
  document.addEventListener("securitypolicyviolation", (event) => {
    errors.push(`${event.violatedDirective} blocked ${event.blockedURI}`);
  });
  const log = console.error.bind(console);
  console.error = (...values: unknown[]) => {
    errors.push(values.map(String).join(" "));
    log(...values);
  };
  return [];
};
