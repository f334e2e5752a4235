import { Check } from "lucide-react";
import { useState } from "react";
import { useI18n } from "@/i18n/i18n";
import { tidyUma, umaProblem } from "@/lib/uma";
import { FieldShell, inputClass } from "@/ui/field";
import { umaMessage, umaMessageWhileTyping } from "./uma-form";

/** The address of the wallet that is asked to pay, checked while typing. */
export function UmaField(props: {
  id: string;
  value: string;
  onValue: (text: string) => void;
  isSubmitted: boolean;
  error: string | undefined;
}) {
  const { t } = useI18n();
  const [isLeft, setLeft] = useState(false);
  const uma = tidyUma(props.value);
  const message = isLeft || props.isSubmitted ? umaMessage(uma) : umaMessageWhileTyping(uma);
  return (
    <FieldShell
      id={props.id}
      label={t("buy.uma")}
      hint={t("buy.uma.hint")}
      error={message ? t(message) : props.error}
      trailing={
        umaProblem(uma) ? undefined : (
          <span className="flex items-center gap-1 text-success">
            <Check aria-hidden="true" className="size-5" />
            <span className="sr-only">{t("buy.uma.valid")}</span>
          </span>
        )
      }
    >
      {(aria) => (
        <input
          {...aria}
          name="uma"
          type="text"
          inputMode="email"
          autoComplete="off"
          autoCapitalize="none"
          autoCorrect="off"
          spellCheck={false}
          placeholder="$you@wallet.example"
          className={`${inputClass} min-h-13 pr-12 text-lg`}
          value={props.value}
          onChange={(change) => {
            props.onValue(change.target.value);
            setLeft(false);
          }}
          onBlur={() => {
            props.onValue(uma);
            setLeft(uma !== "");
          }}
        />
      )}
    </FieldShell>
  );
}
