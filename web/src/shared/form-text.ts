import { en } from "@/i18n/en";
import type { Key, Values } from "@/i18n/i18n";
import { useI18n } from "@/i18n/i18n";
import { Problem } from "@/api/problem";
import { fieldText } from "./field-text";

/** A form's message in the reader's language: a key of the catalogue, or what the server answered. */
export function useFormText() {
  const i18n = useI18n();
  return (message: string | undefined, values?: Values): string | undefined => {
    if (!message) return undefined;
    return message in en ? i18n.t(message as Key, values) : fieldText(message, i18n);
  };
}

/**
 * Puts the server's field errors at their fields. Returns whether all of them found one; if not,
 * the form must show the problem as a whole.
 */
export function placeFieldErrors(
  error: unknown,
  known: readonly string[],
  place: (field: string, message: string) => void,
): boolean {
  const { fields } = Problem.from(error);
  const names = Object.keys(fields);
  for (const name of names) {
    if (known.includes(name)) place(name, fields[name] ?? "");
  }
  return names.length > 0 && names.every((name) => known.includes(name));
}
