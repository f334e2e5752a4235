import type { LineInput, TicketType } from "@/api/types";

/** Tickets of one type that a buyer chose. */
export interface Choice {
  type: number;
  quantity: number;
  /** Chosen price of one ticket in sats, for "pay what you want". */
  price?: number;
}

/** An order before it is placed; kept in the URL, so that it survives a reload and a login. */
export interface Selection {
  choices: Choice[];
  /** Promo code as entered; empty without one. */
  code: string;
}

const TICKETS = "tickets";
const CODE = "code";
const MAX_QUANTITY = 1000;

/** Reads `tickets=12-2_13-1-5000` (type, quantity, chosen price) and `code=EARLY`. */
export function readSelection(params: URLSearchParams): Selection {
  const choices = new Map<number, Choice>();
  for (const part of (params.get(TICKETS) ?? "").split("_")) {
    const match = /^(\d{1,15})-(\d{1,4})(?:-(\d{1,15}))?$/.exec(part);
    if (!match) continue;
    const [type, quantity] = [Number(match[1]), Number(match[2])];
    if (quantity < 1 || quantity > MAX_QUANTITY) continue;
    choices.set(type, {
      type,
      quantity,
      ...(match[3] === undefined ? {} : { price: Number(match[3]) }),
    });
  }
  return { choices: [...choices.values()], code: params.get(CODE)?.trim() ?? "" };
}

/** The query string of a selection, with `?`; empty for an empty selection. */
export function selectionQuery({ choices, code }: Selection): string {
  const parts = choices.map(({ type, quantity, price }) =>
    [type, quantity, ...(price === undefined ? [] : [price])].join("-"),
  );
  const query = [
    ...(parts.length > 0 ? [`${TICKETS}=${parts.join("_")}`] : []),
    ...(code ? [`${CODE}=${encodeURIComponent(code)}`] : []),
  ].join("&");
  return query && `?${query}`;
}

/** The selection with another quantity of a type; 0 removes it. */
export function choose(choices: readonly Choice[], type: number, quantity: number): Choice[] {
  if (quantity <= 0) return choices.filter((each) => each.type !== type);
  return choices.some((each) => each.type === type)
    ? choices.map((each) => (each.type === type ? { ...each, quantity } : each))
    : [...choices, { type, quantity }];
}

/** The selection with another chosen price; `null` charges the minimum. */
export function choosePrice(
  choices: readonly Choice[],
  type: number,
  price: number | null,
): Choice[] {
  return choices.map((each) => {
    if (each.type !== type) return each;
    const { quantity } = each;
    return price === null ? { type, quantity } : { type, quantity, price };
  });
}

export const toLines = (choices: readonly Choice[]): LineInput[] =>
  choices.map(({ type, quantity, price }) => ({
    ticket_type_id: type,
    quantity,
    ...(price === undefined ? {} : { price_sats: price }),
  }));

export const countOf = (choices: readonly Choice[]): number =>
  choices.reduce((sum, { quantity }) => sum + quantity, 0);

/** A tenth ticket type in one step is unusual; servers limit orders by themselves. */
const DEFAULT_MAX = 10;

/** Fewest and most tickets of a type that an order may have now. */
export function quantityLimits(type: TicketType): { min: number; max: number } {
  const max = Math.min(type.max_per_order ?? DEFAULT_MAX, type.available);
  return { min: Math.min(type.min_per_order, max), max };
}

/** Removes types that are not offered, and adjusts quantities to what is left. */
export function offered(choices: readonly Choice[], types: readonly TicketType[]): Choice[] {
  return choices.flatMap((choice) => {
    const type = types.find((each) => each.id === choice.type);
    if (type?.sale !== "on_sale") return [];
    const { min, max } = quantityLimits(type);
    const quantity = Math.max(min, Math.min(choice.quantity, max));
    const { price, ...rest } = choice;
    if (quantity < 1) return [];
    return [
      { ...rest, quantity, ...(price !== undefined && type.price.kind === "minimum" && { price }) },
    ];
  });
}

/** Price of one ticket in sats before a discount; `null` without an exchange rate. */
export function unitPrice(type: TicketType, choice: Choice): number | null {
  if (type.price.kind === "minimum") {
    return Math.max(choice.price ?? type.price.min_sats, type.price.min_sats);
  }
  return type.price_sats;
}

/** Sum of a selection before a discount; `null` when a price is unknown. */
export function listTotal(choices: readonly Choice[], types: readonly TicketType[]): number | null {
  let sum = 0;
  for (const choice of choices) {
    const type = types.find((each) => each.id === choice.type);
    const price = type ? unitPrice(type, choice) : null;
    if (price === null) return null;
    sum += price * choice.quantity;
  }
  return sum;
}

/** Whether the total depends on a promo code or an exchange rate, which only the server knows. */
export function needsQuote(selection: Selection, types: readonly TicketType[]): boolean {
  if (selection.code !== "") return true;
  return selection.choices.some(
    (choice) => types.find((type) => type.id === choice.type)?.price.kind === "currency",
  );
}
