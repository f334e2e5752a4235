import { forwardRef, useId } from "react";
import type { InputHTMLAttributes, ReactElement, ReactNode, TextareaHTMLAttributes } from "react";
import { AlertCircle } from "lucide-react";
import { cx } from "@/lib/class-names";

export const inputClass =
  "block w-full rounded-control border border-line-strong bg-surface px-3 py-2.5 text-base text-ink placeholder:text-ink-3 focus:border-accent-text focus:outline-2 focus:-outline-offset-1 focus:outline-accent-text disabled:opacity-60 aria-invalid:border-danger";

interface Shared {
  label: ReactNode;
  hint?: ReactNode;
  error?: string | undefined;
  /** Rendered inside the control, at its right end. */
  trailing?: ReactNode;
}

/** A label, a control, and its error or hint, linked for screen readers. */
export function FieldShell(
  props: Shared & {
    id: string;
    children: (aria: {
      id: string;
      "aria-invalid"?: true;
      "aria-describedby"?: string;
    }) => ReactElement;
  },
) {
  const noteId = `${props.id}-note`;
  const hasNote = Boolean(props.error ?? props.hint);
  return (
    <div className="flex flex-col gap-1.5">
      <label htmlFor={props.id} className="text-sm font-semibold">
        {props.label}
      </label>
      <div className="relative">
        {props.children({
          id: props.id,
          ...(props.error ? { "aria-invalid": true as const } : {}),
          ...(hasNote ? { "aria-describedby": noteId } : {}),
        })}
        {props.trailing && (
          <div className="pointer-events-none absolute inset-y-0 right-3 flex items-center text-sm text-ink-3">
            {props.trailing}
          </div>
        )}
      </div>
      {hasNote && (
        <p
          id={noteId}
          className={cx(
            "flex items-start gap-1.5 text-sm",
            props.error ? "text-danger" : "text-ink-3",
          )}
        >
          {props.error && <AlertCircle aria-hidden="true" className="mt-0.5 size-4 shrink-0" />}
          <span>{props.error ?? props.hint}</span>
        </p>
      )}
    </div>
  );
}

export const Field = forwardRef<HTMLInputElement, Shared & InputHTMLAttributes<HTMLInputElement>>(
  function Field({ label, hint, error, trailing, className, ...rest }, ref) {
    const own = useId();
    return (
      <FieldShell id={rest.id ?? own} label={label} hint={hint} error={error} trailing={trailing}>
        {(aria) => (
          <input
            {...rest}
            {...aria}
            ref={ref}
            className={cx(inputClass, Boolean(trailing) && "pr-16", className)}
          />
        )}
      </FieldShell>
    );
  },
);

export const TextArea = forwardRef<
  HTMLTextAreaElement,
  Shared & TextareaHTMLAttributes<HTMLTextAreaElement>
>(function TextArea({ label, hint, error, ...rest }, ref) {
  const own = useId();
  return (
    <FieldShell id={rest.id ?? own} label={label} hint={hint} error={error}>
      {(aria) => <textarea {...rest} {...aria} ref={ref} className={inputClass} />}
    </FieldShell>
  );
});
