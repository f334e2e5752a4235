import { useState } from "react";
import type { EventView } from "@/api/types";
import { useI18n } from "@/i18n/i18n";
import { formatDateTime, formatNumber } from "@/lib/format";
import { instant, phase, viewerZone } from "@/lib/time";
import { isCancelledEvent } from "@/shared/event-state";
import { hasReplay, watchPath } from "@/shared/join-stream";
import { isOnSale, isSoldOut } from "@/shared/order/event-types";
import { useConfig, useEarlyEntry, useMyTickets } from "@/shared/queries";
import { Amount } from "@/ui/amount";
import { Button, ButtonAnchor, ButtonLink } from "@/ui/button";
import type { Draft } from "./use-draft";

/** Whether tickets can be chosen, and otherwise why not. */
export function useSale(event: EventView, draft: Draft, now: number) {
  const { t } = useI18n();
  const tickets = useMyTickets();
  const early = useEarlyEntry();
  const [isMore, setMore] = useState(false);
  const at = phase(event.start_time, event.end_time, now, early);
  const isCancelled = isCancelledEvent(event);
  const mine = tickets.data?.find(
    (ticket) => ticket.event.id === event.id && ticket.payment_status === "paid",
  );
  const isOwner = event.user_has_ticket || mine !== undefined;
  const closed = isCancelled
    ? t("event.cancelled")
    : at === "over"
      ? t("event.over")
      : !event.is_active
        ? t("event.inactive")
        : null;
  // A promo code may open hidden types, so an event without others still shows its entry.
  const isOpen = closed === null && (!isOwner || isMore);
  return {
    at,
    isCancelled,
    mine,
    isOwner,
    closed,
    isOpen,
    canGetMore: isOwner && !isMore && closed === null && draft.types.some(isOnSale),
    getMore: () => setMore(true),
  };
}

export type Sale = ReturnType<typeof useSale>;

/** Price of the choice, with the price before the discount. */
export function Total({ draft, source = false }: { draft: Draft; source?: boolean }) {
  const { t, tn, locale } = useI18n();
  const { rate } = useConfig();
  const { total, listed, count } = draft;
  const isDiscounted = total !== null && listed !== null && listed > total;
  return (
    <div aria-live="polite">
      <p className="text-sm text-ink-3">
        {count > 1 ? tn("picker.count", count) : t(count === 1 ? "event.price" : "order.total")}
      </p>
      <p className="flex flex-wrap items-baseline gap-x-2">
        {isDiscounted && (
          <s className="text-sm text-ink-3 tabular-nums">
            <span className="sr-only">{t("picker.before")}</span>
            <span>{t("sats", { amount: formatNumber(listed, locale) })}</span>
          </s>
        )}
        {total === null ? (
          <span className="text-xl font-bold text-ink-3">{count === 0 ? "–" : "…"}</span>
        ) : (
          <Amount
            sats={total}
            rate={rate}
            price={count > 0}
            source={source}
            className="text-xl font-bold"
          />
        )}
      </p>
    </div>
  );
}

export function Price({ event, source = false }: { event: EventView; source?: boolean }) {
  const { t } = useI18n();
  const { rate } = useConfig();
  return (
    <div>
      <p className="text-sm text-ink-3">{t("event.price")}</p>
      <Amount
        sats={event.price_sats}
        rate={rate}
        price
        source={source}
        className="text-xl font-bold"
      />
    </div>
  );
}

/** Primary action for the state of the event and the user. */
export function Action(props: { event: EventView; sale: Sale; draft: Draft; now: number }) {
  const { t, tn, locale } = useI18n();
  const early = useEarlyEntry();
  const { event, sale, draft, now } = props;
  const { at, mine } = sale;
  const hasStream = !sale.isCancelled && Boolean(event.stream_url);
  const isReplay = at === "over" && hasReplay(event, now);
  const canWatch = hasStream && (at === "early_entry" || at === "live" || isReplay);
  if (sale.isOwner && !sale.isOpen) {
    const start = instant(event.start_time);
    const opens = start === null ? null : start - early;
    return (
      <div className="flex flex-col gap-2">
        {canWatch && (
          <ButtonAnchor href={watchPath(event.id, mine?.id)} wide>
            {t(isReplay ? "watch.replay.do" : "event.enter")}
          </ButtonAnchor>
        )}
        <ButtonLink
          to={mine ? `/tickets/${mine.id}` : "/tickets"}
          wide
          variant={canWatch ? "secondary" : "primary"}
        >
          {t("event.view")}
        </ButtonLink>
        {sale.canGetMore && (
          <Button variant="ghost" size="sm" onClick={sale.getMore}>
            {t("event.buy.more")}
          </Button>
        )}
        {at === "upcoming" && !sale.isCancelled && (
          <p className="hidden text-sm text-ink-3 sm:block">
            {t("event.opens", { time: formatDateTime(opens, locale, viewerZone()) })}
          </p>
        )}
      </div>
    );
  }
  const isClosed = sale.closed !== null || !draft.types.some(isOnSale);
  if (isClosed || draft.count === 0) {
    return (
      <Button wide disabled variant={isClosed ? "secondary" : "primary"} size="lg">
        {sale.closed ??
          (isClosed
            ? t(isSoldOut(draft.types) ? "event.soldout" : "event.inactive")
            : t("picker.choose"))}
      </Button>
    );
  }
  return (
    <ButtonLink to={draft.to} wide size="lg">
      {draft.total === 0 ? tn("event.buy.free", draft.count) : tn("event.buy", draft.count)}
    </ButtonLink>
  );
}
