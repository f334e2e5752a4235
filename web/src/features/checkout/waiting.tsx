import { useQueryClient } from "@tanstack/react-query";
import {
  Check,
  ChevronDown,
  Circle,
  CircleSlash,
  Clock,
  RotateCcw,
  Ticket,
  Undo2,
  X,
  Zap,
} from "lucide-react";
import { useEffect, useState } from "react";
import type { ReactNode } from "react";
import { keys } from "@/api/keys";
import { Problem } from "@/api/problem";
import type { EventView, TicketStatus } from "@/api/types";
import { useI18n } from "@/i18n/i18n";
import { cx } from "@/lib/class-names";
import { formatNumber } from "@/lib/money";
import { useSession } from "@/lib/session";
import { clockSpan, formatTime, viewerZone } from "@/lib/time";
import { umaDomain } from "@/lib/uma";
import { useNow } from "@/lib/use-now";
import { useOnline } from "@/lib/use-online";
import { ProblemNotice } from "@/shared/problem-notice";
import { useConfig, useMyTickets } from "@/shared/queries";
import { useSpan } from "@/shared/use-span";
import { Button, ButtonAnchor, ButtonLink } from "@/ui/button";
import { Card } from "@/ui/card";
import { CopyButton } from "@/ui/copy-button";
import { CountdownRing } from "@/ui/countdown-ring";
import { Dialog } from "@/ui/dialog";
import { EmptyState } from "@/ui/empty-state";
import { InvoiceText } from "@/ui/invoice-text";
import { Notice } from "@/ui/notice";
import { Page } from "@/ui/page";
import { Poster } from "@/ui/poster";
import { QrCode } from "@/ui/qr-code";
import { Loading, Skeleton } from "@/ui/skeleton";
import { closeOrder, lastAddress, orderOf } from "./orders";
import { useCancel, usePurchase, useTicketStatus } from "./queries";
import { asking, invoiceLink, invoiceQr, outcome, steps, type StepState } from "./waiting-state";

interface Props {
  ticketId: number;
  event: EventView;
  onNewOrder: (ticketId: number) => void;
  onStartOver: () => void;
}

export function Waiting(props: Props) {
  const { t } = useI18n();
  const token = orderOf(props.ticketId)?.token ?? null;
  const status = useTicketStatus(props.ticketId, token);
  const ended = status.data ? outcome(status.data) : "waiting";

  const client = useQueryClient();
  useEffect(() => {
    if (ended === "waiting") return;
    closeOrder(props.ticketId);
    // The list of tickets and the event's page must not go on saying "waiting".
    void client.invalidateQueries({ queryKey: ["tickets"] });
    void client.invalidateQueries({ queryKey: keys.events });
  }, [client, ended, props.ticketId]);

  if (status.isPending) {
    return (
      <Page title={t("wait.title")}>
        <Loading label={t("wait.loading")}>
          <div className="flex flex-col gap-5">
            <Skeleton className="h-36 rounded-card" />
            <Skeleton className="h-56 rounded-card" />
          </div>
        </Loading>
      </Page>
    );
  }
  if (!status.data) {
    const unknown = [403, 404].includes(Problem.from(status.error).status);
    return (
      <Page title={unknown ? t("wait.unknown.title") : t("wait.title")}>
        {unknown ? (
          <Notice
            tone="warning"
            actions={
              <>
                <ButtonLink to="/tickets" size="sm">
                  {t("tickets.title")}
                </ButtonLink>
                <Button look="secondary" size="sm" onClick={props.onStartOver}>
                  {t("event.buy")}
                </Button>
              </>
            }
          >
            {t("wait.unknown.body")}
          </Notice>
        ) : (
          <ProblemNotice error={status.error} onRetry={() => void status.refetch()} />
        )}
      </Page>
    );
  }
  return ended === "waiting" ? (
    <StillWaiting
      {...props}
      status={status.data}
      token={token}
      tired={status.tired}
      onLookAgain={status.lookAgain}
      looking={status.isFetching}
    />
  ) : (
    <Ended {...props} status={status.data} ended={ended} />
  );
}

