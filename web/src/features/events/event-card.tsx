import { Link } from "react-router-dom";
import type { EventView } from "@/api/types";
import { useI18n } from "@/i18n/i18n";
import type { Rate } from "@/lib/money";
import { formatDateTime, viewerZone } from "@/lib/time";
import { Amount } from "@/ui/amount";
import { Poster } from "@/ui/poster";
import { EventBadges } from "./seats";

export function EventCard(props: { event: EventView; rate: Rate | null | undefined; now: number }) {
  const { locale } = useI18n();
  const { event } = props;
  return (
    <article className="group relative flex flex-col overflow-hidden rounded-card border border-line bg-surface transition-shadow hover:shadow-card">
      <div className="relative overflow-hidden">
        <Poster
          id={event.id}
          title={event.title}
          className="aspect-video w-full transition-transform duration-200 group-hover:scale-[1.02]"
        />
        <div className="absolute bottom-3 left-3 flex flex-wrap gap-1.5">
          <EventBadges event={event} now={props.now} />
        </div>
      </div>
      <div className="flex flex-1 flex-col gap-1 p-4">
        <p className="text-sm font-medium text-accent-text tabular-nums">
          <time dateTime={event.start_time}>
            {formatDateTime(event.start_time, locale, viewerZone())}
          </time>
        </p>
        <h2 className="text-lg font-semibold leading-snug">
          <Link
            to={`/events/${event.id}`}
            className="after:absolute after:inset-0 after:rounded-card"
          >
            {event.title}
          </Link>
        </h2>
        {event.description && (
          <p className="line-clamp-2 text-sm text-ink-2">{event.description}</p>
        )}
        <div className="mt-auto pt-2">
          <Amount sats={event.price_sats} rate={props.rate} price className="font-semibold" />
        </div>
      </div>
    </article>
  );
}
