/** Time zones, spans and countdowns. Instants are RFC 3339 in UTC; a zone is an IANA name. */

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

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

/** Zones for a picker; the viewer's own and UTC are always among them. */
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

/** What a clock on the wall in `zone` shows at `instant`. */
export function wallClock(instant: Date, zone: string): WallClock {
  const parts = new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
  }).formatToParts(instant);
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

/** Minutes that `zone` is ahead of UTC at `instant`. */
export function offsetMinutes(instant: Date, zone: string): number {
  const whole = Math.floor(instant.getTime() / MINUTE) * MINUTE;
  return (asUtc(wallClock(instant, zone)) - whole) / MINUTE;
}

/** `2026-12-01T19:30` as a clock in `zone` shows `instant`, for an `<input type="datetime-local">`. */
export function toLocalInput(instant: Date, zone: string): string {
  const w = wallClock(instant, zone);
  const two = (n: number) => String(n).padStart(2, "0");
  return `${String(w.year).padStart(4, "0")}-${two(w.month)}-${two(w.day)}T${two(w.hour)}:${two(w.minute)}`;
}

/**
 * The instant at which a clock in `zone` shows `local`. A time that a spring clock change skips moves
 * forward by the gap, and of a repeated autumn hour the first is meant, as calendars do.
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

export function formatDate(iso: string, locale: string, zone: string): string {
  return new Intl.DateTimeFormat(locale, {
    timeZone: zone,
    weekday: "short",
    day: "numeric",
    month: "short",
    year: "numeric",
  }).format(new Date(iso));
}

export function formatTime(iso: string, locale: string, zone: string): string {
  return new Intl.DateTimeFormat(locale, {
    timeZone: zone,
    hour: "numeric",
    minute: "2-digit",
  }).format(new Date(iso));
}

/** "Thu 10:30": beside a date that says the rest. */
export function formatDayTime(iso: string, locale: string, zone: string): string {
  return new Intl.DateTimeFormat(locale, {
    timeZone: zone,
    weekday: "short",
    hour: "numeric",
    minute: "2-digit",
  }).format(new Date(iso));
}

export function formatDateTime(iso: string, locale: string, zone: string): string {
  return new Intl.DateTimeFormat(locale, {
    timeZone: zone,
    weekday: "short",
    day: "numeric",
    month: "short",
    year: "numeric",
    hour: "numeric",
    minute: "2-digit",
  }).format(new Date(iso));
}

/** "GMT+9" or "CET": what the zone is called at that moment. */
export function zoneLabel(iso: string, locale: string, zone: string): string {
  const parts = new Intl.DateTimeFormat(locale, {
    timeZone: zone,
    timeZoneName: "short",
  }).formatToParts(new Date(iso));
  return parts.find((part) => part.type === "timeZoneName")?.value ?? zone;
}

/** "Fri, 4 Dec 2026, 19:00 – 21:00" with the second date only when the day changes. */
export function formatSpan(start: string, end: string, locale: string, zone: string): string {
  return new Intl.DateTimeFormat(locale, {
    timeZone: zone,
    weekday: "short",
    day: "numeric",
    month: "short",
    year: "numeric",
    hour: "numeric",
    minute: "2-digit",
  }).formatRange(new Date(start), new Date(end));
}

/** `m:ss` or `h:mm:ss`; never negative. */
export function clockSpan(ms: number): string {
  const total = Math.max(0, Math.ceil(ms / SECOND));
  const two = (n: number) => String(n).padStart(2, "0");
  const hours = Math.floor(total / 3600);
  const minutes = Math.floor((total % 3600) / 60);
  return hours > 0
    ? `${hours}:${two(minutes)}:${two(total % 60)}`
    : `${minutes}:${two(total % 60)}`;
}

/** The largest two units of a span: `{days: 3, hours: 4}`, for sentences. */
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

/** "3 hr ago", "in 2 days". */
export function relative(ms: number, locale: string): string {
  const format = new Intl.RelativeTimeFormat(locale, { numeric: "auto", style: "long" });
  const abs = Math.abs(ms);
  if (abs < MINUTE) return format.format(Math.round(ms / SECOND), "second");
  if (abs < HOUR) return format.format(Math.round(ms / MINUTE), "minute");
  if (abs < DAY) return format.format(Math.round(ms / HOUR), "hour");
  return format.format(Math.round(ms / DAY), "day");
}

export type Phase = "upcoming" | "doors" | "live" | "over";

/** `early`: how long before its start an event lets people in. */
export function phase(start: string, end: string, now: number, early: number): Phase {
  if (now >= Date.parse(end)) return "over";
  if (now >= Date.parse(start)) return "live";
  return now >= Date.parse(start) - early ? "doors" : "upcoming";
}
