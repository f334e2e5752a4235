import { useQueryClient } from "@tanstack/react-query";
import { ChevronDown } from "lucide-react";
import { useEffect } from "react";
import { keys } from "@/api/keys";
import { Problem } from "@/api/problem";
import type { TicketStatus } from "@/api/types";
import { useI18n } from "@/i18n/i18n";
import { clockSpan, formatNumber, formatTime } from "@/lib/format";
import { instant, viewerZone } from "@/lib/time";
import { umaDomain } from "@/lib/uma";
import { useNow } from "@/lib/use-now";
import { useOnline } from "@/lib/use-online";
import { MoneyNotice } from "@/shared/money-notice";
import { ProblemNotice } from "@/shared/problem-notice";
import { useConfig, useMyTickets } from "@/shared/queries";
import { useSpan } from "@/shared/use-span";
import { Button, ButtonAnchor, ButtonLink } from "@/ui/button";
import { Card } from "@/ui/card";
import { CountdownRing } from "@/ui/countdown-ring";
import { Notice } from "@/ui/notice";
import { Page } from "@/ui/page";
import { Loading, Skeleton } from "@/ui/skeleton";
import { OrderEnded, type Order } from "./order-ended";
import { PayAnotherWay } from "./pay-another-way";
import { PaymentSteps } from "./payment-steps";
import { CancelOrder } from "./cancel-order";
import { closeOrder, orderOf } from "./orders";
import { useTicketStatus } from "./queries";
import { requestState, outcome } from "./waiting-state";

export function Waiting(props: Order) {
  const { t } = useI18n();
  const token = orderOf(props.ticketId)?.token ?? null;
  const status = useTicketStatus(props.ticketId, token);
  const ended = status.data ? outcome(status.data) : "waiting";

  const client = useQueryClient();
  useEffect(() => {
    if (ended === "waiting") return;
    closeOrder(props.ticketId);
    // The ticket list and the event page must not keep the pending state.
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
                <Button variant="secondary" size="sm" onClick={props.onStartOver}>
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
      timedOut={status.timedOut}
      onCheckAgain={status.checkAgain}
      checking={status.isFetching}
    />
  ) : (
    <OrderEnded {...props} status={status.data} ended={ended} />
  );
}

function StillWaiting(
  props: Order & {
    status: TicketStatus;
    token: string | null;
    timedOut: boolean;
    checking: boolean;
    onCheckAgain: () => void;
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
  const request = requestState(status);
  const domain =
    status.collection?.vasp_domain ?? (address ? umaDomain(address) : t("wait.yourwallet"));
  const amount = formatNumber(status.payment.amount_sats, locale);
  const until = instant(status.hold_expires_at);
  const left = until === null ? null : until - now;
  const bolt11 = status.payment.bolt11;

  return (
    <Page title={t(request === "sent" ? "wait.title.approve" : "wait.title")} lead={event.title}>
      {!online && <Notice tone="warning">{t("wait.offline")}</Notice>}
      {props.timedOut && (
        <Notice
          live
          tone="warning"
          actions={
            <>
              <Button size="sm" busy={props.checking} onClick={props.onCheckAgain}>
                {t("wait.again")}
              </Button>
              <ButtonLink to="/tickets" variant="secondary" size="sm">
                {t("tickets.title")}
              </ButtonLink>
            </>
          }
        >
          {t("wait.late")}
        </Notice>
      )}
      <MoneyNotice ticketStatus="pending" payment={status.payment} />
      <Card className="flex flex-col gap-5">
        {/* `collection.detail` is untrusted text of the provider and is not shown. */}
        <p role="status" className="text-lg leading-snug font-semibold">
          {t(`wait.now.${request}`, { domain, amount })}
        </p>
        {left !== null && until !== null && (
          <div className="flex items-center gap-4 rounded-card bg-sunken p-4">
            <CountdownRing
              leftMs={left}
              totalMs={until - (instant(status.ticket.created_at) ?? now)}
              label={t("wait.ring", { time: span(left) })}
            />
            <p className="text-sm text-ink-2">
              {left > 0
                ? t("wait.held.until", {
                    time: formatTime(until, locale, viewerZone()),
                  })
                : t("wait.timeup")}
            </p>
          </div>
        )}
        <PaymentSteps status={status} domain={domain} />
        {config.sandbox && config.sandbox_wallet_url && (
          <ButtonAnchor
            variant="secondary"
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
          link={status.uma_request}
          amount={amount}
          open={request === "unreachable" || request === "refused"}
        />
      )}
      {address && request === "sent" && (
        <details className="group rounded-card border border-line bg-surface px-5 py-4">
          <summary className="flex list-none items-center justify-between font-semibold">
            <span>{t("wait.nothing")}</span>
            <ChevronDown aria-hidden="true" className="size-5 text-ink-3 group-open:rotate-180" />
          </summary>
          <p className="pt-3 text-ink-2">{t("wait.nothing.body", { address })}</p>
        </details>
      )}
      <CancelOrder
        ticketId={props.ticketId}
        token={props.token}
        clock={left === null ? null : clockSpan(left)}
      />
    </Page>
  );
}
