import { CheckCircle2, UserRound } from "lucide-react";
import { useState } from "react";
import type { AdminPayment, PaymentTicket } from "@/api/types";
import { useI18n } from "@/i18n/i18n";
import { formatNumber } from "@/lib/format";
import { onSuccess } from "@/lib/on-success";
import { OrderLines } from "@/shared/order/order-lines";
import { ticketStatusStyle } from "@/shared/ticket-status";
import { Badge } from "@/ui/badge";
import { Button } from "@/ui/button";
import { Each } from "@/ui/each";
import { toast } from "@/ui/toast";
import { ConfirmRefund } from "./confirm-refund";
import { useRefund, useRefundTicket } from "./queries";

/** The order of a payment. A server of the release before sends none of it. */
export function ofOrder(payment: Partial<AdminPayment>) {
  return {
    id: payment.order_id ?? null,
    email: payment.email ?? null,
    lines: payment.lines ?? [],
    tickets: payment.tickets ?? [],
    code: payment.promo_code ?? null,
  };
}

/** What was ordered, and each ticket with its state and refund. */
export function PaymentTickets({ payment }: { payment: AdminPayment }) {
  const { t } = useI18n();
  const { lines, tickets, code } = ofOrder(payment);
  if (tickets.length === 0) return null;
  return (
    <>
      {lines.length > 0 && (
        <section aria-labelledby="payment-lines" className="flex flex-col gap-3">
          <h3 id="payment-lines" className="font-semibold">
            {t("admin.payment.order")}
          </h3>
          <OrderLines
            lines={lines}
            total={lines.reduce((sum, line) => sum + line.total_sats, 0)}
            code={code}
          />
        </section>
      )}
      <section aria-labelledby="payment-tickets" className="flex flex-col gap-2">
        <h3 id="payment-tickets" className="font-semibold">
          {t("admin.payment.tickets")}
        </h3>
        <ul className="flex flex-col divide-y divide-line rounded-card border border-line">
          <Each of={tickets} by={(ticket) => ticket.id} as="li">
            {(ticket) => (
              <li className="flex flex-col gap-2 p-3">
                <TicketRow payment={payment} ticket={ticket} single={tickets.length === 1} />
              </li>
            )}
          </Each>
        </ul>
      </section>
      <RefundAll payment={payment} tickets={tickets} />
    </>
  );
}

const isValid = (ticket: PaymentTicket) => ticket.payment_status === "paid";

function TicketRow(props: { payment: AdminPayment; ticket: PaymentTicket; single: boolean }) {
  const { payment, ticket } = props;
  const { t, locale } = useI18n();
  const refund = useRefundTicket(ticket.id);
  const [asking, setAsking] = useState(false);
  const style = ticketStatusStyle(ticket.payment_status);
  const holder = [ticket.holder_name, ticket.holder_email].filter(Boolean).join(", ");
  const price = formatNumber(ticket.amount_sats, locale);
  const isFree = ticket.amount_sats === 0;
  return (
    <>
      <div className="flex items-start justify-between gap-3">
        <p className="min-w-0">
          <span className="block font-medium">{ticket.ticket_type_name}</span>
          <span className="block text-sm text-ink-3 tabular-nums">
            {t("pass.holder", { id: ticket.id })}
          </span>
        </p>
        <p className="flex shrink-0 flex-col items-end gap-1 text-right">
          <span className="font-medium tabular-nums">
            {isFree ? t("free") : t("sats", { amount: price })}
          </span>
          {ticket.checked_in_at && isValid(ticket) ? (
            <Badge icon={CheckCircle2}>{t("order.ticket.used")}</Badge>
          ) : (
            <Badge tone={style.tone} icon={style.icon}>
              {t(style.key)}
            </Badge>
          )}
        </p>
      </div>
      {holder && (
        <p className="flex items-center gap-2 text-sm text-ink-2">
          <UserRound aria-hidden="true" className="size-4 shrink-0 text-ink-3" />
          <span className="min-w-0 break-words">{holder}</span>
        </p>
      )}
      {isValid(ticket) && !props.single && !asking && (
        <Button
          variant="secondary"
          size="sm"
          className="self-start"
          onClick={() => setAsking(true)}
        >
          <span>{t("admin.ticket.refund")}</span>
          <span className="sr-only">{`: ${t("pass.holder", { id: ticket.id })}`}</span>
        </Button>
      )}
      {asking && (
        <ConfirmRefund
          title={t("admin.payment.revoke.title")}
          body={
            isFree
              ? t("admin.ticket.refund.free")
              : t("admin.payment.revoke.body", { amount: price })
          }
          action={t("admin.payment.revoke")}
          address={payment.refund_address ?? payment.ticket.uma_address}
          free={isFree}
          busy={refund.isPending}
          error={refund.error}
          onCancel={() => {
            setAsking(false);
            refund.reset();
          }}
          onConfirm={(input) =>
            onSuccess(refund.mutateAsync(input), () => {
              toast(t(isFree ? "admin.ticket.cancelled" : "admin.payment.refund.asked"));
              setAsking(false);
            })
          }
        />
      )}
    </>
  );
}

/** Refunds the only ticket, or all that are valid. */
function RefundAll(props: { payment: AdminPayment; tickets: readonly PaymentTicket[] }) {
  const { payment } = props;
  const { t, tn, locale } = useI18n();
  const refund = useRefund(payment.id);
  const [asking, setAsking] = useState(false);
  const valid = props.tickets.filter(isValid);
  const count = valid.length;
  const isOffered =
    payment.status === "paid" && payment.amount_sats > 0 && payment.refundable_msats === 0;
  if (!isOffered || count === 0 || (count === 1 && props.tickets.length > 1)) return null;
  if (!asking) {
    return (
      <Button variant="secondary" size="sm" className="self-start" onClick={() => setAsking(true)}>
        {tn("admin.payment.revoke.all", count)}
      </Button>
    );
  }
  const amount = valid.reduce((sum, ticket) => sum + ticket.amount_sats, 0);
  return (
    <ConfirmRefund
      title={tn("admin.payment.revoke.all.title", count)}
      body={tn("admin.payment.revoke.all.body", count, { amount: formatNumber(amount, locale) })}
      action={tn("admin.payment.revoke.all", count)}
      address={payment.refund_address ?? payment.ticket.uma_address}
      busy={refund.isPending}
      error={refund.error}
      onCancel={() => {
        setAsking(false);
        refund.reset();
      }}
      onConfirm={(input) =>
        onSuccess(refund.mutateAsync({ revoke: true, ...input }), () => {
          toast(t("admin.payment.refund.asked"));
          setAsking(false);
        })
      }
    />
  );
}
