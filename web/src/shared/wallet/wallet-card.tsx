import { AlertTriangle, CircleOff, Plug, Wallet } from "lucide-react";
import { useCallback, useState } from "react";
import { useI18n } from "@/i18n/i18n";
import { formatDateTime } from "@/lib/format";
import { onSuccess } from "@/lib/on-success";
import { viewerZone } from "@/lib/time";
import { useNow } from "@/lib/use-now";
import { ProblemNotice } from "@/shared/problem-notice";
import { Badge } from "@/ui/badge";
import { Button } from "@/ui/button";
import { Card } from "@/ui/card";
import { Dialog } from "@/ui/dialog";
import { Notice } from "@/ui/notice";
import { Skeleton } from "@/ui/skeleton";
import { toast } from "@/ui/toast";
import { ConnectPanel } from "./connect-panel";
import { walletState, type WalletState } from "./connection";
import { WalletLimits } from "./limits";
import { useDisconnectWallet, useWallet } from "./queries";

function StateBadge({ state }: { state: WalletState }) {
  const { t } = useI18n();
  switch (state) {
    case "active":
      return (
        <Badge tone="success" icon={Plug}>
          {t("wallet.on")}
        </Badge>
      );
    case "stale":
      return (
        <Badge tone="warning" icon={AlertTriangle}>
          {t("wallet.stale.badge")}
        </Badge>
      );
    default:
      return <Badge icon={CircleOff}>{t("wallet.none")}</Badge>;
  }
}

export function WalletCard() {
  const { t, locale } = useI18n();
  const wallet = useWallet();
  const disconnect = useDisconnectWallet();
  const now = useNow(30_000);
  const [dialog, setDialog] = useState<"connect" | "disconnect" | null>(null);
  const close = useCallback(() => setDialog(null), []);

  if (wallet.isPending) return <Skeleton className="h-36 rounded-card" />;
  const state = walletState(wallet.data, now);
  const date = (iso: string) => formatDateTime(iso, locale, viewerZone());
  const ends = wallet.data?.expires_at;
  const known = wallet.data?.connected === true || (state !== "none" && state !== "active");
  return (
    <Card className="flex flex-col gap-3">
      <div className="flex flex-wrap items-center justify-between gap-2">
        <h2 className="flex items-center gap-2 font-semibold">
          <Wallet aria-hidden="true" className="size-5 text-ink-2" />
          <span>{t("wallet.title")}</span>
        </h2>
        <StateBadge state={state} />
      </div>
      {wallet.isError && (
        <ProblemNotice error={wallet.error} onRetry={() => void wallet.refetch()} />
      )}
      {state !== "none" && wallet.data?.uma_address && (
        <p className="font-medium">{wallet.data.uma_address}</p>
      )}
      {state === "active" ? (
        <>
          <p className="text-sm text-ink-2">
            {`${t("wallet.spend")} ${
              ends && !wallet.data?.renews
                ? t("wallet.expires", { date: date(ends) })
                : t("wallet.forever")
            }.`}
          </p>
          {wallet.data && <WalletLimits wallet={wallet.data} />}
        </>
      ) : state === "none" ? (
        <p className="text-sm text-ink-2">{t("wallet.none.body")}</p>
      ) : (
        <Notice tone="warning" title={t("wallet.reconnect.title")}>
          {state === "expired" && ends
            ? t("wallet.expired", { date: date(ends) })
            : t(state === "stale" ? "wallet.stale" : "wallet.broken")}
        </Notice>
      )}
      <div className="flex flex-wrap gap-2">
        {state !== "active" && dialog !== "connect" && (
          <Button
            variant={state === "none" ? "secondary" : "primary"}
            size="sm"
            onClick={() => setDialog("connect")}
          >
            {state === "none" ? t("wallet.connect") : t("wallet.reconnect")}
          </Button>
        )}
        {known && (
          <Button variant="secondary" size="sm" onClick={() => setDialog("disconnect")}>
            {t("wallet.disconnect")}
          </Button>
        )}
      </div>
      {dialog === "connect" && state !== "active" && <ConnectPanel onDone={close} />}
      {dialog === "disconnect" && (
        <Dialog
          title={t("wallet.disconnect.title")}
          onClose={close}
          actions={
            <>
              <Button variant="secondary" onClick={close}>
                {t("cancel")}
              </Button>
              <Button
                variant="danger"
                busy={disconnect.isPending}
                onClick={() =>
                  onSuccess(disconnect.mutateAsync(), () => {
                    toast(t("wallet.disconnected"));
                    close();
                  })
                }
              >
                {t("wallet.disconnect")}
              </Button>
            </>
          }
        >
          {disconnect.isError && <ProblemNotice error={disconnect.error} />}
          <p className="text-ink-2">{t("wallet.disconnect.body")}</p>
        </Dialog>
      )}
    </Card>
  );
}
