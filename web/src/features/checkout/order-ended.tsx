import { Ban, Check, CircleSlash, Clock, RotateCcw, Ticket, Undo2 } from "lucide-react";
import type { EventView, TicketStatus } from "@/api/types";
import { useI18n } from "@/i18n/i18n";
import { formatNumber } from "@/lib/format";
import { useSession } from "@/lib/session";
import { isCancelledEvent } from "@/shared/event-state";
import { MoneyNotice, useMoneyText } from "@/shared/money-notice";
import { isRefund, moneyState } from "@/shared/money-state";
import { useMyTickets } from "@/shared/queries";
import { Button, ButtonLink } from "@/ui/button";
import { EmptyState } from "@/ui/empty-state";
import { Page } from "@/ui/page";
import { Poster } from "@/ui/poster";
import { lastAddress, orderOf } from "./orders";
import { usePlaceOrder } from "./place-order";
import { OrderRefused } from "./refusal";
import { outcome } from "./waiting-state";

/** Props shared by the screens of an order. */
export interface Order {
  ticketId: number;
  event: EventView;
  onNewOrder: (ticketId: number) => void;
  onStartOver: () => void;
}

/** Result of a closed order, and the next steps. */
export function OrderEnded(
  props: Order & { status: TicketStatus; ended: Exclude<ReturnType<typeof outcome>, "waiting"> },
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
            {status.payment.amount_sats > 0 && !isRefund(moneyState(status.payment))
              ? t("wait.paid.body", { amount, event: event.title })
              : t("wait.paid.free", { event: event.title })}
          </p>
          <div className="w-full max-w-md text-left empty:hidden">
            <MoneyNotice ticketStatus={ended} payment={status.payment} />
          </div>
          <ButtonLink to={`/tickets/${status.ticket.id}`} size="lg">
            <Ticket aria-hidden="true" className="size-5" />
            <span>{t("wait.paid.view")}</span>
          </ButtonLink>
        </div>
      </Page>
    );
  }
  return <EndedWithoutTicket {...props} ended={ended} />;
}

const ICONS = { expired: Clock, failed: CircleSlash, cancelled: Ban, refunded: Undo2 };

function EndedWithoutTicket(
  props: Order & { status: TicketStatus; ended: "expired" | "failed" | "cancelled" | "refunded" },
) {
  const { t } = useI18n();
  const { status, event, ended } = props;
  const money = moneyState(status.payment);
  const text = useMoneyText()(ended, status.payment);
  const isCancelled = isCancelledEvent(event) || isCancelledEvent(status.event);
  const title = text?.title ?? t(`wait.${ended}.title`);
  const body = (): string => {
    if (text) return `${text.reason} ${text.fate}`;
    // Without access to the amounts, the text makes no statement about money.
    if (money.kind === "unknown") return t("wait.ended.unknown");
    return isCancelled ? t("event.cancelled.body") : t(`wait.${ended}.body`);
  };
  return (
    <Page title={title} hideHeading>
      <div role="status">
        <EmptyState
          icon={text ? Undo2 : ICONS[ended]}
          title={title}
          actions={
            <>
              {text || isCancelled ? null : ended === "cancelled" ? (
                <Button onClick={props.onStartOver}>
                  <RotateCcw aria-hidden="true" className="size-4" />
                  <span>{t("event.buy")}</span>
                </Button>
              ) : ended === "refunded" ? null : (
                <RetryOrder {...props} />
              )}
              <ButtonLink to="/tickets" variant="secondary">
                {t("tickets.title")}
              </ButtonLink>
            </>
          }
        >
          {body()}
        </EmptyState>
      </div>
    </Page>
  );
}

/** Orders again for the same event and address. */
function RetryOrder(props: Order) {
  const { t, locale } = useI18n();
  const signedIn = useSession();
  const mine = useMyTickets();
  const order = usePlaceOrder(props.event, props.onNewOrder);
  const user = signedIn?.user.id ?? 0;
  const uma =
    orderOf(props.ticketId)?.uma ??
    mine.data?.find((ticket) => ticket.id === props.ticketId)?.uma_address ??
    lastAddress.get(user);
  return (
    <div className="flex w-full flex-col items-center gap-3">
      {order.failure !== null && <OrderRefused error={order.failure} />}
      {order.dialog}
      <Button busy={order.isPending} onClick={() => order.place(uma)}>
        <RotateCcw aria-hidden="true" className="size-4" />
        <span>
          {t("wait.expired.again", { amount: formatNumber(props.event.price_sats, locale) })}
        </span>
      </Button>
    </div>
  );
}
