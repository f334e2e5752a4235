import { useState } from "react";
import { useI18n } from "@/i18n/i18n";
import { ProblemNotice } from "@/shared/problem-notice";
import { useCancel } from "@/shared/queries";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";

/** Gives the seat up, after a question. */
export function ReleaseSeat(props: {
  ticketId: number;
  token: string | null;
  clock: string | null;
}) {
  const { t } = useI18n();
  const [asking, setAsking] = useState(false);
  const cancel = useCancel(props.ticketId, props.token);
  return (
    <>
      <Button look="ghost" className="self-center" onClick={() => setAsking(true)}>
        {t("wait.release")}
      </Button>
      {asking && (
        <Dialog
          title={t("wait.release.title")}
          onClose={() => setAsking(false)}
          actions={
            <>
              <Button look="secondary" onClick={() => setAsking(false)}>
                {t("wait.release.keep")}
              </Button>
              <Button look="danger" busy={cancel.isPending} onClick={() => cancel.mutate()}>
                {t("wait.release.do")}
              </Button>
            </>
          }
        >
          {cancel.isError && <ProblemNotice error={cancel.error} />}
          <p className="text-ink-2">{t("wait.release.body")}</p>
        </Dialog>
      )}
    </>
  );
}
