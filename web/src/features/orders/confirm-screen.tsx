import { useQueryClient } from "@tanstack/react-query";
import { MailX } from "lucide-react";
import { useEffect } from "react";
import { Navigate, useLocation, useParams } from "react-router-dom";
import { keys } from "@/api/keys";
import { Problem } from "@/api/problem";
import { useI18n } from "@/i18n/i18n";
import { ProblemNotice } from "@/shared/problem-notice";
import { ButtonLink } from "@/ui/button";
import { EmptyState } from "@/ui/empty-state";
import { Notice } from "@/ui/notice";
import { Page } from "@/ui/page";
import { Loading, Skeleton } from "@/ui/skeleton";
import { linkParam, rememberToken } from "./order-access";
import { useConfirmOrder } from "./queries";

/** Target of the confirmation email of a guest's free order. */
export function ConfirmScreen() {
  const { t } = useI18n();
  const id = Number(useParams().orderId);
  const token = linkParam(useLocation(), "token");
  return (
    <Page title={t("order.confirm.title")} hideHeading>
      {token === null ? (
        <Notice tone="warning">{t("verify.missing")}</Notice>
      ) : (
        <Confirm id={id} token={token} />
      )}
    </Page>
  );
}

function Confirm({ id, token }: { id: number; token: string }) {
  const { t } = useI18n();
  const client = useQueryClient();
  const confirmed = useConfirmOrder(id, token);
  const order = confirmed.data;
  useEffect(() => {
    if (!order) return;
    // The mail may be opened in another browser than the order was placed in.
    rememberToken(id, order.order_token);
    client.setQueryData(keys.order(id), order);
  }, [client, id, order]);
  if (confirmed.isPending) {
    return (
      <Loading label={t("order.confirm.wait")}>
        <Skeleton className="h-48 rounded-card" />
      </Loading>
    );
  }
  if (order) return <Navigate to={`/orders/${id}`} replace />;
  const { type, status } = Problem.from(confirmed.error);
  if (status === 400 || status === 404) {
    return (
      <Notice live tone="warning">
        {t("verify.missing")}
      </Notice>
    );
  }
  if (type === "order_expired") {
    return (
      <EmptyState
        icon={MailX}
        title={t("order.confirm.closed")}
        actions={<ButtonLink to="/">{t("notfound.action")}</ButtonLink>}
      >
        {t("order.confirm.expired")}
      </EmptyState>
    );
  }
  return <ProblemNotice error={confirmed.error} onRetry={() => void confirmed.refetch()} />;
}
