import { ArrowLeft, Printer } from "lucide-react";
import type { ReactNode } from "react";
import type { UserTicket } from "@/api/types";
import { useI18n } from "@/i18n/i18n";
import { formatDateTime, formatNumber } from "@/lib/format";
import { useSession } from "@/lib/session";
import { viewerZone } from "@/lib/time";
import { useConfig } from "@/shared/queries";
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

function Row(props: { label: string; children: ReactNode }) {
  return (
    <div className="flex flex-wrap justify-between gap-x-6 gap-y-1 border-b border-line py-3 last:border-0">
      <dt className="text-ink-2">{props.label}</dt>
      <dd className="min-w-0 [overflow-wrap:anywhere] text-right font-medium tabular-nums">
        {props.children}
      </dd>
    </div>
  );
}

/** Without fiat: today's rate is not the rate at payment. */
function Receipt({ ticket }: { ticket: UserTicket }) {
  const { t, locale } = useI18n();
  const { domain } = useConfig();
  const signedIn = useSession();
  const zone = viewerZone();
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
      <Card>
        <dl>
          <Row label={t("receipt.number")}>{ticket.id}</Row>
          <Row label={t("receipt.event")}>{ticket.event.title}</Row>
          <Row label={t("receipt.date")}>
            <When
              start={ticket.event.start_time}
              end={ticket.event.end_time}
              zone={ticket.event.time_zone}
            />
          </Row>
          <Row label={t("login.name")}>{signedIn?.user.name}</Row>
          <Row label={t("receipt.bought")}>{formatDateTime(ticket.created_at, locale, zone)}</Row>
          <Row label={t("receipt.amount")}>
            {amount === 0 ? t("free") : t("sats", { amount: formatNumber(amount, locale) })}
          </Row>
          {ticket.uma_address && hasReceipt(ticket) && (
            <Row label={t("receipt.paidby")}>{ticket.uma_address}</Row>
          )}
          {ticket.payment?.invoice_id && (
            <Row label={t("receipt.invoice")}>{ticket.payment.invoice_id}</Row>
          )}
          <Row label={t("receipt.status")}>
            {amount > 0 && ticket.payment_status === "paid"
              ? t("receipt.status.paid")
              : t(ticketStatusStyle(ticket.payment_status).key)}
          </Row>
        </dl>
      </Card>
      <p className="text-sm text-ink-3">{t("receipt.note", { domain })}</p>
    </Page>
  );
}
