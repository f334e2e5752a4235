import { CalendarPlus, CheckCircle2, CircleOff, Plus, RotateCcw, XCircle } from "lucide-react";
import type { ReactNode } from "react";
import { Link } from "react-router-dom";
import { Problem } from "@/api/problem";
import type { AdminEvent } from "@/api/types";
import { useI18n } from "@/i18n/i18n";
import { cx } from "@/lib/class-names";
import { formatDateTime, formatNumber } from "@/lib/format";
import { phase, viewerZone } from "@/lib/time";
import { useNow } from "@/lib/use-now";
import { ProblemNotice } from "@/shared/problem-notice";
import { useConfig } from "@/shared/queries";
import { Amount } from "@/ui/amount";
import { Badge } from "@/ui/badge";
import { Boundary } from "@/ui/boundary";
import { ButtonLink } from "@/ui/button";
import { Card } from "@/ui/card";
import { Each } from "@/ui/each";
import { EmptyState } from "@/ui/empty-state";
import { Notice } from "@/ui/notice";
import { Page } from "@/ui/page";
import { Poster } from "@/ui/poster";
import { Loading, Skeleton } from "@/ui/skeleton";
import { Table, Td, Th } from "@/ui/table";
import { useAdminEvents, useNode, useOverview } from "./queries";
import { SalesChart } from "./sales-chart";

export function OverviewScreen() {
  const { t } = useI18n();
  const overview = useOverview();
  return (
    <Page
      title={t("admin.title")}
      wide
      actions={
        <ButtonLink to="/admin/events/new" size="sm">
          <Plus aria-hidden="true" className="size-4" />
          <span>{t("admin.new")}</span>
        </ButtonLink>
      }
    >
      {overview.isPending ? (
        <Loading label={t("admin.loading")}>
          <div className="grid grid-cols-2 gap-3 lg:grid-cols-5">
            {Array.from({ length: 5 }, (_, i) => (
              <Skeleton key={i} className="h-26 rounded-card" />
            ))}
          </div>
          <Skeleton className="mt-6 h-72 rounded-card" />
        </Loading>
      ) : overview.data ? (
        <>
          <Tiles overview={overview.data} />
          <div className="grid items-start gap-6 lg:grid-cols-[minmax(0,1fr)_20rem]">
            <Boundary
              of={overview.data.series}
              instead={<Notice tone="warning">{t("admin.chart.broken")}</Notice>}
            >
              <SalesChart series={overview.data.series} />
            </Boundary>
            <Node />
          </div>
        </>
      ) : (
        <ProblemNotice error={missing(overview.error)} onRetry={() => void overview.refetch()} />
      )}
      <EventsTable />
    </Page>
  );
}

/** Reports a missing endpoint of an older server as such. */
function missing(error: unknown): unknown {
  const problem = Problem.from(error);
  return problem.status === 404
    ? new Problem({ type: "missing_feature", status: 404, message: problem.message })
    : error;
}

function Tile(props: {
  label: string;
  children: ReactNode;
  note?: ReactNode;
  alarm?: boolean;
  to?: string;
  className?: string;
}) {
  const content = (
    <>
      <span className="text-sm text-ink-2">{props.label}</span>
      <span className="text-xl font-bold tabular-nums">{props.children}</span>
      <span className="min-h-5 text-sm text-ink-3">{props.note}</span>
    </>
  );
  const className = cx(
    "flex min-w-0 flex-col gap-0.5 rounded-card border bg-surface p-4",
    props.className,
    props.alarm ? "border-warning" : "border-line",
  );
  return props.to ? (
    <Link to={props.to} className={cx(className, "hover:bg-sunken")}>
      {content}
    </Link>
  ) : (
    <div className={className}>{content}</div>
  );
}

function Tiles({ overview }: { overview: NonNullable<ReturnType<typeof useOverview>["data"]> }) {
  const { t, locale } = useI18n();
  const { rate } = useConfig();
  const number = (value: number) => formatNumber(value, locale);
  const refunds = overview.refundable;
  return (
    <div className="grid grid-cols-2 gap-3 lg:grid-cols-5">
      <Tile label={t("admin.tile.revenue")} className="col-span-2 lg:col-span-1">
        <Amount sats={overview.revenue_sats} rate={rate} />
      </Tile>
      <Tile label={t("admin.tile.sold")}>{number(overview.sold_today)}</Tile>
      <Tile label={t("admin.tile.held")} note={t("admin.tile.held.note")}>
        {number(overview.held)}
      </Tile>
      <Tile
        label={t("admin.tile.waiting")}
        note={t("admin.tile.waiting.note")}
        to="/admin/payments?status=pending"
      >
        {number(overview.waiting)}
      </Tile>
      <Tile
        label={t("admin.tile.refund")}
        alarm={refunds > 0}
        note={
          refunds > 0 ? (
            <span className="inline-flex items-center gap-1 font-medium text-warning">
              <RotateCcw aria-hidden="true" className="size-3.5" />
              <span>{t("admin.tile.refund.some")}</span>
            </span>
          ) : (
            t("admin.tile.refund.none")
          )
        }
        to="/admin/payments?status=refund_due"
      >
        {t("sats", { amount: number(refunds) })}
      </Tile>
    </div>
  );
}

