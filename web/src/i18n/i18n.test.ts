import { expect, it } from "vitest";
import { en } from "./en";
import { fill, makeI18n, type Key } from "./i18n";
import { ko } from "./ko";

const names = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort();

it("has the same keys and placeholders in Korean", () => {
  expect(Object.keys(ko).sort()).toEqual(Object.keys(en).sort());
  for (const key of Object.keys(en) as Key[]) {
    expect([key, names(ko[key])]).toEqual([key, names(en[key])]);
  }
});

it("translates everything but names", () => {
  const same = (Object.keys(en) as Key[]).filter((key) => en[key] === ko[key]);
  expect(same.sort()).toEqual(["admin.page.from", "app.name", "form.event.fiat", "sats"]);
});

it("picks the plural form by the count", () => {
  const { tn } = makeI18n("en", en);
  expect(tn("event.seats.left", 1)).toBe("1 ticket left");
  expect(tn("event.seats.left", 1200)).toBe("1,200 tickets left");
});

it("keeps placeholders without a value", () => {
  expect(fill("{a} and {b}", { a: 1 })).toBe("1 and {b}");
});
