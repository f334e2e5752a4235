import { ArrowLeft, Printer } from "lucide-react";
import type { UserTicket } from "@/api/types";
import { useI18n } from "@/i18n/i18n";
import { formatDateTime, formatNumber } from "@/lib/format";
import { useSession } from "@/lib/session";
import { viewerZone } from "@/lib/time";
import { OrderLines } from "@/shared/order/order-lines";
import { useConfig, useMyOrders } from "@/shared/queries";
import { Conversions, invoiceNumber, ReceiptRow } from "@/shared/receipt";
import { ticketStatusStyle } from "@/shared/ticket-status";
import { When } from "@/shared/when";
import { Button, ButtonLink } from "@/ui/button";
import { Card } from "@/ui/card";
import { Page } from "@/ui/page";
import { OneTicket } from "./one-ticket";
import { hasReceipt } from "./ticket-state";

export function ReceiptScreen() {
  return <OneTicket>{(ticket) => <Receipt ticket={ticket} />}</OneTicket>;
}

/** Without today's fiat value: only a rate at the time of sale belongs on a receipt. */
function Receipt({ ticket }: { ticket: UserTicket }) {
  const { t, locale } = useI18n();
  const { domain } = useConfig();
  const signedIn = useSession();
  const zone = viewerZone();
  const order = useMyOrders().data?.find(({ tickets }) =>
    tickets.some(({ id }) => id === ticket.id),
  );
  const amount = ticket.payment?.amount_sats ?? 0;
  return (
    <Page
      title={t("receipt.title")}
      actions={
        <>
          <ButtonLink to={`/tickets/${ticket.id}`} variant="secondary" size="sm">
            <ArrowLeft aria-hidden="true" className="size-4" />
            <span>{t("pass.title")}</span>
          </ButtonLink>
          <Button size="sm" onClick={() => window.print()}>
            <Printer aria-hidden="true" className="size-4" />
            <span>{t("print")}</span>
          </Button>
        </>
      }
    >
      <Card className="flex flex-col gap-4">
        {order && (
          <OrderLines lines={order.lines} total={order.total_sats} code={order.promo_code} />
        )}
        <dl className={order ? "border-t border-line pt-2" : undefined}>
          <ReceiptRow label={t("receipt.seller")}>{domain}</ReceiptRow>
          {order && <ReceiptRow label={t("order.number")}>{order.id}</ReceiptRow>}
          <ReceiptRow label={t("receipt.number")}>{ticket.id}</ReceiptRow>
          <ReceiptRow label={t("receipt.event")}>{ticket.event.title}</ReceiptRow>
          <ReceiptRow label={t("receipt.date")}>
            <When
              start={ticket.event.start_time}
              end={ticket.event.end_time}
              zone={ticket.event.time_zone}
            />
          </ReceiptRow>
          <ReceiptRow label={t("login.name")}>{signedIn?.user.name}</ReceiptRow>
          <ReceiptRow label={t("receipt.bought")}>
            {formatDateTime(ticket.created_at, locale, zone)}
          </ReceiptRow>
          <ReceiptRow label={t("receipt.amount")}>
            {amount === 0 ? t("free") : t("sats", { amount: formatNumber(amount, locale) })}
          </ReceiptRow>
          {ticket.uma_address && hasReceipt(ticket) && (
            <ReceiptRow label={t("receipt.paidby")}>{ticket.uma_address}</ReceiptRow>
          )}
          {ticket.payment?.invoice_id && (
            <ReceiptRow label={t("receipt.invoice")}>
              {invoiceNumber(ticket.payment.invoice_id)}
            </ReceiptRow>
          )}
          <ReceiptRow label={t("receipt.status")}>
            {amount > 0 && ticket.payment_status === "paid"
              ? t("receipt.status.paid")
              : t(ticketStatusStyle(ticket.payment_status).key)}
          </ReceiptRow>
        </dl>
        {order && <Conversions lines={order.lines} />}
      </Card>
      <p className="text-sm text-ink-3">{t("receipt.note", { domain })}</p>
    </Page>
  );
}
