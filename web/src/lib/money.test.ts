import { expect, it } from "vitest";
import { formatFiat, parseWhole } from "./money";
import { formatNumber } from "./format";

const at = "2026-11-23T12:00:00Z";
const now = Date.parse(at) + 60_000;
const usd = { sats_per_unit: 1000, currency: "USD", source: "x", at };

it("groups sats by locale", () => {
  expect(formatNumber(2_100_000, "en-GB")).toBe("2,100,000");
  expect(formatNumber(2_100_000, "de-DE")).toBe("2.100.000");
});

it("formats fiat with the currency's decimals", () => {
  expect(formatFiat(2100, usd, "en-US", now)).toBe("$2.10");
  expect(formatFiat(2100, { ...usd, sats_per_unit: 0.75, currency: "KRW" }, "ko-KR", now)).toBe(
    "₩2,800",
  );
});

it("shows less than a cent instead of zero", () => {
  expect(formatFiat(1, usd, "en-US", now)).toBe("<$0.01");
});

it("hides fiat for a stale, future, missing or invalid rate", () => {
  expect(formatFiat(2100, usd, "en-US", now + 3_600_000)).toBeNull();
  expect(formatFiat(2100, usd, "en-US", now - 3_600_000)).toBeNull();
  expect(formatFiat(2100, null, "en-US", now)).toBeNull();
  expect(formatFiat(2100, { ...usd, sats_per_unit: 0 }, "en-US", now)).toBeNull();
  expect(formatFiat(2100, { ...usd, currency: "nonsense" }, "en-US", now)).toBeNull();
});

it.each([
  ["2100", 2100],
  [" 2100 ", 2100],
  ["2,100", 2100],
  ["2.100", 2100],
  ["2 100", 2100],
  ["2\u00a0100", 2100],
  ["2\u202f100", 2100],
  ["2’100", 2100],
  ["1,234,567", 1_234_567],
  ["1,00,000", 100_000],
  ["２１００", 2100],
  ["0", 0],
  ["", null],
  ["-1", null],
  ["1e3", null],
  ["abc", null],
  ["9999999999999999", null],
])("reads %j as %j", (text, value) => {
  expect(parseWhole(text)).toBe(value);
});

it.each(["0.5", "1.5", "10,50", "2,100.00", "0,500", "1,23", "1,2345", "1,234.567", "12 34", ".5"])(
  "refuses %j instead of dropping the separator",
  (text) => {
    expect(parseWhole(text)).toBeNull();
  },
);

it.each(["en-GB", "en-IN", "ko-KR", "de-DE", "fr-FR", "de-CH"])(
  "reads what it writes for %s",
  (locale) => {
    for (const value of [0, 7, 2100, 100_000, 2_100_000, 21_000_000_000]) {
      expect(parseWhole(formatNumber(value, locale))).toBe(value);
    }
  },
);
