import type { I18n, Key } from "@/i18n/i18n";

/** A rule of the server for a field, as its message says it, and our sentence for it. */
const RULES: readonly [pattern: RegExp, key: Key][] = [
  [/must not be empty|is required|is missing$/i, "form.required"],
  [/must have at most (?<max>\d+) (?:characters|bytes)/i, "form.too.long"],
  [/must have at least 8 characters/i, "form.password.short"],
  [/most common passwords/i, "form.password.common"],
  [/must be an e-?mail address/i, "form.email.invalid"],
  [/must not contain (?:invisible or )?(?:a )?(?:NUL|control) character/i, "form.characters"],
  [/must be a (?:date and )?time /i, "form.event.time.invalid"],
  [/must be after start_time/i, "form.event.end.before"],
  [/must be in the future/i, "form.event.start.past"],
  [/must be an http or https address/i, "form.event.stream.invalid"],
  [/must be greater than 0/i, "form.number.positive"],
  [/must not be negative/i, "form.number.negative"],
  [/must be at most (?<max>\d+)/i, "form.number.most"],
  [/is missing or wrong/i, "problem.wrong_password"],
  [/is taken|already exists/i, "problem.email_taken"],
];

/** A capital first letter and a full stop, for text that may be part of a sentence. */
export function sentence(text: string): string {
  const trimmed = text.trim();
  const first = trimmed.charAt(0).toUpperCase() + trimmed.slice(1);
  return /[.!?…]$/.test(first) ? first : `${first}.`;
}

const isSentence = (text: string) => /^\p{Lu}.*[.!?…]$/su.test(text.trim());

/**
 * What is wrong with a field, as a whole sentence in the reader's language. Some messages of the server
 * are the rest of a sentence that begins with the field's name ("must be at most 10").
 */
export function fieldText(message: string, { t, lang }: Pick<I18n, "t" | "lang">): string {
  for (const [pattern, key] of RULES) {
    const match = pattern.exec(message);
    if (match) return t(key, match.groups);
  }
  if (lang === "en" && isSentence(message)) return message.trim();
  const isRest = /^(?:must|is|has|can(?:not|'t)?|should|may) /i.test(message);
  return lang === "en" && isRest ? sentence(`This ${message.trim()}`) : t("form.refused");
}
