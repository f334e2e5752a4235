import type { ReactNode } from "react";
import { cx } from "@/lib/class-names";

/**
 * A table that scrolls sideways by itself on narrow screens, also with the keyboard. `relative`
 * keeps hidden words in its cells from widening the page.
 */
export function Table(props: { label: string; head: ReactNode; children: ReactNode }) {
  return (
    <div
      role="region"
      aria-label={props.label}
      // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- scrollable by keyboard
      tabIndex={0}
      className="relative overflow-x-auto rounded-card border border-line bg-surface"
    >
      <table className="w-full text-left">
        <thead className="border-b border-line text-sm text-ink-3">
          <tr>{props.head}</tr>
        </thead>
        <tbody className="divide-y divide-line">{props.children}</tbody>
      </table>
    </div>
  );
}

export function Th(props: { children: ReactNode; right?: boolean }) {
  return (
    <th
      scope="col"
      className={cx("whitespace-nowrap px-4 py-3 font-medium", props.right && "text-right")}
    >
      {props.children}
    </th>
  );
}

export function Td(props: { children: ReactNode; right?: boolean; className?: string }) {
  return (
    <td
      className={cx(
        "px-4 py-3 align-middle",
        props.right && "text-right tabular-nums",
        props.className,
      )}
    >
      {props.children}
    </td>
  );
}
