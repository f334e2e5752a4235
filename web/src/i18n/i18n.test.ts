import { expect, it } from "vitest";
import { en } from "./en";
import { fill, makeI18n, type Key } from "./i18n";
import { ko } from "./ko";

const names = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort();

it("says the same things in Korean, with the same values in them", () => {
  expect(Object.keys(ko).sort()).toEqual(Object.keys(en).sort());
  for (const key of Object.keys(en) as Key[]) {
    expect([key, names(ko[key])]).toEqual([key, names(en[key])]);
  }
});

it("has Korean for everything that is not a name", () => {
  const same = (Object.keys(en) as Key[]).filter((key) => en[key] === ko[key]);
  expect(same.sort()).toEqual(["admin.page.from", "app.name", "form.event.fiat", "sats"]);
});

it("picks the plural form by the count", () => {
  const { tn } = makeI18n("en", en);
  expect(tn("event.seats.left", 1)).toBe("1 ticket left");
  expect(tn("event.seats.left", 1200)).toBe("1,200 tickets left");
});

it("leaves what it has no value for", () => {
  expect(fill("{a} and {b}", { a: 1 })).toBe("1 and {b}");
});
