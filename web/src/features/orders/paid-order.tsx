import { Check, Link2, ReceiptText } from "lucide-react";
import type { Order } from "@/api/types";
import { useI18n } from "@/i18n/i18n";
import { formatNumber } from "@/lib/format";
import { useSession } from "@/lib/session";
import { useNow } from "@/lib/use-now";
import { isCancelledEvent } from "@/shared/event-state";
import { JoinStream } from "@/shared/join-stream";
import { MoneyNotice } from "@/shared/money-notice";
import { isRefund, moneyState } from "@/shared/money-state";
import { When } from "@/shared/when";
import { ButtonLink } from "@/ui/button";
import { CopyButton } from "@/ui/copy-button";
import { Page } from "@/ui/page";
import { Poster } from "@/ui/poster";
import { OrderTickets } from "./order-tickets";
import { OrderReceipt } from "./order-receipt";
import { RefundAddress } from "./refund-address";

/** An order with its issued tickets. */
export function PaidOrder({ order, token }: { order: Order; token: string | null }) {
  const { t, tn, locale } = useI18n();
  const now = useNow(1000);
  const signedIn = useSession();
  const { event } = order;
  const valid = order.tickets.filter((ticket) => ticket.payment_status === "paid");
  const first = valid[0];
  const hasRefunded = order.tickets.some((ticket) => ticket.payment_status === "refunded");
  const isPaid = order.total_sats > 0 && !isRefund(moneyState(order.payment));
  const link = token && `${window.location.origin}/orders/${order.id}#token=${token}`;
  return (
    <Page title={event.title} wide hideHeading>
      <header className="no-print mx-auto flex w-full max-w-[728px] flex-col gap-4 rounded-card border border-line bg-surface p-5 sm:flex-row sm:items-center sm:p-6">
        <Poster
          id={event.id}
          title={event.title}
          className="hidden aspect-video w-44 shrink-0 rounded-control sm:block"
        />
        <div className="flex min-w-0 flex-1 flex-col gap-1">
          <p className="flex items-center gap-2 text-xl font-bold tracking-tight">
            <span className="flex size-7 shrink-0 items-center justify-center rounded-full bg-success-soft text-success">
              <Check aria-hidden="true" className="size-4" strokeWidth={3} />
            </span>
            <span>{t("wait.paid.title")}</span>
          </p>
          <p role="status" className="text-ink-2">
            {tn(isPaid ? "order.paid.body" : "order.paid.free", valid.length, {
              amount: formatNumber(order.total_sats, locale),
              event: event.title,
            })}
          </p>
          {order.email && (
            <p className="text-sm text-ink-3">{t("order.paid.email", { email: order.email })}</p>
          )}
          <div className="flex flex-wrap gap-2 pt-2 empty:hidden">
            {signedIn && first && valid.length === 1 && (
              <ButtonLink to={`/tickets/${first.id}`} size="sm">
                {t("wait.paid.view")}
              </ButtonLink>
            )}
            {!signedIn && link && (
              <CopyButton text={link} label={t("order.link.copy")} size="sm" icon={Link2} />
            )}
            <a
              href="#receipt"
              className="inline-flex min-h-9 items-center gap-2 rounded-control border border-line-strong bg-surface px-3 text-sm font-semibold hover:bg-sunken"
            >
              <ReceiptText aria-hidden="true" className="size-4" />
              <span>{t("pass.receipt")}</span>
            </a>
          </div>
        </div>
      </header>
      <div className="mx-auto flex w-full max-w-[728px] flex-col gap-5 empty:hidden">
        <MoneyNotice
          ticketStatus={hasRefunded ? "part_refunded" : "paid"}
          payment={order.payment}
        />
        <RefundAddress order={order} token={token} />
        {!isCancelledEvent(event) && <JoinStream event={event} ticket={first?.id} now={now} />}
        <div className="text-center">
          <When start={event.start_time} end={event.end_time} zone={event.time_zone} />
        </div>
      </div>
      <OrderTickets order={order} token={token} />
      <OrderReceipt order={order} />
    </Page>
  );
}
