import type { AdminEvent } from "@/api/types";
import { instantOrLast } from "@/lib/time";
import { isCancelledEvent } from "@/shared/event-state";

/** Whether tickets are sold for money, but their holders have nothing to watch yet. */
export function lacksStream(event: AdminEvent, now: number): boolean {
  const isPaid = event.ticket_types.some(
    (type) => !type.archived && (type.price.kind !== "fixed" || type.price_sats !== 0),
  );
  const isAhead = !isCancelledEvent(event) && instantOrLast(event.end_time) > now;
  return isPaid && isAhead && !event.stream_url;
}
