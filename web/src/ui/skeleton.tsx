import type { ReactNode } from "react";
import { cx } from "@/lib/class-names";

export function Skeleton(props: { className?: string }) {
  return <div className={cx("animate-pulse rounded-control bg-sunken", props.className)} />;
}

/** Skeletons with a label for screen readers. */
export function Loading(props: { label: string; children: ReactNode }) {
  return (
    <div role="status" aria-busy="true">
      <span className="sr-only">{props.label}</span>
      <div aria-hidden="true">{props.children}</div>
    </div>
  );
}
