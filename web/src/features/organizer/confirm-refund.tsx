import { useState } from "react";
import { useI18n } from "@/i18n/i18n";
import { ProblemNotice } from "@/shared/problem-notice";
import { Button } from "@/ui/button";
import { Field } from "@/ui/field";

/** Asks before a refund, and for its address if the buyer's is unknown. Free tickets need none. */
export function ConfirmRefund(props: {
  title: string;
  body: string;
  action: string;
  /** The buyer's address; empty if unknown. */
  address: string;
  free?: boolean;
  busy: boolean;
  error: unknown;
  onCancel: () => void;
  onConfirm: (input: { destination?: string }) => void;
}) {
  const { t } = useI18n();
  const [to, setTo] = useState("");
  const [isChecked, setChecked] = useState(false);
  const destination = to.trim();
  const isMissing = !props.free && !props.address && !destination;
  return (
    <form
      noValidate
      className="flex flex-col gap-3 rounded-card border border-warning p-4"
      onSubmit={(event) => {
        event.preventDefault();
        setChecked(true);
        if (!isMissing) props.onConfirm(destination ? { destination } : {});
      }}
    >
      <p className="font-semibold">{props.title}</p>
      <p className="text-sm text-ink-2">{props.body}</p>
      {props.error !== null && <ProblemNotice error={props.error} />}
      {!props.free && (
        <Field
          label={t("admin.payment.refund.to")}
          hint={t(
            props.address ? "admin.payment.refund.to.hint" : "admin.payment.refund.to.unknown",
          )}
          placeholder={props.address}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          value={to}
          error={isChecked && isMissing ? t("form.required") : undefined}
          onChange={(event) => setTo(event.target.value)}
        />
      )}
      <div className="flex flex-wrap gap-2">
        <Button type="submit" variant="danger" size="sm" busy={props.busy}>
          {props.action}
        </Button>
        <Button variant="ghost" size="sm" onClick={props.onCancel}>
          {t("cancel")}
        </Button>
      </div>
    </form>
  );
}
