import type { ReactNode } from "react";
import type { OrderLine } from "@/api/types";
import { useI18n } from "@/i18n/i18n";
import { formatDateTime, formatMinor, formatNumber } from "@/lib/format";
import { viewerZone } from "@/lib/time";

/** A label and its value, in two columns that stay aligned on a phone. */
export function ReceiptRow(props: { label: string; children: ReactNode }) {
  return (
    <div className="grid grid-cols-[minmax(6.5rem,2fr)_minmax(0,5fr)] gap-x-4 border-b border-line py-2.5 last:border-0">
      <dt className="text-ink-2">{props.label}</dt>
      <dd className="min-w-0 font-medium [overflow-wrap:anywhere] tabular-nums">
        {props.children}
      </dd>
    </div>
  );
}

/** Prices in other currencies with the exchange rates at the time of sale. */
export function Conversions({ lines }: { lines: readonly OrderLine[] }) {
  const { t, locale } = useI18n();
  const conversions = lines.flatMap((line) => line.conversion ?? []);
  return conversions.map((conversion, index) => (
    <p key={index} className="text-sm text-ink-3">
      {t("order.conversion", {
        price: formatMinor(conversion.amount_minor, conversion.currency, locale),
        rate: formatNumber(conversion.rate, locale),
        currency: conversion.currency,
        source: conversion.source,
        time: formatDateTime(conversion.at, locale, viewerZone()),
      })}
    </p>
  ));
}

/** The number of a node's invoice without its kind: `Invoice:01a2` has the label "Invoice" already. */
export const invoiceNumber = (id: string): string => id.replace(/^\w+:/, "");
