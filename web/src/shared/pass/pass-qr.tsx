import { useEffect, useState } from "react";
import { useI18n } from "@/i18n/i18n";
import { cx } from "@/lib/class-names";
import { grouped } from "@/lib/ticket-code";
import { QrCode } from "@/ui/qr-code";
import { useModal } from "@/ui/use-modal";

interface PassProps {
  code: string;
  /** The event's title, for the full screen. */
  title: string;
  /** The holder or the ticket type. */
  name: string;
  className?: string;
}

/** A ticket's QR code; a tap fills the screen with it. */
export function PassQr(props: PassProps) {
  const { t } = useI18n();
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <button
        type="button"
        aria-label={t("pass.enlarge")}
        onClick={() => setOpen(true)}
        className={cx("block w-full rounded-control", props.className)}
      >
        <QrCode
          value={props.code}
          level="Q"
          label={t("pass.qr")}
          className="w-full border border-line"
        />
      </button>
      {isOpen && <FullScreen {...props} onClose={() => setOpen(false)} />}
    </>
  );
}

/** White in both themes, and the screen stays on. */
function FullScreen(props: PassProps & { onClose: () => void }) {
  const { t } = useI18n();
  const ref = useModal();
  useWakeLock();
  return (
    // eslint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-noninteractive-element-interactions
    <dialog
      ref={ref}
      aria-label={t("pass.qr")}
      onClick={props.onClose}
      onCancel={(event) => {
        event.preventDefault();
        props.onClose();
      }}
      className="no-print m-0 h-dvh max-h-none w-full max-w-none bg-white p-0 text-black"
    >
      <div className="flex h-full flex-col items-center justify-center gap-4 p-4 text-center">
        <div>
          <p className="text-lg font-semibold">{props.title}</p>
          <p className="text-[#4f4b62]">{props.name}</p>
        </div>
        <QrCode
          value={props.code}
          level="Q"
          label={t("pass.qr")}
          className="w-[min(100%,calc(100dvh-16rem))] max-w-xl"
        />
        <p translate="no" className="font-mono font-semibold tracking-wide break-words">
          {grouped(props.code)}
        </p>
        <p className="text-sm text-[#4f4b62]">{t("pass.hint")}</p>
        <button
          type="button"
          onClick={props.onClose}
          className="min-h-11 rounded-control border border-[#878293] px-5 font-semibold focus-visible:outline-[#4d1fe0]"
        >
          {t("close")}
        </button>
      </div>
    </dialog>
  );
}

/** Keeps the screen on while the code is shown, where the browser can. */
function useWakeLock() {
  useEffect(() => {
    let lock: { release: () => Promise<void> } | null = null;
    let isGone = false;
    const ask = async () => {
      try {
        lock = "wakeLock" in navigator ? await navigator.wakeLock.request("screen") : null;
        if (isGone) await lock?.release();
      } catch {
        // Refused on low battery.
      }
    };
    void ask();
    return () => {
      isGone = true;
      void lock?.release().catch(() => undefined);
    };
  }, []);
}
