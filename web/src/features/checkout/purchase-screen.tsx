import { useEffect } from "react";
import { Navigate, useLocation, useNavigate, useParams, useSearchParams } from "react-router-dom";
import { Problem } from "@/api/problem";
import type { EventView } from "@/api/types";
import { useI18n } from "@/i18n/i18n";
import { useSession } from "@/lib/session";
import { phase } from "@/lib/time";
import { useNow } from "@/lib/use-now";
import { isCancelledEvent } from "@/shared/event-state";
import { EventUnavailable } from "@/shared/event-unavailable";
import { defaultChoices, isOnSale, isSoldOut, typesOf } from "@/shared/order/event-types";
import { knownOrder, openOrder } from "@/shared/order/memory";
import { usePlaceOrder } from "@/shared/order/place-order";
import { usePromoCode } from "@/shared/order/queries";
import { offered, readSelection, selectionQuery } from "@/shared/order/selection";
import { ProblemNotice } from "@/shared/problem-notice";
import { useEventQuery, useMyOrders } from "@/shared/queries";
import { useWallet } from "@/shared/wallet/queries";
import { Button, ButtonLink } from "@/ui/button";
import { Notice } from "@/ui/notice";
import { Page } from "@/ui/page";
import { Loading, Skeleton } from "@/ui/skeleton";
import { CheckoutForm } from "./checkout-form";
import { EventSummary } from "./event-summary";

/** Checkout of the tickets that the URL names. */
export function PurchaseScreen() {
  const { t } = useI18n();
  const eventId = Number(useParams().eventId);
  const [params] = useSearchParams();
  const ticket = Number(params.get("ticket") ?? Number.NaN);
  const event = useEventQuery(eventId);
  const wallet = useWallet();
  if (Number.isInteger(ticket) && ticket > 0) return <OrderOfTicket ticketId={ticket} />;
  // A connected wallet replaces the field for an address.
  const isWalletUnknown = wallet.isLoading && wallet.failureCount === 0;
  if (event.isPending || isWalletUnknown) return <LoadingPage />;
  // A failed repeat keeps the page and what was typed.
  if (!event.data) {
    if (Problem.from(event.error).status === 404) return <EventUnavailable />;
    return (
      <Page title={t("buy.title")}>
        <ProblemNotice error={event.error} onRetry={() => void event.refetch()} />
      </Page>
    );
  }
  return <Checkout event={event.data} />;
}

function LoadingPage() {
  const { t } = useI18n();
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

/** Links of earlier releases name an order by its ticket. */
function OrderOfTicket({ ticketId }: { ticketId: number }) {
  const signedIn = useSession();
  const location = useLocation();
  const orders = useMyOrders();
  if (!signedIn) {
    const next = new URLSearchParams({ next: location.pathname + location.search });
    return <Navigate to={`/login?${next}`} replace />;
  }
  if (orders.isPending) return <LoadingPage />;
  const order = orders.data?.find(({ tickets }) => tickets.some(({ id }) => id === ticketId));
  return <Navigate to={order ? `/orders/${order.id}` : `/tickets/${ticketId}`} replace />;
}

function Checkout({ event }: { event: EventView }) {
  const { t } = useI18n();
  const navigate = useNavigate();
  const [params, setParams] = useSearchParams();
  const now = useNow(5000);
  const userId = useSession()?.user.id ?? 0;
  const orders = useMyOrders();
  const read = readSelection(params);
  const promo = usePromoCode(event.id, read.code);
  const types = typesOf(event, promo.data?.ticket_types);
  const choices = read.choices.length === 0 ? defaultChoices(types) : offered(read.choices, types);

  const mine = orders.data?.filter((order) => order.event.id === event.id) ?? [];
  // The list may be older than the locally known outcome.
  const waiting = mine.find(
    (order) => order.status === "pending" && knownOrder(order.id)?.open !== false,
  );
  const pending = waiting?.id ?? openOrder(event.id, userId);
  const paid = mine.find((order) => order.status === "paid");
  const open = (id: number) => void navigate(`/orders/${id}`, { replace: true });
  const order = usePlaceOrder(({ id }) => open(id));

  // Resumes an open order, from another tab or before a reload.
  useEffect(() => {
    if (pending !== null) open(pending);
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [pending]);

  const isFree = choices.every((choice) => {
    const type = types.find((each) => each.id === choice.type);
    return type?.price_sats === 0 && type.price.kind === "fixed";
  });
  const title = t(isFree ? "buy.free.title" : "buy.title");
  const over = phase(event.start_time, event.end_time, now, 0) === "over";
  const isCancelled = isCancelledEvent(event);
  const unavailable = isCancelled
    ? "event_cancelled"
    : over
      ? "event_over"
      : !event.is_active
        ? "event_inactive"
        : types.some(isOnSale) || promo.isLoading
          ? null
          : isSoldOut(types)
            ? "sold_out"
            : "event_inactive";
  if (unavailable !== null && !order.isPending) {
    return (
      <Page title={title}>
        <EventSummary event={event} />
        <Notice
          tone="warning"
          title={t("buy.unavailable")}
          actions={
            <ButtonLink to="/" variant="secondary" size="sm">
              {t("buy.soldout.action")}
            </ButtonLink>
          }
        >
          {t(`problem.${unavailable}`)}
        </Notice>
      </Page>
    );
  }
  if (promo.isLoading) return <LoadingPage />;
  if (paid && read.choices.length === 0 && !order.isPending) {
    return (
      <Page title={title}>
        <EventSummary event={event} />
        <Notice
          tone="success"
          title={t("buy.have")}
          actions={
            <>
              <ButtonLink to={`/orders/${paid.id}`} size="sm">
                {t("event.view")}
              </ButtonLink>
              {!isFree && choices.length > 0 && (
                <Button
                  variant="secondary"
                  size="sm"
                  onClick={() =>
                    setParams(selectionQuery({ choices, code: read.code }), { replace: true })
                  }
                >
                  {t("buy.another")}
                </Button>
              )}
            </>
          }
        />
      </Page>
    );
  }
  if (choices.length === 0) {
    return (
      <Page title={title}>
        <EventSummary event={event} />
        <Notice
          tone="info"
          title={t("buy.choose.title")}
          actions={
            <ButtonLink to={`/events/${event.id}`} size="sm">
              {t("picker.title")}
            </ButtonLink>
          }
        >
          {t("buy.choose.body")}
        </Notice>
      </Page>
    );
  }
  return (
    <CheckoutForm
      event={event}
      types={types}
      selection={{ choices, code: promo.data ? read.code : "" }}
      refusedCode={promo.error}
      title={title}
      order={order}
      onOpen={open}
    />
  );
}
