import { render } from "@testing-library/react";
import { expect, it } from "vitest";
import { en } from "@/i18n/en";
import { I18nProvider } from "@/i18n/i18n";
import type { Rate } from "@/lib/money";
import { Amount } from "./amount";

const rate = (age: number): Rate => ({
  currency: "EUR",
  source: "rates.example",
  sats_per_unit: 2_000,
  at: new Date(Date.now() - age).toISOString(),
});

function shown(props: Parameters<typeof Amount>[0]) {
  const { container } = render(
    <I18nProvider lang="en" catalogue={en}>
      <Amount {...props} />
    </I18nProvider>,
  );
  return container.textContent;
}

it("shows the fiat value and, on request, the rate's source and age", () => {
  expect(shown({ sats: 2_100, rate: rate(60_000) })).toBe("2,100 sats≈ €1.05");
  expect(shown({ sats: 2_100, rate: rate(60_000), source: true })).toMatch(/€1.05.*rates.example/);
});

it.each([
  ["none", null],
  ["unknown yet", undefined],
  ["a day old", rate(24 * 3_600_000)],
])("hides it when the rate is %s", (_, old) => {
  expect(shown({ sats: 2_100, rate: old, source: true })).toBe("2,100 sats");
});

it("shows zero as Free only for a price", () => {
  expect(shown({ sats: 0, price: true })).toBe("Free");
  expect(shown({ sats: 0 })).toBe("0 sats");
});
