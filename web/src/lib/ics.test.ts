import { expect, it } from "vitest";
import { calendarFile } from "./ics";

const file = calendarFile(
  {
    uid: "ticket-1@tickets.example",
    title: "Jazz, late; 서울의 밤 — a title long enough that the line must be folded somewhere",
    description: "One\nTwo",
    url: "https://tickets.example/tickets/1",
    start: "2026-12-04T19:00:00Z",
    end: "2026-12-04T21:00:00.000Z",
  },
  new Date("2026-11-01T00:00:00Z"),
);

it("writes instants in UTC", () => {
  expect(file).toContain("DTSTART:20261204T190000Z\r\n");
  expect(file).toContain("DTEND:20261204T210000Z\r\n");
});

it("escapes what would end a value, and reads back whole after unfolding", () => {
  const unfolded = file.replace(/\r\n /g, "");
  expect(unfolded).toContain("SUMMARY:Jazz\\, late\\; 서울의 밤 — a title long");
  expect(unfolded).toContain("DESCRIPTION:One\\nTwo\r\n");
});

it("keeps each line within 75 octets", () => {
  const octets = file.split("\r\n").map((line) => new TextEncoder().encode(line).length);
  expect(Math.max(...octets)).toBeLessThanOrEqual(75);
});
