import { Pencil, ScanLine } from "lucide-react";
import { useState } from "react";
import { useNavigate, useParams } from "react-router-dom";
import type { AdminEvent } from "@/api/types";
import { useI18n } from "@/i18n/i18n";
import { formatNumber } from "@/lib/format";
import { onSuccess } from "@/lib/on-success";
import { useNow } from "@/lib/use-now";
import { ProblemNotice } from "@/shared/problem-notice";
import { When } from "@/shared/when";
import { Badge } from "@/ui/badge";
import { Button, ButtonLink } from "@/ui/button";
import { Card } from "@/ui/card";
import { Dialog } from "@/ui/dialog";
import { Notice } from "@/ui/notice";
import { Page } from "@/ui/page";
import { Loading, Skeleton } from "@/ui/skeleton";
import { toast } from "@/ui/toast";
import { Attendees } from "./attendees";
import { ViewersCard } from "./viewers-card";
import { EventInvoices } from "./event-invoices";
import { lacksStream } from "./lacks-stream";
import { PromoCodes } from "./promo-codes";
import { Sales } from "./sales";
import { TicketsSection } from "./tickets-section";
import {
  useAdminEvents,
  useCancelEvent,
  useCancellationPlan,
  useDeleteEvent,
  useUpdateEvent,
} from "./queries";

export function EventDetailsScreen() {
  const { t } = useI18n();
  const id = Number(useParams().eventId);
  const events = useAdminEvents();
  const event = events.data?.find((each) => each.id === id);
  if (event) return <Details event={event} />;
  return (
    <Page title={t("admin.details")} wide>
      {events.isPending ? (
        <Loading label={t("event.loading")}>
          <Skeleton className="h-64 rounded-card" />
        </Loading>
      ) : events.isError ? (
        <ProblemNotice error={events.error} onRetry={() => void events.refetch()} />
      ) : (
        <Notice tone="warning">{t("problem.not_found")}</Notice>
      )}
    </Page>
  );
}

function Figure(props: { label: string; value: string }) {
  return (
    <div>
      <dt className="text-sm text-ink-2">{props.label}</dt>
      <dd className="text-lg font-bold tabular-nums">{props.value}</dd>
    </div>
  );
}

function Details({ event }: { event: AdminEvent }) {
  const { t, locale } = useI18n();
  const now = useNow(60_000);
  const number = (value: number) => formatNumber(value, locale);
  return (
    <Page
      title={event.title}
      wide
      actions={
        <>
          <ButtonLink to={`/admin/check-in?event=${event.id}`} variant="secondary" size="sm">
            <ScanLine aria-hidden="true" className="size-4" />
            <span>{t("admin.nav.checkin")}</span>
          </ButtonLink>
          <ButtonLink to={`/admin/events/${event.id}/edit`} size="sm">
            <Pencil aria-hidden="true" className="size-4" />
            <span>{t("admin.edit")}</span>
          </ButtonLink>
        </>
      }
    >
      {lacksStream(event, now) && (
        <Notice
          tone="warning"
          title={t("admin.nostream.title")}
          actions={
            <ButtonLink to={`/admin/events/${event.id}/edit`} variant="secondary" size="sm">
              {t("admin.nostream.do")}
            </ButtonLink>
          }
        >
          {t("admin.nostream.body")}
        </Notice>
      )}
      <Card className="flex flex-col gap-5">
        <div className="flex flex-wrap items-start justify-between gap-3">
          <When start={event.start_time} end={event.end_time} zone={event.time_zone} />
          {event.cancelled_at && <Badge tone="danger">{t("admin.cancelled")}</Badge>}
        </div>
        <dl className="grid grid-cols-2 gap-4 sm:grid-cols-4">
          <Figure label={t("admin.col.sold")} value={number(event.sold)} />
          <Figure label={t("admin.col.held")} value={number(event.held)} />
          <Figure label={t("admin.col.capacity")} value={number(event.capacity)} />
          <Figure
            label={t("admin.col.revenue")}
            value={t("sats", { amount: number(event.revenue_sats) })}
          />
        </dl>
        <Actions event={event} />
      </Card>
      <ViewersCard event={event} now={now} />
      <Sales eventId={event.id} />
      <TicketsSection event={event} />
      <PromoCodes event={event} />
      <Attendees event={event} />
      <EventInvoices id={event.id} isPaid={event.price_sats > 0} />
    </Page>
  );
}

