import { baseUrl } from "@/lib/env";
import type { Order } from "./types";

/** A stream that lasted this long was closed by its maximum lifetime. */
const SETTLED_AFTER = 30_000;
const FIRST_RETRY = 5_000;
const MAX_RETRY = 5 * 60_000;

/** Delay before reconnecting, with jitter, since a restart closes many streams at once. */
export function retryDelay(refusals: number, random: number): number {
  const delay = Math.min(FIRST_RETRY * 2 ** refusals, MAX_RETRY);
  return delay / 2 + (delay / 2) * random;
}

/**
 * Subscribes to an order by its token. The page also polls, so reconnecting is not urgent. The returned
 * function closes the stream.
 */
export function watchOrder(id: number, token: string, onOrder: (order: Order) => void): () => void {
  if (typeof EventSource === "undefined") return () => undefined;
  const url = `${baseUrl}/api/orders/${id}/events?token=${encodeURIComponent(token)}`;
  let source: EventSource | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let refusals = 0;
  const connect = () => {
    let openedAt: number | null = null;
    const opened = new EventSource(url);
    source = opened;
    opened.addEventListener("open", () => (openedAt = Date.now()));
    opened.addEventListener("order", (event: MessageEvent<string>) => {
      try {
        onOrder(JSON.parse(event.data) as Order);
      } catch {
        // Polling returns the same order.
      }
    });
    opened.addEventListener("error", () => {
      // The browser would reconnect at a fixed interval, without a limit.
      opened.close();
      if (source !== opened) return;
      source = null;
      const lasted = openedAt !== null && Date.now() - openedAt >= SETTLED_AFTER;
      refusals = lasted ? 0 : refusals + 1;
      timer = setTimeout(connect, retryDelay(refusals, Math.random()));
    });
  };
  connect();
  return () => {
    clearTimeout(timer);
    source?.close();
    source = null;
  };
}
