import {
  Ban,
  CheckCircle2,
  CircleSlash,
  Clock,
  TimerOff,
  Undo2,
  type LucideIcon,
} from "lucide-react";
import type { Key } from "@/i18n/i18n";
import type { BadgeTone } from "@/ui/badge";

interface StatusStyle {
  key: Key;
  icon: LucideIcon;
  tone: BadgeTone;
}

const STYLES: Record<string, StatusStyle> = {
  paid: { key: "ticket.status.paid", icon: CheckCircle2, tone: "success" },
  pending: { key: "ticket.status.pending", icon: Clock, tone: "warning" },
  awaiting_confirmation: { key: "ticket.status.unconfirmed", icon: Clock, tone: "warning" },
  failed: { key: "ticket.status.failed", icon: CircleSlash, tone: "danger" },
  expired: { key: "ticket.status.expired", icon: TimerOff, tone: "neutral" },
  cancelled: { key: "ticket.status.cancelled", icon: Ban, tone: "neutral" },
  refunded: { key: "ticket.status.refunded", icon: Undo2, tone: "accent" },
};

/** Style of a ticket's or an order's status. */
export function ticketStatusStyle(status: string): StatusStyle {
  return STYLES[status] ?? { key: "ticket.status.held", icon: Clock, tone: "neutral" };
}
