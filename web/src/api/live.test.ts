import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { retryDelay, watchOrder } from "./live";

class Stream extends EventTarget {
  static all: Stream[] = [];
  closed = false;
  constructor(readonly url: string) {
    super();
    Stream.all.push(this);
  }
  close() {
    this.closed = true;
  }
}
const open = () => Stream.all.filter((stream) => !stream.closed);
const fail = () => open()[0]!.dispatchEvent(new Event("error"));

beforeEach(() => {
  Stream.all = [];
  vi.useFakeTimers();
  vi.stubGlobal("EventSource", Stream);
  vi.spyOn(Math, "random").mockReturnValue(1);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

it("backs off after each refused stream, up to five minutes, with jitter", () => {
  expect([1, 2, 3].map((refusals) => retryDelay(refusals, 1))).toEqual([10_000, 20_000, 40_000]);
  expect(retryDelay(50, 1)).toBe(300_000);
  expect(retryDelay(1, 0)).toBe(5_000);
});

it("reconnects after a refusal with backoff", () => {
  watchOrder(7, "secret", () => undefined);
  fail();
  vi.advanceTimersByTime(9_999);
  expect(open()).toHaveLength(0);
  vi.advanceTimersByTime(1);
  expect(open()).toHaveLength(1);
  fail();
  vi.advanceTimersByTime(19_999);
  expect(open()).toHaveLength(0);
  vi.advanceTimersByTime(1);
  expect(open()).toHaveLength(1);
});

it("reconnects soon after a stream reached its maximum lifetime", () => {
  watchOrder(7, "secret", () => undefined);
  fail();
  vi.advanceTimersByTime(10_000);
  open()[0]!.dispatchEvent(new Event("open"));
  vi.advanceTimersByTime(30_000);
  fail();
  vi.advanceTimersByTime(5_000);
  expect(open()).toHaveLength(1);
});

it("passes on each change and does not reconnect once closed", () => {
  const seen: unknown[] = [];
  const close = watchOrder(7, "secret", (status) => seen.push(status));
  const status = (data: string) => open()[0]!.dispatchEvent(new MessageEvent("order", { data }));
  status('{"ticket":1}');
  status("nonsense");
  expect(seen).toEqual([{ ticket: 1 }]);
  fail();
  close();
  vi.advanceTimersByTime(600_000);
  expect(open()).toHaveLength(0);
});
