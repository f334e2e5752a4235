import { MailCheck } from "lucide-react";
import type { Order } from "@/api/types";
import { useI18n } from "@/i18n/i18n";
import { instant } from "@/lib/time";
import { useNow } from "@/lib/use-now";
import { OrderLines } from "@/shared/order/order-lines";
import { Card } from "@/ui/card";
import { Page } from "@/ui/page";
import { CancelOrder } from "./cancel-order";
import { Countdown } from "./waiting";

/** A guest's free order until the mailed link is opened. */
export function CheckEmail({ order, token }: { order: Order; token: string | null }) {
  const { t, tn } = useI18n();
  const now = useNow(1000);
  const until = instant(order.hold_expires_at);
  return (
    <Page title={t("order.email.title")} lead={order.event.title}>
      <Card className="flex flex-col gap-5">
        <div className="flex gap-4">
          <span className="flex size-12 shrink-0 items-center justify-center rounded-full bg-accent-soft text-accent-text">
            <MailCheck aria-hidden="true" className="size-6" />
          </span>
          <div role="status" className="min-w-0">
            <p className="text-lg leading-snug font-semibold">
              {order.email
                ? t("order.email.sent", { email: order.email })
                : t("order.email.sent.unknown")}
            </p>
            <p className="pt-1 text-ink-2">{tn("order.email.body", order.tickets.length)}</p>
          </div>
        </div>
        {until !== null && (
          <Countdown left={until - now} until={until} from={instant(order.created_at) ?? now} />
        )}
      </Card>
      <Card>
        <OrderLines lines={order.lines} total={order.total_sats} code={order.promo_code} />
      </Card>
      <CancelOrder order={order} token={token} />
    </Page>
  );
}
