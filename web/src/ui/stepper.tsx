import { Minus, Plus } from "lucide-react";

const button =
  "flex size-11 items-center justify-center rounded-control border border-line-strong bg-surface text-ink hover:bg-sunken aria-disabled:cursor-not-allowed aria-disabled:opacity-40";

/** A quantity with buttons. The step from 0 goes to `min`, the step below `min` to 0 if `optional`. */
export function Stepper(props: {
  label: string;
  less: string;
  more: string;
  value: number;
  min: number;
  max: number;
  /** Whether 0 is allowed. */
  optional: boolean;
  onChange: (value: number) => void;
}) {
  const { value, min, max, optional } = props;
  const lower = value - 1 < min ? (optional ? 0 : min) : value - 1;
  const upper = Math.min(max, Math.max(min, value + 1));
  return (
    <div role="group" aria-label={props.label} className="flex items-center gap-1">
      <button
        type="button"
        aria-label={props.less}
        aria-disabled={lower === value}
        className={button}
        onClick={() => props.onChange(lower)}
      >
        <Minus aria-hidden="true" className="size-4" />
      </button>
      <span role="status" className="w-8 text-center text-lg font-semibold tabular-nums">
        {value}
      </span>
      <button
        type="button"
        aria-label={props.more}
        aria-disabled={upper === value}
        className={button}
        onClick={() => props.onChange(upper)}
      >
        <Plus aria-hidden="true" className="size-4" />
      </button>
    </div>
  );
}
