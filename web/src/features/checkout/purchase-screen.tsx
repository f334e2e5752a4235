import { Check } from "lucide-react";
import { useEffect, useId, useState } from "react";
import { Link, useParams, useSearchParams } from "react-router-dom";
import { Problem } from "@/api/problem";
import type { EventView, UserTicket } from "@/api/types";
import { useI18n } from "@/i18n/i18n";
import { formatNumber } from "@/lib/format";
import { useSession } from "@/lib/session";
import { phase } from "@/lib/time";
import { tidyUma, umaDomain, umaProblem } from "@/lib/uma";
import { useNow } from "@/lib/use-now";
import { isCancelledEvent } from "@/shared/event-state";
import { EventUnavailable } from "@/shared/event-unavailable";
import { fieldText } from "@/shared/field-text";
import { ProblemNotice } from "@/shared/problem-notice";
import { useConfig, useEventQuery, useMyTickets } from "@/shared/queries";
import { Moment } from "@/shared/when";
import { walletState } from "@/shared/wallet/connection";
import { useWallet } from "@/shared/wallet/queries";
import { WalletCard } from "@/shared/wallet/wallet-card";
import { Amount } from "@/ui/amount";
import { Button, ButtonLink } from "@/ui/button";
import { Card } from "@/ui/card";
import { FieldShell, inputClass } from "@/ui/field";
import { Notice } from "@/ui/notice";
import { Page } from "@/ui/page";
import { Poster } from "@/ui/poster";
import { Loading, Skeleton } from "@/ui/skeleton";
import { umaMessage, umaMessageWhileTyping } from "./form";
import { lastAddress, openOrder, orderOf } from "./orders";
import { usePlaceOrder } from "./place-order";
import { OrderRefused } from "./refusal";
import { Waiting } from "./waiting";

/**
 * Purchase and payment share one URL: `?ticket=` names the open order, so that a reload, the back button
 * and a bookmark show its current state.
 */
export function PurchaseScreen() {
  const { t } = useI18n();
  const signedIn = useSession();
  const eventId = Number(useParams().eventId);
  const [params, setParams] = useSearchParams();
  const ticket = Number(params.get("ticket") ?? Number.NaN);
  const event = useEventQuery(eventId);

  if (event.isPending) {
    return (
      <Page title={t("buy.title")}>
        <Loading label={t("event.loading")}>
          <div className="flex flex-col gap-5">
            <Skeleton className="h-28 rounded-card" />
            <Skeleton className="h-24" />
            <Skeleton className="h-13" />
          </div>
        </Loading>
      </Page>
    );
  }
  if (event.isError) {
    if (Problem.from(event.error).status === 404) return <EventUnavailable />;
    return (
      <Page title={t("buy.title")}>
        <ProblemNotice error={event.error} onRetry={() => void event.refetch()} />
      </Page>
    );
  }
  if (Number.isInteger(ticket) && ticket > 0) {
    return (
      <Waiting
        key={ticket}
        ticketId={ticket}
        event={event.data}
        onNewOrder={(id) => setParams({ ticket: String(id) }, { replace: true })}
        onStartOver={() => setParams({}, { replace: true })}
      />
    );
  }
  return (
    <Order
      event={event.data}
      userId={signedIn?.user.id ?? 0}
      onBought={(id) => setParams({ ticket: String(id) }, { replace: true })}
    />
  );
}

