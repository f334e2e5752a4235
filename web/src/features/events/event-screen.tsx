import { Ban, CalendarDays, Share2, Users } from "lucide-react";
import { useState } from "react";
import type { ReactNode } from "react";
import { useParams } from "react-router-dom";
import { Problem } from "@/api/problem";
import type { EventView } from "@/api/types";
import { useI18n } from "@/i18n/i18n";
import { webUrl } from "@/lib/download";
import { formatDateTime, formatNumber, relative } from "@/lib/format";
import { instant, phase, viewerZone } from "@/lib/time";
import { useNow } from "@/lib/use-now";
import { isCancelledEvent } from "@/shared/event-state";
import { EventUnavailable } from "@/shared/event-unavailable";
import { isOnSale, isSoldOut } from "@/shared/order/event-types";
import { OrderRefused } from "@/shared/order/refusal";
import { ProblemNotice } from "@/shared/problem-notice";
import { useConfig, useEarlyEntry, useEventQuery, useMyTickets } from "@/shared/queries";
import { useSpan } from "@/shared/use-span";
import { When } from "@/shared/when";
import { Amount } from "@/ui/amount";
import { Button, ButtonAnchor, ButtonLink } from "@/ui/button";
import { Page } from "@/ui/page";
import { Poster } from "@/ui/poster";
import { Loading, Skeleton } from "@/ui/skeleton";
import { toast } from "@/ui/toast";
import { PromoField } from "./promo-field";
import { EventBadges } from "./seats";
import { TicketPicker } from "./ticket-picker";
import { useDraft, type Draft } from "./use-draft";

export function EventScreen() {
  const { t } = useI18n();
  const id = Number(useParams().eventId);
  const event = useEventQuery(id);
  if (event.isPending) {
    return (
      <Page title={t("event.loading")} wide hideHeading>
        <Loading label={t("event.loading")}>
          <div className="grid gap-8 lg:grid-cols-[minmax(0,1fr)_22rem]">
            <div className="flex flex-col gap-5">
              <Skeleton className="aspect-video rounded-card" />
              <Skeleton className="h-10 w-3/4" />
              <Skeleton className="h-32" />
            </div>
            <Skeleton className="h-72 rounded-card" />
          </div>
        </Loading>
      </Page>
    );
  }
  // A failed repeat keeps the page.
  if (!event.data) {
    if (Problem.from(event.error).status === 404) return <EventUnavailable />;
    return (
      <Page title={t("problem.title")}>
        <ProblemNotice
          error={event.error}
          onRetry={() => void event.refetch()}
          actions={
            <ButtonLink to="/" variant="secondary" size="sm">
              {t("notfound.action")}
            </ButtonLink>
          }
        />
      </Page>
    );
  }
  return <EventPage event={event.data} />;
}

function EventPage({ event }: { event: EventView }) {
  const { t } = useI18n();
  const now = useNow(1000);
  const draft = useDraft(event);
  const sale = useSale(event, draft, now);
  return (
    <Page title={event.title} wide hideHeading share={shareOf(event)}>
      <div className="grid gap-6 pb-24 sm:pb-0 lg:grid-cols-[minmax(0,1fr)_24rem] lg:grid-rows-[auto_1fr] lg:gap-x-10">
        <div className="flex min-w-0 flex-col gap-6">
          <Poster
            id={event.id}
            title={event.title}
            className="-mx-4 -mt-6 aspect-video w-[calc(100%+2rem)] sm:mx-0 sm:mt-0 sm:w-full sm:rounded-card"
          />
          <div className="flex flex-col gap-3">
            <div className="flex flex-wrap gap-1.5 empty:hidden">
              <EventBadges event={event} now={now} />
            </div>
            <p className="text-2xl font-bold tracking-tight sm:text-3xl" aria-hidden="true">
              {event.title}
            </p>
          </div>
        </div>
        <aside aria-label={t("event.seats.label")} className="lg:col-start-2 lg:row-span-2">
          <div className="flex flex-col gap-5 lg:sticky lg:top-6 lg:rounded-card lg:border lg:border-line lg:bg-surface lg:p-5 lg:shadow-card">
            <Facts event={event} now={now} />
            {sale.isOpen && <Tickets draft={draft} />}
            <div className="hidden flex-col gap-5 lg:flex">
              {sale.isOpen ? <Total draft={draft} source /> : <Price event={event} source />}
              <Action event={event} sale={sale} draft={draft} />
            </div>
          </div>
        </aside>
        {event.description && (
          <section aria-labelledby="about" className="flex flex-col gap-2">
            <h2 id="about" className="text-lg font-semibold">
              {t("event.about")}
            </h2>
            <p className="max-w-[680px] whitespace-pre-line text-ink-2">{event.description}</p>
          </section>
        )}
      </div>
      <div className="no-print fixed inset-x-0 bottom-[calc(3.75rem+env(safe-area-inset-bottom))] z-20 flex items-center justify-between gap-4 border-t border-line bg-surface px-4 py-3 sm:static sm:rounded-card sm:border sm:p-5 lg:hidden">
        <div className="min-w-0">
          {sale.isOpen ? <Total draft={draft} /> : <Price event={event} />}
        </div>
        <div className="shrink-0">
          <Action event={event} sale={sale} draft={draft} />
        </div>
      </div>
    </Page>
  );
}

