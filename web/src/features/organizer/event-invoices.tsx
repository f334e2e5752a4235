import { QrCode as QrIcon } from "lucide-react";
import type { EventInvoiceRecord } from "@/api/types";
import { useI18n, type Key } from "@/i18n/i18n";
import { formatDateTime, formatNumber } from "@/lib/format";
import { viewerZone } from "@/lib/time";
import { ProblemNotice } from "@/shared/problem-notice";
import { Badge, type BadgeTone } from "@/ui/badge";
import { Button } from "@/ui/button";
import { Card } from "@/ui/card";
import { CopyButton } from "@/ui/copy-button";
import { Each } from "@/ui/each";
import { InvoiceText } from "@/ui/invoice-text";
import { QrCode } from "@/ui/qr-code";
import { Skeleton } from "@/ui/skeleton";
import { Table, Td, Th } from "@/ui/table";
import { useEventInvoice, useEventInvoices } from "./queries";

/** Event invoices, which are not tied to a ticket, with received amounts. */
export function EventInvoices(props: { id: number; isPaid: boolean }) {
  const { t } = useI18n();
  const invoices = useEventInvoices(props.id);
  const rows = invoices.data ?? [];
  // A free event may have invoices from a time when it had a price.
  if (!props.isPaid && rows.length === 0) return null;
  return (
    <>
      {props.isPaid && <NewInvoice id={props.id} />}
      {(invoices.isPending || invoices.isError || rows.length > 0) && (
        <section className="flex flex-col gap-3">
          <div>
            <h2 className="text-lg font-semibold">{t("admin.invoices")}</h2>
            <p className="text-sm text-ink-2">{t("admin.invoices.lead")}</p>
          </div>
          {invoices.isPending ? (
            <Skeleton className="h-24 rounded-card" />
          ) : invoices.isError && !invoices.data ? (
            <ProblemNotice error={invoices.error} onRetry={() => void invoices.refetch()} />
          ) : (
            <Table
              label={t("admin.invoices")}
              head={
                <>
                  <Th>{t("receipt.invoice")}</Th>
                  <Th>{t("admin.col.amount")}</Th>
                  <Th>{t("admin.col.received")}</Th>
                  <Th>{t("admin.col.status")}</Th>
                  <Th>{t("admin.col.created")}</Th>
                </>
              }
            >
              <Each of={rows} by={(invoice) => invoice.id} as="tr">
                {(invoice) => <Row invoice={invoice} />}
              </Each>
            </Table>
          )}
        </section>
      )}
    </>
  );
}

const STATUS: Record<string, { key: Key; tone: BadgeTone } | undefined> = {
  pending: { key: "admin.payment.status.pending", tone: "warning" },
  paid: { key: "admin.payment.status.paid", tone: "success" },
  expired: { key: "admin.payment.status.expired", tone: "neutral" },
};

function Row({ invoice }: { invoice: EventInvoiceRecord }) {
  const { t, locale } = useI18n();
  const sats = (value: number) => t("sats", { amount: formatNumber(value, locale) });
  const time = (iso: string) => formatDateTime(iso, locale, viewerZone());
  const status = STATUS[invoice.status];
  return (
    <tr>
      <Td className="font-mono text-sm break-all">{invoice.id}</Td>
      <Td label={t("admin.col.amount")} className="whitespace-nowrap tabular-nums">
        {sats(invoice.amount_sats)}
      </Td>
      <Td label={t("admin.col.received")} className="whitespace-nowrap tabular-nums">
        {invoice.settled_msats > 0 ? (
          <>
            <span className="font-medium">{sats(Math.floor(invoice.settled_msats / 1000))}</span>
            {invoice.settled_at && (
              <span className="block text-sm text-ink-3">{time(invoice.settled_at)}</span>
            )}
          </>
        ) : (
          "–"
        )}
      </Td>
      <Td label={t("admin.col.status")}>
        {status && <Badge tone={status.tone}>{t(status.key)}</Badge>}
      </Td>
      <Td label={t("admin.col.created")} className="whitespace-nowrap tabular-nums">
        {time(invoice.created_at)}
      </Td>
    </tr>
  );
}

function NewInvoice({ id }: { id: number }) {
  const { t, locale } = useI18n();
  const make = useEventInvoice(id);
  const invoice = make.data?.invoice;
  return (
    <Card className="flex flex-col gap-3">
      <h2 className="font-semibold">{t("admin.invoice")}</h2>
      <p className="text-ink-2">{t("admin.invoice.body")}</p>
      {make.isError && <ProblemNotice error={make.error} />}
      {invoice ? (
        <div className="flex flex-col gap-4 sm:flex-row">
          <QrCode
            value={`LIGHTNING:${invoice.bolt11.toUpperCase()}`}
            level="L"
            label={t("admin.invoice.qr")}
            className="w-full max-w-64 border border-line"
          />
          <div className="flex min-w-0 flex-col gap-3">
            <p className="text-lg font-bold tabular-nums">
              {t("sats", { amount: formatNumber(invoice.amount_sats, locale) })}
            </p>
            <InvoiceText>{invoice.bolt11}</InvoiceText>
            <CopyButton text={invoice.bolt11} label={t("wait.copy")} size="sm" />
          </div>
        </div>
      ) : (
        <Button
          variant="secondary"
          size="sm"
          className="self-start"
          busy={make.isPending}
          onClick={() => make.mutate()}
        >
          <QrIcon aria-hidden="true" className="size-4" />
          <span>{t("admin.invoice.make")}</span>
        </Button>
      )}
    </Card>
  );
}
