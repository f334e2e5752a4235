import { expect, it } from "vitest";
import { bars, buckets, niceMax, totals } from "./chart";

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

it("scales bars to the height and fits them into the width", () => {
  const drawn = bars([point(0), point(5), point(10)], 300, 100);
  expect(drawn.map((bar) => bar.height)).toEqual([0, 50, 100]);
  expect(drawn.every((bar) => bar.x >= 0 && bar.x + bar.width <= 300)).toBe(true);
});

it("sums sales", () => {
  expect(totals([point(1), point(2)])).toEqual({ sold: 3, revenue: 30 });
});

const sale = (at: string, sold: number) => ({ at, sold, revenue_sats: sold });

it("fills hours without sales and counts each sale once", () => {
  const now = Date.parse("2026-11-23T12:30:00Z");
  const { daily, rows } = buckets(
    [sale("2026-11-23T09:00:00Z", 2), sale("2026-11-23T12:00:00Z", 3)],
    now,
  );
  expect(daily).toBe(false);
  expect(rows).toHaveLength(12);
  expect(rows.map((row) => row.sold)).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 3]);
});

it("groups a week by day", () => {
  const now = Date.parse("2026-11-23T12:30:00Z");
  const { daily, rows } = buckets(
    [
      sale("2026-11-20T01:00:00Z", 1),
      sale("2026-11-20T23:00:00Z", 1),
      sale("2026-11-23T12:00:00Z", 5),
    ],
    now,
  );
  expect(daily).toBe(true);
  expect(rows.map((row) => row.sold)).toEqual([0, 0, 0, 2, 0, 0, 5]);
});

it("skips sales with unreadable times and keeps recent ones despite an outlier", () => {
  const now = Date.parse("2026-11-23T12:30:00Z");
  const today = sale("2026-11-23T12:00:00Z", 3);
  expect(totals(buckets([sale("20270-01-01T00:00:00Z", 9), today], now).rows).sold).toBe(3);
  const { rows } = buckets([sale("1970-01-01T00:00:00Z", 1), today], now);
  expect(rows.at(-1)?.sold).toBe(3);
  expect(rows.length).toBeLessThanOrEqual(400);
});
