import type { ReactNode } from "react";
import { Problem } from "@/api/problem";
import { useI18n, type I18n, type Key } from "@/i18n/i18n";
import { en } from "@/i18n/en";
import { Button } from "@/ui/button";
import { Notice } from "@/ui/notice";

/** A sentence for a problem, by its `type`. The server's own words only where we know nothing better. */
export function problemText(error: unknown, { t, lang }: Pick<I18n, "t" | "lang">): string {
  const problem = Problem.from(error);
  if (problem.type === "rate_limited" && problem.retryAfter) {
    return t("problem.rate_limited.in", { seconds: problem.retryAfter });
  }
  const key = `problem.${problem.type}`;
  if (key in en) return t(key as Key, { message: problem.message });
  if (problem.status >= 500) return t("problem.unavailable");
  if (lang === "en" && problem.message) return problem.message;
  return t("problem.other", { message: problem.message });
}

export function ProblemNotice(props: {
  error: unknown;
  onRetry?: () => void;
  actions?: ReactNode;
  title?: string;
  /** In place of the general sentence for this problem. */
  text?: string;
}) {
  const i18n = useI18n();
  return (
    <Notice
      tone="danger"
      live
      title={props.title ?? i18n.t("problem.title")}
      actions={
        <>
          {props.onRetry && (
            <Button look="secondary" size="sm" onClick={props.onRetry}>
              {i18n.t("retry")}
            </Button>
          )}
          {props.actions}
        </>
      }
    >
      {props.text ?? problemText(props.error, i18n)}
    </Notice>
  );
}
