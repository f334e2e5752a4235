import { DAY, isoInstant } from "@/lib/time";
import type { EventSearch } from "@/api/events";

/** Search filters, stored in the URL. */
export interface Filters {
  q: string;
  upcoming: boolean;
  free: boolean;
  week: boolean;
  /** Sats; `null` for any price. */
  most: number | null;
}

/** Price limits in sats. */
export const PRICES = [1_000, 5_000, 20_000, 100_000] as const;

export function readFilters(params: URLSearchParams): Filters {
  return {
    q: (params.get("q") ?? "").slice(0, 200),
    upcoming: params.get("past") !== "1",
    free: params.get("free") === "1",
    week: params.get("week") === "1",
    most: PRICES.find((price) => String(price) === params.get("most")) ?? null,
  };
}

/** Defaults are omitted, so that the unfiltered list stays at `/`. */
export function writeFilters(filters: Filters): URLSearchParams {
  const params = new URLSearchParams();
  if (filters.q) params.set("q", filters.q);
  if (!filters.upcoming) params.set("past", "1");
  if (filters.free) params.set("free", "1");
  if (filters.week) params.set("week", "1");
  if (filters.most !== null) params.set("most", String(filters.most));
  return params;
}

export function toQuery(filters: Filters, now: number): Omit<EventSearch, "limit" | "offset"> {
  return {
    ...(filters.q.trim() ? { q: filters.q.trim() } : {}),
    ...(filters.upcoming ? { upcoming: "true" as const } : {}),
    ...(filters.free ? { free: "true" as const } : {}),
    ...(filters.most === null ? {} : { max_price_sats: filters.most }),
    ...(filters.week ? { from: isoInstant(now) ?? "", to: isoInstant(now + 7 * DAY) ?? "" } : {}),
  };
}
