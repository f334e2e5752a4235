import type { Problem } from "@/api/problem";
import type { FieldCode } from "@/api/types";
import type { I18n, Key } from "@/i18n/i18n";

/** Catalogue key of each code in `field_types`. */
export const FIELD_KEYS = {
  empty: "form.required",
  missing: "form.required",
  duplicate: "form.refused",
  too_long: "form.long",
  too_short: "form.password.short",
  invisible_characters: "form.characters",
  common_password: "form.password.common",
  wrong_password: "problem.wrong_password",
  not_an_email_address: "form.email.invalid",
  not_a_payment_address: "form.address.invalid",
  not_a_payment_hash: "form.refused",
  not_a_url: "form.event.stream.invalid",
  not_a_time: "form.event.time.invalid",
  not_in_future: "form.event.start.past",
  not_after_start: "form.event.end.before",
  not_after_end: "form.event.replay.before",
  unknown_time_zone: "form.zone.invalid",
  not_a_number: "form.number.whole",
  not_a_boolean: "form.refused",
  not_a_text: "form.refused",
  not_a_list: "form.refused",
  out_of_range: "form.number.range",
  too_small: "form.number.small",
  too_large: "form.number.large",
  unknown_value: "form.refused",
  capacity_below_sold: "problem.capacity_below_sold",
  expired_link: "form.link.expired",
  unusable_wallet: "form.wallet.unusable",
  unreachable_wallet: "form.wallet.unreachable",
  invalid: "form.refused",
} as const satisfies Record<FieldCode, Key>;

/** Capitalises a fragment and ends it with a full stop. */
export function sentence(text: string): string {
  const trimmed = text.trim();
  const first = trimmed.charAt(0).toUpperCase() + trimmed.slice(1);
  return /[.!?…]$/.test(first) ? first : `${first}.`;
}

/** Catalogue key of a field's error; unknown codes of newer servers use a generic text. */
export function fieldKey(problem: Problem, field: string): Key {
  const code = problem.fieldTypes[field] ?? "";
  return code in FIELD_KEYS ? FIELD_KEYS[code as FieldCode] : "form.refused";
}

/** Error text of a field. The server's reason is shown in English only. */
export function fieldText(problem: Problem, field: string, { t, lang }: Pick<I18n, "t" | "lang">) {
  const message = lang === "en" ? sentence(problem.fields[field] ?? "") : "";
  return t(fieldKey(problem, field), { message }).trim();
}
