import { CheckCircle2, CircleSlash, Plug } from "lucide-react";
import { useEffect, useState } from "react";
import { useSearchParams } from "react-router-dom";
import { useI18n } from "@/i18n/i18n";
import { oauthReturn } from "@/shared/wallet/connection";
import { useConnectWallet } from "@/shared/wallet/queries";
import {
  clearUmaStorage,
  exchangeCode,
  clearSecrets,
  readCallback,
  StaleCallback,
  type OAuthRefusal,
} from "@/shared/wallet/uma-auth";
import { useConfig } from "@/shared/queries";
import { ButtonLink } from "@/ui/button";
import { EmptyState } from "@/ui/empty-state";
import { Notice } from "@/ui/notice";
import { Page } from "@/ui/page";
import { Skeleton } from "@/ui/skeleton";

type State =
  | { kind: "working" }
  | { kind: "done" }
  | { kind: "cancelled" }
  | { kind: "refused"; reason: OAuthRefusal }
  | { kind: "stale" }
  | { kind: "failed" };

/** OAuth callback: stores the connection on the server and removes it from the browser. */
export function OAuthScreen() {
  const { t } = useI18n();
  const { uma_auth: auth } = useConfig();
  const [params] = useSearchParams();
  // Read once: the exchange removes the code from the URL.
  const [first] = useState(() => ({ callback: readCallback(params), state: params.get("state") }));
  const { mutateAsync: connect } = useConnectWallet();
  const [state, setState] = useState<State>(
    first.callback.kind === "code" ? { kind: "working" } : first.callback,
  );

  useEffect(() => {
    if (first.callback.kind !== "code") {
      // Removes the state of this attempt.
      clearUmaStorage();
      return;
    }
    if (!auth) return;
    let shown = true;
    const settle = (next: State) => {
      if (shown) setState(next);
    };
    exchangeCode(auth, first.state)
      .then((connection) => {
        const dayLimit = oauthReturn.dayLimit();
        return connect(
          dayLimit === null ? connection : { ...connection, budget_per_day_sats: dayLimit },
        );
      })
      .then(
        () => settle({ kind: "done" }),
        (error: unknown) => settle({ kind: error instanceof StaleCallback ? "stale" : "failed" }),
      )
      .finally(() => void clearSecrets());
    return () => {
      shown = false;
    };
  }, [auth, connect, first]);

  const back = oauthReturn.get();
  const go = (
    <ButtonLink to={back} replace>
      {t("oauth.continue")}
    </ButtonLink>
  );
  return (
    <Page title={t("oauth.title")} hideHeading>
      <div role="status">
        {state.kind === "working" && (
          <div className="flex flex-col items-center gap-4 py-16 text-center">
            <span className="rounded-full bg-accent-soft p-4 text-accent-text">
              <Plug aria-hidden="true" className="size-7" />
            </span>
            <p className="text-lg font-semibold">{t("oauth.title")}</p>
            <p className="max-w-md text-ink-2">{t("oauth.wait")}</p>
            <Skeleton className="h-2 w-48" />
          </div>
        )}
        {state.kind === "done" && (
          <EmptyState icon={CheckCircle2} title={t("oauth.done.title")} actions={go}>
            {t("oauth.done.body")}
          </EmptyState>
        )}
        {state.kind === "cancelled" && (
          <EmptyState icon={CircleSlash} title={t("oauth.cancelled.title")} actions={go}>
            {t("oauth.cancelled.body")}
          </EmptyState>
        )}
        {state.kind === "refused" && (
          <Notice tone="danger" title={t("oauth.refused.title")} actions={go}>
            {t(`oauth.refused.${state.reason}`)}
          </Notice>
        )}
        {state.kind === "stale" && (
          <Notice tone="warning" title={t("oauth.stale.title")} actions={go}>
            {t("oauth.stale.body")}
          </Notice>
        )}
        {state.kind === "failed" && (
          <Notice tone="danger" title={t("oauth.failed.title")} actions={go}>
            {t("oauth.failed.body")}
          </Notice>
        )}
      </div>
    </Page>
  );
}
