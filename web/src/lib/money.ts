/** A rate older than this is not shown: a stale price is worse than none. */
const MAX_RATE_AGE_MS = 60 * 60 * 1000;

/** What one unit of `currency` costs in sats, and where and when that was read. */
export interface Rate {
  sats_per_unit: number;
  currency: string;
  source: string;
  /** RFC 3339. */
  at: string;
}

export function formatNumber(value: number, locale: string): string {
  return new Intl.NumberFormat(locale, { maximumFractionDigits: 0 }).format(value);
}

export function isFresh(rate: Rate | null | undefined, now: number): rate is Rate {
  if (!rate || !(rate.sats_per_unit > 0)) return false;
  const age = now - Date.parse(rate.at);
  // A little of the future is allowed: clocks differ.
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
  const value = sats / rate.sats_per_unit;
  try {
    const format = new Intl.NumberFormat(locale, {
      style: "currency",
      currency: rate.currency,
      currencyDisplay: "narrowSymbol",
    });
    const smallest = 10 ** -(format.resolvedOptions().maximumFractionDigits ?? 2);
    return value > 0 && value < smallest ? `<${format.format(smallest)}` : format.format(value);
  } catch {
    // A currency code that Intl refuses must not take the page down.
    return null;
  }
}

/** Reads what a person typed as whole sats: grouping is ignored, anything else is `null`. */
export function parseSats(text: string): number | null {
  const digits = text.replace(/[\s,._']/g, "");
  if (!/^\d{1,15}$/.test(digits)) return null;
  return Number(digits);
}
