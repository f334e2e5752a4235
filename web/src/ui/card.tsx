import type { ReactNode } from "react";
import { cx } from "@/lib/class-names";

export function Card(props: { children: ReactNode; className?: string }) {
  return (
    <div className={cx("rounded-card border border-line bg-surface p-5", props.className)}>
      {props.children}
    </div>
  );
}
