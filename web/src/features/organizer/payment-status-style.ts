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
import { en } from "@/i18n/en";
import type { I18n, Key } from "@/i18n/i18n";
import type { BadgeTone } from "@/ui/badge";

const STYLES: Record<string, { key: Key; tone: BadgeTone; icon: LucideIcon }> = {
  pending: { key: "admin.payment.status.pending", tone: "warning", icon: Clock },
  paid: { key: "admin.payment.status.paid", tone: "success", icon: CheckCircle2 },
  failed: { key: "admin.payment.status.failed", tone: "danger", icon: CircleSlash },
  expired: { key: "admin.payment.status.expired", tone: "neutral", icon: TimerOff },
  refunded: { key: "admin.payment.status.refunded", tone: "accent", icon: Undo2 },
  refund_due: { key: "admin.payment.status.refund_due", tone: "warning", icon: AlertTriangle },
};

export const STATUSES = Object.keys(STYLES);

/** A due refund takes precedence over the status, since it needs an action. */
export function paymentStatusStyle(payment: Pick<AdminPayment, "status" | "refundable_msats">) {
  const due = payment.refundable_msats > 0 ? STYLES.refund_due : undefined;
  return (
    due ??
    STYLES[payment.status] ?? {
      key: "admin.payment.status.pending" as Key,
      tone: "neutral" as BadgeTone,
      icon: Clock,
    }
  );
}

/** Text of the anomaly; a due refund is shown by the status. */
export function anomalyKey(exception: string | null | undefined): Key | null {
  switch (exception) {
    case "late":
    case "over":
    case "under":
    case "duplicate":
      return `admin.payment.anomaly.${exception}`;
    default:
      return null;
  }
}

/** Whether a refund is open. */
export const isOpenRefund = (status: string) => ["requested", "sending"].includes(status);

export function refundKey(status: string): Key {
  switch (status) {
    case "sending":
    case "paid":
    case "failed":
      return `admin.refund.${status}`;
    default:
      return "admin.refund.requested";
  }
}

export function statusKey(status: string): Key {
  return STYLES[status]?.key ?? "admin.payment.status.pending";
}

export const canRetry = (payment: AdminPayment) => ["failed", "expired"].includes(payment.status);

/** Text of a timeline entry. */
export function kindText(kind: string, t: I18n["t"]): string {
  const key = `admin.timeline.${kind}`;
  return key in en ? t(key as Key) : kind.replace(/_/g, " ");
}