function Node() {
  const { t } = useI18n();
  const { rate } = useConfig();
  const node = useNode();
  if (node.isPending) return <Skeleton className="h-48 rounded-card" />;
  const isUp = node.data !== undefined && !/offline|down|unavailable/i.test(node.data.status);
  return (
    <Card className="flex flex-col gap-4">
      <div className="flex items-center justify-between gap-2">
        <h2 className="font-semibold">{t("admin.node")}</h2>
        {isUp ? (
          <Badge tone="success" icon={CheckCircle2}>
            {t("admin.node.ready")}
          </Badge>
        ) : (
          <Badge tone="danger" icon={XCircle}>
            {t("admin.node.down")}
          </Badge>
        )}
      </div>
      {node.data && (
        <dl className="flex flex-col gap-3">
          <div>
            <dt className="text-sm text-ink-2">{t("admin.node.available")}</dt>
            <dd>
              <Amount
                sats={node.data.available_balance_sats}
                rate={rate}
                className="text-lg font-bold"
              />
            </dd>
          </div>
          <div>
            <dt className="text-sm text-ink-2">{t("admin.node.total")}</dt>
            <dd>
              <Amount sats={node.data.total_balance_sats} className="font-medium" />
            </dd>
          </div>
        </dl>
      )}
      {!isUp && <p className="text-sm text-ink-2">{t("admin.node.down.body")}</p>}
    </Card>
  );
}

function EventsTable() {
  const { t } = useI18n();
  const events = useAdminEvents();
  const now = useNow(30_000);
  return (
    <section className="flex flex-col gap-3">
      <h2 className="text-lg font-semibold">{t("admin.events")}</h2>
      {events.isPending ? (
        <Skeleton className="h-48 rounded-card" />
      ) : !events.data ? (
        <ProblemNotice error={missing(events.error)} onRetry={() => void events.refetch()} />
      ) : events.data.length === 0 ? (
        <EmptyState
          icon={CalendarPlus}
          title={t("admin.events.empty")}
          actions={<ButtonLink to="/admin/events/new">{t("admin.new")}</ButtonLink>}
        >
          {t("admin.events.empty.body")}
        </EmptyState>
      ) : (
        <Table
          label={t("admin.events")}
          head={
            <>
              <Th>{t("admin.col.event")}</Th>
              <Th>{t("admin.col.status")}</Th>
              <Th right>{t("admin.col.sold")}</Th>
              <Th right>{t("admin.col.held")}</Th>
              <Th right>{t("admin.col.revenue")}</Th>
              <Th>
                <span className="sr-only">{t("admin.col.actions")}</span>
              </Th>
            </>
          }
        >
          <Each of={events.data} by={(event) => event.id} as="tr">
            {(event) => <EventRow event={event} now={now} />}
          </Each>
        </Table>
      )}
      {events.isError && events.data && <Notice tone="warning">{t("offline.body")}</Notice>}
    </section>
  );
}

function EventRow({ event, now }: { event: AdminEvent; now: number }) {
  const { t, locale } = useI18n();
  const over = phase(event.start_time, event.end_time, now, 0) === "over";
  const share = Math.min(1, event.sold / Math.max(1, event.capacity));
  return (
    <tr>
      <Td className="sm:min-w-64">
        <div className="flex items-center gap-3">
          <Poster
            id={event.id}
            title={event.title}
            className="h-10 w-14 shrink-0 rounded-control"
          />
          <div className="min-w-0">
            <Link to={`/admin/events/${event.id}`} className="font-semibold hover:underline">
              {event.title}
            </Link>
            <p className="text-sm text-ink-3 tabular-nums">
              {formatDateTime(event.start_time, locale, viewerZone())}
            </p>
          </div>
        </div>
      </Td>
      <Td label={t("admin.col.status")}>
        {event.cancelled_at ? (
          <Badge tone="danger" icon={XCircle}>
            {t("admin.cancelled")}
          </Badge>
        ) : over ? (
          <Badge icon={CircleOff}>{t("event.over")}</Badge>
        ) : event.is_active ? (
          <Badge tone="success" icon={CheckCircle2}>
            {t("admin.onsale")}
          </Badge>
        ) : (
          <Badge icon={CircleOff}>{t("admin.offsale")}</Badge>
        )}
      </Td>
      <Td right label={t("admin.col.sold")}>
        <span className="whitespace-nowrap">
          <span>{formatNumber(event.sold, locale)}</span>
          <span className="text-ink-3">{` / ${formatNumber(event.capacity, locale)}`}</span>
        </span>
        <span aria-hidden="true" className="mt-1 block h-1 w-full min-w-20 rounded-full bg-sunken">
          <span className="block h-1 rounded-full bg-accent" style={{ width: `${share * 100}%` }} />
        </span>
      </Td>
      <Td right label={t("admin.col.held")}>
        {formatNumber(event.held, locale)}
      </Td>
      <Td right label={t("admin.col.revenue")} className="whitespace-nowrap">
        {t("sats", { amount: formatNumber(event.revenue_sats, locale) })}
      </Td>
      <Td right>
        <ButtonLink to={`/admin/events/${event.id}/edit`} variant="secondary" size="sm">
          <span>{t("admin.edit")}</span>
          <span className="sr-only">{`: ${event.title}`}</span>
        </ButtonLink>
      </Td>
    </tr>
  );
}
