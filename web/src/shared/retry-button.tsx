import type { ComponentProps } from "react";
import { Problem } from "@/api/problem";
import { useI18n } from "@/i18n/i18n";
import { clockSpan } from "@/lib/time";
import { useNow } from "@/lib/use-now";
import { Button } from "@/ui/button";

/** A button that counts down while the server's `Retry-After` for the last attempt forbids another. */
export function RetryButton({
  error,
  children,
  ...rest
}: { error: unknown } & ComponentProps<typeof Button>) {
  const { t } = useI18n();
  const now = useNow(1000);
  const wait = error === null ? 0 : Problem.from(error).retryAt - now;
  return (
    <Button {...rest} disabled={wait > 0 || (rest.disabled ?? false)}>
      {wait > 0 ? t("retry.in", { time: clockSpan(wait) }) : children}
    </Button>
  );
}
