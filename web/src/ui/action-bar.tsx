import { useEffect, useRef } from "react";
import type { ReactNode } from "react";

/**
 * The main action of a page, fixed to the bottom on phones. Publishes its height, so that the page leaves space for
 * it and keeps focused elements clear of it.
 */
export function ActionBar(props: { children: ReactNode }) {
  const bar = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = bar.current;
    if (!element || typeof ResizeObserver === "undefined") return;
    const { style } = document.documentElement;
    const observer = new ResizeObserver(() => {
      style.setProperty("--action-bar", `${element.offsetHeight}px`);
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
      style.removeProperty("--action-bar");
    };
  }, []);
  return (
    <div
      ref={bar}
      className="action-bar no-print fixed inset-x-0 bottom-0 z-20 flex items-center justify-between gap-4 border-t border-line bg-surface px-4 pt-3 pb-[calc(0.75rem+env(safe-area-inset-bottom))] sm:static sm:rounded-card sm:border sm:p-5 lg:hidden"
    >
      <div className="contents">{props.children}</div>
    </div>
  );
}
