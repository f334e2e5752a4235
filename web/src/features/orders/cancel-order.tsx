import { useState } from "react";
import type { Order } from "@/api/types";
import { useI18n } from "@/i18n/i18n";
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
