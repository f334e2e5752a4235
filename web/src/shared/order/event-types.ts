import type { EventView, TicketType } from "@/api/types";
import type { Choice } from "./selection";

/** Ticket types that a buyer may see: the public ones, and those that a promo code opens. */
export function typesOf(
  event: EventView,
  opened: readonly TicketType[] | undefined = [],
): TicketType[] {
  // Organisers get all types of an event.
  const listed = event.ticket_types.filter((type) => !type.hidden && !type.archived);
  return [...listed, ...opened].sort((a, b) => a.position - b.position || a.id - b.id);
}

export const isOnSale = (type: TicketType): boolean =>
  type.sale === "on_sale" && type.available > 0;

/** Whether nothing is on sale because tickets have run out. */
export function isSoldOut(types: readonly TicketType[]): boolean {
  return (
    !types.some(isOnSale) &&
    types.some((type) => type.sale === "sold_out" || type.sale === "on_sale")
  );
}

/** The choices of an order that names none: one ticket of the only type. */
export function defaultChoices(types: readonly TicketType[]): Choice[] {
  const [only, ...others] = types;
  if (!only || others.length > 0 || !isOnSale(only)) return [];
  return [{ type: only.id, quantity: Math.min(only.min_per_order, only.available) }];
}
