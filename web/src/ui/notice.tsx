import { AlertTriangle, CheckCircle2, Info, XCircle } from "lucide-react";
import type { ReactNode } from "react";
import { cx } from "@/lib/class-names";

type Tone = "info" | "success" | "warning" | "danger";
const toneClasses: Record<Tone, string> = {
  info: "bg-accent-soft text-accent-text",
  success: "bg-success-soft text-success",
  warning: "bg-warning-soft text-warning",
  danger: "bg-danger-soft text-danger",
};
const icons = { info: Info, success: CheckCircle2, warning: AlertTriangle, danger: XCircle };

/** A highlighted message with actions. */
export function Notice(props: {
  tone: Tone;
  title?: ReactNode;
  children?: ReactNode;
  actions?: ReactNode;
  /** Announced by screen readers when it appears. */
  live?: boolean;
}) {
  const Icon = icons[props.tone];
  return (
    <div
      role={props.live ? (props.tone === "danger" ? "alert" : "status") : undefined}
      className={cx("flex gap-3 rounded-card p-4", toneClasses[props.tone])}
    >
      <Icon aria-hidden="true" className="mt-0.5 size-5 shrink-0" />
      <div className="flex min-w-0 flex-col gap-2">
        {props.title && <p className="font-semibold">{props.title}</p>}
        {props.children && <div className="text-ink">{props.children}</div>}
        {props.actions && <div className="flex flex-wrap gap-2 pt-1">{props.actions}</div>}
      </div>
    </div>
  );
}
