import { Printer } from "lucide-react";
import type { ReactNode } from "react";
import type { Order } from "@/api/types";
import { useI18n } from "@/i18n/i18n";
import { formatDateTime, formatMinor, formatNumber } from "@/lib/format";
import { viewerZone } from "@/lib/time";
import { OrderLines } from "@/shared/order/order-lines";
import { useConfig } from "@/shared/queries";
import { Button } from "@/ui/button";
import { Card } from "@/ui/card";

function Row(props: { label: string; children: ReactNode }) {
  return (
    <div className="flex flex-wrap justify-between gap-x-6 gap-y-1 py-1.5">
      <dt className="text-ink-2">{props.label}</dt>
      <dd className="min-w-0 [overflow-wrap:anywhere] text-right font-medium tabular-nums">
        {props.children}
      </dd>
    </div>
  );
}

/** What was bought and paid, with the exchange rates applied. */
export function OrderReceipt({ order }: { order: Order }) {
  const { t, locale } = useI18n();
  const { domain } = useConfig();
  const zone = viewerZone();
  const conversions = order.lines.flatMap((line) => line.conversion ?? []);
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
          <Row label={t("order.number")}>{order.id}</Row>
          <Row label={t("receipt.event")}>{order.event.title}</Row>
          <Row label={t("receipt.bought")}>{formatDateTime(order.created_at, locale, zone)}</Row>
          {order.uma_address && order.total_sats > 0 && (
            <Row label={t("receipt.paidby")}>{order.uma_address}</Row>
          )}
        </dl>
        {conversions.map((conversion, index) => (
          <p key={index} className="text-sm text-ink-3">
            {t("order.conversion", {
              price: formatMinor(conversion.amount_minor, conversion.currency, locale),
              rate: formatNumber(conversion.rate, locale),
              currency: conversion.currency,
              source: conversion.source,
              time: formatDateTime(conversion.at, locale, zone),
            })}
          </p>
        ))}
      </Card>
      <p className="text-sm text-ink-3">{t("receipt.note", { domain })}</p>
    </section>
  );
}
