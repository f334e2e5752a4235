import { useState } from "react";
import type { SeriesPoint } from "@/api/types";
import { useI18n } from "@/i18n/i18n";
import { formatDay, formatNumber, formatTime } from "@/lib/format";
import { viewerZone } from "@/lib/time";
import { useNow } from "@/lib/use-now";
import { Card } from "@/ui/card";
import { bars, buckets, niceMax, totals } from "./chart";

const WIDTH = 720;
const HEIGHT = 180;

export function SalesChart(props: { series: readonly SeriesPoint[] }) {
  const { t, locale } = useI18n();
  const [active, setActive] = useState<number | null>(null);
  const zone = viewerZone();
  const now = useNow(60_000);
  const { daily, rows: series } = buckets(props.series, now);
  const first = series[0];
  const last = series[series.length - 1];
  const label = (at: string) =>
    daily ? formatDay(at, locale, zone) : formatTime(at, locale, zone);
  const { sold, revenue } = totals(series);
  const max = niceMax(Math.max(0, ...series.map((point) => point.sold)));
  const drawn = bars(series, WIDTH, HEIGHT);
  const shown = active === null ? undefined : series[active];

  return (
    <Card className="flex flex-col gap-4">
      <div className="flex flex-wrap items-baseline justify-between gap-2">
        <h2 className="font-semibold">{t("admin.chart.title")}</h2>
        <p aria-hidden="true" className="min-h-5 text-sm text-ink-2 tabular-nums">
          {shown &&
            `${label(shown.at)} · ${formatNumber(shown.sold, locale)} · ${t("sats", {
              amount: formatNumber(shown.revenue_sats, locale),
            })}`}
        </p>
      </div>
      {sold === 0 || !first || !last ? (
        <p className="flex h-40 items-center justify-center text-center text-ink-2">
          {t("admin.chart.empty")}
        </p>
      ) : (
        <>
          <svg
            viewBox={`-48 -16 ${WIDTH + 56} ${HEIGHT + 50}`}
            role="img"
            aria-label={t("admin.chart.summary", {
              sold: formatNumber(sold, locale),
              revenue: formatNumber(revenue, locale),
              from: label(first.at),
              to: label(last.at),
            })}
            className="w-full"
            onPointerLeave={() => setActive(null)}
          >
            {[0, 0.5, 1].map((share) => (
              <g key={share}>
                <line
                  x1="0"
                  x2={WIDTH}
                  y1={HEIGHT * (1 - share)}
                  y2={HEIGHT * (1 - share)}
                  className="stroke-line"
                />
                <text
                  x="-8"
                  y={HEIGHT * (1 - share) + 4}
                  textAnchor="end"
                  className="fill-ink-3 text-[26px] tabular-nums sm:text-[12px]"
                >
                  {formatNumber(max * share, locale)}
                </text>
              </g>
            ))}
            {drawn.map((bar, index) => (
              <g key={bar.point.at} onPointerEnter={() => setActive(index)}>
                <rect
                  x={index * (WIDTH / drawn.length)}
                  y={0}
                  width={WIDTH / drawn.length}
                  height={HEIGHT}
                  fill="transparent"
                />
                <rect
                  x={bar.x}
                  y={bar.y}
                  width={bar.width}
                  height={bar.height}
                  rx={Math.min(4, bar.width / 3)}
                  className={active === index ? "fill-accent-hover" : "fill-accent"}
                />
              </g>
            ))}
            <text x="0" y={HEIGHT + 28} className="fill-ink-3 text-[26px] sm:text-[12px]">
              {label(first.at)}
            </text>
            <text
              x={WIDTH}
              y={HEIGHT + 28}
              textAnchor="end"
              className="fill-ink-3 text-[26px] sm:text-[12px]"
            >
              {label(last.at)}
            </text>
          </svg>
          <details>
            <summary className="text-sm font-medium text-accent-text">
              {t("admin.chart.table")}
            </summary>
            {/* eslint-disable jsx-a11y/no-noninteractive-tabindex -- scrollable by keyboard */}
            <div
              role="region"
              aria-label={t("admin.chart.title")}
              tabIndex={0}
              className="mt-3 max-h-64 overflow-auto"
            >
              <table className="w-full text-sm tabular-nums">
                <thead className="text-left text-ink-3">
                  <tr>
                    <th scope="col" className="py-1 pr-4 font-medium">
                      {t("admin.chart.time")}
                    </th>
                    <th scope="col" className="py-1 pr-4 text-right font-medium">
                      {t("admin.chart.sold")}
                    </th>
                    <th scope="col" className="py-1 text-right font-medium">
                      {t("admin.chart.revenue")}
                    </th>
                  </tr>
                </thead>
                <tbody>
                  {series.map((point) => (
                    <tr key={point.at} className="border-t border-line">
                      <td className="py-1 pr-4">{label(point.at)}</td>
                      <td className="py-1 pr-4 text-right">{formatNumber(point.sold, locale)}</td>
                      <td className="py-1 text-right">
                        {formatNumber(point.revenue_sats, locale)}
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          </details>
        </>
      )}
    </Card>
  );
}
