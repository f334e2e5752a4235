import { useEffect } from "react";
import type { RefObject } from "react";
import { useBlocker } from "react-router-dom";
import { useI18n } from "@/i18n/i18n";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";

/** Asks before unsaved changes are lost, on navigation and when the tab is closed. */
export function LeaveGuard({ active, saved }: { active: boolean; saved: RefObject<boolean> }) {
  const { t } = useI18n();
  const blocker = useBlocker(
    ({ currentLocation, nextLocation }) =>
      active && !saved.current && currentLocation.pathname !== nextLocation.pathname,
  );
  useBeforeUnload(active);
  if (blocker.state !== "blocked") return null;
  return (
    <Dialog
      title={t("form.leave.title")}
      onClose={() => blocker.reset()}
      actions={
        <>
          <Button variant="secondary" onClick={() => blocker.reset()}>
            {t("form.leave.stay")}
          </Button>
          <Button variant="danger" onClick={() => blocker.proceed()}>
            {t("form.leave.go")}
          </Button>
        </>
      }
    >
      <p className="text-ink-2">{t("form.leave.body")}</p>
    </Dialog>
  );
}

function useBeforeUnload(active: boolean): void {
  useEffect(() => {
    if (!active) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", ask);
    return () => window.removeEventListener("beforeunload", ask);
  }, [active]);
}
