import { Problem } from "@/api/problem";
import type { I18n } from "@/i18n/i18n";
import { isPromoType, PROMO_TEXTS } from "@/shared/problem-key";
import { problemText } from "@/shared/problem-notice";

/** Whether an order was refused because of its promo code. */
export const isPromoRefusal = (error: unknown): boolean => {
  const problem = Problem.from(error);
  return isPromoType(problem.type) || "promo_code" in problem.fields;
};

/** Why a promo code was refused. */
export function promoText(error: unknown, i18n: Pick<I18n, "t" | "lang">): string {
  const problem = Problem.from(error);
  if (isPromoType(problem.type)) return i18n.t(PROMO_TEXTS[problem.type]);
  return "promo_code" in problem.fields ? i18n.t("promo.unknown") : problemText(problem, i18n);
}
