import { cx } from "@/lib/class-names";
import { formatNumber, relative } from "@/lib/format";
import { formatFiat, isFresh, type Rate } from "@/lib/money";
import { instant } from "@/lib/time";
import { useI18n } from "@/i18n/i18n";
import { useNow } from "@/lib/use-now";

/** An amount in sats, with its fiat value while the rate is fresh. */
export function Amount(props: {
  sats: number;
  rate?: Rate | null | undefined;
  /** Shows "Free" for zero. */
  price?: boolean;
  /** Adds the rate's source and age. */
  source?: boolean;
  className?: string;
  fiatClassName?: string;
}) {
  const { t, locale } = useI18n();
  const now = useNow(30_000);
  if (props.price && props.sats === 0) return <span className={props.className}>{t("free")}</span>;
  const fiat = formatFiat(props.sats, props.rate, locale, now);
  return (
    <span className="inline-flex flex-wrap items-baseline gap-x-2">
      <span className={cx("whitespace-nowrap tabular-nums", props.className)}>
        {t("sats", { amount: formatNumber(props.sats, locale) })}
      </span>
      {fiat && (
        <span
          className={cx("whitespace-nowrap text-sm tabular-nums text-ink-3", props.fiatClassName)}
        >
          {`≈ ${fiat}`}
        </span>
      )}
      {props.source && fiat && isFresh(props.rate, now) && (
        <span className="basis-full text-sm text-ink-3">
          {t("rate.source", {
            source: props.rate.source,
            age: relative((instant(props.rate.at) ?? now) - now, locale),
          })}
        </span>
      )}
    </span>
  );
}
