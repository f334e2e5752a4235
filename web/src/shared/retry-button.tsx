import type { ComponentProps } from "react";
import { Problem } from "@/api/problem";
import { useI18n } from "@/i18n/i18n";
import { clockSpan } from "@/lib/format";
import { useNow } from "@/lib/use-now";
import { Button } from "@/ui/button";

/** A button that is disabled until the server's `Retry-After` has passed. */
export function RetryButton({
  error,
  children,
  ...rest
}: { error: unknown } & ComponentProps<typeof Button>) {
  const { t } = useI18n();
  const now = useNow(1000);
  const problem = error === null ? null : Problem.from(error);
  // `now` ticks once a second and may be behind the response.
  const wait = Math.min((problem?.retryAt ?? 0) - now, (problem?.retryAfter ?? 0) * 1000);
  return (
    <Button {...rest} disabled={wait > 0 || (rest.disabled ?? false)}>
      {wait > 0 ? t("retry.in", { time: clockSpan(wait) }) : children}
    </Button>
  );
}
