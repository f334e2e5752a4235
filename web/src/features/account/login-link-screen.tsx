import { useMutation } from "@tanstack/react-query";
import { LogIn, MailX } from "lucide-react";
import { useNavigate, useSearchParams } from "react-router-dom";
import { Problem } from "@/api/problem";
import { logInWithLink, requestLoginLink } from "@/api/users";
import { useI18n } from "@/i18n/i18n";
import { session, useSession } from "@/lib/session";
import { ProblemNotice } from "@/shared/problem-notice";
import { RetryButton } from "@/shared/retry-button";
import { clearUmaStorage } from "@/shared/wallet/uma-auth";
import { ButtonLink } from "@/ui/button";
import { EmptyState } from "@/ui/empty-state";
import { Page } from "@/ui/page";
import { RequestLink } from "./request-link";

/** Requests a login link, or logs in with the token of one. */
export function LoginLinkScreen() {
  const token = useSearchParams()[0].get("token");
  return token === null ? (
    <RequestLink texts="loginlink" request={requestLoginLink} />
  ) : (
    <ConfirmLogin token={token} />
  );
}

/** A button, because mail scanners open links and would use them up. */
function ConfirmLogin({ token }: { token: string }) {
  const { t } = useI18n();
  const navigate = useNavigate();
  const signedIn = useSession();
  const login = useMutation({
    mutationFn: () => logInWithLink(token),
    onSuccess: (answer) => {
      // The wallet data of another account stays with it.
      if (signedIn && signedIn.user.id !== answer.user.id) clearUmaStorage();
      const { id, email, name } = answer.user;
      session.set({ token: answer.token, user: { id, email, name } });
      void navigate("/tickets", { replace: true });
    },
  });
  const problem = login.isError ? Problem.from(login.error) : null;
  if (problem?.fields.token !== undefined) {
    return (
      <Page title={t("loginlink.title")} hideHeading>
        <EmptyState
          icon={MailX}
          title={t("link.expired.title")}
          actions={<ButtonLink to="/login-link">{t("reset.again")}</ButtonLink>}
        >
          {t("loginlink.expired.body")}
        </EmptyState>
      </Page>
    );
  }
  return (
    <Page title={t("loginlink.title")} hideHeading>
      <EmptyState
        icon={LogIn}
        title={t("loginlink.confirm.title")}
        actions={
          <RetryButton
            size="lg"
            error={login.error}
            busy={login.isPending}
            onClick={() => login.mutate()}
          >
            {t("nav.login")}
          </RetryButton>
        }
      >
        {t("loginlink.confirm.body")}
      </EmptyState>
      {problem && <ProblemNotice error={problem} />}
    </Page>
  );
}
