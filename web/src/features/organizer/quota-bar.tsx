import { cx } from "@/lib/class-names";

/** Share of a quota that is taken, with its numbers beside it. */
export function QuotaBar(props: { label: string; taken: number; of: number; text: string }) {
  const share = props.of > 0 ? Math.min(1, props.taken / props.of) : 0;
  return (
    <div className="flex flex-col gap-1">
      <progress
        aria-label={props.label}
        value={Math.min(props.taken, props.of)}
        max={Math.max(props.of, 1)}
        className={cx("quota-bar h-2 w-full", share >= 1 && "quota-bar-full")}
      />
      <p className="text-sm text-ink-3 tabular-nums">{props.text}</p>
    </div>
  );
}
