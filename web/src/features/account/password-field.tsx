import { Check } from "lucide-react";
import { useId, useState } from "react";
import type { UseFormRegisterReturn } from "react-hook-form";
import { useI18n } from "@/i18n/i18n";
import { Field } from "@/ui/field";
import { MIN_PASSWORD } from "./form";

/** A password field that can be made visible. For a new password, `value` shows whether it meets the rule. */
export function PasswordField(props: {
  field: UseFormRegisterReturn;
  label: string;
  value: string;
  isNew: boolean;
  error: string | undefined;
}) {
  const { t, tn } = useI18n();
  const [show, setShow] = useState(false);
  const showId = useId();
  const length = Array.from(props.value).length;
  return (
    <div className="flex flex-col gap-2">
      <Field
        {...props.field}
        label={props.label}
        type={show ? "text" : "password"}
        autoComplete={props.isNew ? "new-password" : "current-password"}
        hint={
          !props.isNew ? undefined : length >= MIN_PASSWORD ? (
            <span className="inline-flex items-center gap-1 text-success">
              <Check aria-hidden="true" className="size-4" />
              <span>{t("login.password.ok")}</span>
            </span>
          ) : (
            `${t("login.password.hint")}${length > 0 ? ` (${tn("login.password.length", length)})` : ""}`
          )
        }
        error={props.error}
      />
      <label className="flex items-center gap-2 text-sm text-ink-2" htmlFor={showId}>
        <input
          id={showId}
          type="checkbox"
          className="size-4 accent-accent"
          checked={show}
          onChange={(event) => setShow(event.target.checked)}
        />
        <span>{t("login.show")}</span>
      </label>
    </div>
  );
}
