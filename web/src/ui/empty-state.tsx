import type { LucideIcon } from "lucide-react";
import type { ReactNode } from "react";

export function EmptyState(props: {
  icon: LucideIcon;
  title: ReactNode;
  children?: ReactNode;
  actions?: ReactNode;
}) {
  const Icon = props.icon;
  return (
    <div className="flex flex-col items-center gap-3 rounded-card border border-dashed border-line px-6 py-14 text-center">
      <span className="rounded-full bg-accent-soft p-4 text-accent-text">
        <Icon aria-hidden="true" className="size-7" />
      </span>
      <h2 className="text-lg font-semibold">{props.title}</h2>
      {props.children && <p className="max-w-md text-ink-2">{props.children}</p>}
      {props.actions && (
        <div className="flex flex-wrap justify-center gap-2 pt-2">{props.actions}</div>
      )}
    </div>
  );
}
