import { formatMoney } from "./format";
import { instant } from "./time";

/** Older rates are not shown. */
const MAX_RATE_AGE_MS = 60 * 60 * 1000;

/** Price of one unit of `currency` in sats, with its source and time. */
export interface Rate {
  sats_per_unit: number;
  currency: string;
  source: string;
  /** RFC 3339. */
  at: string;
}

export function isFresh(rate: Rate | null | undefined, now: number): rate is Rate {
  if (!rate || !(rate.sats_per_unit > 0)) return false;
  const age = now - (instant(rate.at) ?? 0);
  // Allows for clock skew.
  return age <= MAX_RATE_AGE_MS && age > -5 * 60 * 1000;
}

/** "₩2,800" or "$1.92" for an amount in sats; `null` when the rate is missing or stale. */
export function formatFiat(
  sats: number,
  rate: Rate | null | undefined,
  locale: string,
  now: number,
): string | null {
  if (!isFresh(rate, now)) return null;
  return formatMoney(sats / rate.sats_per_unit, rate.currency, locale);
}

/** A number in groups of three, each set off by the same separator: "2,100", "2.100", "2 100". */
const GROUPED = /^[1-9]\d{0,2}(?:([\s,.'’_])\d{3}(?:\1\d{3})*)?$/;
/** The last group has three digits, those before it two: "1,00,000" (en-IN). */
const GROUPED_BY_TWO = /^[1-9]\d?(?:,\d{2})+,\d{3}$/;
const PLAIN = /^\d{1,15}$/;

/**
 * Parses a whole number, or returns `null`. Separators count as grouping only: fractions such as "1.5" or
 * "2,100.00" are rejected.
 */
export function parseWhole(text: string): number | null {
  // Normalises full-width digits and no-break spaces.
  const typed = text.normalize("NFKC").trim();
  const isNumber = PLAIN.test(typed) || GROUPED.test(typed) || GROUPED_BY_TWO.test(typed);
  const digits = typed.replace(/\D/g, "");
  return isNumber && digits.length <= 15 ? Number(digits) : null;
}

/** Minor units of an amount such as "25" or "25.50", or `null`. Accepts a comma as the decimal sign. */
export function parseMinor(text: string, digits: number): number | null {
  const match = /^(\d{1,12})(?:[.,](\d+))?$/.exec(text.normalize("NFKC").trim());
  const [, whole = "", fraction = ""] = match ?? [];
  if (!match || fraction.length > digits) return null;
  return Number(whole + fraction.padEnd(digits, "0"));
}

/** "25.50" from 2550 minor units, for an input. */
export function minorText(minor: number, digits: number): string {
  return (minor / 10 ** digits).toFixed(digits);
}
