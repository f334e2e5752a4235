import { DAY, isoInstant } from "@/lib/time";
import type { EventSearch } from "@/api/events";

/** Search filters, stored in the URL. */
export interface Filters {
  q: string;
  /** Ended events instead of those to come. */
  past: boolean;
  free: boolean;
  week: boolean;
  /** Sats; `null` for any price. */
  most: number | null;
}

/** Price limits in sats. */
export const PRICES = [1_000, 5_000, 20_000, 100_000] as const;

export function readFilters(params: URLSearchParams): Filters {
  const past = params.get("past") === "1";
  return {
    q: (params.get("q") ?? "").slice(0, 200),
    past,
    free: params.get("free") === "1",
    week: !past && params.get("week") === "1",
    most: PRICES.find((price) => String(price) === params.get("most")) ?? null,
  };
}

/** Defaults are omitted, so that the unfiltered list stays at `/`. */
export function writeFilters(filters: Filters): URLSearchParams {
  const params = new URLSearchParams();
  if (filters.q) params.set("q", filters.q);
  if (filters.past) params.set("past", "1");
  if (filters.free) params.set("free", "1");
  if (filters.week && !filters.past) params.set("week", "1");
  if (filters.most !== null) params.set("most", String(filters.most));
  return params;
}

/** Whether a filter other than the tab is set. */
export const isFiltered = (filters: Filters): boolean =>
  filters.q !== "" || filters.free || filters.week || filters.most !== null;

export function toQuery(filters: Filters, now: number): Omit<EventSearch, "limit" | "offset"> {
  return {
    ...(filters.q.trim() ? { q: filters.q.trim() } : {}),
    ...(filters.past ? { past: "true" as const } : { upcoming: "true" as const }),
    ...(filters.free ? { free: "true" as const } : {}),
    ...(filters.most === null ? {} : { max_price_sats: filters.most }),
    ...(filters.week ? { from: isoInstant(now) ?? "", to: isoInstant(now + 7 * DAY) ?? "" } : {}),
  };
}