function Actions({ event }: { event: AdminEvent }) {
  const { t } = useI18n();
  const navigate = useNavigate();
  const [asking, setAsking] = useState<"sale" | "delete" | "cancel" | null>(null);
  const update = useUpdateEvent();
  const remove = useDeleteEvent();
  const close = () => {
    setAsking(null);
    remove.reset();
  };
  const setActive = (isActive: boolean) =>
    onSuccess(update.mutateAsync({ id: event.id, patch: { is_active: isActive } }), close);
  return (
    <div className="flex flex-wrap gap-2">
      <ButtonLink to={`/events/${event.id}`} variant="secondary" size="sm">
        {t("form.event.preview")}
      </ButtonLink>
      {event.cancelled_at ? null : event.is_active ? (
        <Button variant="secondary" size="sm" onClick={() => setAsking("sale")}>
          {t("admin.deactivate")}
        </Button>
      ) : (
        <Button
          variant="secondary"
          size="sm"
          busy={update.isPending}
          onClick={() => setActive(true)}
        >
          {t("admin.activate")}
        </Button>
      )}
      {!event.cancelled_at && (
        <Button variant="ghost" size="sm" onClick={() => setAsking("cancel")}>
          {t("admin.cancelevent")}
        </Button>
      )}
      {asking === "cancel" && <CancelEvent event={event} onClose={close} />}
      <Button variant="ghost" size="sm" onClick={() => setAsking("delete")}>
        {t("admin.delete")}
      </Button>
      {asking === "sale" && (
        <Dialog
          title={t("admin.deactivate.title", { title: event.title })}
          onClose={close}
          actions={
            <>
              <Button variant="secondary" onClick={close}>
                {t("cancel")}
              </Button>
              <Button busy={update.isPending} onClick={() => setActive(false)}>
                {t("admin.deactivate")}
              </Button>
            </>
          }
        >
          {update.isError && <ProblemNotice error={update.error} />}
          <p className="text-ink-2">{t("admin.deactivate.body")}</p>
        </Dialog>
      )}
      {asking === "delete" && (
        <Dialog
          title={t("admin.delete.title", { title: event.title })}
          onClose={close}
          actions={
            <>
              <Button variant="secondary" onClick={close}>
                {t("cancel")}
              </Button>
              <Button
                variant="danger"
                busy={remove.isPending}
                onClick={() =>
                  onSuccess(remove.mutateAsync(event.id), () => {
                    toast(t("admin.deleted"));
                    void navigate("/admin");
                  })
                }
              >
                {t("admin.delete")}
              </Button>
            </>
          }
        >
          {remove.isError && <ProblemNotice error={remove.error} />}
          <p className="text-ink-2">{t("admin.delete.body")}</p>
        </Dialog>
      )}
    </div>
  );
}

/** Shows the affected tickets and refunds before cancelling, which can't be undone. */
function CancelEvent({ event, onClose }: { event: AdminEvent; onClose: () => void }) {
  const { t, tn, locale } = useI18n();
  const plan = useCancellationPlan(event.id);
  const cancel = useCancelEvent();
  const available = plan.data?.available_sats;
  return (
    <Dialog
      title={t("admin.cancelevent.title", { title: event.title })}
      onClose={onClose}
      actions={
        <>
          <Button variant="secondary" onClick={onClose}>
            {t("admin.cancelevent.keep")}
          </Button>
          <Button
            variant="danger"
            disabled={!plan.data}
            busy={cancel.isPending}
            onClick={() =>
              onSuccess(cancel.mutateAsync(event.id), () => {
                toast(t("admin.cancelevent.done"));
                onClose();
              })
            }
          >
            {t("admin.cancelevent.do")}
          </Button>
        </>
      }
    >
      <p className="text-ink-2">{t("admin.cancelevent.body")}</p>
      {plan.isPending && <Skeleton className="h-12" />}
      {plan.isError && <ProblemNotice error={plan.error} onRetry={() => void plan.refetch()} />}
      {plan.data && (
        <p className="font-semibold">
          {tn("admin.cancelevent.plan", plan.data.tickets, {
            amount: formatNumber(plan.data.refund_sats, locale),
          })}
        </p>
      )}
      {plan.data && typeof available === "number" && available < plan.data.refund_sats && (
        <Notice tone="warning">
          {t("admin.cancelevent.short", { available: formatNumber(available, locale) })}
        </Notice>
      )}
      {cancel.isError && <ProblemNotice error={cancel.error} />}
    </Dialog>
  );
}
