import { lazy, Suspense, useCallback, useState } from "react";
import { useLocation } from "react-router-dom";
import type { ConnectWallet } from "@/api/types";
import { useI18n } from "@/i18n/i18n";
import { ProblemNotice } from "@/shared/problem-notice";
import { useConfig } from "@/shared/queries";
import { Boundary } from "@/ui/boundary";
import { Button } from "@/ui/button";
import { Field, TextArea } from "@/ui/field";
import { Notice } from "@/ui/notice";
import { toast } from "@/ui/toast";
import { DEFAULT_DAY_LIMIT_SATS, isConnectionString, oauthReturn, parseLimit } from "./connection";
import { useConnectWallet } from "./queries";
import { formatNumber } from "@/lib/format";
import { onSuccess } from "@/lib/on-success";

const UmaConnect = lazy(() => import("./uma-connect"));

export function ConnectPanel(props: { onDone: () => void }) {
  const { t, locale } = useI18n();
  const { uma_auth: auth, wallet_budget_per_day_sats: shopLimit } = useConfig();
  const location = useLocation();
  const connect = useConnectWallet();
  const [uri, setUri] = useState("");
  const [tried, setTried] = useState(false);
  const [limit, setLimit] = useState(() =>
    formatNumber(Math.min(DEFAULT_DAY_LIMIT_SATS, shopLimit || DEFAULT_DAY_LIMIT_SATS), locale),
  );
  const dayLimit = parseLimit(limit);
  const wrong = tried && !isConnectionString(uri);
  const { onDone } = props;
  const { mutateAsync } = connect;
  const submit = useCallback(
    (connection: ConnectWallet) =>
      onSuccess(
        mutateAsync(
          dayLimit === null ? connection : { ...connection, budget_per_day_sats: dayLimit },
        ),
        () => {
          toast(t("wallet.connected"));
          onDone();
        },
      ),
    [mutateAsync, onDone, t, dayLimit],
  );
  const keepPath = () => {
    if (dayLimit !== null) oauthReturn.set(location.pathname + location.search, dayLimit);
  };

  return (
    <div className="flex flex-col gap-4 border-t border-line pt-4">
      <Field
        label={t("wallet.limit.day")}
        hint={t("wallet.limit.connect.hint")}
        inputMode="numeric"
        autoComplete="off"
        trailing="sats"
        value={limit}
        onChange={(event) => setLimit(event.target.value)}
        error={dayLimit === null ? t("wallet.limit.invalid") : undefined}
      />
      {auth && dayLimit !== null && (
        <section className="flex flex-col gap-2">
          <h3 className="font-semibold">{t("wallet.uma")}</h3>
          <p className="text-sm text-ink-2">{t("wallet.uma.body")}</p>
          {/* Stores the current page before the button navigates to the wallet. */}
          <div
            role="presentation"
            className="min-h-12"
            onPointerDownCapture={keepPath}
            onKeyDownCapture={keepPath}
          >
            {/* A failure of the wallet package leaves the paste field below in place. */}
            <Boundary instead={<Notice tone="warning">{t("wallet.uma.failed")}</Notice>}>
              <Suspense fallback={<p className="text-sm text-ink-3">{t("wallet.uma.loading")}</p>}>
                <UmaConnect key={dayLimit} auth={auth} dayLimitSats={dayLimit} onPasted={submit} />
              </Suspense>
            </Boundary>
          </div>
        </section>
      )}
      <form
        noValidate
        className="flex flex-col gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          setTried(true);
          if (isConnectionString(uri) && dayLimit !== null)
            submit({ nwc_connection_uri: uri.trim() });
        }}
      >
        {auth && <h3 className="font-semibold">{t("wallet.paste")}</h3>}
        {connect.isError && <ProblemNotice error={connect.error} />}
        <TextArea
          label={t("wallet.paste.label")}
          rows={3}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          value={uri}
          onChange={(event) => setUri(event.target.value)}
          hint={t("wallet.paste.hint")}
          error={wrong ? t("wallet.paste.invalid") : undefined}
        />
        <div className="flex gap-2">
          <Button
            type="submit"
            size="sm"
            variant={auth ? "secondary" : "primary"}
            busy={connect.isPending}
          >
            {t("wallet.paste.submit")}
          </Button>
          <Button variant="ghost" size="sm" onClick={onDone}>
            {t("cancel")}
          </Button>
        </div>
      </form>
    </div>
  );
}
