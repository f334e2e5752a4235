/** Time zones, spans and countdowns. Instants are RFC 3339 in UTC; a zone is an IANA name. */

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** RFC 3339 with a four-digit year; `Date.parse` accepts longer years. */
const RFC_3339 = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:[Zz]|[+-]\d\d:?\d\d)$/;
const FIRST = Date.UTC(1, 0, 1);
const LAST = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/** Milliseconds since 1970, or `null` outside the years 1 to 9999. */
export function instant(at: string | number | Date | null | undefined): number | null {
  if (at === null || at === undefined) return null;
  if (typeof at === "string" && !RFC_3339.test(at)) return null;
  const ms = typeof at === "string" ? Date.parse(at) : Number(at);
  return ms >= FIRST && ms <= LAST ? ms : null;
}

/** RFC 3339 in UTC, or `null` outside the years 1 to 9999. */
export function isoInstant(at: string | number | Date | null | undefined): string | null {
  const ms = instant(at);
  return ms === null ? null : new Date(ms).toISOString();
}

/** Milliseconds to sort by; unreadable times come last. */
export const instantOrLast = (at: string | null | undefined): number => instant(at) ?? Infinity;

export function viewerZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
}

export function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

/** Zones for a picker, always including the viewer's and UTC. */
export function allZones(): string[] {
  const known =
    typeof Intl.supportedValuesOf === "function" ? Intl.supportedValuesOf("timeZone") : [];
  return [...new Set([viewerZone(), "UTC", ...known])];
}

export interface WallClock {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
}

/** Local date and time in `zone` at `at`. */
export function wallClock(at: Date, zone: string): WallClock {
  const parts = new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
  }).formatToParts(at);
  const read = (type: string) => Number(parts.find((part) => part.type === type)?.value ?? 0);
  return {
    year: read("year"),
    month: read("month"),
    day: read("day"),
    hour: read("hour"),
    minute: read("minute"),
  };
}

const asUtc = (w: WallClock) => Date.UTC(w.year, w.month - 1, w.day, w.hour, w.minute);

/** Minutes that `zone` is ahead of UTC at `at`. */
export function offsetMinutes(at: Date, zone: string): number {
  const whole = Math.floor(at.getTime() / MINUTE) * MINUTE;
  return (asUtc(wallClock(at, zone)) - whole) / MINUTE;
}

/**
 * Local time in `zone` for an `<input type="datetime-local">`, such as `2026-12-01T19:30`; empty for an
 * unreadable time.
 */
export function toLocalInput(at: string | number | Date, zone: string): string {
  const ms = instant(at);
  if (ms === null) return "";
  const w = wallClock(new Date(ms), zone);
  const two = (n: number) => String(n).padStart(2, "0");
  return `${String(w.year).padStart(4, "0")}-${two(w.month)}-${two(w.day)}T${two(w.hour)}:${two(w.minute)}`;
}

/**
 * The instant of a local time in `zone`. A time skipped by DST moves forward by the gap; a repeated hour
 * uses its first occurrence, as calendars do.
 */
export function fromLocalInput(local: string, zone: string): Date | null {
  const match = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2})(?::\d{2})?$/.exec(local);
  if (!match) return null;
  const [, year, month, day, hour, minute] = match.map(Number);
  const wanted = Date.UTC(year ?? 0, (month ?? 1) - 1, day, hour, minute);
  if (Number.isNaN(wanted)) return null;
  const before = offsetMinutes(new Date(wanted - DAY), zone);
  const after = offsetMinutes(new Date(wanted + DAY), zone);
  for (const offset of [before, after]) {
    const guess = new Date(wanted - offset * MINUTE);
    if (offsetMinutes(guess, zone) === offset) return guess;
  }
  return new Date(wanted - before * MINUTE);
}

/** "Seoul" from "Asia/Seoul". */
export function zoneCity(zone: string): string {
  return (zone.split("/").pop() ?? zone).replace(/_/g, " ");
}

/** The two largest units of a span: `{days: 3, hours: 4}`. */
export function spanParts(ms: number): {
  days: number;
  hours: number;
  minutes: number;
  seconds: number;
} {
  const left = Math.max(0, ms);
  return {
    days: Math.floor(left / DAY),
    hours: Math.floor((left % DAY) / HOUR),
    minutes: Math.floor((left % HOUR) / MINUTE),
    seconds: Math.floor((left % MINUTE) / SECOND),
  };
}

export type Phase = "upcoming" | "early_entry" | "live" | "over";

/**
 * `early`: milliseconds before the start at which attendees are admitted. An event with an unreadable
 * start stays upcoming; with an unreadable end it is never over.
 */
export function phase(start: string, end: string, now: number, early: number): Phase {
  const opens = instantOrLast(start);
  if (now >= instantOrLast(end)) return "over";
  if (now >= opens) return "live";
  return now >= opens - early ? "early_entry" : "upcoming";
}
