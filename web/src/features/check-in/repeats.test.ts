import { expect, it } from "vitest";
import { Repeats } from "./repeats";

it("submits a code once while it stays in view, also when some frames miss it", () => {
  const repeats = new Repeats();
  const reads = [0, 150, 300, 1900, 3800].map((now) => repeats.isRepeat("A", now));
  expect(reads).toEqual([false, true, true, true, true]);
});

it("submits a code again once it was out of view", () => {
  const repeats = new Repeats();
  expect(repeats.isRepeat("A", 0)).toBe(false);
  expect(repeats.isRepeat("A", 2000)).toBe(false);
});

it("submits the next code at once, and the first again after it", () => {
  const repeats = new Repeats();
  expect(["A", "B", "A"].map((code, now) => repeats.isRepeat(code, now * 150))).toEqual([
    false,
    false,
    false,
  ]);
});

it("submits the same code again when the check got no answer", () => {
  const repeats = new Repeats();
  repeats.isRepeat("A", 0);
  repeats.forget();
  expect(repeats.isRepeat("A", 150)).toBe(false);
});
