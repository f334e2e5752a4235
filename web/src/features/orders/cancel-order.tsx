import { useState } from "react";
import { useNavigate } from "react-router-dom";
import type { Order } from "@/api/types";
import { useI18n } from "@/i18n/i18n";
import { onSuccess } from "@/lib/on-success";
import { closeOrder } from "@/shared/order/memory";
import { selectionQuery } from "@/shared/order/selection";
import { ProblemNotice } from "@/shared/problem-notice";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { useCancelOrder } from "./queries";

/** Cancels the order after confirmation. */
export function CancelOrder(props: { order: Order; token: string | null }) {
  const { t, tn } = useI18n();
  const isFree = props.order.total_sats === 0;
  const [confirming, setConfirming] = useState(false);
  const cancel = useCancelOrder(props.order.id, props.token);
  return (
    <>
      <Button variant="ghost" className="self-center" onClick={() => setConfirming(true)}>
        {t("wait.release")}
      </Button>
      {confirming && (
        <Dialog
          title={t("wait.release.title")}
          onClose={() => setConfirming(false)}
          actions={
            <>
              <Button variant="secondary" onClick={() => setConfirming(false)}>
                {t(isFree ? "wait.release.keep.free" : "wait.release.keep")}
              </Button>
              <Button variant="danger" busy={cancel.isPending} onClick={() => cancel.mutate()}>
                {t("wait.release.do")}
              </Button>
            </>
          }
        >
          {cancel.isError && <ProblemNotice error={cancel.error} />}
          <p className="text-ink-2">
            {tn(
              isFree ? "wait.release.body.free" : "wait.release.body",
              props.order.tickets.length,
            )}
          </p>
        </Dialog>
      )}
    </>
  );
}

/** Cancels the order and returns to its checkout, since a payment request can't be sent to another wallet. */
export function ChangeAddress(props: { order: Order; token: string | null }) {
  const { t } = useI18n();
  const navigate = useNavigate();
  const { order } = props;
  const [confirming, setConfirming] = useState(false);
  const cancel = useCancelOrder(order.id, props.token);
  const checkout = `/events/${order.event.id}/purchase${selectionQuery({
    choices: order.lines.map((line) => ({ type: line.ticket_type_id, quantity: line.quantity })),
    code: order.promo_code ?? "",
  })}`;
  return (
    <>
      <Button variant="secondary" className="self-center" onClick={() => setConfirming(true)}>
        {t("wait.address")}
      </Button>
      {confirming && (
        <Dialog
          title={t("wait.address.title")}
          onClose={() => setConfirming(false)}
          actions={
            <>
              <Button variant="secondary" onClick={() => setConfirming(false)}>
                {t("wait.release.keep")}
              </Button>
              <Button
                busy={cancel.isPending}
                onClick={() =>
                  onSuccess(cancel.mutateAsync(), () => {
                    closeOrder(order.id);
                    void navigate(checkout);
                  })
                }
              >
                {t("wait.address.do")}
              </Button>
            </>
          }
        >
          {cancel.isError && <ProblemNotice error={cancel.error} />}
          <p className="text-ink-2">{t("wait.address.body")}</p>
        </Dialog>
      )}
    </>
  );
}
