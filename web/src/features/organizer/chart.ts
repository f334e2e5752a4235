/** The geometry of the sales chart, apart from how it is drawn. */

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

/** A round number at or above the largest value, so that grid lines carry readable labels. */
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
