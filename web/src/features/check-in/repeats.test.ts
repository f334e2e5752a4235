import { expect, it } from "vitest";
import { RepeatFilter } from "./repeats";

it("submits a code once while it stays in view, also when some frames miss it", () => {
  const repeats = new RepeatFilter();
  const reads = [0, 150, 300, 1900, 3800].map((now) => repeats.isRepeat("A", now));
  expect(reads).toEqual([false, true, true, true, true]);
});

it("submits a code again once it was out of view", () => {
  const repeats = new RepeatFilter();
  expect(repeats.isRepeat("A", 0)).toBe(false);
  expect(repeats.isRepeat("A", 2000)).toBe(false);
});

it("submits the next code immediately and then the first again", () => {
  const repeats = new RepeatFilter();
  expect(["A", "B", "A"].map((code, now) => repeats.isRepeat(code, now * 150))).toEqual([
    false,
    false,
    false,
  ]);
});

it("submits the same code again after a check without a response", () => {
  const repeats = new RepeatFilter();
  repeats.isRepeat("A", 0);
  repeats.reset();
  expect(repeats.isRepeat("A", 150)).toBe(false);
});
