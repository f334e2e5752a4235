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

interface Look {
  key: Key;
  icon: LucideIcon;
  tone: BadgeTone;
}

const LOOKS: Record<string, Look> = {
  paid: { key: "ticket.status.paid", icon: CheckCircle2, tone: "success" },
  pending: { key: "ticket.status.pending", icon: Clock, tone: "warning" },
  failed: { key: "ticket.status.failed", icon: CircleSlash, tone: "danger" },
  expired: { key: "ticket.status.expired", icon: TimerOff, tone: "neutral" },
  cancelled: { key: "ticket.status.cancelled", icon: Ban, tone: "neutral" },
  refunded: { key: "ticket.status.refunded", icon: Undo2, tone: "accent" },
};

export function ticketLook(status: string): Look {
  return LOOKS[status] ?? { key: "ticket.status.held", icon: Clock, tone: "neutral" };
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

/** A receipt is for a ticket that was issued, refunded or not. */
export const hasReceipt = (ticket: UserTicket): boolean =>
  ["paid", "refunded"].includes(ticket.payment_status);

/** A free ticket may be given back until its event begins. */
export function canGiveBack(ticket: UserTicket, now: number): boolean {
  const isFree = (ticket.payment?.amount_sats ?? 0) === 0;
  return isFree && ticket.payment_status === "paid" && instantOrLast(ticket.event.start_time) > now;
}

/** Soonest first, for what is to come. */
export const byStart = (a: UserTicket, b: UserTicket) => {
  const [first, second] = [instantOrLast(a.event.start_time), instantOrLast(b.event.start_time)];
  return first === second ? a.id - b.id : first - second;
};

/** A code as people read it out: its prefix, then groups of four. */
export function grouped(code: string): string {
  const [, prefix = "", rest = ""] = /^([A-Z]+-)?(.*)$/.exec(code) ?? [];
  return prefix + rest.replace(/(.{4})(?=.)/g, "$1 ");
}
