import { RefreshCw, Undo2 } from "lucide-react";
import { useState } from "react";
import type { AdminPayment, PaymentDetail } from "@/api/types";
import { useI18n } from "@/i18n/i18n";
import { formatDateTime, formatNumber } from "@/lib/format";
import { onSuccess } from "@/lib/on-success";
import { viewerZone } from "@/lib/time";
import { ProblemNotice } from "@/shared/problem-notice";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Each } from "@/ui/each";
import { Field } from "@/ui/field";
import { Skeleton } from "@/ui/skeleton";
import { toast } from "@/ui/toast";
import { PaymentBadge } from "./payment-badge";
import { ofOrder, PaymentTickets } from "./payment-tickets";
import { canRetry, anomalyKey, isOpenRefund, kindText } from "./payment-status-style";
import { usePayment, useRefund, useRetryPayment } from "./queries";
import { Refunds, toSats } from "./refunds";

/** Details and actions of a payment. */
export function PaymentDrawer(props: { payment: AdminPayment; onClose: () => void }) {
  const { t, locale } = useI18n();
  const detail = usePayment(props.payment.id);
  const payment = detail.data?.payment ?? props.payment;
  const exception = anomalyKey(payment.exception);
  const isRefunding = detail.data?.refunds.some((refund) => isOpenRefund(refund.status)) ?? false;
  return (
    <Dialog drawer title={t("admin.payment.title", { id: payment.id })} onClose={props.onClose}>
      <div className="flex items-center justify-between gap-3">
        <p className="text-xl font-bold tabular-nums">
          {t("sats", { amount: formatNumber(payment.amount_sats, locale) })}
        </p>
        <span className="flex items-center gap-2 text-sm text-ink-2">
          {exception && <span>{t(exception)}</span>}
          <PaymentBadge payment={payment} />
        </span>
      </div>
      <Facts payment={payment} />
      {payment.refundable_msats > 0 && detail.data && !isRefunding && (
        <RefundPayment payment={payment} />
      )}
      {canRetry(payment) && <RetryPayment payment={payment} onDone={props.onClose} />}
      <PaymentTickets payment={payment} />
      {detail.data && detail.data.refunds.length > 0 && (
        <Refunds paymentId={payment.id} refunds={detail.data.refunds} />
      )}
      <section className="flex flex-col gap-3">
        <h3 className="font-semibold">{t("admin.payment.timeline")}</h3>
        {detail.isPending ? <Skeleton className="h-32" /> : <Timeline detail={detail.data} />}
      </section>
    </Dialog>
  );
}

function Facts({ payment }: { payment: AdminPayment }) {
  const { t, locale } = useI18n();
  const { id, email } = ofOrder(payment);
  return (
    <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-2 text-sm">
      <dt className="text-ink-2">{t("admin.col.event")}</dt>
      <dd>{payment.event_title}</dd>
      <dt className="text-ink-2">{t("admin.col.time")}</dt>
      <dd className="tabular-nums">{formatDateTime(payment.created_at, locale, viewerZone())}</dd>
      <dt className="text-ink-2">{t("admin.col.address")}</dt>
      <dd className="break-all">{payment.ticket.uma_address || "–"}</dd>
      {email && (
        <>
          <dt className="text-ink-2">{t("login.email")}</dt>
          <dd className="break-all">{email}</dd>
        </>
      )}
      {id !== null ? (
        <>
          <dt className="text-ink-2">{t("order.number")}</dt>
          <dd className="tabular-nums">{id}</dd>
        </>
      ) : (
        <>
          <dt className="text-ink-2">{t("admin.col.ticket")}</dt>
          <dd className="tabular-nums">{payment.ticket.id}</dd>
        </>
      )}
      <dt className="text-ink-2">{t("receipt.invoice")}</dt>
      <dd className="font-mono break-all">{payment.invoice_id ?? "–"}</dd>
    </dl>
  );
}

function RetryPayment(props: { payment: AdminPayment; onDone: () => void }) {
  const { t } = useI18n();
  const retry = useRetryPayment();
  return (
    <div className="flex flex-col items-start gap-2">
      {retry.isError && <ProblemNotice error={retry.error} />}
      <p className="text-sm text-ink-2">{t("admin.payment.retry.hint")}</p>
      <Button
        variant="secondary"
        size="sm"
        busy={retry.isPending}
        onClick={() =>
          onSuccess(retry.mutateAsync(props.payment.id), () => {
            toast(t("admin.payment.retried"));
            props.onDone();
          })
        }
      >
        <RefreshCw aria-hidden="true" className="size-4" />
        <span>{t("admin.payment.retry")}</span>
      </Button>
    </div>
  );
}

/** Refund of a late, duplicate or excess amount. */
function RefundPayment({ payment }: { payment: AdminPayment }) {
  const { t, locale } = useI18n();
  const refund = useRefund(payment.id);
  const [to, setTo] = useState("");
  return (
    <form
      noValidate
      className="flex flex-col gap-3 rounded-card border border-warning p-4"
      onSubmit={(event) => {
        event.preventDefault();
        onSuccess(
          refund.mutateAsync({ revoke: false, ...(to.trim() ? { destination: to.trim() } : {}) }),
          () => toast(t("admin.payment.refund.asked")),
        );
      }}
    >
      <p className="font-semibold">
        {t("admin.payment.refund.due", {
          amount: formatNumber(toSats(payment.refundable_msats), locale),
        })}
      </p>
      {refund.isError && <ProblemNotice error={refund.error} />}
      <Field
        label={t("admin.payment.refund.to")}
        hint={t("admin.payment.refund.to.hint")}
        placeholder={payment.refund_address ?? payment.ticket.uma_address}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        value={to}
        onChange={(event) => setTo(event.target.value)}
      />
      <Button type="submit" size="sm" className="self-start" busy={refund.isPending}>
        <Undo2 aria-hidden="true" className="size-4" />
        <span>{t("admin.payment.refund.do")}</span>
      </Button>
    </form>
  );
}

function Timeline({ detail }: { detail: PaymentDetail | undefined }) {
  const { t, locale } = useI18n();
  if (!detail || detail.timeline.length === 0) {
    return <p className="text-sm text-ink-2">{t("admin.payment.timeline.none")}</p>;
  }
  return (
    <ol className="flex flex-col border-l-2 border-line pl-4">
      <Each of={detail.timeline} by={(_, index) => index} as="li">
        {(entry) => (
          <li className="relative pb-4">
            <span
              aria-hidden="true"
              className="absolute top-1.5 -left-[1.4rem] size-2.5 rounded-full bg-accent"
            />
            <p className="font-medium first-letter:uppercase">{kindText(entry.kind, t)}</p>
            {entry.detail && <p className="text-sm break-all text-ink-2">{entry.detail}</p>}
            <p className="text-sm text-ink-3 tabular-nums">
              {formatDateTime(entry.at, locale, viewerZone())}
            </p>
          </li>
        )}
      </Each>
    </ol>
  );
}
