import { useQuery } from "@tanstack/react-query";
import { MailCheck } from "lucide-react";
import { useSearchParams } from "react-router-dom";
import { verifyEmail } from "@/api/users";
import { useI18n } from "@/i18n/i18n";
import { ProblemNotice } from "@/shared/problem-notice";
import { ButtonLink } from "@/ui/button";
import { EmptyState } from "@/ui/empty-state";
import { Notice } from "@/ui/notice";
import { Page } from "@/ui/page";
import { Loading, Skeleton } from "@/ui/skeleton";

/** Where the link in the mail leads. */
export function VerifyScreen() {
  const { t } = useI18n();
  const token = useSearchParams()[0].get("token");
  // A query, so that a second run of the page shares the first one's answer: a link works once.
  const verified = useQuery({
    queryKey: ["verify-email", token],
    queryFn: () => verifyEmail(token ?? ""),
    enabled: token !== null,
    staleTime: Infinity,
    retry: false,
  });
  return (
    <Page title={t("verify.title")} hideHeading>
      {token === null ? (
        <Notice tone="warning">{t("verify.missing")}</Notice>
      ) : verified.isPending ? (
        <Loading label={t("verify.wait")}>
          <Skeleton className="h-48 rounded-card" />
        </Loading>
      ) : verified.isError ? (
        <ProblemNotice error={verified.error} onRetry={() => void verified.refetch()} />
      ) : (
        <EmptyState
          icon={MailCheck}
          title={t("verify.done.title")}
          actions={<ButtonLink to="/">{t("notfound.action")}</ButtonLink>}
        >
          {t("verify.done.body", { email: verified.data.email })}
        </EmptyState>
      )}
    </Page>
  );
}
