import { z } from "zod/mini";
import type { TicketPrice, TicketType, TicketTypeInput } from "@/api/types";
import type { Key } from "@/i18n/i18n";
import { minorDigits } from "@/lib/format";
import { minorText, parseMinor, parseWhole } from "@/lib/money";
import { fromLocalInput, instant, isoInstant, toLocalInput } from "@/lib/time";

export const MAX_NAME = 100;
export const MAX_TYPE_DESCRIPTION = 1000;

/** Form input of a ticket type. Times are local to the event's zone. */
export interface TypeInput {
  name: string;
  description: string;
  kind: TicketPrice["kind"];
  sats: string;
  currency: string;
  amount: string;
  min_sats: string;
  quota: string;
  starts: string;
  ends: string;
  min: string;
  max: string;
  hidden: boolean;
}

const message = (key: Key) => key;
const isBlank = (text: string) => text.trim() === "";
const isCount = (text: string) => (parseWhole(text) ?? 0) > 0;
const optionalCount = () =>
  z
    .string()
    .check(z.refine((text) => isBlank(text) || isCount(text), message("form.type.count.invalid")));

/** `taken`: tickets of this type that are sold or held. */
export function typeForm(options: { taken: number; zone: string }) {
  return z
    .object({
      name: z
        .string()
        .check(
          z.trim(),
          z.minLength(1, message("form.required")),
          z.maxLength(MAX_NAME, message("form.too.long")),
        ),
      description: z.string().check(z.maxLength(MAX_TYPE_DESCRIPTION, message("form.too.long"))),
      kind: z.enum(["fixed", "currency", "minimum"]),
      sats: z.string(),
      currency: z.string(),
      amount: z.string(),
      min_sats: z.string(),
      quota: optionalCount(),
      starts: z.string(),
      ends: z.string(),
      min: z.string().check(z.refine(isCount, message("form.type.count.invalid"))),
      max: optionalCount(),
      hidden: z.boolean(),
    })
    .check((ctx) => {
      const input = ctx.value;
      const issue = (path: keyof TypeInput, key: Key) =>
        ctx.issues.push({ code: "custom", input, path: [path], message: key });
      if (input.kind === "fixed" && parseWhole(input.sats) === null) {
        issue("sats", "form.event.price.invalid");
      }
      if (input.kind === "minimum" && parseWhole(input.min_sats) === null) {
        issue("min_sats", "form.type.minimum.invalid");
      }
      if (input.kind === "currency") {
        if (!/^[a-z]{3}$/i.test(input.currency.trim())) {
          issue("currency", "form.type.currency.invalid");
        } else if (!parseMinor(input.amount, minorDigits(input.currency.trim()))) {
          issue("amount", "form.type.amount.invalid");
        }
      }
      const quota = parseWhole(input.quota);
      if (quota !== null && quota < options.taken) issue("quota", "form.type.quota.below");
      const [min, max] = [parseWhole(input.min), parseWhole(input.max)];
      if (min !== null && max !== null && max < min) issue("max", "form.type.max.below");
      const [starts, ends] = [input.starts, input.ends].map((text) =>
        isBlank(text) ? null : instant(fromLocalInput(text, options.zone)),
      );
      if (typeof starts === "number" && typeof ends === "number" && ends <= starts) {
        issue("ends", "form.event.end.before");
      }
    });
}

export function blankType(): TypeInput {
  return {
    name: "",
    description: "",
    kind: "fixed",
    sats: "",
    currency: "USD",
    amount: "",
    min_sats: "",
    quota: "",
    starts: "",
    ends: "",
    min: "1",
    max: "",
    hidden: false,
  };
}

export function fromType(type: TicketType, zone: string): TypeInput {
  const { price } = type;
  return {
    ...blankType(),
    name: type.name,
    description: type.description,
    kind: price.kind,
    ...(price.kind === "fixed" && { sats: String(price.sats) }),
    ...(price.kind === "minimum" && { min_sats: String(price.min_sats) }),
    ...(price.kind === "currency" && {
      currency: price.currency,
      amount: minorText(price.amount_minor, minorDigits(price.currency)),
    }),
    quota: type.quota === null ? "" : String(type.quota),
    starts: type.sale_start === null ? "" : toLocalInput(type.sale_start, zone),
    ends: type.sale_end === null ? "" : toLocalInput(type.sale_end, zone),
    min: String(type.min_per_order),
    max: type.max_per_order === null ? "" : String(type.max_per_order),
    hidden: type.hidden,
  };
}

function toPrice(input: TypeInput): TicketPrice {
  switch (input.kind) {
    case "fixed":
      return { kind: "fixed", sats: parseWhole(input.sats) ?? 0 };
    case "minimum":
      return { kind: "minimum", min_sats: parseWhole(input.min_sats) ?? 0 };
    case "currency": {
      const currency = input.currency.trim().toUpperCase();
      return {
        kind: "currency",
        currency,
        amount_minor: parseMinor(input.amount, minorDigits(currency)) ?? 0,
      };
    }
  }
}

const toTime = (text: string, zone: string) =>
  isBlank(text) ? null : isoInstant(fromLocalInput(text, zone));
const toCount = (text: string) => (isBlank(text) ? null : parseWhole(text));

/** Converts validated input to an API ticket type. */
export function toType(input: TypeInput, zone: string): TicketTypeInput {
  return {
    name: input.name.trim(),
    description: input.description.trim(),
    price: toPrice(input),
    quota: toCount(input.quota),
    sale_start: toTime(input.starts, zone),
    sale_end: toTime(input.ends, zone),
    min_per_order: parseWhole(input.min) ?? 1,
    max_per_order: toCount(input.max),
    hidden: input.hidden,
  };
}

/** Edited fields only: unedited times keep their seconds, and other organisers' changes are kept. */
export function typeChanges(
  input: TypeInput,
  original: TypeInput,
  zone: string,
): Partial<TicketTypeInput> {
  const now = toType(input, zone);
  const before = toType(original, zone);
  const changed = Object.entries(now).filter(
    ([name, value]) =>
      JSON.stringify(value) !== JSON.stringify(before[name as keyof TicketTypeInput]),
  );
  return Object.fromEntries(changed);
}

const SERVER_FIELDS: Record<string, keyof TypeInput> = {
  name: "name",
  description: "description",
  price: "sats",
  price_sats: "sats",
  sats: "sats",
  min_price_sats: "min_sats",
  min_sats: "min_sats",
  price_minor: "amount",
  amount_minor: "amount",
  currency: "currency",
  quota: "quota",
  sale_start: "starts",
  sale_end: "ends",
  min_per_order: "min",
  max_per_order: "max",
};
export const typeServerFields = Object.keys(SERVER_FIELDS);
export const typeFieldOf = (name: string): keyof TypeInput => SERVER_FIELDS[name] ?? "name";