/** Whether tickets can be chosen, and otherwise why not. */
function useSale(event: EventView, draft: Draft, now: number) {
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

type Sale = ReturnType<typeof useSale>;

function Tickets({ draft }: { draft: Draft }) {
  const { t } = useI18n();
  return (
    <section aria-labelledby="choose" className="flex flex-col gap-4 border-t border-line pt-5">
      <h2 id="choose" className="text-lg font-semibold">
        {t("picker.title")}
      </h2>
      <TicketPicker
        types={draft.types}
        choices={draft.choices}
        single={draft.types.length === 1}
        onChange={draft.setChoices}
      />
      <PromoField
        key={draft.code}
        code={draft.code}
        busy={draft.isLoading}
        error={draft.codeError}
        isAccepted={draft.isCodeAccepted}
        onCode={draft.setCode}
      />
      {draft.error !== null && <OrderRefused error={draft.error} />}
    </section>
  );
}

/** Price of the choice, with the price before the discount. */
function Total({ draft, source = false }: { draft: Draft; source?: boolean }) {
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

function Fact(props: { icon: typeof Users; label: string; children: ReactNode }) {
  const Icon = props.icon;
  return (
    <div className="flex gap-3">
      <dt>
        <span className="flex size-10 shrink-0 items-center justify-center rounded-control bg-sunken text-ink-2">
          <Icon aria-hidden="true" className="size-5" />
        </span>
        <span className="sr-only">{props.label}</span>
      </dt>
      <dd className="min-w-0">{props.children}</dd>
    </div>
  );
}

function Facts({ event, now }: { event: EventView; now: number }) {
  const { t, locale } = useI18n();
  const types = event.ticket_types;
  const left = isSoldOut(types) ? 0 : event.tickets_available;
  const isCancelled = isCancelledEvent(event);
  return (
    <div className="flex flex-col gap-4">
      <dl className="flex flex-col gap-4">
        <Fact icon={CalendarDays} label={t("event.when")}>
          <When start={event.start_time} end={event.end_time} zone={event.time_zone} />
          {!isCancelled && <Countdown event={event} now={now} />}
        </Fact>
        {isCancelled ? (
          <Fact icon={Ban} label={t("event.cancelled")}>
            <span className="block font-semibold">{t("event.cancelled")}</span>
            <span className="block text-sm text-ink-3">{t("event.cancelled.body")}</span>
          </Fact>
        ) : !isSoldOut(types) && types.length !== 1 ? null : (
          <Fact icon={Users} label={t("event.seats.label")}>
            <span className="font-semibold tabular-nums">
              {left === 0
                ? t("event.soldout")
                : t("event.seats.of", {
                    left: formatNumber(left, locale),
                    capacity: formatNumber(event.capacity, locale),
                  })}
            </span>
            {left === 0 && (
              <span className="block text-sm text-ink-3">{t("event.soldout.body")}</span>
            )}
          </Fact>
        )}
      </dl>
      <Share event={event} />
    </div>
  );
}

function Countdown({ event, now }: { event: EventView; now: number }) {
  const { t, locale } = useI18n();
  const span = useSpan();
  const start = instant(event.start_time);
  const end = instant(event.end_time);
  if (start === null || end === null) return null;
  const text =
    now < start
      ? t("event.starts", { span: span(start - now) })
      : now < end
        ? t("event.ends", { span: span(end - now) })
        : t("event.ended", { age: relative(end - now, locale) });
  return (
    <span role="timer" className="mt-1 block text-sm font-medium text-accent-text tabular-nums">
      {text}
    </span>
  );
}

function Price({ event, source = false }: { event: EventView; source?: boolean }) {
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
function Action({ event, sale, draft }: { event: EventView; sale: Sale; draft: Draft }) {
  const { t, tn, locale } = useI18n();
  const early = useEarlyEntry();
  const { at, mine } = sale;
  const stream = sale.isCancelled ? null : webUrl(event.stream_url);
  if (sale.isOwner && !sale.isOpen) {
    const start = instant(event.start_time);
    const opens = start === null ? null : start - early;
    return (
      <div className="flex flex-col gap-2">
        {stream && (at === "doors" || at === "live") && (
          <ButtonAnchor href={stream} target="_blank" rel="noreferrer" wide>
            {t("event.enter")}
          </ButtonAnchor>
        )}
        <ButtonLink
          to={mine ? `/tickets/${mine.id}` : "/tickets"}
          wide
          variant={stream && (at === "doors" || at === "live") ? "secondary" : "primary"}
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

function Share({ event }: { event: EventView }) {
  const { t } = useI18n();
  const share = async () => {
    const url = `${window.location.origin}/events/${event.id}`;
    try {
      if (typeof navigator.share === "function") {
        await navigator.share({ title: event.title, url });
      } else {
        await navigator.clipboard.writeText(url);
        toast(t("event.share.copied"));
      }
    } catch {
      // The user closed the share sheet.
    }
  };
  return (
    <Button variant="secondary" size="sm" className="self-start" onClick={() => void share()}>
      <Share2 aria-hidden="true" className="size-4" />
      <span>{t("event.share")}</span>
    </Button>
  );
}

/** Page metadata after client-side navigation; the server writes it for the first load. */
function shareOf(event: EventView) {
  const url = `${window.location.origin}/events/${event.id}`;
  return {
    description: event.description.slice(0, 200),
    image: `/events/${event.id}/poster.png`,
    data: {
      "@context": "https://schema.org",
      "@type": "Event",
      name: event.title,
      description: event.description,
      url,
      startDate: event.start_time,
      endDate: event.end_time,
      eventStatus: `https://schema.org/${isCancelledEvent(event) ? "EventCancelled" : "EventScheduled"}`,
      eventAttendanceMode: "https://schema.org/OnlineEventAttendanceMode",
      location: { "@type": "VirtualLocation", url },
    },
  };
}
