import { ChevronDown, Zap } from "lucide-react";
import type { Order } from "@/api/types";
import { useI18n } from "@/i18n/i18n";
import { ButtonAnchor } from "@/ui/button";
import { CopyButton } from "@/ui/copy-button";
import { InvoiceText } from "@/ui/invoice-text";
import { QrCode } from "@/ui/qr-code";
import { invoiceLink, invoiceQr, lnurlLink } from "./waiting-state";

/** The bolt11 invoice as QR code and text. */
export function Invoice(props: { bolt11: string; amount: string }) {
  const { t } = useI18n();
  return (
    <div className="flex flex-col items-center gap-4 sm:flex-row sm:items-start">
      <QrCode
        value={invoiceQr(props.bolt11)}
        level="L"
        label={t("wait.qr", { amount: props.amount })}
        className="w-full max-w-64 border border-line sm:w-56"
      />
      <div className="flex w-full min-w-0 flex-1 flex-col gap-3">
        <p className="text-ink-2">{t("wait.other.body")}</p>
        <InvoiceText>{props.bolt11}</InvoiceText>
        <div className="flex flex-wrap gap-2">
          <CopyButton text={props.bolt11} label={t("wait.copy")} size="sm" />
          <ButtonAnchor variant="secondary" size="sm" href={invoiceLink(props.bolt11)}>
            <Zap aria-hidden="true" className="size-4" />
            <span>{t("wait.open")}</span>
          </ButtonAnchor>
        </div>
      </div>
    </div>
  );
}

/** The order's payment link for LNURL wallets. */
export function PaymentLink({ link }: { link: NonNullable<Order["payment_link"]> }) {
  const { t } = useI18n();
  return (
    <section className="flex flex-col gap-2 border-t border-line pt-4">
      <h2 className="text-sm font-semibold">{t("wait.link")}</h2>
      <p className="text-sm text-ink-2">{t("wait.link.body")}</p>
      <div className="flex flex-wrap gap-2">
        <CopyButton text={link.payment_url} label={t("wait.link.copy")} size="sm" />
        <ButtonAnchor variant="secondary" size="sm" href={lnurlLink(link.lnurl)}>
          <Zap aria-hidden="true" className="size-4" />
          <span>{t("wait.link.open")}</span>
        </ButtonAnchor>
      </div>
    </section>
  );
}

/** The invoice and the payment link, for wallets other than the one that was asked. */
export function PayAnotherWay(props: {
  bolt11: string;
  link: Order["payment_link"];
  amount: string;
  open: boolean;
}) {
  const { t } = useI18n();
  return (
    <details
      open={props.open}
      className="group rounded-card border border-line bg-surface px-5 py-4"
    >
      <summary className="flex list-none items-center justify-between font-semibold">
        <span>{t("wait.other")}</span>
        <ChevronDown aria-hidden="true" className="size-5 text-ink-3 group-open:rotate-180" />
      </summary>
      <div className="flex flex-col gap-4 pt-4">
        <Invoice bolt11={props.bolt11} amount={props.amount} />
        {props.link && <PaymentLink link={props.link} />}
      </div>
    </details>
  );
}
