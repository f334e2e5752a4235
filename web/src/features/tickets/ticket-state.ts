import {
  Ban,
  CheckCircle2,
  CircleSlash,
  Clock,
  TimerOff,
  Undo2,
  type LucideIcon,
} from "lucide-react";
import type { UserTicket } from "@/api/types";
import type { Key } from "@/i18n/i18n";
import type { BadgeTone } from "@/ui/badge";
import { instantOrLast } from "@/lib/time";

interface StatusStyle {
  key: Key;
  icon: LucideIcon;
  tone: BadgeTone;
}

const STYLES: Record<string, StatusStyle> = {
  paid: { key: "ticket.status.paid", icon: CheckCircle2, tone: "success" },
  pending: { key: "ticket.status.pending", icon: Clock, tone: "warning" },
  failed: { key: "ticket.status.failed", icon: CircleSlash, tone: "danger" },
  expired: { key: "ticket.status.expired", icon: TimerOff, tone: "neutral" },
  cancelled: { key: "ticket.status.cancelled", icon: Ban, tone: "neutral" },
  refunded: { key: "ticket.status.refunded", icon: Undo2, tone: "accent" },
};

export function ticketStatusStyle(status: string): StatusStyle {
  return STYLES[status] ?? { key: "ticket.status.held", icon: Clock, tone: "neutral" };
}

export type Filter = "all" | "paid" | "waiting" | "closed";

export function matches(ticket: UserTicket, filter: Filter, now: number): boolean {
  switch (filter) {
    case "all":
      return true;
    case "paid":
      return ticket.payment_status === "paid";
    case "waiting":
      return ticket.payment_status === "pending";
    case "closed":
      return !isCurrent(ticket, now);
  }
}

/** Whether a ticket can still be paid or used. */
export function isCurrent(ticket: UserTicket, now: number): boolean {
  const isOpen = ["paid", "pending"].includes(ticket.payment_status);
  return isOpen && instantOrLast(ticket.event.end_time) > now;
}

/** Issued tickets have a receipt, also when refunded. */
export const hasReceipt = (ticket: UserTicket): boolean =>
  ["paid", "refunded"].includes(ticket.payment_status);

/** Free tickets can be given back until the event starts. */
export function canGiveBack(ticket: UserTicket, now: number): boolean {
  const isFree = (ticket.payment?.amount_sats ?? 0) === 0;
  return isFree && ticket.payment_status === "paid" && instantOrLast(ticket.event.start_time) > now;
}

/** Sorts by start time, earliest first. */
export const byStart = (a: UserTicket, b: UserTicket) => {
  const [first, second] = [instantOrLast(a.event.start_time), instantOrLast(b.event.start_time)];
  return first === second ? a.id - b.id : first - second;
};

/** Formats a code as its prefix and groups of four. */
export function grouped(code: string): string {
  const [, prefix = "", rest = ""] = /^([A-Z]+-)?(.*)$/.exec(code) ?? [];
  return prefix + rest.replace(/(.{4})(?=.)/g, "$1 ");
}
