import { useEffect, useId, useRef, useState } from "react";
import type { ReactNode } from "react";
import { Button } from "./button";

/** A button that opens a short list of links and buttons; closes on Escape, on a choice and when focus leaves it. */
export function Menu(props: { label: ReactNode; children: ReactNode }) {
  const [isOpen, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const panel = useId();
  useEffect(() => {
    if (!isOpen) return;
    const onOutside = (event: Event) => {
      if (event.target instanceof Node && !root.current?.contains(event.target)) setOpen(false);
    };
    const onChoice = (event: Event) => {
      const entry = event.target instanceof Element ? event.target.closest("li") : null;
      if (entry && root.current?.contains(entry)) setOpen(false);
    };
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== "Escape") return;
      setOpen(false);
      root.current?.querySelector("button")?.focus();
    };
    document.addEventListener("pointerdown", onOutside);
    document.addEventListener("focusin", onOutside);
    document.addEventListener("click", onChoice);
    document.addEventListener("keydown", onKey);
    return () => {
      document.removeEventListener("pointerdown", onOutside);
      document.removeEventListener("focusin", onOutside);
      document.removeEventListener("click", onChoice);
      document.removeEventListener("keydown", onKey);
    };
  }, [isOpen]);
  return (
    <div ref={root} className="relative">
      <Button
        variant="secondary"
        size="sm"
        wide
        aria-expanded={isOpen}
        aria-controls={panel}
        onClick={() => setOpen(!isOpen)}
      >
        {props.label}
      </Button>
      <ul
        id={panel}
        hidden={!isOpen}
        className="absolute top-full left-0 z-30 mt-1.5 min-w-52 rounded-card border border-line bg-surface p-1.5 shadow-card"
      >
        {props.children}
      </ul>
    </div>
  );
}

/** Classes of an entry: `<li><a className={menuItem}>`. */
export const menuItem =
  "flex min-h-10 w-full items-center gap-2.5 rounded-control px-3 text-left text-sm font-medium text-ink hover:bg-sunken";
