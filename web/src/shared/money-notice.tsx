import { useI18n } from "@/i18n/i18n";
import { formatNumber } from "@/lib/format";
import { Notice } from "@/ui/notice";
import { isRefund, moneyState, refundReason, type Money } from "./money-state";

/** What happened to money that does not stay with the shop, in two sentences; `null` without any. */
export function useMoneyText() {
  const { t, locale } = useI18n();
  return (ticketStatus: string, payment: Money | null | undefined) => {
    const money = moneyState(payment);
    if (!payment || !isRefund(money)) return null;
    const reason = t(refundReason(ticketStatus, payment), {
      received: formatNumber(Math.floor((payment.received_msats ?? 0) / 1000), locale),
      amount: formatNumber(payment.amount_sats, locale),
    });
    const refund = formatNumber(money.sats, locale);
    const address = money.kind === "owed" ? null : money.address;
    const fate =
      address === null
        ? t(`money.${money.kind}`, { refund })
        : t(`money.${money.kind === "owed" ? "sending" : money.kind}.to`, { refund, address });
    return { kind: money.kind, title: t(`money.${money.kind}.title`), reason, fate };
  };
}

/** The same as a notice beside a ticket. */
export function MoneyNotice(props: { ticketStatus: string; payment: Money | null | undefined }) {
  const text = useMoneyText()(props.ticketStatus, props.payment);
  if (!text) return null;
  return (
    <Notice tone={text.kind === "failed" ? "warning" : "info"} title={text.title}>
      <p>{text.reason}</p>
      <p>{text.fate}</p>
    </Notice>
  );
}
