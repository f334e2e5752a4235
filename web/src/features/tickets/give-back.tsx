import { Undo2 } from "lucide-react";
import { useState } from "react";
import { Problem } from "@/api/problem";
import type { UserTicket } from "@/api/types";
import { useI18n } from "@/i18n/i18n";
import { onSuccess } from "@/lib/on-success";
import { ProblemNotice } from "@/shared/problem-notice";
import { useGiveBack } from "@/shared/queries";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { toast } from "@/ui/toast";

/** Gives back a free ticket after confirmation. */
export function GiveBack({ ticket }: { ticket: UserTicket }) {
  const { t } = useI18n();
  const [asking, setAsking] = useState(false);
  const cancel = useGiveBack(ticket.id);
  const close = () => {
    setAsking(false);
    cancel.reset();
  };
  return (
    <>
      <Button
        variant="ghost"
        size="sm"
        className="no-print self-center"
        onClick={() => setAsking(true)}
      >
        <Undo2 aria-hidden="true" className="size-4" />
        <span>{t("pass.giveback")}</span>
      </Button>
      {asking && (
        <Dialog
          title={t("pass.giveback.title")}
          onClose={close}
          actions={
            <>
              <Button variant="secondary" onClick={close}>
                {t("pass.giveback.keep")}
              </Button>
              <Button
                variant="danger"
                busy={cancel.isPending}
                onClick={() =>
                  onSuccess(cancel.mutateAsync(), () => {
                    toast(t("pass.giveback.done"));
                    setAsking(false);
                  })
                }
              >
                {t("pass.giveback.do")}
              </Button>
            </>
          }
        >
          {cancel.isError && (
            <ProblemNotice
              error={cancel.error}
              {...(Problem.from(cancel.error).status === 409
                ? { text: t("pass.giveback.refused") }
                : {})}
            />
          )}
          <p className="text-ink-2">{t("pass.giveback.body", { event: ticket.event.title })}</p>
        </Dialog>
      )}
    </>
  );
}
