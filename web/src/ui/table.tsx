import type { ReactNode } from "react";
import { cx } from "@/lib/class-names";

/**
 * A table, scrolled sideways also by keyboard; on narrow screens each row is a block with the column
 * names before the values. `relative` keeps visually hidden text from widening the page.
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
      <table className="w-full text-left max-sm:block max-sm:[&_tr]:block">
        <thead className="border-b border-line text-sm text-ink-3 max-sm:sr-only">
          <tr>{props.head}</tr>
        </thead>
        <tbody className="divide-y divide-line max-sm:block max-sm:[&_tr]:px-4 max-sm:[&_tr]:py-3">
          {props.children}
        </tbody>
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

export function Td(props: {
  children: ReactNode;
  /** Column name on narrow screens; without one the cell takes the whole line. */
  label?: string;
  right?: boolean;
  className?: string;
}) {
  return (
    <td
      data-label={props.label}
      className={cx(
        "px-4 py-3 align-middle max-sm:px-0 max-sm:py-1",
        props.label
          ? "max-sm:flex max-sm:items-baseline max-sm:justify-between max-sm:gap-4 max-sm:text-right max-sm:before:shrink-0 max-sm:before:text-sm max-sm:before:text-ink-3 max-sm:before:content-[attr(data-label)]"
          : "max-sm:block",
        props.right && "text-right tabular-nums",
        props.className,
      )}
    >
      <div className="min-w-0">{props.children}</div>
    </td>
  );
}
