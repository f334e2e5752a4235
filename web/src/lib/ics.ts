import { instant, isoInstant } from "./time";

/** A calendar entry (RFC 5545). */
export interface CalendarEntry {
  uid: string;
  /** Its revision: calendars keep the entry with the highest one. */
  sequence: number;
  title: string;
  description: string;
  url: string;
  start: string;
  end: string;
}

const stamp = (ms: number) => (isoInstant(ms) ?? "").replace(/[-:]|\.\d{3}/g, "");

/** Escapes a property value and drops control characters. */
const escape = (text: string) =>
  text
    .replace(/\\/g, "\\\\")
    .replace(/;/g, "\\;")
    .replace(/,/g, "\\,")
    .replace(/\r\n|[\r\n\u2028\u2029\u0085]/g, "\\n")
    .replace(/\p{Cc}/gu, " ");

/** Folds lines at 75 octets. */
function fold(line: string): string {
  const encoder = new TextEncoder();
  const lines: string[] = [];
  let current = "";
  let size = 0;
  for (const char of line) {
    const octets = encoder.encode(char).length;
    if (size + octets > 73) {
      lines.push(current);
      current = "";
      size = 0;
    }
    current += char;
    size += octets;
  }
  return [...lines, current].join("\r\n ");
}

/** Google's form for a new entry; empty times for unreadable ones. */
export function googleCalendar(entry: CalendarEntry): string {
  const time = (at: string) => stamp(instant(at) ?? Number.NaN);
  return `https://calendar.google.com/calendar/render?${new URLSearchParams({
    action: "TEMPLATE",
    text: entry.title,
    dates: `${time(entry.start)}/${time(entry.end)}`,
    details: entry.description,
    location: entry.url,
  })}`;
}

/** Microsoft's form for a new entry. */
export function outlookCalendar(entry: CalendarEntry): string {
  return `https://outlook.live.com/calendar/0/deeplink/compose?${new URLSearchParams({
    path: "/calendar/action/compose",
    rru: "addevent",
    subject: entry.title,
    startdt: isoInstant(entry.start) ?? "",
    enddt: isoInstant(entry.end) ?? "",
    body: entry.description,
    location: entry.url,
  })}`;
}

/** The calendar file, or `null` for unreadable times. */
export function calendarFile(entry: CalendarEntry, now: number): string | null {
  const start = instant(entry.start);
  const end = instant(entry.end);
  if (start === null || end === null) return null;
  return (
    [
      "BEGIN:VCALENDAR",
      "VERSION:2.0",
      "PRODID:-//Tickets by UMA//tickets//EN",
      "CALSCALE:GREGORIAN",
      "METHOD:PUBLISH",
      "BEGIN:VEVENT",
      `UID:${entry.uid}`,
      `SEQUENCE:${entry.sequence}`,
      "STATUS:CONFIRMED",
      `DTSTAMP:${stamp(now)}`,
      `DTSTART:${stamp(start)}`,
      `DTEND:${stamp(end)}`,
      `SUMMARY:${escape(entry.title)}`,
      `DESCRIPTION:${escape(entry.description)}`,
      `URL:${entry.url}`,
      "BEGIN:VALARM",
      "ACTION:DISPLAY",
      `DESCRIPTION:${escape(entry.title)}`,
      "TRIGGER:-PT15M",
      "END:VALARM",
      "END:VEVENT",
      "END:VCALENDAR",
    ]
      .map(fold)
      .join("\r\n") + "\r\n"
  );
}
