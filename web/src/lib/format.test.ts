import { describe, expect, it } from "vitest";
import {
  clockSpan,
  formatDate,
  formatDateTime,
  formatMoney,
  formatNumber,
  formatSpan,
  formatTime,
  isSameDay,
  NONE,
  pluralForm,
  relative,
  usableLocale,
} from "./format";

const start = "2026-12-04T19:00:00Z";

describe("an unreadable time", () => {
  it.each([
    "+020270-01-01T00:00:00.000Z",
    "20270-01-01T00:00:00Z",
    "+58882-05-14T01:06:40Z",
    "-000001-01-01T00:00:00Z",
    "tomorrow",
    "",
    null,
    undefined,
    Number.NaN,
    Infinity,
    1_796_000_000_000_000,
  ])("is written as a dash: %j", (at) => {
    for (const format of [formatDate, formatTime, formatDateTime]) {
      expect(format(at, "en-GB", "Asia/Seoul")).toBe(NONE);
    }
    expect(formatSpan(at, start, "en-GB", "UTC")).toBe(NONE);
    expect(formatSpan(start, at, "en-GB", "UTC")).toBe(formatDateTime(start, "en-GB", "UTC"));
    expect(isSameDay(at, "UTC", "Asia/Seoul")).toBe(true);
  });

  it("shows only the start when the end is before it", () => {
    expect(formatSpan(start, "2026-12-04T18:00:00Z", "en-GB", "UTC")).toBe(
      formatDateTime(start, "en-GB", "UTC"),
    );
  });

  it("falls back to UTC for an unsupported zone", () => {
    expect(formatTime(start, "en-GB", "Mars/Olympus")).toBe("19:00");
  });
});

it("shows a dash for an invalid number", () => {
  for (const value of [Number.NaN, Infinity, undefined, null]) {
    expect(formatNumber(value, "en-GB")).toBe(NONE);
  }
  expect(clockSpan(Number.NaN)).toBe(NONE);
  expect(relative(Number.NaN, "en-GB")).toBe(NONE);
  expect(formatMoney(1, "nonsense", "en-GB")).toBeNull();
});

it("selects a plural form for any number", () => {
  expect(pluralForm(1, "en-GB")).toBe("one");
  expect(pluralForm(Number.NaN, "en-GB")).toBe("other");
});

it("skips invalid language tags", () => {
  expect(usableLocale("en-US@posix", "en-GB")).toBe("en-GB");
  expect(usableLocale("en-US", "en-GB")).toBe("en-US");
});

it("pads the hour alike in times, dates and spans of 24-hour locales", () => {
  const [start, end] = ["2026-12-01T05:05:00Z", "2026-12-01T07:05:00Z"];
  expect(formatTime(start, "en-GB", "UTC")).toBe("05:05");
  expect(formatDateTime(start, "en-GB", "UTC")).toContain("05:05");
  expect(formatSpan(start, end, "en-GB", "UTC")).toContain("05:05");
  expect(formatTime(start, "en-US", "UTC")).toMatch(/^5:05/);
});
