import { expect, it } from "vitest";
import { attemptKey, closeOrder, endAttempt, knownOrder, openOrder, rememberOrder } from "./memory";

const now = 1_800_000_000_000;
const order = { user: 5, lines: [{ ticket_type_id: 11, quantity: 2 }], total_sats: 4200 };
const known = { event: 1, user: 5, uma: "$a@b.example", token: "secret", open: true };

it("reuses the key until the outcome is known", () => {
  const first = attemptKey(1, order, now);
  expect(attemptKey(1, order, now + 60_000)).toBe(first);
  endAttempt(1);
  expect(attemptKey(1, order, now + 61_000)).not.toBe(first);
});

it("uses a new key for another order, event or hour", () => {
  const first = attemptKey(1, order, now);
  expect(attemptKey(1, { ...order, user: 6 }, now)).not.toBe(first);
  expect(attemptKey(1, { ...order, lines: [] }, now)).not.toBe(first);
  expect(attemptKey(1, { ...order, total_sats: 2200 }, now)).not.toBe(first);
  expect(attemptKey(2, order, now)).not.toBe(first);
  const again = attemptKey(1, order, now);
  expect(attemptKey(1, order, now + 3_600_000)).not.toBe(again);
});

it("finds an open order of this account and event only", () => {
  rememberOrder(7, known, now);
  expect(openOrder(1, 5)).toBe(7);
  expect(openOrder(1, 0)).toBeNull();
  expect(openOrder(2, 5)).toBeNull();
  closeOrder(7);
  expect(openOrder(1, 5)).toBeNull();
  expect(knownOrder(7)?.token).toBe("secret");
});

it("drops old orders and ignores invalid storage", () => {
  rememberOrder(7, known, now);
  rememberOrder(8, known, now + 91 * 86_400_000);
  expect(knownOrder(7)).toBeNull();
  localStorage.setItem("tickets.known-orders", '{"9":"x"}');
  expect(knownOrder(9)).toBeNull();
});
