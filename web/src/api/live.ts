import { baseUrl } from "@/lib/env";
import type { Order } from "./types";

/** A stream that lasted this long was closed by its maximum lifetime. */
const STABLE_AFTER = 30_000;
const FIRST_RETRY = 5_000;
const MAX_RETRY = 5 * 60_000;

/** Delay before reconnecting, with jitter, since a restart closes many streams at once. */
export function retryDelay(refusals: number, random: number): number {
  const delay = Math.min(FIRST_RETRY * 2 ** refusals, MAX_RETRY);
  return delay / 2 + (delay / 2) * random;
}

/**
 * Listens to named server-sent events, parsed from JSON, and reconnects; `onLink` reports whether the stream is
 * open. The returned function closes it.
 */
export function listen(
  url: string,
  handlers: Readonly<Record<string, (data: unknown) => void>>,
  onLink: (isOpen: boolean) => void = () => undefined,
): () => void {
  if (typeof EventSource === "undefined") return () => undefined;
  let source: EventSource | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let refusals = 0;
  const connect = () => {
    let openedAt: number | null = null;
    const opened = new EventSource(url);
    source = opened;
    opened.addEventListener("open", () => {
      openedAt = Date.now();
      onLink(true);
    });
    for (const [name, handle] of Object.entries(handlers)) {
      opened.addEventListener(name, (event: MessageEvent<string>) => {
        let data: unknown;
        try {
          data = JSON.parse(event.data);
        } catch {
          // The next event carries the whole state again.
          return;
        }
        handle(data);
      });
    }
    opened.addEventListener("error", () => {
      // The browser would reconnect at a fixed interval, without a limit.
      opened.close();
      if (source !== opened) return;
      source = null;
      onLink(false);
      const lasted = openedAt !== null && Date.now() - openedAt >= STABLE_AFTER;
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

/** Subscribes to an order by its token. The page also polls, so reconnecting is not urgent. */
export const watchOrder = (id: number, token: string, onOrder: (order: Order) => void) =>
  listen(`${baseUrl}/api/orders/${id}/events?token=${encodeURIComponent(token)}`, {
    order: (order) => onOrder(order as Order),
  });
