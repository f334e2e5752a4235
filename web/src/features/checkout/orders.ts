import { z } from "zod/mini";
import { DAY, MINUTE } from "@/lib/time";
import { read, remove, write } from "@/lib/storage";

/**
 * Order state kept across reloads and tabs: the idempotency key of an uncertain purchase, and the status
 * token of each order.
 */
const Attempt = z.object({
  key: z.string(),
  user: z.number(),
  uma: z.string(),
  price: z.number(),
  at: z.number(),
});
const Order = z.object({
  event: z.number(),
  user: z.number(),
  uma: z.string(),
  token: z.nullable(z.string()),
  at: z.number(),
  open: z.boolean(),
});
const Orders = z.record(z.string(), Order);
export type Order = z.infer<typeof Order>;

const attemptAt = (event: number) => `tickets.attempt.${event}`;
const ORDERS = "tickets.orders";
const KEEP = 3 * DAY;
/** A retry within the hold's lifetime is the same purchase. */
const SAME_ATTEMPT = 10 * MINUTE;

/** Identifies a purchase; any change makes another one. */
export interface Intent {
  event: number;
  user: number;
  uma: string;
  /** Displayed price in sats. */
  price: number;
}

/** Idempotency key of this purchase, reused until the outcome of the last attempt is known. */
export function attemptKey({ event, user, uma, price }: Intent, now: number): string {
  const known = Attempt.safeParse(read(attemptAt(event)));
  if (
    known.success &&
    known.data.user === user &&
    known.data.uma === uma &&
    known.data.price === price &&
    now - known.data.at < SAME_ATTEMPT
  ) {
    return known.data.key;
  }
  const key = crypto.randomUUID();
  write(attemptAt(event), { key, user, uma, price, at: now });
  return key;
}

/** Call once the outcome is known. */
export function endAttempt(event: number): void {
  remove(attemptAt(event));
}

function all(): Record<string, Order> {
  const parsed = Orders.safeParse(read(ORDERS));
  return parsed.success ? parsed.data : {};
}

export function rememberOrder(
  ticket: number,
  order: Omit<Order, "at" | "open">,
  now: number,
): void {
  const kept = Object.entries(all()).filter(([, each]) => now - each.at < KEEP);
  write(ORDERS, { ...Object.fromEntries(kept), [ticket]: { ...order, at: now, open: true } });
}

export function orderOf(ticket: number): Order | null {
  return all()[String(ticket)] ?? null;
}

export function closeOrder(ticket: number): void {
  const orders = all();
  const order = orders[String(ticket)];
  if (order?.open) write(ORDERS, { ...orders, [ticket]: { ...order, open: false } });
}

/** Open order of an account for an event, from any tab of this browser. */
export function openOrder(event: number, user: number): number | null {
  const found = Object.entries(all()).find(
    ([, order]) => order.open && order.event === event && order.user === user,
  );
  return found ? Number(found[0]) : null;
}

const addressAt = (user: number) => `tickets.uma.${user}`;
export const lastAddress = {
  get: (user: number): string => {
    const value = read(addressAt(user));
    return typeof value === "string" ? value : "";
  },
  set: (user: number, uma: string) => write(addressAt(user), uma),
};