function StillWaiting(
  props: Props & {
    status: TicketStatus;
    token: string | null;
    tired: boolean;
    looking: boolean;
    onLookAgain: () => void;
  },
) {
  const { t, locale } = useI18n();
  const { status, event } = props;
  const now = useNow(1000);
  const online = useOnline();
  const span = useSpan();
  const config = useConfig();
  const mine = useMyTickets();
  const order = orderOf(props.ticketId);
  const address =
    order?.uma ?? mine.data?.find((ticket) => ticket.id === props.ticketId)?.uma_address ?? null;
  const ask = asking(status);
  const domain =
    status.collection?.vasp_domain ?? (address ? umaDomain(address) : t("wait.yourwallet"));
  const amount = formatNumber(status.payment.amount_sats, locale);
  const until = status.hold_expires_at ? Date.parse(status.hold_expires_at) : null;
  const left = until === null ? null : until - now;
  const detail = status.collection?.detail;
  const bolt11 = status.payment.bolt11;

  return (
    <Page title={t("wait.title")} lead={event.title}>
      {!online && <Notice tone="warning">{t("wait.offline")}</Notice>}
      {props.tired && (
        <Notice
          live
          tone="warning"
          actions={
            <>
              <Button size="sm" busy={props.looking} onClick={props.onLookAgain}>
                {t("wait.again")}
              </Button>
              <ButtonLink to="/tickets" look="secondary" size="sm">
                {t("tickets.title")}
              </ButtonLink>
            </>
          }
        >
          {t("wait.late")}
        </Notice>
      )}
      <Card className="flex flex-col gap-5">
        <div className="flex flex-col gap-1">
          <p role="status" className="text-lg leading-snug font-semibold">
            {t(`wait.now.${ask}`, { domain, amount })}
          </p>
          {ask === "refused" && detail && (
            <p className="text-sm text-ink-2">{t("wait.now.refused.detail", { detail })}</p>
          )}
        </div>
        {left !== null && until !== null && (
          <div className="flex items-center gap-4 rounded-card bg-sunken p-4">
            <CountdownRing
              leftMs={left}
              totalMs={until - Date.parse(status.ticket.created_at)}
              label={t("wait.ring", { time: span(left) })}
            />
            <p className="text-sm text-ink-2">
              {left > 0
                ? t("wait.held.until", {
                    time: formatTime(new Date(until).toISOString(), locale, viewerZone()),
                  })
                : t("wait.timeup")}
            </p>
          </div>
        )}
        <Timeline status={status} domain={domain} />
        {config.sandbox && config.sandbox_wallet_url && (
          <ButtonAnchor
            look="secondary"
            href={config.sandbox_wallet_url}
            target="_blank"
            rel="noreferrer"
          >
            {t("sandbox.wallet")}
          </ButtonAnchor>
        )}
      </Card>
      {bolt11 && (
        <PayAnotherWay
          bolt11={bolt11}
          amount={amount}
          open={ask === "unreachable" || ask === "refused"}
        />
      )}
      {address && ask === "sent" && (
        <details className="group rounded-card border border-line bg-surface px-5 py-4">
          <summary className="flex list-none items-center justify-between font-semibold">
            {t("wait.nothing")}
            <ChevronDown aria-hidden="true" className="size-5 text-ink-3 group-open:rotate-180" />
          </summary>
          <p className="pt-3 text-ink-2">{t("wait.nothing.body", { address })}</p>
        </details>
      )}
      <Release
        ticketId={props.ticketId}
        token={props.token}
        clock={left === null ? null : clockSpan(left)}
      />
    </Page>
  );
}

