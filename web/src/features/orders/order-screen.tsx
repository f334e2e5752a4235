import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { useLocation } from "react-router-dom";
import { keys } from "@/api/keys";
import { Problem } from "@/api/problem";
import { useI18n } from "@/i18n/i18n";
import { useSession } from "@/lib/session";
import { closeOrder } from "@/shared/order/memory";
import { ProblemNotice } from "@/shared/problem-notice";
import { ButtonLink } from "@/ui/button";
import { Notice } from "@/ui/notice";
import { Page } from "@/ui/page";
import { Loading, Skeleton } from "@/ui/skeleton";
import { CheckEmail } from "./check-email";
import { OrderEnded } from "./order-ended";
import { useOrderAccess } from "./order-access";
import { PaidOrder } from "./paid-order";
import { useOrder } from "./queries";
import { Waiting } from "./waiting";
import { isOpen, outcome } from "./waiting-state";

/** An order in its current state, for its buyer or with the token of its link. */
export function OrderScreen() {
  const { id, token } = useOrderAccess();
  return <OrderPage key={id} id={id} token={token} />;
}

function OrderPage({ id, token }: { id: number; token: string | null }) {
  const { t } = useI18n();
  const order = useOrder(id, token);
  const ended = order.data ? outcome(order.data) : "waiting";

  useHeadlineFocus(order.data ? ended : null);

  const client = useQueryClient();
  useEffect(() => {
    if (isOpen(ended)) return;
    closeOrder(id);
    // The ticket list and the event page must not keep the pending state.
    void client.invalidateQueries({ queryKey: ["tickets"] });
    void client.invalidateQueries({ queryKey: ["orders"] });
    void client.invalidateQueries({ queryKey: keys.events });
  }, [client, ended, id]);

  if (order.isPending) {
    return (
      <Page title={t("order.title")}>
        <Loading label={t("wait.loading")}>
          <div className="flex flex-col gap-5">
            <Skeleton className="h-36 rounded-card" />
            <Skeleton className="h-56 rounded-card" />
          </div>
        </Loading>
      </Page>
    );
  }
  if (!order.data)
    return <OrderUnavailable error={order.error} onRetry={() => void order.refetch()} />;
  switch (ended) {
    case "waiting":
      return (
        <Waiting
          order={order.data}
          token={token}
          timedOut={order.timedOut}
          onCheckAgain={order.checkAgain}
          checking={order.isFetching}
        />
      );
    case "unconfirmed":
      return <CheckEmail order={order.data} token={token} />;
    case "paid":
      return <PaidOrder order={order.data} token={token} />;
    default:
      return <OrderEnded order={order.data} ended={ended} token={token} />;
  }
}

/** Moves focus to the headline of each step, unless a control of the page has it. */
function useHeadlineFocus(step: string | null) {
  useEffect(() => {
    if (step === null) return;
    const focused = document.activeElement;
    const isElsewhere = focused !== null && focused !== document.body && focused.id !== "main";
    if (isElsewhere && focused.tagName !== "H1") return;
    document.querySelector<HTMLElement>("main h1")?.focus({ preventScroll: true });
  }, [step]);
}

function OrderUnavailable(props: { error: unknown; onRetry: () => void }) {
  const { t } = useI18n();
  const signedIn = useSession();
  const { pathname } = useLocation();
  const isUnknown = [401, 403, 404].includes(Problem.from(props.error).status);
  return (
    <Page title={isUnknown ? t("wait.unknown.title") : t("order.title")}>
      {isUnknown ? (
        <Notice
          tone="warning"
          actions={
            signedIn ? (
              <ButtonLink to="/tickets" size="sm">
                {t("tickets.title")}
              </ButtonLink>
            ) : (
              <ButtonLink to={`/login?${new URLSearchParams({ next: pathname })}`} size="sm">
                {t("nav.login")}
              </ButtonLink>
            )
          }
        >
          {t(signedIn ? "wait.unknown.body" : "order.unknown.guest")}
        </Notice>
      ) : (
        <ProblemNotice error={props.error} onRetry={props.onRetry} />
      )}
    </Page>
  );
}
