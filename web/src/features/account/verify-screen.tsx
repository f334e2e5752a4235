import { useQuery } from "@tanstack/react-query";
import { LogIn, MailCheck, MailX, UserX } from "lucide-react";
import { useLocation, useSearchParams } from "react-router-dom";
import { Problem } from "@/api/problem";
import { verifyEmail } from "@/api/users";
import { useI18n } from "@/i18n/i18n";
import { session, useSession, type Session } from "@/lib/session";
import { ProblemNotice } from "@/shared/problem-notice";
import { ResendProof } from "@/shared/resend-proof";
import { Button, ButtonLink } from "@/ui/button";
import { EmptyState } from "@/ui/empty-state";
import { Notice } from "@/ui/notice";
import { Page } from "@/ui/page";
import { Loading, Skeleton } from "@/ui/skeleton";

/** Target of the confirmation email. The link works only in a session of its account. */
export function VerifyScreen() {
  const { t } = useI18n();
  const signedIn = useSession();
  const location = useLocation();
  const token = useSearchParams()[0].get("token");
  const next = new URLSearchParams({ next: location.pathname + location.search });
  return (
    <Page title={t("verify.title")} hideHeading>
      {token === null ? (
        <Notice tone="warning">{t("verify.missing")}</Notice>
      ) : signedIn === null ? (
        <EmptyState
          icon={LogIn}
          title={t("verify.login.title")}
          actions={<ButtonLink to={`/login?${next}`}>{t("nav.login")}</ButtonLink>}
        >
          {t("verify.login.body")}
        </EmptyState>
      ) : (
        <Verify key={signedIn.user.id} token={token} signedIn={signedIn} />
      )}
    </Page>
  );
}

function Verify({ token, signedIn }: { token: string; signedIn: Session }) {
  const { t } = useI18n();
  // A query, so that a second render reuses the first response: a link works once.
  const verified = useQuery({
    queryKey: ["verify-email", signedIn.user.id, token],
    queryFn: () => verifyEmail(token),
    staleTime: Infinity,
    retry: false,
  });
  if (verified.isPending) {
    return (
      <Loading label={t("verify.wait")}>
        <Skeleton className="h-48 rounded-card" />
      </Loading>
    );
  }
  if (verified.isSuccess) {
    return (
      <EmptyState
        icon={MailCheck}
        title={t("verify.done.title")}
        actions={<ButtonLink to="/">{t("notfound.action")}</ButtonLink>}
      >
        {t("verify.done.body", { email: verified.data.email })}
      </EmptyState>
    );
  }
  const { status } = Problem.from(verified.error);
  if (status === 403) {
    return (
      <EmptyState
        icon={UserX}
        title={t("verify.foreign.title")}
        actions={<Button onClick={() => session.clear("logout")}>{t("nav.logout")}</Button>}
      >
        {t("verify.foreign.body", { email: signedIn.user.email })}
      </EmptyState>
    );
  }
  if (status === 400 || status === 404) {
    return (
      <EmptyState icon={MailX} title={t("link.expired.title")} actions={<ResendProof />}>
        {t("verify.expired.body")}
      </EmptyState>
    );
  }
  return <ProblemNotice error={verified.error} onRetry={() => void verified.refetch()} />;
}