function PayAnotherWay(props: { bolt11: string; amount: string; open: boolean }) {
  const { t } = useI18n();
  return (
    <details
      open={props.open}
      className="group rounded-card border border-line bg-surface px-5 py-4"
    >
      <summary className="flex list-none items-center justify-between font-semibold">
        {t("wait.other")}
        <ChevronDown aria-hidden="true" className="size-5 text-ink-3 group-open:rotate-180" />
      </summary>
      <div className="flex flex-col items-center gap-4 pt-4 sm:flex-row sm:items-start">
        <QrCode
          value={invoiceQr(props.bolt11)}
          level="L"
          label={t("wait.qr", { amount: props.amount })}
          className="w-full max-w-64 border border-line sm:w-56"
        />
        <div className="flex w-full min-w-0 flex-1 flex-col gap-3">
          <p className="text-ink-2">{t("wait.other.body")}</p>
          <InvoiceText>{props.bolt11}</InvoiceText>
          <div className="flex flex-wrap gap-2">
            <CopyButton text={props.bolt11} label={t("wait.copy")} size="sm" />
            <ButtonAnchor look="secondary" size="sm" href={invoiceLink(props.bolt11)}>
              <Zap aria-hidden="true" className="size-4" />
              {t("wait.open")}
            </ButtonAnchor>
          </div>
        </div>
      </div>
    </details>
  );
}

const dots: Record<StepState, { icon: typeof Check; look: string }> = {
  done: { icon: Check, look: "bg-success-soft text-success" },
  now: { icon: Clock, look: "bg-accent text-on-accent" },
  next: { icon: Circle, look: "border border-line bg-surface text-ink-3" },
  failed: { icon: X, look: "bg-warning-soft text-warning" },
};

function Timeline(props: { status: TicketStatus; domain: string }) {
  const { t } = useI18n();
  const { domain } = props;
  const ask = asking(props.status);
  const words: Record<string, string> = {
    held: t("wait.step.held"),
    ask:
      ask === "wallet"
        ? t("wait.step.wallet")
        : ask === "sent"
          ? t("wait.step.sent", { domain })
          : ask === "queued"
            ? t("wait.step.sending", { domain })
            : t("wait.step.unsent", { domain }),
    approve: t("wait.step.approve"),
    paid: t("wait.step.paid"),
  };
  const list = steps(props.status).filter((step) => !(ask === "wallet" && step.name === "approve"));
  return (
    <ol className="flex flex-col">
      {list.map((step, index) => {
        const { icon: Icon, look } = dots[step.state];
        const last = index === list.length - 1;
        return (
          <li
            key={step.name}
            aria-current={step.state === "now" ? "step" : undefined}
            className="flex gap-3"
          >
            <span className="flex flex-col items-center">
              <span
                className={cx(
                  "flex size-7 shrink-0 items-center justify-center rounded-full",
                  look,
                )}
              >
                <Icon aria-hidden="true" className="size-4" />
              </span>
              {!last && <span className="min-h-3 w-px flex-1 bg-line" />}
            </span>
            <span
              className={cx(
                "pb-3 pt-0.5",
                step.state === "now" ? "font-semibold" : step.state === "next" ? "text-ink-3" : "",
              )}
            >
              {words[step.name]}
              <span className="sr-only">, {t(`wait.state.${step.state}`)}</span>
            </span>
          </li>
        );
      })}
    </ol>
  );
}

function Release(props: { ticketId: number; token: string | null; clock: string | null }) {
  const { t } = useI18n();
  const [asking, setAsking] = useState(false);
  const cancel = useCancel(props.ticketId, props.token);
  return (
    <>
      <Button look="ghost" className="self-center" onClick={() => setAsking(true)}>
        {t("wait.release")}
      </Button>
      {asking && (
        <Dialog
          title={t("wait.release.title")}
          onClose={() => setAsking(false)}
          actions={
            <>
              <Button look="secondary" onClick={() => setAsking(false)}>
                {t("wait.release.keep")}
              </Button>
              <Button look="danger" busy={cancel.isPending} onClick={() => cancel.mutate()}>
                {t("wait.release.do")}
              </Button>
            </>
          }
        >
          {cancel.isError && <ProblemNotice error={cancel.error} />}
          <p className="text-ink-2">{t("wait.release.body")}</p>
        </Dialog>
      )}
    </>
  );
}

