import { Printer } from "lucide-react";
import type { Order } from "@/api/types";
import { useI18n } from "@/i18n/i18n";
import { formatDateTime } from "@/lib/format";
import { viewerZone } from "@/lib/time";
import { OrderLines } from "@/shared/order/order-lines";
import { useConfig } from "@/shared/queries";
import { Conversions, ReceiptRow } from "@/shared/receipt";
import { Button } from "@/ui/button";
import { Card } from "@/ui/card";

/** What was bought and paid, with the exchange rates applied. */
export function OrderReceipt({ order }: { order: Order }) {
  const { t, locale } = useI18n();
  const { domain } = useConfig();
  const zone = viewerZone();
  return (
    <section
      id="receipt"
      aria-labelledby="receipt-title"
      className="mx-auto flex w-full max-w-[728px] scroll-mt-6 flex-col gap-3"
    >
      <div className="flex items-center justify-between gap-4">
        <h2 id="receipt-title" className="text-lg font-semibold">
          {t("receipt.title")}
        </h2>
        <Button variant="secondary" size="sm" className="no-print" onClick={() => window.print()}>
          <Printer aria-hidden="true" className="size-4" />
          <span>{t("print")}</span>
        </Button>
      </div>
      <Card className="flex flex-col gap-4">
        <OrderLines lines={order.lines} total={order.total_sats} code={order.promo_code} />
        <dl className="border-t border-line pt-3">
          <ReceiptRow label={t("receipt.seller")}>{domain}</ReceiptRow>
          <ReceiptRow label={t("order.number")}>{order.id}</ReceiptRow>
          <ReceiptRow label={t("receipt.event")}>{order.event.title}</ReceiptRow>
          <ReceiptRow label={t("receipt.bought")}>
            {formatDateTime(order.created_at, locale, zone)}
          </ReceiptRow>
          {order.uma_address && order.total_sats > 0 && (
            <ReceiptRow label={t("receipt.paidby")}>{order.uma_address}</ReceiptRow>
          )}
        </dl>
        <Conversions lines={order.lines} />
      </Card>
      <p className="text-sm text-ink-3">{t("receipt.note", { domain })}</p>
    </section>
  );
}
