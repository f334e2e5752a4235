import { BarChart3 } from "lucide-react";
import type { EventSales } from "@/api/types";
import { useI18n } from "@/i18n/i18n";
import { formatNumber } from "@/lib/format";
import { ProblemNotice } from "@/shared/problem-notice";
import { Card } from "@/ui/card";
import { Each } from "@/ui/each";
import { EmptyState } from "@/ui/empty-state";
import { Skeleton } from "@/ui/skeleton";
import { Table, Td, Th } from "@/ui/table";
import { useEventSales } from "./queries";

/** Sales of an event by ticket type and promo code. */
export function Sales({ eventId }: { eventId: number }) {
  const { t } = useI18n();
  const sales = useEventSales(eventId);
  const { data } = sales;
  return (
    <section aria-labelledby="sales" className="flex flex-col gap-3">
      <h2 id="sales" className="text-lg font-semibold">
        {t("sales.title")}
      </h2>
      {sales.isPending ? (
        <Skeleton className="h-40 rounded-card" />
      ) : !data ? (
        <ProblemNotice error={sales.error} onRetry={() => void sales.refetch()} />
      ) : data.total.tickets + data.total.complimentary === 0 ? (
        <EmptyState icon={BarChart3} title={t("sales.empty")}>
          {t("sales.empty.body")}
        </EmptyState>
      ) : (
        <>
          <Types sales={data} />
          {data.promo_codes.length > 0 && (
            <>
              <h3 className="pt-2 font-semibold">{t("sales.codes")}</h3>
              <Codes codes={data.promo_codes} />
            </>
          )}
        </>
      )}
    </section>
  );
}

function Types({ sales }: { sales: EventSales }) {
  const { t, tn, locale } = useI18n();
  const number = (value: number) => formatNumber(value, locale);
  const shown = sales.types.filter((type) => type.sold + type.complimentary > 0);
  const most = Math.max(1, ...shown.map((type) => type.sold + type.complimentary));
  const counts = (sold: number, given: number) =>
    [
      sold > 0 || given === 0 ? tn("sales.sold", sold) : null,
      given > 0 ? tn("sales.given", given) : null,
    ]
      .filter(Boolean)
      .join(" · ");
  return (
    <Card className="flex flex-col gap-5">
      <ul aria-label={t("sales.types")} className="flex flex-col gap-4">
        <Each of={shown} by={(type) => type.ticket_type_id} as="li">
          {(type) => (
            <li className="flex flex-col gap-1">
              <div className="flex items-baseline justify-between gap-4">
                <span className="min-w-0 font-medium">{type.name}</span>
                <span className="whitespace-nowrap tabular-nums">
                  {t("sats", { amount: number(type.revenue_sats) })}
                </span>
              </div>
              <progress
                aria-label={type.name}
                value={type.sold + type.complimentary}
                max={most}
                className="quota-bar h-2 w-full"
              />
              <p className="text-sm text-ink-3 tabular-nums">
                {counts(type.sold, type.complimentary)}
              </p>
            </li>
          )}
        </Each>
      </ul>
      <dl className="flex flex-col gap-1 border-t border-line pt-4">
        <div className="flex items-baseline justify-between gap-4">
          <dt className="min-w-0">
            <span className="block font-semibold">{t("order.total")}</span>
            <span className="block text-sm text-ink-3 tabular-nums">
              {counts(sales.total.tickets, sales.total.complimentary)}
            </span>
          </dt>
          <dd className="text-lg font-bold whitespace-nowrap tabular-nums">
            {t("sats", { amount: number(sales.total.revenue_sats) })}
          </dd>
        </div>
        {sales.total.refunded_sats > 0 && (
          <div className="flex items-baseline justify-between gap-4 text-sm text-ink-2">
            <dt>{t("sales.refunded")}</dt>
            <dd className="whitespace-nowrap tabular-nums">
              {t("sats", { amount: number(sales.total.refunded_sats) })}
            </dd>
          </div>
        )}
      </dl>
    </Card>
  );
}

function Codes({ codes }: { codes: EventSales["promo_codes"] }) {
  const { t, locale } = useI18n();
  const number = (value: number) => formatNumber(value, locale);
  const sats = (value: number) => t("sats", { amount: number(value) });
  return (
    <Table
      label={t("sales.codes")}
      head={
        <>
          <Th>{t("code.col.code")}</Th>
          <Th right>{t("sales.orders")}</Th>
          <Th right>{t("sales.tickets")}</Th>
          <Th right>{t("code.col.discount")}</Th>
          <Th right>{t("admin.col.revenue")}</Th>
        </>
      }
    >
      <Each of={codes} by={(code) => code.id} as="tr">
        {(code) => (
          <tr>
            <Td>
              <span translate="no" className="font-mono font-semibold break-all">
                {code.code}
              </span>
            </Td>
            <Td right label={t("sales.orders")}>
              {number(code.orders)}
            </Td>
            <Td right label={t("sales.tickets")}>
              {number(code.tickets)}
            </Td>
            <Td right label={t("code.col.discount")}>
              {sats(code.discount_sats)}
            </Td>
            <Td right label={t("admin.col.revenue")}>
              {sats(code.revenue_sats)}
            </Td>
          </tr>
        )}
      </Each>
    </Table>
  );
}
