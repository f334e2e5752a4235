import type { ProblemType } from "@/api/types";
import { en } from "@/i18n/en";
import type { Key } from "@/i18n/i18n";

type PromoRefusal = Exclude<Extract<ProblemType, `promo_code_${string}`>, "promo_code_taken">;

/** Texts of refused promo codes. */
export const PROMO_TEXTS: Record<PromoRefusal, Key> = {
  promo_code_unknown: "promo.unknown",
  promo_code_other_event: "promo.event",
  promo_code_other_types: "promo.types",
  promo_code_not_yet: "promo.notyet",
  promo_code_expired: "promo.expired",
  promo_code_exhausted: "promo.exhausted",
  promo_code_exhausted_for_buyer: "promo.buyer",
  promo_code_buyer_unknown: "promo.unproved",
};

/** Error types of the client itself, and of servers without the feature. */
type ClientType = "unreachable" | "unreadable" | "conflict" | "missing_feature";

// An error type of the API without a text is a type error here.
const keyOf = (type: Exclude<ProblemType, PromoRefusal> | ClientType): Key => `problem.${type}`;

export const isPromoType = (type: string): type is PromoRefusal => type in PROMO_TEXTS;

/** Key of an error type's text; `null` for unknown types, as a newer server may send. */
export function problemKey(type: string): Key | null {
  if (isPromoType(type)) return PROMO_TEXTS[type];
  const key: string = keyOf(type as Exclude<ProblemType, PromoRefusal>);
  return key in en ? (key as Key) : null;
}
