import type { OrderLine } from "@/api/types";
import { useI18n } from "@/i18n/i18n";
import { formatMinor, formatNumber } from "@/lib/format";
import { useConfig } from "@/shared/queries";
import { Amount } from "@/ui/amount";

type Line = Pick<
  OrderLine,
  "ticket_type_id" | "name" | "quantity" | "list_price_sats" | "discount_sats" | "total_sats"
> & { conversion?: OrderLine["conversion"] };

/** Lines of an order with discount and total. */
export function OrderLines(props: {
  lines: readonly Line[];
  total: number;
  code?: string | null;
  /** Shows the value in fiat now; not for receipts. */
  fiat?: boolean;
}) {
  const { t, locale } = useI18n();
  const { rate } = useConfig();
  const sats = (amount: number) => t("sats", { amount: formatNumber(amount, locale) });
  const discount = props.lines.reduce((sum, line) => sum + line.discount_sats * line.quantity, 0);
  const isPlain = props.lines.length === 1 && discount === 0;
  return (
    <dl className="flex flex-col gap-2">
      {props.lines.map((line) => (
        <div key={line.ticket_type_id} className="flex items-baseline justify-between gap-4">
          <dt className="min-w-0 text-ink-2">
            <span className="block">
              {t("order.line", { count: line.quantity, name: line.name })}
            </span>
            {line.conversion && (
              <span className="block text-sm text-ink-3 tabular-nums">
                {t("order.line.each", {
                  price: formatMinor(
                    line.conversion.amount_minor,
                    line.conversion.currency,
                    locale,
                  ),
                })}
              </span>
            )}
          </dt>
          <dd className="whitespace-nowrap tabular-nums">
            {isPlain ? (
              <Amount
                sats={props.total}
                rate={props.fiat ? rate : null}
                price
                className="text-lg font-bold"
              />
            ) : line.list_price_sats === 0 ? (
              t("free")
            ) : (
              sats(line.list_price_sats * line.quantity)
            )}
          </dd>
        </div>
      ))}
      {discount > 0 && (
        <div className="flex items-baseline justify-between gap-4 text-success">
          <dt>
            {props.code ? t("order.discount.code", { code: props.code }) : t("order.discount")}
          </dt>
          <dd className="whitespace-nowrap tabular-nums">{`−${sats(discount)}`}</dd>
        </div>
      )}
      {!isPlain && (
        <div className="flex items-baseline justify-between gap-4 border-t border-line pt-2">
          <dt className="font-semibold">{t("order.total")}</dt>
          <dd>
            <Amount
              sats={props.total}
              rate={props.fiat ? rate : null}
              price
              className="text-lg font-bold"
            />
          </dd>
        </div>
      )}
    </dl>
  );
}
