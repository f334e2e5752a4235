import { ChevronDown, Ticket } from "lucide-react";
import { Link, useSearchParams } from "react-router-dom";
import type { UserTicket } from "@/api/types";
import { useI18n, type Key } from "@/i18n/i18n";
import { webUrl } from "@/lib/download";
import { phase } from "@/lib/time";
import { useNow } from "@/lib/use-now";
import { ProblemNotice } from "@/shared/problem-notice";
import { useEarlyEntry, useMyTickets } from "@/shared/queries";
import { Moment } from "@/shared/when";
import { Badge } from "@/ui/badge";
import { ButtonAnchor, ButtonLink } from "@/ui/button";
import { Chip } from "@/ui/chip";
import { Each } from "@/ui/each";
import { EmptyState } from "@/ui/empty-state";
import { Page } from "@/ui/page";
import { Poster } from "@/ui/poster";
import { Loading, Skeleton } from "@/ui/skeleton";
import { byStart, isCurrent, matches, ticketStatusStyle, type Filter } from "./ticket-state";

const FILTERS: readonly { filter: Filter; key: Key }[] = [
  { filter: "all", key: "tickets.filter.all" },
  { filter: "paid", key: "tickets.filter.paid" },
  { filter: "waiting", key: "tickets.filter.waiting" },
  { filter: "closed", key: "tickets.filter.closed" },
];

export function TicketsScreen() {
  const { t, tn } = useI18n();
  const tickets = useMyTickets();
  const now = useNow(15_000);
  const [params, setParams] = useSearchParams();
  const filter = FILTERS.find((each) => each.filter === params.get("status"))?.filter ?? "all";

  const shown = (tickets.data ?? []).filter((ticket) => matches(ticket, filter, now));
  const current = shown.filter((ticket) => isCurrent(ticket, now)).sort(byStart);
  const past = shown.filter((ticket) => !isCurrent(ticket, now)).sort((a, b) => byStart(b, a));

  return (
    <Page title={t("tickets.title")}>
      {tickets.isPending ? (
        <Loading label={t("tickets.loading")}>
          <div className="flex flex-col gap-4">
            <Skeleton className="h-10 w-72 rounded-full" />
            <Skeleton className="h-36 rounded-card" />
            <Skeleton className="h-36 rounded-card" />
          </div>
        </Loading>
      ) : tickets.isError && !tickets.data ? (
        <ProblemNotice error={tickets.error} onRetry={() => void tickets.refetch()} />
      ) : tickets.data.length === 0 ? (
        <EmptyState
          icon={Ticket}
          title={t("tickets.empty.title")}
          actions={<ButtonLink to="/">{t("notfound.action")}</ButtonLink>}
        >
          {t("tickets.empty.body")}
        </EmptyState>
      ) : (
        <>
          <div
            role="group"
            aria-label={t("events.filters")}
            className="-mx-4 flex gap-2 overflow-x-auto px-4 py-1 sm:mx-0 sm:px-0"
          >
            {FILTERS.map((each) => (
              <Chip
                key={each.filter}
                pressed={filter === each.filter}
                onPress={() =>
                  setParams(each.filter === "all" ? {} : { status: each.filter }, { replace: true })
                }
              >
                {t(each.key)}
              </Chip>
            ))}
          </div>
          {shown.length === 0 && <p className="text-ink-2">{t("tickets.none")}</p>}
          {current.length > 0 && (
            <section aria-label={t("tickets.upcoming")} className="flex flex-col gap-4">
              <Each of={current} by={(ticket) => ticket.id}>
                {(ticket) => <TicketCard ticket={ticket} now={now} />}
              </Each>
            </section>
          )}
          {past.length > 0 && (
            <details className="group" open={filter === "closed" || current.length === 0}>
              <summary className="flex list-none items-center gap-2 py-2 font-semibold text-ink-2">
                <ChevronDown aria-hidden="true" className="size-5 group-open:rotate-180" />
                <span>{tn("tickets.past", past.length)}</span>
              </summary>
              <div className="flex flex-col gap-4 pt-3">
                <Each of={past} by={(ticket) => ticket.id}>
                  {(ticket) => <TicketCard ticket={ticket} now={now} />}
                </Each>
              </div>
            </details>
          )}
        </>
      )}
    </Page>
  );
}

function TicketCard({ ticket, now }: { ticket: UserTicket; now: number }) {
  const { t } = useI18n();
  const style = ticketStatusStyle(ticket.payment_status);
  const isPaid = ticket.payment_status === "paid";
  const isPending = ticket.payment_status === "pending";
  const at = phase(ticket.event.start_time, ticket.event.end_time, now, useEarlyEntry());
  const stream = webUrl(ticket.event.stream_url);
  const canEnter = isPaid && stream !== null && (at === "doors" || at === "live");
  const to = isPending
    ? `/events/${ticket.event.id}/purchase?ticket=${ticket.id}`
    : `/tickets/${ticket.id}`;
  return (
    <article className="relative overflow-hidden rounded-card border border-line bg-surface">
      <div className="flex">
        <Poster
          id={ticket.event.id}
          title={ticket.event.title}
          className={
            isPaid || isPending
              ? "w-24 shrink-0 sm:w-40"
              : "w-24 shrink-0 opacity-50 grayscale sm:w-40"
          }
        />
        <div className="flex min-w-0 flex-1 flex-col gap-2 border-l border-dashed border-line p-4">
          <p className="text-sm text-ink-2 tabular-nums">
            <Moment at={ticket.event.start_time} zone={ticket.event.time_zone} />
          </p>
          <h2 className="font-semibold leading-snug">
            <Link to={to} className="after:absolute after:inset-0">
              {ticket.event.title}
            </Link>
          </h2>
          <div className="flex flex-wrap items-center gap-2">
            <Badge tone={style.tone} icon={style.icon}>
              {t(style.key)}
            </Badge>
            {at === "over" && isPaid && <Badge>{t("event.over")}</Badge>}
          </div>
          {isPending && <p className="text-sm text-ink-2">{t("tickets.stuck.body")}</p>}
          {(isPaid || isPending) && at !== "over" && (
            <div className="relative z-10 flex flex-wrap gap-2 pt-1">
              {canEnter && stream && (
                <ButtonAnchor size="sm" href={stream} target="_blank" rel="noreferrer">
                  {t("event.enter")}
                </ButtonAnchor>
              )}
              <ButtonLink to={to} size="sm" variant={isPending ? "primary" : "secondary"}>
                {isPending ? t("tickets.resume") : t("tickets.view")}
              </ButtonLink>
            </div>
          )}
        </div>
      </div>
    </article>
  );
}
