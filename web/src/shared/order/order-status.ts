import type { Order } from "@/api/types";

/**
 * Status of an order. While servers are upgraded, the previous release changes tickets without their
 * order, so an order follows the only status of its tickets.
 */
export function orderStatus({
  status,
  tickets,
}: Pick<Order, "status" | "tickets">): Order["status"] {
  const [first, ...others] = tickets;
  if (status !== "pending" || !first) return status;
  const same = others.every((ticket) => ticket.payment_status === first.payment_status);
  return same ? first.payment_status : status;
}
