import { CalendarX } from "lucide-react";
import { useLocation } from "react-router-dom";
import { useI18n } from "@/i18n/i18n";
import { useSession } from "@/lib/session";
import { ButtonLink } from "@/ui/button";
import { EmptyState } from "@/ui/empty-state";
import { Page } from "@/ui/page";

/** An event that does not exist, or that only its ticket holders may see. */
export function EventUnavailable() {
  const { t } = useI18n();
  const signedIn = useSession();
  const location = useLocation();
  const next = new URLSearchParams({ next: location.pathname + location.search });
  return (
    <Page title={t("event.gone.title")} hideHeading>
      <EmptyState
        icon={CalendarX}
        title={t("event.gone.title")}
        actions={
          <>
            <ButtonLink to="/">{t("notfound.action")}</ButtonLink>
            {signedIn ? (
              <ButtonLink to="/tickets" variant="secondary">
                {t("tickets.title")}
              </ButtonLink>
            ) : (
              <ButtonLink to={`/login?${next}`} variant="secondary">
                {t("nav.login")}
              </ButtonLink>
            )}
          </>
        }
      >
        {signedIn ? t("event.gone.body") : t("event.gone.body.guest")}
      </EmptyState>
    </Page>
  );
}