function Order(props: { event: EventView; userId: number; onBought: (ticketId: number) => void }) {
  const i18n = useI18n();
  const { t, locale } = i18n;
  const { event, userId, onBought } = props;
  const now = useNow(5000);
  const tickets = useMyTickets();
  const wallet = useWallet();
  const order = usePlaceOrder(event, onBought);
  const fieldId = useId();
  const [typed, setTyped] = useState<string | null>(null);
  const [left, setLeft] = useState(false);
  const [another, setAnother] = useState(false);

  const isFree = event.price_sats === 0;
  const remembered = wallet.data?.uma_address ?? lastAddress.get(userId);
  const text = typed ?? remembered;
  const uma = tidyUma(text);
  const problem = umaProblem(uma);
  const message = left ? umaMessage(uma) : umaMessageWhileTyping(uma);
  const paysByWallet = walletState(wallet.data, now) === "active";

  const mine = tickets.data?.filter((ticket) => ticket.event.id === event.id) ?? [];
  // The ticket list may be older than the locally known outcome.
  const isOpen = (ticket: UserTicket) =>
    ticket.payment_status === "pending" && orderOf(ticket.id)?.open !== false;
  const pending = mine.find(isOpen)?.id ?? openOrder(event.id, userId);
  const paid = mine.find((ticket) => ticket.payment_status === "paid");

  // Resumes an open order, from another tab or before a reload.
  useEffect(() => {
    if (pending !== null && !order.isPending) onBought(pending);
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [pending]);

  const submit = () => {
    setLeft(true);
    if (order.isPending) return;
    if (!isFree && problem) {
      document.getElementById(fieldId)?.focus();
      return;
    }
    const elsewhere = openOrder(event.id, userId);
    if (elsewhere !== null) {
      onBought(elsewhere);
      return;
    }
    order.place(isFree && problem ? "" : uma);
  };

  const title = isFree ? t("buy.free.title") : t("buy.title");
  const over = phase(event.start_time, event.end_time, now, 0) === "over";
  const isCancelled = isCancelledEvent(event);
  if (isCancelled || over || !event.is_active || event.tickets_available === 0) {
    const type = isCancelled
      ? "event_cancelled"
      : over
        ? "event_over"
        : event.is_active
          ? "sold_out"
          : "event_inactive";
    return (
      <Page title={title}>
        <Summary event={event} />
        <Notice
          tone="warning"
          title={t("buy.unavailable")}
          actions={
            <ButtonLink to="/" variant="secondary" size="sm">
              {t("buy.soldout.action")}
            </ButtonLink>
          }
        >
          {t(`problem.${type}`)}
        </Notice>
      </Page>
    );
  }
  if (paid && !another) {
    return (
      <Page title={title}>
        <Summary event={event} />
        <Notice
          tone="success"
          title={t("buy.have")}
          actions={
            <>
              <ButtonLink to={`/tickets/${paid.id}`} size="sm">
                {t("event.view")}
              </ButtonLink>
              {!isFree && (
                <Button variant="secondary" size="sm" onClick={() => setAnother(true)}>
                  {t("buy.another")}
                </Button>
              )}
            </>
          }
        />
      </Page>
    );
  }

  const failure = order.failure === null ? null : Problem.from(order.failure);
  return (
    <Page title={title}>
      <Summary event={event} />
      <form
        noValidate
        className="flex flex-col gap-6"
        onSubmit={(submitted) => {
          submitted.preventDefault();
          submit();
        }}
      >
        {!isFree && (
          <FieldShell
            id={fieldId}
            label={t("buy.uma")}
            hint={t("buy.uma.hint")}
            error={
              message
                ? t(message)
                : failure?.fields.uma_address && fieldText(failure, "uma_address", i18n)
            }
            trailing={
              problem ? undefined : (
                <span className="flex items-center gap-1 text-success">
                  <Check aria-hidden="true" className="size-5" />
                  <span className="sr-only">{t("buy.uma.valid")}</span>
                </span>
              )
            }
          >
            {(aria) => (
              <input
                {...aria}
                name="uma"
                type="text"
                inputMode="email"
                autoComplete="off"
                autoCapitalize="none"
                autoCorrect="off"
                spellCheck={false}
                placeholder="$you@wallet.example"
                className={`${inputClass} min-h-13 pr-12 text-lg`}
                value={text}
                onChange={(change) => {
                  setTyped(change.target.value);
                  setLeft(false);
                }}
                onBlur={() => {
                  setTyped(uma);
                  setLeft(uma !== "");
                }}
              />
            )}
          </FieldShell>
        )}
        {failure && <OrderRefused error={failure} />}
        <div className="flex flex-col gap-3">
          <Button type="submit" size="lg" wide busy={order.isPending}>
            {isFree
              ? t("buy.get")
              : t("buy.pay", { amount: formatNumber(event.price_sats, locale) })}
          </Button>
          <p className="text-center text-sm text-ink-2">
            {isFree
              ? t("buy.next.free")
              : paysByWallet
                ? t("buy.next.wallet")
                : problem
                  ? t("buy.next.generic")
                  : t("buy.next", { domain: umaDomain(uma) })}
          </p>
        </div>
      </form>
      {order.dialog}
      {!isFree && <WalletCard />}
    </Page>
  );
}

export function Summary({ event }: { event: EventView }) {
  const { t } = useI18n();
  const { rate } = useConfig();
  return (
    <Card flush className="flex flex-col gap-4">
      <h2 className="sr-only">{t("buy.summary")}</h2>
      <div className="flex items-center gap-4 p-4 pb-0">
        <Poster
          id={event.id}
          title={event.title}
          className="h-18 w-24 shrink-0 rounded-control sm:h-20 sm:w-32"
        />
        <div className="min-w-0">
          <p className="font-semibold">
            <Link to={`/events/${event.id}`} className="hover:underline">
              {event.title}
            </Link>
          </p>
          <p className="text-sm text-ink-2 tabular-nums">
            <Moment at={event.start_time} zone={event.time_zone} />
          </p>
        </div>
      </div>
      <dl className="flex items-baseline justify-between gap-4 border-t border-line px-4 py-3">
        <dt className="text-ink-2">{t("buy.one")}</dt>
        <dd>
          <Amount sats={event.price_sats} rate={rate} price className="text-lg font-bold" />
        </dd>
      </dl>
    </Card>
  );
}
