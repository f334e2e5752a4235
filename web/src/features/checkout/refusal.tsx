import { z } from "zod/mini";
import { Problem } from "@/api/problem";
import { useI18n } from "@/i18n/i18n";
import { ProblemNotice } from "@/shared/problem-notice";
import { ResendProof } from "@/shared/resend-proof";
import { ButtonLink } from "@/ui/button";

/** The limit that refused an order: unpaid and free tickets of one account, payer address or network. */
const HoldLimit = z.object({
  scope: z.enum(["account", "payer", "network"]),
  allowed: z.number(),
  outstanding: z.number(),
});

/** The event's price in sats at the time of a refused order, or `null` for another refusal. */
export function changedPrice(error: unknown): number | null {
  const problem = Problem.from(error);
  const price = problem.members.price_sats;
  return problem.type === "price_changed" && typeof price === "number" ? price : null;
}

/** Why an order was refused, and what the buyer can do about it. */
export function OrderRefused({ error }: { error: unknown }) {
  const { t } = useI18n();
  const problem = Problem.from(error);
  if (problem.type === "hold_limit") {
    const limit = z.safeParse(HoldLimit, problem.members.limit);
    return (
      <ProblemNotice
        error={problem}
        title={t("buy.limit.title")}
        text={
          limit.success
            ? t(`buy.limit.${limit.data.scope}`, {
                allowed: limit.data.allowed,
                outstanding: limit.data.outstanding,
              })
            : t("buy.limit")
        }
        actions={
          <ButtonLink to="/tickets" look="secondary" size="sm">
            {t("tickets.title")}
          </ButtonLink>
        }
      />
    );
  }
  if (problem.type === "email_not_proved") {
    return (
      <ProblemNotice
        error={problem}
        title={t("buy.unproved.title")}
        text={t("buy.unproved")}
        actions={<ResendProof />}
      />
    );
  }
  return (
    <ProblemNotice
      error={problem}
      actions={
        problem.type === "sold_out" ? (
          <ButtonLink to="/" look="secondary" size="sm">
            {t("buy.soldout.action")}
          </ButtonLink>
        ) : problem.isUncertain ? (
          <p className="text-ink">{t("buy.uncertain")}</p>
        ) : undefined
      }
    />
  );
}
