import { expect, it } from "vitest";
import { attemptKey, closeOrder, endAttempt, openOrder, orderOf, rememberOrder } from "./orders";

const now = 1_800_000_000_000;
const intent = { event: 1, user: 5, uma: "$a@b.example", price: 2100 };

it("reuses the key until the outcome is known", () => {
  const first = attemptKey(intent, now);
  expect(attemptKey(intent, now + 60_000)).toBe(first);
  endAttempt(1);
  expect(attemptKey(intent, now + 61_000)).not.toBe(first);
});

it("uses a new key for another address, account, event, price or hour", () => {
  const first = attemptKey(intent, now);
  expect(attemptKey({ ...intent, uma: "$c@b.example" }, now)).not.toBe(first);
  expect(attemptKey({ ...intent, user: 6 }, now)).not.toBe(first);
  expect(attemptKey({ ...intent, event: 2 }, now)).not.toBe(first);
  expect(attemptKey({ ...intent, price: 2200 }, now)).not.toBe(first);
  const again = attemptKey(intent, now);
  expect(attemptKey(intent, now + 3_600_000)).not.toBe(again);
});

it("finds an open order of this account and event only", () => {
  rememberOrder(7, { event: 1, user: 5, uma: "$a@b.example", token: "secret" }, now);
  expect(openOrder(1, 5)).toBe(7);
  expect(openOrder(1, 6)).toBeNull();
  expect(openOrder(2, 5)).toBeNull();
  closeOrder(7);
  expect(openOrder(1, 5)).toBeNull();
  expect(orderOf(7)?.token).toBe("secret");
});

it("drops orders older than a week and ignores invalid storage", () => {
  rememberOrder(7, { event: 1, user: 5, uma: "", token: null }, now);
  rememberOrder(8, { event: 1, user: 5, uma: "", token: null }, now + 7 * 86_400_000);
  expect(orderOf(7)).toBeNull();
  localStorage.setItem("tickets.orders", '{"9":"x"}');
  expect(orderOf(9)).toBeNull();
});
