/** Whether an event has been cancelled by its organiser. */
export const isCancelledEvent = (event: object): boolean =>
  ("status" in event && event.status === "cancelled") ||
  ("cancelled_at" in event && typeof event.cancelled_at === "string");
