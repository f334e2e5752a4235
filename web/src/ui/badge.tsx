import type { LucideIcon } from "lucide-react";
import type { ReactNode } from "react";
import { cx } from "@/lib/class-names";

export type BadgeTone = "neutral" | "accent" | "success" | "warning" | "danger";
const toneClasses: Record<BadgeTone, string> = {
  neutral: "bg-sunken text-ink-2",
  accent: "bg-accent-soft text-accent-text",
  success: "bg-success-soft text-success",
  warning: "bg-warning-soft text-warning",
  danger: "bg-danger-soft text-danger",
};

export function Badge(props: { tone?: BadgeTone; icon?: LucideIcon; children: ReactNode }) {
  const Icon = props.icon;
  return (
    <span
      className={cx(
        "inline-flex items-center gap-1 whitespace-nowrap rounded-full px-2.5 py-0.5 text-sm font-medium",
        toneClasses[props.tone ?? "neutral"],
      )}
    >
      {Icon && <Icon aria-hidden="true" className="size-3.5" />}
      <span className="contents">{props.children}</span>
    </span>
  );
}
