import { useI18n } from "@/i18n/i18n";
import { formatNumber } from "@/lib/format";
import { Notice } from "@/ui/notice";
import { refundErrorText } from "./refund-error";
import { isRefund, moneyState, refundReason, type Money } from "./money-state";

/** Texts for a payment that is or will be refunded; `null` for others. */
export function useMoneyText() {
  const { t, locale } = useI18n();
  return (ticketStatus: string, payment: Money | null | undefined) => {
    const money = moneyState(payment);
    if (!payment || !isRefund(money)) return null;
    const reasonKey = refundReason(ticketStatus, payment);
    const reason = t(reasonKey, {
      received: formatNumber(Math.floor((payment.received_msats ?? 0) / 1000), locale),
      amount: formatNumber(payment.amount_sats, locale),
    });
    const refund = formatNumber(money.sats, locale);
    const address = money.kind === "owed" ? null : money.address;
    const needsAddress = payment.refund_needs_address === true;
    const fate =
      needsAddress && (money.kind === "owed" || money.kind === "failed")
        ? t(`money.${money.kind}.address`, { refund, address: address ?? "" })
        : address === null
          ? t(`money.${money.kind}`, { refund })
          : t(`money.${money.kind === "owed" ? "sending" : money.kind}.to`, { refund, address });
    const cause = "errorCode" in money ? refundErrorText({ error_code: money.errorCode }, t) : null;
    const isShort = reasonKey === "money.under.pending";
    const title = t(isShort ? "money.pending.title" : `money.${money.kind}.title`);
    return {
      isUrgent: isShort || needsAddress || money.kind === "failed",
      title,
      reason,
      fate,
      cause,
    };
  };
}

/** The same as a notice beside a ticket. */
export function MoneyNotice(props: { ticketStatus: string; payment: Money | null | undefined }) {
  const text = useMoneyText()(props.ticketStatus, props.payment);
  if (!text) return null;
  return (
    <Notice tone={text.isUrgent ? "warning" : "info"} title={text.title}>
      <p>{text.reason}</p>
      <p>{text.fate}</p>
      {text.cause !== null && <p>{text.cause}</p>}
    </Notice>
  );
}
