/** The functions that each engine's driver implements. */
export interface Browser {
  open(url: string): Promise<void>;
  reload(): Promise<void>;
  back(): Promise<void>;
  forward(): Promise<void>;
  /** Runs a script in the page. */
  run(script: string): Promise<void>;
  /** Calls a self-contained function in the page. */
  call<A extends unknown[], T>(inPage: (...values: A) => T, ...values: A): Promise<T>;
  /** Calls a function that returns an element or null. */
  element<A extends unknown[]>(inPage: (...values: A) => Element | null, ...values: A): Promise<BrowserElement | null>;
  /** Sends a key to the focused element. */
  press(key: "Enter" | "Escape"): Promise<void>;
  screenshot(path: string): Promise<void>;
  /** Console errors, CSP violations and uncaught exceptions so far. */
  errors(): Promise<string[]>;
  close(): Promise<void>;
}

export interface BrowserElement {
  /** Calls a self-contained function with the element. */
  call<A extends unknown[], T>(inPage: (element: Element, ...values: A) => T, ...values: A): Promise<T>;
  click(): Promise<void>;
  /** Types text at the caret. */
  type(text: string): Promise<void>;
  /** Types a date and a time into an empty `datetime-local` field: its editing keys depend on the engine. */
  typeDateTime(at: DateTime): Promise<void>;
}

/** Two-digit parts; four digits for the year. Before noon, since the clock of the field depends on the engine. */
export interface DateTime {
  year: string;
  month: string;
  day: string;
  hour: string;
  minute: string;
}

export interface Launch {
  width: number;
  height: number;
  /** Existing directory for downloads. */
  downloads: string;
}

/** Independent of the machine that runs the tests. */
export const environment = { ...process.env, TZ: "Asia/Seoul", LC_ALL: "C.UTF-8" };