function Ended(
  props: Props & { status: TicketStatus; ended: Exclude<ReturnType<typeof outcome>, "waiting"> },
) {
  const { t, locale } = useI18n();
  const { status, event, ended } = props;
  const amount = formatNumber(status.payment.amount_sats, locale);
  if (ended === "paid") {
    return (
      <Page title={t("wait.paid.title")} hideHeading>
        <div
          role="status"
          className="flex flex-col items-center gap-5 rounded-card border border-line bg-surface p-6 text-center sm:p-10"
        >
          <div className="relative w-full max-w-sm">
            <Poster
              id={event.id}
              title={event.title}
              className="aspect-video w-full rounded-card"
            />
            <span className="absolute -bottom-6 left-1/2 flex size-14 -translate-x-1/2 items-center justify-center rounded-full border-4 border-surface bg-success-soft text-success">
              <Check aria-hidden="true" className="size-7" strokeWidth={3} />
            </span>
          </div>
          <p className="pt-4 text-2xl font-bold tracking-tight">{t("wait.paid.title")}</p>
          <p className="text-ink-2">
            {status.payment.amount_sats > 0
              ? t("wait.paid.body", { amount, event: event.title })
              : t("wait.paid.free", { event: event.title })}
          </p>
          <ButtonLink to={`/tickets/${status.ticket.id}`} size="lg">
            <Ticket aria-hidden="true" className="size-5" />
            {t("wait.paid.view")}
          </ButtonLink>
        </div>
      </Page>
    );
  }
  const looks: Record<typeof ended, { icon: typeof Clock; action: ReactNode }> = {
    expired: { icon: Clock, action: <Again {...props} amount={amount} /> },
    failed: { icon: CircleSlash, action: <Again {...props} amount={amount} /> },
    cancelled: {
      icon: Undo2,
      action: (
        <Button onClick={props.onStartOver}>
          <RotateCcw aria-hidden="true" className="size-4" />
          {t("event.buy")}
        </Button>
      ),
    },
    refunded: { icon: Undo2, action: null },
  };
  const { icon, action } = looks[ended];
  return (
    <Page title={t(`wait.${ended}.title`)} hideHeading>
      <div role="status">
        <EmptyState
          icon={icon}
          title={t(`wait.${ended}.title`)}
          actions={
            <>
              {action}
              <ButtonLink to="/tickets" look="secondary">
                {t("tickets.title")}
              </ButtonLink>
            </>
          }
        >
          {t(`wait.${ended}.body`)}
        </EmptyState>
      </div>
    </Page>
  );
}

/** One tap: the same event, the same address, a new hold. */
function Again(props: Props & { amount: string }) {
  const { t } = useI18n();
  const signedIn = useSession();
  const mine = useMyTickets();
  const buy = usePurchase();
  const user = signedIn?.user.id ?? 0;
  const uma =
    orderOf(props.ticketId)?.uma ??
    mine.data?.find((ticket) => ticket.id === props.ticketId)?.uma_address ??
    lastAddress.get(user);
  return (
    <div className="flex w-full flex-col items-center gap-3">
      {buy.isError && <ProblemNotice error={buy.error} />}
      <Button
        busy={buy.isPending}
        onClick={() =>
          buy.mutate(
            { event: props.event.id, user, uma },
            { onSuccess: (bought) => props.onNewOrder(bought.ticket.id) },
          )
        }
      >
        <RotateCcw aria-hidden="true" className="size-4" />
        {t("wait.expired.again", { amount: props.amount })}
      </Button>
    </div>
  );
}
