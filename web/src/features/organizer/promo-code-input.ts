import { z } from "zod/mini";
import type { PromoCode, PromoCodeInput } from "@/api/types";
import type { Key } from "@/i18n/i18n";
import { parseWhole } from "@/lib/money";
import { fromLocalInput, instant, isoInstant, toLocalInput } from "@/lib/time";

/** Form input of a promo code. Times are local to the event's zone. */
export interface CodeInput {
  code: string;
  kind: PromoCode["discount"]["kind"];
  percent: string;
  sats: string;
  /** Ticket type ids; empty for all types. */
  types: string[];
  max_uses: string;
  max_per_buyer: string;
  from: string;
  until: string;
}

const message = (key: Key) => key;
const isBlank = (text: string) => text.trim() === "";
const isCount = (text: string) => (parseWhole(text) ?? 0) > 0;
const optionalCount = () =>
  z
    .string()
    .check(z.refine((text) => isBlank(text) || isCount(text), message("form.type.count.invalid")));

/** `used`: uses that are taken. */
export function codeForm(options: { used: number; zone: string }) {
  return z
    .object({
      code: z
        .string()
        .check(z.trim(), z.regex(/^[a-z0-9 -]{3,60}$/i, message("form.code.invalid"))),
      kind: z.enum(["percent", "sats", "free"]),
      percent: z.string(),
      sats: z.string(),
      types: z.array(z.string()),
      max_uses: optionalCount(),
      max_per_buyer: optionalCount(),
      from: z.string(),
      until: z.string(),
    })
    .check((ctx) => {
      const input = ctx.value;
      const issue = (path: keyof CodeInput, key: Key) =>
        ctx.issues.push({ code: "custom", input, path: [path], message: key });
      const percent = parseWhole(input.percent) ?? 0;
      if (input.kind === "percent" && (percent < 1 || percent > 100)) {
        issue("percent", "form.code.percent.invalid");
      }
      if (input.kind === "sats" && !isCount(input.sats)) issue("sats", "form.type.count.invalid");
      const uses = parseWhole(input.max_uses);
      if (uses !== null && uses < options.used) issue("max_uses", "form.code.uses.below");
      const [from, until] = [input.from, input.until].map((text) =>
        isBlank(text) ? null : instant(fromLocalInput(text, options.zone)),
      );
      if (typeof from === "number" && typeof until === "number" && until <= from) {
        issue("until", "form.event.end.before");
      }
    });
}

export function blankCode(): CodeInput {
  return {
    code: "",
    kind: "percent",
    percent: "",
    sats: "",
    types: [],
    max_uses: "",
    max_per_buyer: "",
    from: "",
    until: "",
  };
}

export function fromCode(code: PromoCode, zone: string): CodeInput {
  const { discount } = code;
  const count = (value: number | null) => (value === null ? "" : String(value));
  const time = (value: string | null) => (value === null ? "" : toLocalInput(value, zone));
  return {
    code: code.code,
    kind: discount.kind,
    percent: discount.kind === "percent" ? String(discount.value) : "",
    sats: discount.kind === "sats" ? String(discount.value) : "",
    types: (code.ticket_type_ids ?? []).map(String),
    max_uses: count(code.max_uses),
    max_per_buyer: count(code.max_per_buyer),
    from: time(code.valid_from),
    until: time(code.valid_until),
  };
}

/** Converts validated input to an API promo code. */
export function toCode(input: CodeInput, zone: string): PromoCodeInput {
  const count = (text: string) => (isBlank(text) ? null : parseWhole(text));
  const time = (text: string) => (isBlank(text) ? null : isoInstant(fromLocalInput(text, zone)));
  return {
    code: input.code.trim(),
    discount:
      input.kind === "free"
        ? { kind: "free" }
        : { kind: input.kind, value: parseWhole(input[input.kind]) ?? 0 },
    ticket_type_ids: input.types.length === 0 ? null : input.types.map(Number),
    max_uses: count(input.max_uses),
    max_per_buyer: count(input.max_per_buyer),
    valid_from: time(input.from),
    valid_until: time(input.until),
  };
}

/** Edited fields only. The text of a code never changes. */
export function codeChanges(
  input: CodeInput,
  original: CodeInput,
  zone: string,
): Partial<PromoCodeInput> {
  const now = toCode(input, zone);
  const before = toCode(original, zone);
  const changed = Object.entries(now).filter(
    ([name, value]) =>
      name !== "code" &&
      JSON.stringify(value) !== JSON.stringify(before[name as keyof PromoCodeInput]),
  );
  return Object.fromEntries(changed);
}

const SERVER_FIELDS: Record<string, keyof CodeInput> = {
  code: "code",
  discount: "percent",
  percent: "percent",
  value: "percent",
  sats: "sats",
  ticket_type_ids: "types",
  max_uses: "max_uses",
  max_per_buyer: "max_per_buyer",
  valid_from: "from",
  valid_until: "until",
};
export const codeServerFields = Object.keys(SERVER_FIELDS);
export const codeFieldOf = (name: string): keyof CodeInput => SERVER_FIELDS[name] ?? "code";
