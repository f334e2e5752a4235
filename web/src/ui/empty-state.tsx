import type { LucideIcon } from "lucide-react";
import type { ReactNode } from "react";

/** The icon in front of two sheets of paper. */
function Picture(props: { children: ReactNode }) {
  return (
    <span className="relative mb-3 flex size-28 items-center justify-center text-accent-text">
      <span
        aria-hidden="true"
        className="absolute inset-x-4 inset-y-2 -rotate-9 rounded-[20px] bg-sunken"
      />
      <span
        aria-hidden="true"
        className="absolute inset-x-4 inset-y-2 rotate-6 rounded-[20px] bg-accent-soft"
      />
      <span className="relative">{props.children}</span>
    </span>
  );
}

export function EmptyState(props: {
  icon: LucideIcon;
  title: ReactNode;
  children?: ReactNode;
  actions?: ReactNode;
}) {
  const Icon = props.icon;
  return (
    <div className="flex flex-col items-center gap-3 px-6 py-16 text-center sm:py-24">
      <Picture>
        <Icon aria-hidden="true" className="size-8" strokeWidth={1.75} />
      </Picture>
      <h2 className="text-lg font-semibold">{props.title}</h2>
      {props.children && <p className="max-w-md text-ink-2">{props.children}</p>}
      {props.actions && (
        <div className="flex flex-wrap justify-center gap-2 pt-2">{props.actions}</div>
      )}
    </div>
  );
}
