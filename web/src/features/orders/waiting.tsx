import { ChevronDown } from "lucide-react";
import type { Order } from "@/api/types";
import { useI18n } from "@/i18n/i18n";
import { formatNumber, formatTime } from "@/lib/format";
import { instant, MINUTE, viewerZone } from "@/lib/time";
import { umaDomain } from "@/lib/uma";
import { useNow } from "@/lib/use-now";
import { useOnline } from "@/lib/use-online";
import { MoneyNotice } from "@/shared/money-notice";
import { OrderLines } from "@/shared/order/order-lines";
import { useConfig } from "@/shared/queries";
import { useSpan } from "@/shared/use-span";
import { useSession } from "@/lib/session";
import { Button, ButtonAnchor, ButtonLink } from "@/ui/button";
import { Card } from "@/ui/card";
import { CountdownRing } from "@/ui/countdown-ring";
import { Notice } from "@/ui/notice";
import { Page } from "@/ui/page";
import { Skeleton } from "@/ui/skeleton";
import { CancelOrder, ChangeAddress } from "./cancel-order";
import { Invoice, PayAnotherWay, PaymentLink } from "./pay-another-way";
import { PaymentSteps } from "./payment-steps";
import { requestState } from "./waiting-state";

/** How long a wallet may take before the page offers another way to pay. */
const WALLET_RESPONSE_TIMEOUT = MINUTE;

/** An order that is not paid yet. */
export function Waiting(props: {
  order: Order;
  token: string | null;
  timedOut: boolean;
  checking: boolean;
  onCheckAgain: () => void;
}) {
  const { t, locale } = useI18n();
  const { order } = props;
  const now = useNow(1000);
  const online = useOnline();
  const signedIn = useSession();
  const config = useConfig();
  const request = requestState(order);
  const address = order.uma_address ?? "";
  const domain =
    order.collection?.vasp_domain ?? (address ? umaDomain(address) : t("wait.yourwallet"));
  const amount = formatNumber(order.total_sats, locale);
  const until = instant(order.hold_expires_at);
  const left = until === null ? null : until - now;
  const bolt11 = order.uma_request?.bolt11 ?? null;
  const isUnanswered =
    request === "sent" && now - (instant(order.created_at) ?? now) >= WALLET_RESPONSE_TIMEOUT;

  return (
    <Page
      title={t(request === "sent" ? "wait.title.approve" : "wait.title")}
      lead={order.event.title}
    >
      {!online && <Notice tone="warning">{t("wait.offline")}</Notice>}
      {props.timedOut && (
        <Notice
          live
          tone="warning"
          actions={
            <>
              <Button size="sm" busy={props.checking} onClick={props.onCheckAgain}>
                {t("wait.again")}
              </Button>
              {signedIn && (
                <ButtonLink to="/tickets" variant="secondary" size="sm">
                  {t("tickets.title")}
                </ButtonLink>
              )}
            </>
          }
        >
          {t(signedIn ? "wait.late" : "order.late.guest")}
        </Notice>
      )}
      <MoneyNotice ticketStatus="pending" payment={order.payment} />
      <Card className="flex flex-col gap-5">
        {/* `collection.detail` is untrusted text of the provider and is not shown. */}
        <p role="status" className="text-lg leading-snug font-semibold">
          {t(`wait.now.${request}`, { domain, amount })}
        </p>
        {request === "invoice" &&
          (bolt11 ? (
            <Invoice bolt11={bolt11} amount={amount} />
          ) : (
            <Skeleton className="h-56 rounded-card" />
          ))}
        {left !== null && until !== null && (
          <Countdown left={left} until={until} from={instant(order.created_at) ?? now} />
        )}
        {request !== "invoice" && <PaymentSteps order={order} domain={domain} />}
        {config.sandbox && config.sandbox_wallet_url && (
          <ButtonAnchor
            variant="secondary"
            href={config.sandbox_wallet_url}
            target="_blank"
            rel="noreferrer"
          >
            {t("sandbox.wallet")}
          </ButtonAnchor>
        )}
        {request === "invoice" && order.payment_link && <PaymentLink link={order.payment_link} />}
      </Card>
      {request !== "invoice" && bolt11 && (
        <PayAnotherWay
          bolt11={bolt11}
          link={order.payment_link}
          amount={amount}
          open={isUnanswered || request === "unreachable" || request === "refused"}
        />
      )}
      <p role="status" className={isUnanswered ? "text-ink-2" : "sr-only"}>
        {isUnanswered ? t("wait.silent", { domain }) : ""}
      </p>
      {address && request === "sent" && (
        <details className="group rounded-card border border-line bg-surface px-5 py-4">
          <summary className="flex list-none items-center justify-between font-semibold">
            <span>{t("wait.nothing")}</span>
            <ChevronDown aria-hidden="true" className="size-5 text-ink-3 group-open:rotate-180" />
          </summary>
          <p className="pt-3 text-ink-2">{t("wait.nothing.body", { address })}</p>
        </details>
      )}
      {address && request !== "wallet" && <ChangeAddress order={order} token={props.token} />}
      <Card>
        <h2 className="pb-3 font-semibold">{t("buy.summary")}</h2>
        <OrderLines lines={order.lines} total={order.total_sats} code={order.promo_code} fiat />
      </Card>
      <CancelOrder order={order} token={props.token} />
    </Page>
  );
}

/** Time left before the tickets are released. */
export function Countdown(props: { left: number; until: number; from: number }) {
  const { t, locale } = useI18n();
  const span = useSpan();
  const { left, until } = props;
  return (
    <div className="flex items-center gap-4 rounded-card bg-sunken p-4">
      <CountdownRing
        leftMs={left}
        totalMs={until - props.from}
        label={t("wait.ring", { time: span(left) })}
      />
      <p className="text-sm text-ink-2">
        {left > 0
          ? t("wait.held.until", { time: formatTime(until, locale, viewerZone()) })
          : t("wait.timeup")}
      </p>
    </div>
  );
}
