import { expect, it } from "vitest";
import { bars, niceMax, totals } from "./chart";

const point = (sold: number) => ({ at: `t${sold}`, sold, revenue_sats: sold * 10 });

it.each([
  [0, 4],
  [3, 4],
  [5, 5],
  [11, 20],
  [99, 100],
  [230, 400],
  [401, 500],
])("scales the axis for %d up to %d", (value, max) => {
  expect(niceMax(value)).toBe(max);
});

it("gives each bar its share of the height and keeps all within the width", () => {
  const drawn = bars([point(0), point(5), point(10)], 300, 100);
  expect(drawn.map((bar) => bar.height)).toEqual([0, 50, 100]);
  expect(drawn.every((bar) => bar.x >= 0 && bar.x + bar.width <= 300)).toBe(true);
});

it("adds up what was sold", () => {
  expect(totals([point(1), point(2)])).toEqual({ sold: 3, revenue: 30 });
});
