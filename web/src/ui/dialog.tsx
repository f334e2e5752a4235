import { X } from "lucide-react";
import { useId } from "react";
import type { ReactNode } from "react";
import { useI18n } from "@/i18n/i18n";
import { cx } from "@/lib/class-names";
import { useModal } from "./use-modal";

/** A native modal dialog: traps focus, closes on Escape, makes the page inert. */
export function Dialog(props: {
  title: ReactNode;
  onClose: () => void;
  children: ReactNode;
  actions?: ReactNode;
  /** A sheet on the right for details beside a table. */
  drawer?: boolean;
}) {
  const { t } = useI18n();
  const ref = useModal();
  const titleId = useId();
  return (
    // Keyboard users close it with Escape or the close button.
    // eslint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-noninteractive-element-interactions
    <dialog
      ref={ref}
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault();
        props.onClose();
      }}
      onClick={(event) => {
        if (event.target === ref.current) props.onClose();
      }}
      className={cx(
        "bg-surface p-0 text-ink shadow-card",
        props.drawer
          ? "m-0 ml-auto h-dvh max-h-none w-full max-w-lg"
          : "m-auto w-[calc(100%-2rem)] max-w-md rounded-card",
      )}
    >
      <div className="flex max-h-dvh flex-col gap-4 overflow-y-auto p-6">
        <div className="flex items-start justify-between gap-4">
          <h2 id={titleId} className="text-lg font-semibold">
            {props.title}
          </h2>
          <button
            type="button"
            onClick={props.onClose}
            aria-label={t("close")}
            className="-m-2 rounded-control p-2 text-ink-3 hover:bg-sunken hover:text-ink"
          >
            <X aria-hidden="true" className="size-5" />
          </button>
        </div>
        <div className="contents">{props.children}</div>
        {props.actions && (
          <div className="flex flex-wrap justify-end gap-2 pt-2">{props.actions}</div>
        )}
      </div>
    </dialog>
  );
}
