const R = 44;
const CIRCUMFERENCE = 2 * Math.PI * R;

import { clockSpan } from "@/lib/format";
/** Remaining time as a ring around a clock. */
export function CountdownRing(props: { leftMs: number; totalMs: number; label: string }) {
  const share = Math.min(1, Math.max(0, props.leftMs / Math.max(1, props.totalMs)));
  const low = props.leftMs < 60_000;
  return (
    <div role="timer" aria-label={props.label} className="relative size-24 shrink-0">
      <svg viewBox="0 0 100 100" aria-hidden="true" className="size-full -rotate-90">
        <circle cx="50" cy="50" r={R} fill="none" strokeWidth="7" className="stroke-line" />
        <circle
          cx="50"
          cy="50"
          r={R}
          fill="none"
          strokeWidth="7"
          strokeLinecap="round"
          strokeDasharray={CIRCUMFERENCE}
          strokeDashoffset={CIRCUMFERENCE * (1 - share)}
          className={low ? "stroke-warning" : "stroke-accent"}
        />
      </svg>
      <span
        aria-hidden="true"
        className="absolute inset-0 flex items-center justify-center text-lg font-semibold tabular-nums"
      >
        {clockSpan(props.leftMs)}
      </span>
    </div>
  );
}
