import { Ban, Check, CircleOff, Flame, Radio } from "lucide-react";
import type { EventView } from "@/api/types";
import { useI18n } from "@/i18n/i18n";
import { phase } from "@/lib/time";
import { isCancelledEvent } from "@/shared/event-state";
import { isSoldOut } from "@/shared/order/event-types";
import { Badge } from "@/ui/badge";

/** Badges of an event: owned, sold out, few left, live, ended. */
export function EventBadges(props: { event: EventView; now: number }) {
  const { t, tn } = useI18n();
  const { event } = props;
  const types = event.ticket_types.filter((type) => !type.hidden && !type.archived);
  const soldOut = isSoldOut(types);
  // With several types, each shows what is left of it.
  const left = types.length === 1 ? event.tickets_available : event.capacity;
  const at = phase(event.start_time, event.end_time, props.now, 0);
  const few = !soldOut && left > 0 && left < event.capacity * 0.2;
  if (isCancelledEvent(event)) {
    return (
      <>
        {event.user_has_ticket && (
          <Badge tone="neutral" icon={Check}>
            {t("event.yours")}
          </Badge>
        )}
        <Badge tone="danger" icon={Ban}>
          {t("event.cancelled")}
        </Badge>
      </>
    );
  }
  return (
    <>
      {event.user_has_ticket && (
        <Badge tone="success" icon={Check}>
          {t("event.yours")}
        </Badge>
      )}
      {at === "live" && (
        <Badge tone="accent" icon={Radio}>
          {t("event.live")}
        </Badge>
      )}
      {at === "over" ? (
        <Badge icon={CircleOff}>{t("event.over")}</Badge>
      ) : (
        <>
          {!event.is_active && <Badge icon={CircleOff}>{t("event.inactive")}</Badge>}
          {soldOut && <Badge icon={CircleOff}>{t("event.soldout")}</Badge>}
          {few && (
            <Badge tone="warning" icon={Flame}>
              {tn("event.seats.left", left)}
            </Badge>
          )}
        </>
      )}
    </>
  );
}
