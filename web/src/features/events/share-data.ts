import type { EventView } from "@/api/types";
import { isCancelledEvent } from "@/shared/event-state";
import { plainText } from "@/shared/markdown/text";
import { isOnSale, typesOf } from "@/shared/order/event-types";

const SCHEMA = "https://schema.org";

/** Decimal bitcoin of an amount in sats: schema.org has no smaller currency. */
export function inBitcoin(sats: number): string {
  const whole = Math.floor(sats / 100_000_000);
  const part = String(sats % 100_000_000).padStart(8, "0");
  return `${whole}.${part}`.replace(/\.?0+$/, "");
}

/** Page metadata after client-side navigation; the server writes it for the first load. */
export function shareOf(event: EventView) {
  const { origin } = window.location;
  const url = `${origin}/events/${event.id}`;
  const image = `/events/${event.id}/poster.png`;
  const about = plainText(event.description);
  const isCancelled = isCancelledEvent(event);
  return {
    description: about.slice(0, 200),
    image,
    data: {
      "@context": SCHEMA,
      "@type": "Event",
      name: event.title,
      description: about,
      url,
      image: [origin + image],
      startDate: event.start_time,
      endDate: event.end_time,
      eventStatus: `${SCHEMA}/${isCancelled ? "EventCancelled" : "EventScheduled"}`,
      eventAttendanceMode: `${SCHEMA}/OnlineEventAttendanceMode`,
      location: { "@type": "VirtualLocation", url },
      ...(event.host_name
        ? { organizer: { "@type": "Organization", name: event.host_name, url } }
        : {}),
      offers: typesOf(event).flatMap((type) =>
        type.price_sats === null
          ? []
          : {
              "@type": "Offer",
              name: type.name,
              url,
              price: inBitcoin(type.price_sats),
              priceCurrency: "BTC",
              availability: `${SCHEMA}/${!isCancelled && event.is_active && isOnSale(type) ? "InStock" : "SoldOut"}`,
            },
      ),
    },
  };
}
