import { z } from "zod/mini";
import { DAY, MINUTE } from "@/lib/time";
import { read, remove, write } from "@/lib/storage";

/**
 * What this browser must not forget over a reload, the back button or a second tab: the key of a
 * purchase that may or may not have arrived, and the token that shows an order's full status.
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
/** Within the hold's life a repeated try is the same purchase; after it, a new one. */
const SAME_ATTEMPT = 10 * MINUTE;

/** What a purchase is for; a change of any of it makes another purchase. */
export interface Intent {
  event: number;
  user: number;
  uma: string;
  /** The price in sats that was shown. */
  price: number;
}

/** The idempotency key of this purchase: the same one as long as we don't know how the last try went. */
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

/** Call when the server has answered for certain. */
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

/** An order of this person's for this event that is not settled yet, from any tab of this browser. */
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
