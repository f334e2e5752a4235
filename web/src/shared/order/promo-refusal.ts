import { Problem } from "@/api/problem";
import type { I18n, Key } from "@/i18n/i18n";
import { problemText } from "@/shared/problem-notice";

const TEXTS: Record<string, Key | undefined> = {
  promo_code_unknown: "promo.unknown",
  promo_code_other_event: "promo.event",
  promo_code_other_types: "promo.types",
  promo_code_not_yet: "promo.notyet",
  promo_code_expired: "promo.expired",
  promo_code_exhausted: "promo.exhausted",
  promo_code_exhausted_for_buyer: "promo.buyer",
  promo_code_buyer_unknown: "promo.unproved",
};

/** Whether an order was refused because of its promo code. */
export const isPromoRefusal = (error: unknown): boolean => {
  const problem = Problem.from(error);
  return problem.type in TEXTS || "promo_code" in problem.fields;
};

/** Why a promo code was refused. */
export function promoText(error: unknown, i18n: Pick<I18n, "t" | "lang">): string {
  const problem = Problem.from(error);
  const key = TEXTS[problem.type];
  if (key) return i18n.t(key);
  return "promo_code" in problem.fields ? i18n.t("promo.unknown") : problemText(problem, i18n);
}
