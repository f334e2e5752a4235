import {
  AlertTriangle,
  Ban,
  CalendarX,
  CheckCircle2,
  CircleSlash,
  Clock,
  Hourglass,
  RotateCcw,
  Send,
  Undo2,
} from "lucide-react";
import { useNavigate } from "react-router-dom";
import type { Order } from "@/api/types";
import { useI18n } from "@/i18n/i18n";
import { formatDateTime, formatNumber } from "@/lib/format";
import { useSession } from "@/lib/session";
import { viewerZone } from "@/lib/time";
import { isCancelledEvent } from "@/shared/event-state";
import { useMoneyText } from "@/shared/money-notice";
import { isRefund, moneyState } from "@/shared/money-state";
import { knownOrder, lastAddress } from "@/shared/order/memory";
import { OrderLines } from "@/shared/order/order-lines";
import { usePlaceOrder } from "@/shared/order/place-order";
import { OrderRefused } from "@/shared/order/refusal";
import { countOf, selectionQuery } from "@/shared/order/selection";
import { useEventQuery } from "@/shared/queries";
import { Button, ButtonLink } from "@/ui/button";
import { Card } from "@/ui/card";
import { EmptyState } from "@/ui/empty-state";
import { Page } from "@/ui/page";
import { RefundAddress } from "./refund-address";

type Ended = "expired" | "failed" | "cancelled" | "refunded";

const ICONS = { expired: Clock, failed: CircleSlash, cancelled: Ban, refunded: Undo2 };
/** Pictures of a refund's progress. */
const REFUND_ICONS = {
  owed: Hourglass,
  sending: Send,
  failed: AlertTriangle,
  returned: CheckCircle2,
};

/** An order that ended without tickets: why, what happens to its money, and the next steps. */
export function OrderEnded(props: { order: Order; ended: Ended; token: string | null }) {
  const { order, ended } = props;
  const { t, tn, locale } = useI18n();
  const signedIn = useSession();
  const { event } = order;
  const money = moneyState(order.payment);
  const text = useMoneyText()(ended, order.payment);
  const isCancelled = isCancelledEvent(event);
  const isFree = order.total_sats === 0;
  const again = {
    choices: order.lines.map((line) => ({ type: line.ticket_type_id, quantity: line.quantity })),
    code: order.promo_code ?? "",
  };
  const isUnconfirmed = isFree && ended === "expired";
  const title =
    text?.title ??
    t(
      isUnconfirmed
        ? "order.unconfirmed.title"
        : isCancelled
          ? "wait.event_cancelled.title"
          : `wait.${ended}.title`,
    );
  const returned = money.kind === "returned" ? order.payment?.refunds[0]?.updated_at : undefined;
  const body = (): string => {
    if (text) {
      const when =
        returned && t("money.when", { time: formatDateTime(returned, locale, viewerZone()) });
      return [
        text.reason,
        text.fate,
        ...(text.cause ? [text.cause] : []),
        ...(when ? [when] : []),
      ].join(" ");
    }
    if (isCancelled) {
      return t(money.kind === "none" ? "wait.event_cancelled.body" : "event.cancelled.body");
    }
    if (isUnconfirmed) return t("order.unconfirmed.body");
    if (isFree) return tn("order.cancelled.free", order.tickets.length);
    // Without access to the amounts, the text makes no statement about money.
    if (money.kind === "unknown") return t("wait.ended.unknown");
    return t(`wait.${ended}.body`);
  };
  return (
    <Page title={title} hideHeading>
      <div role="status">
        <EmptyState
          icon={isRefund(money) ? REFUND_ICONS[money.kind] : isCancelled ? CalendarX : ICONS[ended]}
          title={title}
          actions={
            <>
              {text || isCancelled ? (
                <ButtonLink to="/">{t("buy.soldout.action")}</ButtonLink>
              ) : ended === "cancelled" ? (
                <ButtonLink to={`/events/${event.id}/purchase${selectionQuery(again)}`}>
                  <RotateCcw aria-hidden="true" className="size-4" />
                  <span>{tn("event.buy", countOf(again.choices))}</span>
                </ButtonLink>
              ) : ended === "refunded" ? null : (
                <RetryOrder order={order} />
              )}
              {signedIn && (
                <ButtonLink to="/tickets" variant="secondary">
                  {t("tickets.title")}
                </ButtonLink>
              )}
            </>
          }
        >
          {body()}
        </EmptyState>
      </div>
      <RefundAddress order={order} token={props.token} />
      <Card className="flex flex-col gap-3">
        <h2 className="font-semibold">{event.title}</h2>
        <OrderLines lines={order.lines} total={order.total_sats} code={order.promo_code} />
      </Card>
    </Page>
  );
}

/** Orders the same tickets again, from the same address. */
function RetryOrder({ order }: { order: Order }) {
  const { t, locale } = useI18n();
  const navigate = useNavigate();
  const user = useSession()?.user.id ?? 0;
  const again = usePlaceOrder((placed) => void navigate(`/orders/${placed.id}`, { replace: true }));
  const uma = order.uma_address ?? knownOrder(order.id)?.uma ?? "";
  const isFree = order.total_sats === 0;
  const types = useEventQuery(order.event.id).data?.ticket_types;
  const isChosen = (id: number) => types?.find((type) => type.id === id)?.price.kind === "minimum";
  return (
    <div className="flex w-full flex-col items-center gap-3">
      {again.failure !== null && <OrderRefused error={again.failure} />}
      {again.dialog}
      <Button
        busy={again.isPending}
        onClick={() =>
          again.place({
            event: order.event.id,
            lines: order.lines.map((line) => ({
              ticket_type_id: line.ticket_type_id,
              quantity: line.quantity,
              ...(isChosen(line.ticket_type_id) ? { price_sats: line.list_price_sats } : {}),
            })),
            code: order.promo_code ?? "",
            uma: uma || (user > 0 && isFree ? lastAddress.get(user) : ""),
            email: user > 0 ? "" : (order.email ?? ""),
            total: order.total_sats,
          })
        }
      >
        <RotateCcw aria-hidden="true" className="size-4" />
        <span>
          {isFree
            ? t("retry")
            : t("wait.expired.again", { amount: formatNumber(order.total_sats, locale) })}
        </span>
      </Button>
    </div>
  );
}
