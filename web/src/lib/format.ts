/**
 * The only place that formats dates and numbers. `Intl` throws a RangeError for an invalid value; the
 * functions here return `NONE` instead, so that one value does not break a page.
 */
import { isZone, DAY, HOUR, instant, MINUTE, SECOND } from "./time";

/** Placeholder of a missing or invalid value. */
export const NONE = "–";

/** RFC 3339 or milliseconds since 1970. */
export type When = string | number | Date | null | undefined;

function withInstant(at: When, write: (at: Date) => string): string {
  const ms = instant(at);
  if (ms === null) return NONE;
  try {
    return write(new Date(ms));
  } catch {
    return NONE;
  }
}

const safeZone = (zone: string) => (isZone(zone) ? zone : "UTC");

function dateFormat(locale: string, zone: string, options: Intl.DateTimeFormatOptions) {
  return new Intl.DateTimeFormat(locale, { timeZone: safeZone(zone), ...options });
}

/** 24-hour locales pad the hour everywhere: `Intl` does so in ranges only. */
function clock(locale: string) {
  const { hourCycle } = new Intl.DateTimeFormat(locale, { hour: "numeric" }).resolvedOptions();
  const isPadded = hourCycle === "h23" || hourCycle === "h24";
  return { hour: isPadded ? "2-digit" : "numeric", minute: "2-digit" } as const;
}
const DAY_OF_YEAR = { weekday: "short", day: "numeric", month: "short" } as const;
const CALENDAR = { ...DAY_OF_YEAR, year: "numeric" } as const;

export function formatDate(at: When, locale: string, zone: string): string {
  return withInstant(at, (date) => dateFormat(locale, zone, CALENDAR).format(date));
}

/** Key of a day, the same in all languages. */
export const formatDayKey = (at: When, zone: string): string => formatDate(at, "en-CA", zone);

/** "Fri, 4 Dec" for the axis of a chart. */
export function formatDay(at: When, locale: string, zone: string): string {
  return withInstant(at, (date) => dateFormat(locale, zone, DAY_OF_YEAR).format(date));
}

export function formatTime(at: When, locale: string, zone: string): string {
  return withInstant(at, (date) => dateFormat(locale, zone, clock(locale)).format(date));
}

/** "Thu 10:30", for use beside a full date. */
export function formatDayTime(at: When, locale: string, zone: string): string {
  const options = { weekday: "short", ...clock(locale) } as const;
  return withInstant(at, (date) => dateFormat(locale, zone, options).format(date));
}

export function formatDateTime(at: When, locale: string, zone: string): string {
  return withInstant(at, (date) =>
    dateFormat(locale, zone, { ...CALENDAR, ...clock(locale) }).format(date),
  );
}

/** "Fri, 4 Dec 2026, 19:00 – 21:00" with the second date only when the day changes. */
export function formatSpan(start: When, end: When, locale: string, zone: string): string {
  const until = instant(end);
  const format = dateFormat(locale, zone, { ...CALENDAR, ...clock(locale) });
  return withInstant(start, (date) =>
    until === null || until < date.getTime()
      ? format.format(date)
      : format.formatRange(date, new Date(until)),
  );
}

/** Whether two zones show the same date at an instant. */
export function isSameDay(at: When, one: string, other: string): boolean {
  return formatDate(at, "en-CA", one) === formatDate(at, "en-CA", other);
}

/** `m:ss` or `h:mm:ss`; never negative. */
export function clockSpan(ms: number): string {
  if (!Number.isFinite(ms)) return NONE;
  const total = Math.max(0, Math.ceil(ms / SECOND));
  const two = (n: number) => String(n).padStart(2, "0");
  const hours = Math.floor(total / 3600);
  const minutes = Math.floor((total % 3600) / 60);
  return hours > 0
    ? `${hours}:${two(minutes)}:${two(total % 60)}`
    : `${minutes}:${two(total % 60)}`;
}

/** "3 hr ago", "in 2 days". */
export function relative(ms: number, locale: string): string {
  if (!Number.isFinite(ms)) return NONE;
  const format = new Intl.RelativeTimeFormat(locale, { numeric: "auto", style: "long" });
  const abs = Math.abs(ms);
  if (abs < MINUTE) return format.format(Math.round(ms / SECOND), "second");
  if (abs < HOUR) return format.format(Math.round(ms / MINUTE), "minute");
  if (abs < DAY) return format.format(Math.round(ms / HOUR), "hour");
  return format.format(Math.round(ms / DAY), "day");
}

export function formatNumber(value: number | null | undefined, locale: string): string {
  if (typeof value !== "number" || !Number.isFinite(value)) return NONE;
  return new Intl.NumberFormat(locale, { maximumFractionDigits: 0 }).format(value);
}

/** "$1.92", or `null` for a currency code that `Intl` does not know. */
export function formatMoney(value: number, currency: string, locale: string): string | null {
  if (!Number.isFinite(value)) return null;
  try {
    const format = new Intl.NumberFormat(locale, {
      style: "currency",
      currency,
      currencyDisplay: "narrowSymbol",
    });
    const smallest = 10 ** -(format.resolvedOptions().maximumFractionDigits ?? 2);
    return value > 0 && value < smallest ? `<${format.format(smallest)}` : format.format(value);
  } catch {
    return null;
  }
}

/** The plural form of a count: `one`, `other`, … */
export function pluralForm(count: number, locale: string): string {
  return new Intl.PluralRules(locale).select(count);
}

/** The first locale that `Intl` accepts: browsers report names such as "en-US@posix". */
export function usableLocale(...wanted: string[]): string {
  return (
    wanted.find((locale) => {
      try {
        return Intl.DateTimeFormat.supportedLocalesOf(locale).length > 0;
      } catch {
        return false;
      }
    }) ?? "en-GB"
  );
}

/** Decimal digits of a currency's minor unit; 2 for a code that `Intl` does not know. */
export function minorDigits(currency: string): number {
  try {
    const format = new Intl.NumberFormat("en", { style: "currency", currency });
    return format.resolvedOptions().maximumFractionDigits ?? 2;
  } catch {
    return 2;
  }
}

/** "$25.00" for 2500 minor units; "25.00 XYZ" for a code that `Intl` does not know. */
export function formatMinor(minor: number, currency: string, locale: string): string {
  const value = minor / 10 ** minorDigits(currency);
  return formatMoney(value, currency, locale) ?? `${value.toFixed(2)} ${currency}`;
}
