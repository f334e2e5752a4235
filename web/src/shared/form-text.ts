import { en } from "@/i18n/en";
import type { Key, Values } from "@/i18n/i18n";
import { useI18n } from "@/i18n/i18n";
import { Problem } from "@/api/problem";
import { fieldKey } from "./field-text";

/** Translates a form message, which is a catalogue key. */
export function useFormText() {
  const { t } = useI18n();
  return (message: string | undefined, values?: Values): string | undefined => {
    if (!message) return undefined;
    return t(message in en ? (message as Key) : "form.refused", values);
  };
}

/**
 * Assigns the server's field errors to form fields. Returns `false` if one has no field; the form must
 * then show the whole problem.
 */
export function placeFieldErrors(
  error: unknown,
  known: readonly string[],
  place: (field: string, message: Key) => void,
): boolean {
  const problem = Problem.from(error);
  const names = Object.keys(problem.fields);
  for (const name of names) {
    if (known.includes(name)) place(name, fieldKey(problem, name));
  }
  return names.length > 0 && names.every((name) => known.includes(name));
}
