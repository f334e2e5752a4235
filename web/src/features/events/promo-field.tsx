import { TicketPercent, X } from "lucide-react";
import { useId, useState } from "react";
import type { ReactElement } from "react";
import { useI18n } from "@/i18n/i18n";
import { promoText } from "@/shared/order/promo-refusal";
import { Button } from "@/ui/button";
import { inputClass } from "@/ui/field";

/** Entry of a promo code. `error`: why the applied code was refused. */
export function PromoField(props: {
  code: string;
  busy: boolean;
  error: unknown;
  isAccepted: boolean;
  onCode: (code: string) => void;
}): ReactElement {
  const i18n = useI18n();
  const { t } = i18n;
  const id = useId();
  const [isOpen, setOpen] = useState(props.code !== "");
  const [text, setText] = useState(props.code);
  if (props.isAccepted) {
    return (
      <p className="flex items-center gap-2 text-sm">
        <TicketPercent aria-hidden="true" className="size-5 shrink-0 text-success" />
        <span role="status" className="min-w-0 font-semibold break-all">
          {t("promo.applied", { code: props.code.toUpperCase() })}
        </span>
        <button
          type="button"
          aria-label={t("promo.remove")}
          className="-m-1 ml-auto rounded-control p-2 text-ink-3 hover:bg-sunken hover:text-ink"
          onClick={() => {
            setText("");
            props.onCode("");
          }}
        >
          <X aria-hidden="true" className="size-4" />
        </button>
      </p>
    );
  }
  if (!isOpen) {
    return (
      <Button variant="ghost" size="sm" className="-ml-3 self-start" onClick={() => setOpen(true)}>
        <TicketPercent aria-hidden="true" className="size-4" />
        <span>{t("promo.open")}</span>
      </Button>
    );
  }
  const refusal = props.error === null ? null : promoText(props.error, i18n);
  return (
    <form
      noValidate
      className="flex flex-col gap-1.5"
      onSubmit={(submitted) => {
        submitted.preventDefault();
        props.onCode(text.trim());
      }}
    >
      <label htmlFor={id} className="text-sm font-semibold">
        {t("promo.label")}
      </label>
      <div className="flex gap-2">
        <input
          id={id}
          value={text}
          onChange={(change) => setText(change.target.value)}
          autoCapitalize="characters"
          autoComplete="off"
          autoCorrect="off"
          spellCheck={false}
          maxLength={64}
          className={`${inputClass} min-w-0 uppercase`}
          {...(refusal ? { "aria-invalid": true, "aria-describedby": `${id}-note` } : {})}
        />
        <Button type="submit" variant="secondary" busy={props.busy && props.code !== ""}>
          {t("promo.apply")}
        </Button>
      </div>
      {refusal && (
        <p id={`${id}-note`} role="alert" className="text-sm text-danger">
          {refusal}
        </p>
      )}
    </form>
  );
}
