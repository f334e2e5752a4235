import { Link } from "react-router-dom";
import type { EventView } from "@/api/types";
import { useI18n } from "@/i18n/i18n";
import { cx } from "@/lib/class-names";
import { formatNumber } from "@/lib/format";
import type { Rate } from "@/lib/money";
import { Moment } from "@/shared/when";
import { Amount } from "@/ui/amount";
import { Poster } from "@/ui/poster";
import { EventBadges } from "./seats";

/** The only price of an event, or its lowest one. */
function CardPrice(props: { event: EventView; rate: Rate | null | undefined; lead: boolean }) {
  const { t, locale } = useI18n();
  const prices = props.event.ticket_types
    .filter((type) => !type.hidden && !type.archived && type.sale === "on_sale")
    .flatMap((type) => type.price_sats ?? []);
  const lowest = prices.length > 0 ? Math.min(...prices) : props.event.price_sats;
  const className = cx("font-semibold", props.lead && "lg:text-xl");
  if (prices.some((price) => price > lowest)) {
    return (
      <span className={cx(className, "tabular-nums")}>
        {t("type.price.from", { amount: formatNumber(lowest, locale) })}
      </span>
    );
  }
  return <Amount sats={lowest} rate={props.rate} price className={className} />;
}

export function EventCard(props: {
  event: EventView;
  rate: Rate | null | undefined;
  now: number;
  lead?: boolean;
}) {
  const { event, lead = false } = props;
  return (
    <article
      className={cx(
        "group relative flex flex-col overflow-hidden rounded-card border border-line bg-surface transition-shadow hover:shadow-card",
        lead && "sm:col-span-2 lg:col-span-3 lg:flex-row",
      )}
    >
      <div className={cx("relative overflow-hidden", lead && "lg:w-3/5 lg:shrink-0")}>
        <Poster
          id={event.id}
          title={event.title}
          className={cx(
            "w-full transition-transform duration-200 group-hover:scale-[1.02]",
            lead ? "aspect-video sm:aspect-[2/1]" : "aspect-video",
          )}
        />
        <div className="absolute bottom-3 left-3 flex flex-wrap gap-1.5">
          <EventBadges event={event} now={props.now} />
        </div>
      </div>
      <div
        className={cx(
          "flex min-w-0 flex-1 flex-col gap-1 p-4",
          lead && "lg:justify-center lg:gap-3 lg:p-8",
        )}
      >
        <p className="text-sm font-medium text-accent-text tabular-nums">
          <Moment at={event.start_time} zone={event.time_zone} />
        </p>
        <h2
          className={cx(
            "text-lg leading-snug font-semibold",
            lead && "lg:text-2xl lg:leading-tight lg:font-bold lg:tracking-tight",
          )}
        >
          <Link
            to={`/events/${event.id}`}
            className="after:absolute after:inset-0 after:rounded-card"
          >
            {event.title}
          </Link>
        </h2>
        {event.description && (
          <p
            className={cx(
              "line-clamp-2 text-sm text-ink-2",
              lead && "lg:line-clamp-4 lg:text-base",
            )}
          >
            {event.description}
          </p>
        )}
        <div className={cx("pt-2", lead ? "mt-auto lg:mt-0" : "mt-auto")}>
          <CardPrice event={event} rate={props.rate} lead={lead} />
        </div>
      </div>
    </article>
  );
}
