import type { TicketType } from "@/api/types";
import { useI18n } from "@/i18n/i18n";
import { formatMinor, formatNumber } from "@/lib/format";

/** Price of a ticket type as set by the organiser: "2,100 sats", "$25.00", "From 500 sats", "Free". */
export function usePriceText() {
  const { t, locale } = useI18n();
  return ({ price }: Pick<TicketType, "price">): string => {
    switch (price.kind) {
      case "fixed":
        return price.sats === 0
          ? t("free")
          : t("sats", { amount: formatNumber(price.sats, locale) });
      case "currency":
        return formatMinor(price.amount_minor, price.currency, locale);
      case "minimum":
        return price.min_sats === 0
          ? t("type.price.any")
          : t("type.price.from", { amount: formatNumber(price.min_sats, locale) });
    }
  };
}
