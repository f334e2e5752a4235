import type { TicketType } from "@/api/types";
import { useI18n } from "@/i18n/i18n";
import { cx } from "@/lib/class-names";
import { formatDateTime, formatNumber } from "@/lib/format";
import { parseWhole } from "@/lib/money";
import { viewerZone } from "@/lib/time";
import { choose, choosePrice, quantityLimits, type Choice } from "@/shared/order/selection";
import { useConfig } from "@/shared/queries";
import { usePriceText } from "@/shared/ticket-price";
import { Amount } from "@/ui/amount";
import { Each } from "@/ui/each";
import { Field } from "@/ui/field";
import { Stepper } from "@/ui/stepper";
import { useState } from "react";

/** Ticket types with quantities, or why a type can't be bought. */
export function TicketPicker(props: {
  types: readonly TicketType[];
  choices: readonly Choice[];
  onChange: (choices: Choice[]) => void;
  /** At least one ticket of the only type. */
  single: boolean;
}) {
  const { t } = useI18n();
  return (
    <ul aria-label={t("picker.label")} className="flex flex-col divide-y divide-line">
      <Each of={props.types} by={(type) => type.id} as="li">
        {(type) => (
          <Row
            type={type}
            choice={props.choices.find((choice) => choice.type === type.id)}
            single={props.single}
            onQuantity={(quantity) => props.onChange(choose(props.choices, type.id, quantity))}
            onPrice={(price) => props.onChange(choosePrice(props.choices, type.id, price))}
          />
        )}
      </Each>
    </ul>
  );
}

function Row(props: {
  type: TicketType;
  choice: Choice | undefined;
  single: boolean;
  onQuantity: (quantity: number) => void;
  onPrice: (price: number | null) => void;
}) {
  const { type, choice } = props;
  const { t, tn } = useI18n();
  const isOnSale = type.sale === "on_sale" && type.available > 0;
  const { min, max } = quantityLimits(type);
  const quantity = choice?.quantity ?? 0;
  const isFew = isOnSale && type.available < Math.max(5, (type.quota ?? 0) * 0.2);
  return (
    <li className="flex flex-col gap-3 py-4 first:pt-0 last:pb-0">
      <div className="flex items-center justify-between gap-4">
        <div className={cx("min-w-0", !isOnSale && "text-ink-3")}>
          <p className="font-semibold">{type.name}</p>
          <TypePrice type={type} />
          {isFew && (
            <p className="text-sm font-medium text-warning">
              {tn("event.seats.left", type.available)}
            </p>
          )}
          {isOnSale && type.sale_end && <SaleEnds at={type.sale_end} />}
          {isOnSale && min > 1 && <p className="text-sm text-ink-3">{tn("picker.min", min)}</p>}
        </div>
        {isOnSale ? (
          <Stepper
            label={t("picker.quantity", { name: type.name })}
            less={t("picker.less", { name: type.name })}
            more={t("picker.more", { name: type.name })}
            value={quantity}
            min={min}
            max={max}
            optional={!props.single}
            onChange={props.onQuantity}
          />
        ) : (
          <NotOnSale type={type} />
        )}
      </div>
      {type.description && (
        <p className="text-sm whitespace-pre-line text-ink-2">{type.description}</p>
      )}
      {isOnSale && type.price.kind === "minimum" && quantity > 0 && (
        <ChosenPrice min={type.price.min_sats} price={choice?.price} onPrice={props.onPrice} />
      )}
    </li>
  );
}

function TypePrice({ type }: { type: TicketType }) {
  const { rate } = useConfig();
  const { t, locale } = useI18n();
  const text = usePriceText();
  if (type.price.kind === "fixed") {
    return (
      <p className="text-ink-2">
        <Amount sats={type.price.sats} rate={rate} price />
      </p>
    );
  }
  return (
    <p className="flex flex-wrap items-baseline gap-x-2 text-ink-2 tabular-nums">
      <span>{text(type)}</span>
      {type.price.kind === "currency" && type.price_sats !== null && (
        <span className="text-sm text-ink-3">
          {t("picker.now", { amount: formatNumber(type.price_sats, locale) })}
        </span>
      )}
    </p>
  );
}

function SaleEnds({ at }: { at: string }) {
  const { t, locale } = useI18n();
  return (
    <p className="text-sm text-ink-3">
      {t("picker.until", { time: formatDateTime(at, locale, viewerZone()) })}
    </p>
  );
}

function NotOnSale({ type }: { type: TicketType }) {
  const { t, locale } = useI18n();
  const text =
    type.sale === "not_yet" && type.sale_start
      ? t("type.starts", { time: formatDateTime(type.sale_start, locale, viewerZone()) })
      : type.sale === "not_yet"
        ? t("type.sale.not_yet")
        : type.sale === "no_rate"
          ? t("picker.no_rate")
          : type.sale === "ended" || type.sale === "archived"
            ? t("type.sale.ended")
            : t("event.soldout");
  return <p className="max-w-40 text-right text-sm font-medium text-ink-2">{text}</p>;
}

function ChosenPrice(props: {
  min: number;
  price: number | undefined;
  onPrice: (price: number | null) => void;
}) {
  const { t, locale } = useI18n();
  const [text, setText] = useState(props.price === undefined ? "" : String(props.price));
  const amount = parseWhole(text);
  const isWrong = text.trim() !== "" && (amount === null || amount < props.min);
  const min = formatNumber(props.min, locale);
  return (
    <Field
      label={t("picker.price")}
      inputMode="numeric"
      trailing="sats"
      placeholder={String(props.min)}
      value={text}
      hint={props.min > 0 ? t("picker.price.hint", { min }) : t("picker.price.free")}
      error={isWrong ? t("picker.price.invalid", { min }) : undefined}
      onChange={(change) => {
        setText(change.target.value);
        const next = parseWhole(change.target.value);
        props.onPrice(next !== null && next >= props.min ? next : null);
      }}
    />
  );
}
