import { useMutation } from "@tanstack/react-query";
import { LogIn, MailX } from "lucide-react";
import { useNavigate, useSearchParams } from "react-router-dom";
import { Problem } from "@/api/problem";
import { requestSignInLink, signInWithLink } from "@/api/users";
import { useI18n } from "@/i18n/i18n";
import { session, useSession } from "@/lib/session";
import { ProblemNotice } from "@/shared/problem-notice";
import { RetryButton } from "@/shared/retry-button";
import { clearUmaStorage } from "@/shared/wallet/uma-auth";
import { ButtonLink } from "@/ui/button";
import { EmptyState } from "@/ui/empty-state";
import { Page } from "@/ui/page";
import { RequestLink } from "./request-link";

/** Requests a sign-in link, or logs in with the token of one. */
export function SignInScreen() {
  const token = useSearchParams()[0].get("token");
  return token === null ? (
    <RequestLink texts="signin" request={requestSignInLink} />
  ) : (
    <SignIn token={token} />
  );
}

/** A button, because mail scanners open links and would use them up. */
function SignIn({ token }: { token: string }) {
  const { t } = useI18n();
  const navigate = useNavigate();
  const signedIn = useSession();
  const signIn = useMutation({
    mutationFn: () => signInWithLink(token),
    onSuccess: (login) => {
      // The wallet data of another account stays with it.
      if (signedIn && signedIn.user.id !== login.user.id) clearUmaStorage();
      const { id, email, name } = login.user;
      session.set({ token: login.token, user: { id, email, name } });
      void navigate("/tickets", { replace: true });
    },
  });
  const problem = signIn.isError ? Problem.from(signIn.error) : null;
  if (problem?.fields.token !== undefined) {
    return (
      <Page title={t("signin.title")} hideHeading>
        <EmptyState
          icon={MailX}
          title={t("link.expired.title")}
          actions={<ButtonLink to="/sign-in">{t("reset.again")}</ButtonLink>}
        >
          {t("signin.expired.body")}
        </EmptyState>
      </Page>
    );
  }
  return (
    <Page title={t("signin.title")} hideHeading>
      <EmptyState
        icon={LogIn}
        title={t("signin.confirm.title")}
        actions={
          <RetryButton
            size="lg"
            error={signIn.error}
            busy={signIn.isPending}
            onClick={() => signIn.mutate()}
          >
            {t("nav.login")}
          </RetryButton>
        }
      >
        {t("signin.confirm.body")}
      </EmptyState>
      {problem && <ProblemNotice error={problem} />}
    </Page>
  );
}
