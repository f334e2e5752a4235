import { ShieldOff } from "lucide-react";
import { Navigate, Outlet, useLocation } from "react-router-dom";
import { useI18n } from "@/i18n/i18n";
import { session, useSession } from "@/lib/session";
import { useIsAdmin } from "@/shared/queries";
import { ProblemNotice } from "@/shared/problem-notice";
import { ButtonLink } from "@/ui/button";
import { EmptyState } from "@/ui/empty-state";
import { Page } from "@/ui/page";
import { PageLoading } from "./layout";

/** Requires a session; others are redirected to the login page and back. */
export function RequireUser() {
  const signedIn = useSession();
  const location = useLocation();
  if (signedIn) return <Outlet />;
  if (session.ending() === "logout") return <Navigate to="/" replace />;
  const next = new URLSearchParams({ next: location.pathname + location.search });
  if (session.ending() === "expired") next.set("expired", "1");
  return <Navigate to={`/login?${next}`} replace />;
}

/** Hides organiser pages from other accounts. Authorisation is enforced by the server. */
export function RequireAdmin() {
  const { t } = useI18n();
  const signedIn = useSession();
  const admin = useIsAdmin();
  if (admin.isPending) return <PageLoading />;
  if (admin.isError) {
    return (
      <Page title={t("admin.title")}>
        <ProblemNotice error={admin.error} onRetry={() => void admin.refetch()} />
      </Page>
    );
  }
  if (!admin.data) {
    return (
      <Page title={t("forbidden.title")} hideHeading>
        <EmptyState
          icon={ShieldOff}
          title={t("forbidden.title")}
          actions={<ButtonLink to="/">{t("notfound.action")}</ButtonLink>}
        >
          {t("forbidden.body", { email: signedIn?.user.email ?? "" })}
        </EmptyState>
      </Page>
    );
  }
  return <Outlet />;
}
