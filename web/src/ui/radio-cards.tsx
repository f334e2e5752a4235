import { forwardRef, useId } from "react";
import type { InputHTMLAttributes, ReactNode } from "react";

interface Option {
  value: string;
  title: ReactNode;
  note?: ReactNode;
}

/** A group of radio buttons, each in a card. */
export const RadioCards = forwardRef<
  HTMLInputElement,
  { legend: string; options: readonly Option[] } & Omit<
    InputHTMLAttributes<HTMLInputElement>,
    "type" | "value" | "checked"
  > & { value?: string }
>(function RadioCards({ legend, options, value, ...rest }, ref) {
  const id = useId();
  return (
    <fieldset className="flex flex-col gap-1.5">
      <legend className="pb-1.5 text-sm font-semibold">{legend}</legend>
      <div className="flex flex-col gap-2">
        {options.map((option) => (
          <label
            key={option.value}
            htmlFor={`${id}-${option.value}`}
            className="flex items-start gap-3 rounded-card border border-line-strong bg-surface px-4 py-3 has-checked:border-accent-text has-checked:bg-accent-soft has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-accent-text"
          >
            <input
              {...rest}
              ref={ref}
              id={`${id}-${option.value}`}
              type="radio"
              value={option.value}
              {...(value === undefined ? {} : { checked: value === option.value })}
              {...(option.note ? { "aria-describedby": `${id}-${option.value}-note` } : {})}
              className="mt-1 size-4 accent-accent focus-visible:outline-none"
            />
            <span className="min-w-0">
              <span className="block font-semibold">{option.title}</span>
              {option.note && (
                <span id={`${id}-${option.value}-note`} className="block text-sm text-ink-2">
                  {option.note}
                </span>
              )}
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
});
