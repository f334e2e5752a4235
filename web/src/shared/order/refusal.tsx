import { z } from "zod/mini";
import { Problem } from "@/api/problem";
import { useI18n } from "@/i18n/i18n";
import { ProblemNotice } from "@/shared/problem-notice";
import { ResendProof } from "@/shared/resend-proof";
import { ButtonLink } from "@/ui/button";

/** Limit that rejected an order: unpaid and free tickets per account, payer address or network. */
const HoldLimit = z.object({
  scope: z.enum(["account", "payer", "network"]),
  allowed: z.number(),
  outstanding: z.number(),
});

/** New total in sats from a `price_changed` error, or `null` for other errors. */
export function changedTotal(error: unknown): number | null {
  const problem = Problem.from(error);
  const { total_sats: total, price_sats: price } = problem.members;
  const changed = typeof total === "number" ? total : price;
  return problem.type === "price_changed" && typeof changed === "number" ? changed : null;
}

/** Reason for a rejected order, with the next step. */
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
          <ButtonLink to="/tickets" variant="secondary" size="sm">
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
          <ButtonLink to="/" variant="secondary" size="sm">
            {t("buy.soldout.action")}
          </ButtonLink>
        ) : problem.isUncertain ? (
          <p className="text-ink">{t("buy.uncertain")}</p>
        ) : undefined
      }
    />
  );
}
