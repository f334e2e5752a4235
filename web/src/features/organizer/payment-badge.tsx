import type { AdminPayment } from "@/api/types";
import { useI18n } from "@/i18n/i18n";
import { Badge } from "@/ui/badge";
import { paymentLook } from "./payment-look";

export function PaymentBadge({ payment }: { payment: AdminPayment }) {
  const { t } = useI18n();
  const look = paymentLook(payment);
  return (
    <Badge tone={look.tone} icon={look.icon}>
      {t(look.key)}
    </Badge>
  );
}
