import type { AdminPayment } from "@/api/types";
import { useI18n } from "@/i18n/i18n";
import { Badge } from "@/ui/badge";
import { paymentStatusStyle } from "./payment-status-style";

export function PaymentBadge({ payment }: { payment: AdminPayment }) {
  const { t } = useI18n();
  const style = paymentStatusStyle(payment);
  return (
    <Badge tone={style.tone} icon={style.icon}>
      {t(style.key)}
    </Badge>
  );
}
