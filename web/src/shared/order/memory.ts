import { z } from "zod/mini";
import { DAY, MINUTE } from "@/lib/time";
import { read, remove, write } from "@/lib/storage";

/**
 * Order state kept across reloads and tabs: the idempotency key of an uncertain purchase, and the token of
 * each order, which opens its page without an account.
 */
const Attempt = z.object({ key: z.string(), order: z.string(), at: z.number() });
const KnownOrderSchema = z.object({
  event: z.number(),
  /** Account of the buyer; 0 for guests. */
  user: z.number(),
  uma: z.string(),
  token: z.nullable(z.string()),
  at: z.number(),
  open: z.boolean(),
});
const KnownOrders = z.record(z.string(), KnownOrderSchema);
export type KnownOrder = z.infer<typeof KnownOrderSchema>;

const attemptAt = (event: number) => `tickets.attempt.${event}`;
const ORDERS = "tickets.known-orders";
const ORDER_RETENTION = 90 * DAY;
const MAX_ORDERS = 200;
/** A retry within the hold's lifetime is the same purchase. */
const ATTEMPT_LIFETIME = 10 * MINUTE;

/** Idempotency key of this purchase, reused until the outcome of the last attempt is known. */
export function attemptKey(event: number, order: unknown, now: number): string {
  const known = Attempt.safeParse(read(attemptAt(event)));
  const print = JSON.stringify(order);
  if (known.success && known.data.order === print && now - known.data.at < ATTEMPT_LIFETIME) {
    return known.data.key;
  }
  const key = crypto.randomUUID();
  write(attemptAt(event), { key, order: print, at: now });
  return key;
}

/** Call once the outcome is known. */
export function endAttempt(event: number): void {
  remove(attemptAt(event));
}

function all(): Record<string, KnownOrder> {
  const parsed = KnownOrders.safeParse(read(ORDERS));
  return parsed.success ? parsed.data : {};
}

export function rememberOrder(id: number, order: Omit<KnownOrder, "at">, now: number): void {
  const kept = Object.entries(all())
    .filter(([, each]) => now - each.at < ORDER_RETENTION)
    .sort(([, a], [, b]) => b.at - a.at)
    .slice(0, MAX_ORDERS - 1);
  write(ORDERS, { ...Object.fromEntries(kept), [id]: { ...order, at: now } });
}

export function knownOrder(id: number): KnownOrder | null {
  return all()[String(id)] ?? null;
}

export function closeOrder(id: number): void {
  const orders = all();
  const order = orders[String(id)];
  if (order?.open) write(ORDERS, { ...orders, [id]: { ...order, open: false } });
}

/** Open order of an account (0: of guests) for an event, from any tab of this browser. */
export function openOrder(event: number, user: number): number | null {
  const found = Object.entries(all()).find(
    ([, order]) => order.open && order.event === event && order.user === user,
  );
  return found ? Number(found[0]) : null;
}

/** Token of the newest order of this browser for an event, for watching without an account. */
export function orderToken(event: number): string | null {
  const orders = Object.values(all()).filter((order) => order.event === event && order.token);
  return orders.sort((a, b) => b.at - a.at)[0]?.token ?? null;
}

const addressAt = (user: number) => `tickets.uma.${user}`;
export const lastAddress = {
  get: (user: number): string => {
    const value = read(addressAt(user));
    return typeof value === "string" ? value : "";
  },
  set: (user: number, uma: string) => write(addressAt(user), uma),
};

/** How a buyer of this browser paid last. */
export type PayBy = "uma" | "invoice";
const PAY_BY = "tickets.pay-by";
export const lastPayBy = {
  get: (): PayBy => (read(PAY_BY) === "invoice" ? "invoice" : "uma"),
  set: (by: PayBy) => write(PAY_BY, by),
};
