import { Link } from "react-router-dom";
import type { EventView } from "@/api/types";
import { useI18n } from "@/i18n/i18n";
import { cx } from "@/lib/class-names";
import { formatNumber } from "@/lib/format";
import type { Rate } from "@/lib/money";
import { textLang } from "@/lib/text-lang";
import { Moment, TimeOfDay } from "@/shared/when";
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

/** An event of a list whose heading names the day. */
export function EventCard(props: {
  event: EventView;
  rate: Rate | null | undefined;
  now: number;
  /** Shows the date too, where the heading names none. */
  dated: boolean;
  /** Ended events are not for sale. */
  past: boolean;
  lead?: boolean;
}) {
  const { event, lead = false } = props;
  const lang = textLang(event.title);
  return (
    <article
      className={cx(
        "group relative flex overflow-hidden rounded-card border border-line bg-surface transition-shadow hover:shadow-card",
        lead ? "flex-col lg:flex-row" : "h-full flex-row",
      )}
    >
      <div
        className={cx(
          "relative shrink-0 overflow-hidden",
          lead ? "lg:w-3/5" : "min-h-36 w-28 min-[26rem]:w-36 sm:w-44",
        )}
      >
        <Poster
          id={event.id}
          title={event.title}
          className={cx(
            "w-full transition-transform duration-200 group-hover:scale-[1.02]",
            lead
              ? "aspect-video max-h-[60dvh] sm:aspect-[2/1] lg:h-full"
              : "absolute inset-0 h-full",
            props.past && "opacity-70 saturate-50",
          )}
        />
      </div>
      <div
        className={cx(
          "flex min-w-0 flex-1 flex-col gap-1 p-4",
          lead && "lg:justify-center lg:gap-3 lg:p-8",
        )}
      >
        <p className="text-sm font-medium text-accent-text tabular-nums">
          {props.dated ? (
            <Moment at={event.start_time} zone={event.time_zone} />
          ) : (
            <TimeOfDay at={event.start_time} zone={event.time_zone} />
          )}
        </p>
        <h3
          className={cx(
            "line-clamp-3 leading-snug font-semibold sm:text-lg",
            lead && "text-lg lg:text-2xl lg:leading-tight lg:font-bold lg:tracking-tight",
          )}
        >
          <Link
            lang={lang}
            to={`/events/${event.id}`}
            className="after:absolute after:inset-0 after:rounded-card"
          >
            {event.title}
          </Link>
        </h3>
        <div className="flex flex-wrap gap-1.5 pt-0.5 empty:hidden">
          <EventBadges event={event} now={props.now} />
        </div>
        {!props.past && (
          <div className={cx("pt-1.5", lead ? "mt-auto lg:mt-0" : "mt-auto")}>
            <CardPrice event={event} rate={props.rate} lead={lead} />
          </div>
        )}
      </div>
    </article>
  );
}
