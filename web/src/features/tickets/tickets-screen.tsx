import { ChevronDown, Ticket } from "lucide-react";
import { Link, useSearchParams } from "react-router-dom";
import { useI18n, type Key } from "@/i18n/i18n";
import { cx } from "@/lib/class-names";
import { webUrl } from "@/lib/download";
import { phase } from "@/lib/time";
import { useNow } from "@/lib/use-now";
import { ProblemNotice } from "@/shared/problem-notice";
import { useEarlyEntry, useMyOrders, useMyTickets } from "@/shared/queries";
import { ticketStatusStyle } from "@/shared/ticket-status";
import { Moment } from "@/shared/when";
import { Badge } from "@/ui/badge";
import { ButtonAnchor, ButtonLink } from "@/ui/button";
import { Chip } from "@/ui/chip";
import { Each } from "@/ui/each";
import { EmptyState } from "@/ui/empty-state";
import { Page } from "@/ui/page";
import { Poster } from "@/ui/poster";
import { Loading, Skeleton } from "@/ui/skeleton";
import { byStart, entriesOf, isCurrent, matches, type Entry, type Filter } from "./ticket-state";

const FILTERS: readonly { filter: Filter; key: Key }[] = [
  { filter: "all", key: "tickets.filter.all" },
  { filter: "paid", key: "tickets.filter.paid" },
  { filter: "waiting", key: "tickets.filter.waiting" },
  { filter: "closed", key: "tickets.filter.closed" },
];

export function TicketsScreen() {
  const { t, tn } = useI18n();
  const tickets = useMyTickets();
  const orders = useMyOrders();
  const now = useNow(15_000);
  const [params, setParams] = useSearchParams();
  const filter = FILTERS.find((each) => each.filter === params.get("status"))?.filter ?? "all";

  const entries = orders.data && tickets.data ? entriesOf(orders.data, tickets.data) : null;
  const shown = (entries ?? []).filter((entry) => matches(entry, filter, now));
  const current = shown.filter((entry) => isCurrent(entry, now)).sort(byStart);
  const past = shown.filter((entry) => !isCurrent(entry, now)).sort((a, b) => byStart(b, a));
  const error = orders.error ?? tickets.error;

  return (
    <Page title={t("tickets.title")}>
      {entries === null && error === null ? (
        <Loading label={t("tickets.loading")}>
          <div className="flex flex-col gap-4">
            <Skeleton className="h-10 w-72 rounded-full" />
            <Skeleton className="h-36 rounded-card" />
            <Skeleton className="h-36 rounded-card" />
          </div>
        </Loading>
      ) : entries === null ? (
        <ProblemNotice
          error={error}
          onRetry={() => void Promise.all([orders.refetch(), tickets.refetch()])}
        />
      ) : entries.length === 0 ? (
        <EmptyState
          icon={Ticket}
          title={t("tickets.empty.title")}
          actions={<ButtonLink to="/">{t("notfound.action")}</ButtonLink>}
        >
          {t("tickets.empty.body")}
        </EmptyState>
      ) : (
        <>
          <div role="group" aria-label={t("events.filters")} className="flex flex-wrap gap-2 py-1">
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
              <Each of={current} by={(entry) => entry.key}>
                {(entry) => <EntryCard entry={entry} now={now} />}
              </Each>
            </section>
          )}
          {past.length > 0 && (
            <details className="group" open={filter === "closed" || current.length === 0}>
              <summary className="flex list-none items-center gap-2 py-2 font-semibold text-ink-2">
                <ChevronDown aria-hidden="true" className="size-5 group-open:rotate-180" />
                <span>
                  {tn(
                    "tickets.past",
                    past.reduce((sum, entry) => sum + entry.count, 0),
                  )}
                </span>
              </summary>
              <div className="flex flex-col gap-4 pt-3">
                <Each of={past} by={(entry) => entry.key}>
                  {(entry) => <EntryCard entry={entry} now={now} />}
                </Each>
              </div>
            </details>
          )}
        </>
      )}
    </Page>
  );
}

function EntryCard({ entry, now }: { entry: Entry; now: number }) {
  const { t, tn } = useI18n();
  const { event } = entry;
  const style = ticketStatusStyle(entry.status);
  const isPaid = entry.status === "paid";
  const isPending = entry.status === "pending";
  const at = phase(event.start_time, event.end_time, now, useEarlyEntry());
  const stream = webUrl(event.stream_url);
  const canEnter = isPaid && stream !== null && (at === "early_entry" || at === "live");
  const isOpen = isPaid || isPending || entry.status === "awaiting_confirmation";
  const names = entry.lines.map((line) =>
    t("order.line", { count: line.quantity, name: line.name }),
  );
  return (
    <article className="relative overflow-hidden rounded-card border border-line bg-surface">
      <div className="flex">
        <Poster
          id={event.id}
          title={event.title}
          className={cx("w-24 shrink-0 sm:w-40", !isOpen && "opacity-50 grayscale")}
        />
        <div className="flex min-w-0 flex-1 flex-col gap-2 border-l border-dashed border-line p-4">
          <p className="text-sm text-ink-2 tabular-nums">
            <Moment at={event.start_time} zone={event.time_zone} />
          </p>
          <h2 className="font-semibold leading-snug">
            <Link to={entry.to} className="after:absolute after:inset-0">
              {event.title}
            </Link>
          </h2>
          {names.length > 0 && <p className="text-sm text-ink-2">{names.join(", ")}</p>}
          <div className="flex flex-wrap items-center gap-2">
            <Badge tone={style.tone} icon={style.icon}>
              {t(style.key)}
            </Badge>
            {at === "over" && isPaid && <Badge>{t("event.over")}</Badge>}
          </div>
          {isPending && <p className="text-sm text-ink-2">{t("tickets.stuck.body")}</p>}
          {isOpen && at !== "over" && (
            <div className="relative z-10 flex flex-wrap gap-2 pt-1">
              {canEnter && stream && (
                <ButtonAnchor size="sm" href={stream} target="_blank" rel="noreferrer">
                  {t("event.enter")}
                </ButtonAnchor>
              )}
              <ButtonLink to={entry.to} size="sm" variant={isPaid ? "secondary" : "primary"}>
                {isPending
                  ? t("tickets.resume")
                  : isPaid
                    ? tn("tickets.view", entry.count)
                    : t("order.view")}
              </ButtonLink>
            </div>
          )}
        </div>
      </div>
    </article>
  );
}
