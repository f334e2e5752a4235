/** Geometry of the sales chart. */
import { DAY, HOUR, instant, isoInstant } from "@/lib/time";

export interface Point {
  at: string;
  sold: number;
  revenue_sats: number;
}

export interface Bar {
  x: number;
  y: number;
  width: number;
  height: number;
  point: Point;
}

/** Rounds up to a number with readable grid labels. */
export function niceMax(value: number): number {
  if (value <= 4) return 4;
  const power = 10 ** Math.floor(Math.log10(value));
  for (const step of [1, 2, 4, 5, 10]) {
    if (value <= step * power) return step * power;
  }
  return 10 * power;
}

export function bars(points: readonly Point[], width: number, height: number): Bar[] {
  const max = niceMax(Math.max(0, ...points.map((point) => point.sold)));
  const slot = width / Math.max(1, points.length);
  const thick = Math.min(36, slot * 0.7);
  return points.map((point, index) => {
    const tall = (Math.max(0, point.sold) / max) * height;
    return {
      x: index * slot + (slot - thick) / 2,
      y: height - tall,
      width: thick,
      height: tall,
      point,
    };
  });
}

export function totals(points: readonly Point[]): { sold: number; revenue: number } {
  return points.reduce(
    (sum, point) => ({ sold: sum.sold + point.sold, revenue: sum.revenue + point.revenue_sats }),
    { sold: 0, revenue: 0 },
  );
}

/** Maximum number of bars: about a year of days. */
const MAX_ROWS = 400;

/**
 * Fills gaps in the series, which omits hours without sales. Groups by hour up to a day and a half, else
 * by day in the viewer's zone.
 */
export function buckets(points: readonly Point[], now: number): { daily: boolean; rows: Point[] } {
  const timed = points.flatMap((point) => {
    const at = instant(point.at);
    return at === null ? [] : [{ at, point }];
  });
  const first = Math.min(now, ...timed.map(({ at }) => at));
  const daily = now - first > 1.5 * DAY;
  const floor = (ms: number) => {
    const date = new Date(ms);
    if (daily) date.setHours(0, 0, 0, 0);
    else date.setMinutes(0, 0, 0);
    return date.getTime();
  };
  const next = (ms: number) => {
    const date = new Date(ms);
    if (daily) date.setDate(date.getDate() + 1);
    else date.setTime(ms + HOUR);
    return date.getTime();
  };
  const rows = new Map<number, Point>();
  // Pads the start, so that a single sale is not one full-width bar.
  const wanted = floor(daily ? Math.min(first, now - 6 * DAY) : Math.min(first, now - 11 * HOUR));
  // An outlier in the past must not push recent sales out of the chart.
  const start = Math.max(wanted, floor(now - (MAX_ROWS - 1) * DAY));
  for (let at = start; at <= now; at = next(at)) {
    rows.set(at, { at: isoInstant(at) ?? "", sold: 0, revenue_sats: 0 });
  }
  for (const { at, point } of timed) {
    const row = rows.get(floor(at));
    if (!row) continue;
    row.sold += point.sold;
    row.revenue_sats += point.revenue_sats;
  }
  return { daily, rows: [...rows.values()] };
}
