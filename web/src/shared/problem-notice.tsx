import type { ReactElement } from "react";
import { Problem } from "@/api/problem";
import { useI18n, type I18n } from "@/i18n/i18n";
import { Button } from "@/ui/button";
import { fieldText, sentence } from "./field-text";
import { Notice } from "@/ui/notice";
import { problemKey } from "./problem-key";

/** Text for a problem by its `type`; the server's message is the fallback. */
export function problemText(error: unknown, { t, lang }: Pick<I18n, "t" | "lang">): string {
  const problem = Problem.from(error);
  if (problem.type === "rate_limited" && problem.retryAfter) {
    return t("problem.rate_limited.in", { seconds: problem.retryAfter });
  }
  const fields = Object.keys(problem.fields).map((field) => fieldText(problem, field, { t, lang }));
  if (fields.length > 0 && problem.type === "invalid") return [...new Set(fields)].join(" ");
  // Server messages are in English.
  const message = lang === "en" && problem.message ? sentence(problem.message) : "";
  const key = problemKey(problem.type);
  if (key !== null) return t(key, { message }).trim();
  if (problem.status >= 500) return t("problem.unavailable");
  return message || t("problem.refused");
}

export function ProblemNotice(props: {
  error: unknown;
  onRetry?: () => void;
  actions?: ReactElement | undefined;
  title?: string;
  /** Replaces the default text of this problem. */
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
            <Button variant="secondary" size="sm" onClick={props.onRetry}>
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
