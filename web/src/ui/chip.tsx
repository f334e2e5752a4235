import { Check } from "lucide-react";
import type { ReactNode } from "react";
import { cx } from "@/lib/class-names";

export function Chip(props: { pressed: boolean; onPress: () => void; children: ReactNode }) {
  return (
    <button
      type="button"
      aria-pressed={props.pressed}
      onClick={props.onPress}
      className={cx(
        "inline-flex min-h-10 items-center gap-1.5 whitespace-nowrap rounded-full border px-4 text-sm font-medium transition-colors",
        props.pressed
          ? "border-ink bg-ink text-paper"
          : "border-line-strong bg-surface text-ink hover:bg-sunken",
      )}
    >
      {props.pressed && <Check aria-hidden="true" className="size-4" />}
      <span className="contents">{props.children}</span>
    </button>
  );
}
