import { DAY } from "@/lib/time";
import type { EventSearch } from "@/api/events";

/** What is searched for; the page's address is its only home. */
export interface Filters {
  q: string;
  upcoming: boolean;
  free: boolean;
  week: boolean;
}

export function readFilters(params: URLSearchParams): Filters {
  return {
    q: (params.get("q") ?? "").slice(0, 200),
    upcoming: params.get("past") !== "1",
    free: params.get("free") === "1",
    week: params.get("week") === "1",
  };
}

/** Only what differs from the plain list is written, so that the plain list's address stays `/`. */
export function writeFilters(filters: Filters): URLSearchParams {
  const params = new URLSearchParams();
  if (filters.q) params.set("q", filters.q);
  if (!filters.upcoming) params.set("past", "1");
  if (filters.free) params.set("free", "1");
  if (filters.week) params.set("week", "1");
  return params;
}

export function toQuery(filters: Filters, now: number): Omit<EventSearch, "limit" | "offset"> {
  return {
    ...(filters.q.trim() ? { q: filters.q.trim() } : {}),
    ...(filters.upcoming ? { upcoming: "true" as const } : {}),
    ...(filters.free ? { free: "true" as const } : {}),
    ...(filters.week
      ? { from: new Date(now).toISOString(), to: new Date(now + 7 * DAY).toISOString() }
      : {}),
  };
}
