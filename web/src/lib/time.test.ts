import { describe, expect, it } from "vitest";
import {
  fromLocalInput,
  isZone,
  MINUTE,
  offsetMinutes,
  phase,
  spanParts,
  toLocalInput,
} from "./time";
import { clockSpan, formatSpan } from "./format";

describe("local time in another zone", () => {
  it.each([
    ["2026-12-01T19:30", "Asia/Seoul", "2026-12-01T10:30:00.000Z"],
    ["2026-07-01T19:30", "America/New_York", "2026-07-01T23:30:00.000Z"],
    ["2026-12-01T19:30", "America/New_York", "2026-12-02T00:30:00.000Z"],
    ["2026-12-01T19:30", "Asia/Kathmandu", "2026-12-01T13:45:00.000Z"],
    ["2026-12-01T19:30", "Pacific/Kiritimati", "2026-12-01T05:30:00.000Z"],
    ["2026-12-01T19:30", "UTC", "2026-12-01T19:30:00.000Z"],
  ])("reads %s in %s as %s, and shows it back", (local, zone, instant) => {
    expect(fromLocalInput(local, zone)?.toISOString()).toBe(instant);
    expect(toLocalInput(new Date(instant), zone)).toBe(local);
  });

  it("moves a time skipped by DST forward by the gap", () => {
    // 02:30 does not exist in Berlin on 29 March 2026.
    expect(fromLocalInput("2026-03-29T02:30", "Europe/Berlin")?.toISOString()).toBe(
      "2026-03-29T01:30:00.000Z",
    );
  });

  it("uses the first of a repeated DST hour", () => {
    expect(fromLocalInput("2026-10-25T02:30", "Europe/Berlin")?.toISOString()).toBe(
      "2026-10-25T00:30:00.000Z",
    );
  });

  it("converts both sides of a DST change", () => {
    expect(fromLocalInput("2026-03-29T01:59", "Europe/Berlin")?.toISOString()).toBe(
      "2026-03-29T00:59:00.000Z",
    );
    expect(fromLocalInput("2026-03-29T03:00", "Europe/Berlin")?.toISOString()).toBe(
      "2026-03-29T01:00:00.000Z",
    );
  });

  it("rejects unknown zone names", () => {
    expect(isZone("Asia/Seoul")).toBe(true);
    expect(isZone("Mars/Olympus")).toBe(false);
    expect(offsetMinutes(new Date("2026-12-01T00:00:00Z"), "Asia/Seoul")).toBe(540);
  });

  it.each(["", "tomorrow", "2026-12-01", "2026-12-01 19:30"])("refuses %j", (text) => {
    expect(fromLocalInput(text, "UTC")).toBeNull();
  });
});

describe("a countdown", () => {
  it.each([
    [0, "0:00"],
    [-5000, "0:00"],
    [1, "0:01"],
    [61_000, "1:01"],
    [899_400, "15:00"],
    [3_661_000, "1:01:01"],
  ])("shows %d ms as %s", (ms, text) => {
    expect(clockSpan(ms)).toBe(text);
  });

  it("splits a span into units and never goes below zero", () => {
    expect(spanParts(90_061_000)).toEqual({ days: 1, hours: 1, minutes: 1, seconds: 1 });
    expect(spanParts(-1)).toEqual({ days: 0, hours: 0, minutes: 0, seconds: 0 });
  });
});

it("admits attendees from the configured time until the end", () => {
  const start = "2026-12-01T10:00:00Z";
  const end = "2026-12-01T12:00:00Z";
  const at = (time: string, early = 30) =>
    phase(start, end, Date.parse(`2026-12-01T${time}Z`), early * MINUTE);
  expect(at("09:29:59")).toBe("upcoming");
  expect(at("09:30:00")).toBe("early_entry");
  expect(at("09:30:00", 29)).toBe("upcoming");
  expect(at("08:00:00", 120)).toBe("early_entry");
  expect(at("09:59:59", 0)).toBe("upcoming");
  expect(at("10:00:00")).toBe("live");
  expect(at("11:59:59")).toBe("live");
  expect(at("12:00:00")).toBe("over");
});

it("shows the end date only when the day changes", () => {
  const evening = formatSpan("2026-12-04T19:00:00Z", "2026-12-04T21:00:00Z", "en-GB", "UTC");
  expect(evening.match(/2026/g)).toHaveLength(1);
  const night = formatSpan("2026-12-04T23:00:00Z", "2026-12-05T01:00:00Z", "en-GB", "UTC");
  expect(night).toContain("5 Dec");
});
