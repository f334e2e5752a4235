import { Compass, Wrench } from "lucide-react";
import { useI18n } from "@/i18n/i18n";
import { Button, ButtonLink } from "@/ui/button";
import { EmptyState } from "@/ui/empty-state";
import { Page } from "@/ui/page";

export function NotFound() {
  const { t } = useI18n();
  return (
    <Page title={t("notfound.title")} hideHeading>
      <EmptyState
        icon={Compass}
        title={t("notfound.title")}
        actions={<ButtonLink to="/">{t("notfound.action")}</ButtonLink>}
      >
        {t("notfound.body")}
      </EmptyState>
    </Page>
  );
}

export function CrashPage(props: { inside?: boolean }) {
  const { t } = useI18n();
  const content = (
    <Page title={t("crash.title")} hideHeading>
      <EmptyState
        icon={Wrench}
        title={t("crash.title")}
        actions={<Button onClick={() => window.location.reload()}>{t("reload")}</Button>}
      >
        {t("crash.body")}
      </EmptyState>
    </Page>
  );
  return props.inside ? content : <main>{content}</main>;
}
