import { expect, it } from "vitest";
import { aType } from "@/test/fixtures";
import { choose, listTotal, needsQuote, offered, readSelection, selectionQuery } from "./selection";

const read = (query: string) => readSelection(new URLSearchParams(query));

it("reads a selection from the URL and writes it back unchanged", () => {
  for (const query of [
    "",
    "?tickets=11-2",
    "?tickets=11-2_12-1-5000&code=EARLY20",
    "?code=A%20B",
  ]) {
    expect(selectionQuery(read(query))).toBe(query);
  }
});

it("ignores what is not a selection", () => {
  expect(read("tickets=a-1_11_11-0_12--1_13-99999_14-1.5").choices).toEqual([]);
  expect(read("tickets=11-1_11-3").choices).toEqual([{ type: 11, quantity: 3 }]);
});

it("removes a type at zero and keeps the others", () => {
  const two = choose([{ type: 11, quantity: 1 }], 12, 2);
  expect(choose(two, 11, 0)).toEqual([{ type: 12, quantity: 2 }]);
});

it("keeps quantities within what is left and what an order may have", () => {
  const types = [
    aType({ id: 11, available: 3 }),
    aType({ id: 12, min_per_order: 2, max_per_order: 4 }),
    aType({ id: 13, sale: "sold_out", available: 0 }),
    aType({ id: 14, sale: "no_rate", price_sats: null }),
  ];
  const choices = [11, 12, 13, 14, 15].map((type) => ({ type, quantity: 1 }));
  expect(offered(choices, types)).toEqual([
    { type: 11, quantity: 1 },
    { type: 12, quantity: 2 },
  ]);
  expect(offered([{ type: 11, quantity: 9 }], types)).toEqual([{ type: 11, quantity: 3 }]);
});

it("drops a chosen price of a type whose price is set", () => {
  const choices = [{ type: 11, quantity: 1, price: 5 }];
  expect(offered(choices, [aType()])).toEqual([{ type: 11, quantity: 1 }]);
});

it("adds up prices, with the minimum where none was chosen", () => {
  const types = [
    aType({ price_sats: 1000 }),
    aType({ id: 12, price: { kind: "minimum", min_sats: 500 }, price_sats: 500 }),
  ];
  const total = (price?: number) =>
    listTotal(
      [
        { type: 11, quantity: 2 },
        { type: 12, quantity: 1, ...(price === undefined ? {} : { price }) },
      ],
      types,
    );
  expect(total()).toBe(2500);
  expect(total(700)).toBe(2700);
  expect(total(1)).toBe(2500);
  expect(listTotal([{ type: 11, quantity: 1 }], [aType({ price_sats: null })])).toBeNull();
});

it("asks the server for prices that depend on a code or a rate only", () => {
  const choices = [{ type: 11, quantity: 1 }];
  const currency = aType({ price: { kind: "currency", currency: "USD", amount_minor: 100 } });
  expect(needsQuote({ choices, code: "" }, [aType()])).toBe(false);
  expect(needsQuote({ choices, code: "A" }, [aType()])).toBe(true);
  expect(needsQuote({ choices, code: "" }, [currency])).toBe(true);
});
