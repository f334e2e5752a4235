import {
  AlertTriangle,
  CheckCircle2,
  CircleSlash,
  Clock,
  TimerOff,
  Undo2,
  type LucideIcon,
} from "lucide-react";
import type { AdminPayment } from "@/api/types";
import type { Key } from "@/i18n/i18n";
import type { BadgeTone } from "@/ui/badge";

const LOOKS: Record<string, { key: Key; tone: BadgeTone; icon: LucideIcon }> = {
  pending: { key: "admin.payment.status.pending", tone: "warning", icon: Clock },
  paid: { key: "admin.payment.status.paid", tone: "success", icon: CheckCircle2 },
  failed: { key: "admin.payment.status.failed", tone: "danger", icon: CircleSlash },
  expired: { key: "admin.payment.status.expired", tone: "neutral", icon: TimerOff },
  refunded: { key: "admin.payment.status.refunded", tone: "accent", icon: Undo2 },
  refund_due: { key: "admin.payment.status.refund_due", tone: "warning", icon: AlertTriangle },
};

export const STATUSES = Object.keys(LOOKS);

/** Money owed back comes before the status: it is the one that needs a person. */
export function paymentLook(payment: Pick<AdminPayment, "status" | "exception">) {
  const due = payment.exception === "refund_due" ? LOOKS.refund_due : undefined;
  return (
    due ??
    LOOKS[payment.status] ?? {
      key: "admin.payment.status.pending" as Key,
      tone: "neutral" as BadgeTone,
      icon: Clock,
    }
  );
}

export function statusKey(status: string): Key {
  return LOOKS[status]?.key ?? "admin.payment.status.pending";
}

export const canRetry = (payment: AdminPayment) => ["failed", "expired"].includes(payment.status);
