import { Check, Circle, Clock, X } from "lucide-react";
import type { Order } from "@/api/types";
import { useI18n } from "@/i18n/i18n";
import { cx } from "@/lib/class-names";
import { requestState, steps, type StepState } from "./waiting-state";

const stepStyles: Record<StepState, { icon: typeof Check; className: string }> = {
  done: { icon: Check, className: "bg-success-soft text-success" },
  now: { icon: Clock, className: "bg-accent text-on-accent" },
  next: { icon: Circle, className: "border border-line bg-surface text-ink-3" },
  failed: { icon: X, className: "bg-warning-soft text-warning" },
};

/** Progress of the payment. */
export function PaymentSteps(props: { order: Order; domain: string }) {
  const { t } = useI18n();
  const { domain } = props;
  const request = requestState(props.order);
  const words: Record<string, string> = {
    held: t("wait.step.held"),
    ask:
      request === "wallet"
        ? t("wait.step.wallet")
        : request === "sent"
          ? t("wait.step.sent", { domain })
          : request === "queued"
            ? t("wait.step.sending", { domain })
            : t("wait.step.unsent", { domain }),
    approve: t("wait.step.approve"),
    paid: t("wait.step.paid"),
  };
  const list = steps(props.order).filter(
    (step) => !(request === "wallet" && step.name === "approve"),
  );
  return (
    <ol className="flex flex-col">
      {list.map((step, index) => {
        const { icon: Icon, className } = stepStyles[step.state];
        const last = index === list.length - 1;
        return (
          <li
            key={step.name}
            aria-current={step.state === "now" ? "step" : undefined}
            className="flex gap-3"
          >
            <span className="flex flex-col items-center">
              <span
                className={cx(
                  "flex size-7 shrink-0 items-center justify-center rounded-full",
                  className,
                )}
              >
                <Icon aria-hidden="true" className="size-4" />
              </span>
              {!last && <span className="min-h-3 w-px flex-1 bg-line" />}
            </span>
            <span
              className={cx(
                "pb-3 pt-0.5",
                step.state === "now" ? "font-semibold" : step.state === "next" ? "text-ink-3" : "",
              )}
            >
              <span>{words[step.name]}</span>
              <span className="sr-only">{`, ${t(`wait.state.${step.state}`)}`}</span>
            </span>
          </li>
        );
      })}
    </ol>
  );
}
