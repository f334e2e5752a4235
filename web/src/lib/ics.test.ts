import { expect, it } from "vitest";
import { calendarFile, googleCalendar, outlookCalendar } from "./ics";

const entry = {
  uid: "ticket-1@tickets.example",
  sequence: 42,
  title: "Jazz, late; 서울의 밤 — a title long enough that the line must be folded somewhere",
  description: "One\nTwo",
  url: "https://tickets.example/tickets/1",
  start: "2026-12-04T19:00:00Z",
  end: "2026-12-04T21:00:00.000Z",
};
const now = Date.parse("2026-11-01T00:00:00Z");
const file = calendarFile(entry, now) ?? "";

it("is the mailed entry by its name, revision and method", () => {
  for (const line of ["METHOD:PUBLISH", "UID:ticket-1@tickets.example", "SEQUENCE:42"]) {
    expect(file.split("\r\n")).toContain(line);
  }
});

it("formats instants in UTC", () => {
  expect(file).toContain("DTSTART:20261204T190000Z\r\n");
  expect(file).toContain("DTEND:20261204T210000Z\r\n");
});

it("escapes values and survives unfolding", () => {
  const unfolded = file.replace(/\r\n /g, "");
  expect(unfolded).toContain("SUMMARY:Jazz\\, late\\; 서울의 밤 — a title long");
  expect(unfolded).toContain("DESCRIPTION:One\\nTwo\r\n");
});

it("folds lines at 75 octets", () => {
  const octets = file.split("\r\n").map((line) => new TextEncoder().encode(line).length);
  expect(Math.max(...octets)).toBeLessThanOrEqual(75);
});

it("keeps a carriage return inside its value", () => {
  const odd = calendarFile({ ...entry, title: "A\rB\u0000C", description: "1\r\n2\r3" }, now) ?? "";
  expect(odd).toContain("SUMMARY:A\\nB C\r\n");
  expect(odd).toContain("DESCRIPTION:1\\n2\\n3\r\n");
  expect(odd.replace(/\r\n/g, "")).not.toMatch(/\p{Cc}/u);
});

it("returns null for an unreadable time", () => {
  expect(calendarFile({ ...entry, start: "20270-01-01T00:00:00Z" }, now)).toBeNull();
});

it("fills the forms of Google and Outlook with the same entry", () => {
  const google = new URL(googleCalendar(entry)).searchParams;
  expect(google.get("dates")).toBe("20261204T190000Z/20261204T210000Z");
  expect(google.get("text")).toBe(entry.title);
  const outlook = new URL(outlookCalendar(entry)).searchParams;
  expect(outlook.get("startdt")).toBe("2026-12-04T19:00:00.000Z");
  expect(outlook.get("subject")).toBe(entry.title);
});
