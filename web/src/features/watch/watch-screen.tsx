import { Eye, MonitorX, Radio, Ticket, TicketX } from "lucide-react";
import { useEffect } from "react";
import type { ReactNode } from "react";
import { useLocation, useParams, useSearchParams } from "react-router-dom";
import { Problem } from "@/api/problem";
import type { EventView } from "@/api/types";
import { useI18n } from "@/i18n/i18n";
import { formatNumber } from "@/lib/format";
import { isOwnDocument, loadDocument } from "@/lib/own-document";
import { useSession } from "@/lib/session";
import { textLang } from "@/lib/text-lang";
import { EventUnavailable } from "@/shared/event-unavailable";
import { ProblemNotice } from "@/shared/problem-notice";
import { useEventQuery } from "@/shared/queries";
import { When } from "@/shared/when";
import { Badge } from "@/ui/badge";
import { Button, ButtonLink } from "@/ui/button";
import { EmptyState } from "@/ui/empty-state";
import { Page } from "@/ui/page";
import { Loading, Skeleton } from "@/ui/skeleton";
import { StreamView } from "./stream-view";
import { useWatch, type WatchState } from "./use-watch";

/** The watch page of an event. Its document names the origin of the player in its content security policy. */
export function WatchScreen() {
  const { pathname } = useLocation();
  const isReady = isOwnDocument(pathname);
  useEffect(() => {
    if (!isReady) loadDocument();
  }, [isReady]);
  return isReady ? <WatchPage /> : <LoadingPage />;
}

function LoadingPage() {
  const { t } = useI18n();
  return (
    <Page title={t("watch.title")} wide hideHeading>
      <Loading label={t("watch.loading")}>
        <Skeleton className="aspect-video max-h-[75dvh] w-full rounded-card" />
      </Loading>
    </Page>
  );
}

function WatchPage() {
  const { t } = useI18n();
  const id = Number(useParams().eventId);
  const [params] = useSearchParams();
  const ticket = Number(params.get("ticket") ?? Number.NaN);
  const event = useEventQuery(id);
  const { state, reopen } = useWatch(id, Number.isInteger(ticket) && ticket > 0 ? ticket : null);
  if (state.kind === "opening" || event.isPending) return <LoadingPage />;
  // Ticket holders see events that are off sale too.
  if (!event.data) {
    if (Problem.from(event.error).status === 404) return <EventUnavailable />;
    return (
      <Page title={t("watch.title")}>
        <ProblemNotice error={event.error} onRetry={() => void event.refetch()} />
      </Page>
    );
  }
  return (
    <Page title={event.data.title} wide hideHeading>
      {state.kind === "open" ? (
        <Open event={event.data} state={state} onReopen={reopen} />
      ) : (
        <Closed event={event.data} state={state} onReopen={reopen} />
      )}
    </Page>
  );
}

function Open(props: {
  event: EventView;
  state: Extract<WatchState, { kind: "open" }>;
  onReopen: () => void;
}) {
  const { t, tn, locale } = useI18n();
  const { event, state } = props;
  const { session, viewers } = state;
  return (
    <>
      <div role="status">
        {session.announcement && (
          <p
            lang={textLang(session.announcement.text)}
            className="flex gap-3 rounded-card bg-accent-soft p-4 text-ink"
          >
            <Radio aria-hidden="true" className="mt-0.5 size-5 shrink-0 text-accent-text" />
            <span>{session.announcement.text}</span>
          </p>
        )}
      </div>
      <StreamView event={event} session={session} onReopen={props.onReopen} />
      <div className="flex flex-wrap items-start justify-between gap-4">
        <div className="flex min-w-0 flex-col gap-2">
          <div className="flex flex-wrap gap-1.5 empty:hidden">
            {session.phase === "live" && (
              <Badge tone="accent" icon={Radio}>
                {t("watch.live")}
              </Badge>
            )}
            {session.phase === "replay" && <Badge icon={Radio}>{t("watch.replay")}</Badge>}
            {!state.link && <Badge tone="warning">{t("watch.reconnecting")}</Badge>}
          </div>
          <p
            lang={textLang(event.title)}
            aria-hidden="true"
            className="text-2xl font-bold tracking-tight text-balance"
          >
            {event.title}
          </p>
          {event.host_name && (
            <p className="text-ink-2">{t("event.host", { name: event.host_name })}</p>
          )}
          <When start={event.start_time} end={event.end_time} zone={event.time_zone} />
        </div>
        {viewers && (
          <p className="flex items-center gap-2 rounded-full bg-sunken px-4 py-2 text-sm tabular-nums">
            <Eye aria-hidden="true" className="size-4 text-ink-2" />
            <span>{tn("watch.viewers", viewers.now)}</span>
            <span className="text-ink-3">
              {t("watch.peak", { count: formatNumber(viewers.peak, locale) })}
            </span>
          </p>
        )}
      </div>
    </>
  );
}

/** A session that plays nothing: taken over, ended, or refused. */
function Closed(props: {
  event: EventView;
  state: Exclude<WatchState, { kind: "open" | "opening" }>;
  onReopen: () => void;
}) {
  const { t } = useI18n();
  const { event, state } = props;
  const signedIn = useSession();
  const { pathname, search } = useLocation();
  const toEvent = (
    <ButtonLink to={`/events/${event.id}`} variant="secondary">
      {t("watch.event")}
    </ButtonLink>
  );
  if (state.kind === "taken_over") {
    return (
      <Message
        icon={MonitorX}
        title={t("watch.taken.title")}
        actions={<Button onClick={props.onReopen}>{t("watch.taken.back")}</Button>}
      >
        {t("watch.taken.body")}
      </Message>
    );
  }
  if (state.kind === "ended") {
    return (
      <Message
        icon={TicketX}
        title={t("watch.ended.title")}
        actions={
          <>
            <ButtonLink to="/tickets">{t("tickets.title")}</ButtonLink>
            {toEvent}
          </>
        }
      >
        {t("watch.ended.body")}
      </Message>
    );
  }
  if ([401, 403].includes(state.problem.status)) {
    const next = new URLSearchParams({ next: pathname + search });
    return (
      <Message
        icon={Ticket}
        title={t("watch.noticket.title")}
        actions={
          <>
            {!signedIn && <ButtonLink to={`/login?${next}`}>{t("nav.login")}</ButtonLink>}
            <ButtonLink to={`/events/${event.id}`} variant={signedIn ? "primary" : "secondary"}>
              {t("watch.event")}
            </ButtonLink>
          </>
        }
      >
        {t(signedIn ? "watch.noticket.body" : "watch.noticket.guest")}
      </Message>
    );
  }
  return <ProblemNotice error={state.problem} onRetry={props.onReopen} />;
}

function Message(props: {
  icon: typeof Ticket;
  title: string;
  actions: ReactNode;
  children: ReactNode;
}) {
  return (
    <div role="status">
      <EmptyState icon={props.icon} title={props.title} actions={props.actions}>
        {props.children}
      </EmptyState>
    </div>
  );
}
