import { zodResolver } from "@hookform/resolvers/zod";
import { useState } from "react";
import { useForm, useWatch } from "react-hook-form";
import type { AdminEvent, PromoCode, TicketType } from "@/api/types";
import { useI18n } from "@/i18n/i18n";
import { zoneCity } from "@/lib/time";
import { placeFieldErrors, useFormText } from "@/shared/form-text";
import { ProblemNotice } from "@/shared/problem-notice";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Field } from "@/ui/field";
import { RadioCards } from "@/ui/radio-cards";
import { toast } from "@/ui/toast";
import {
  blankCode,
  codeChanges,
  codeFieldOf,
  codeForm,
  codeServerFields,
  fromCode,
  toCode,
  type CodeInput,
} from "./promo-code-input";
import { useAddPromoCode, useUpdatePromoCode } from "./ticket-queries";

/** Adds or edits a promo code. */
export function PromoCodeForm(props: {
  event: AdminEvent;
  types: readonly TicketType[];
  code?: PromoCode;
  onClose: () => void;
}) {
  const { event, code } = props;
  const { t } = useI18n();
  const text = useFormText();
  const zone = event.time_zone;
  const add = useAddPromoCode(event.id);
  const update = useUpdatePromoCode();
  const [failed, setFailed] = useState<unknown>(null);
  const [original] = useState(() => (code ? fromCode(code, zone) : blankCode()));
  const form = useForm<CodeInput>({
    resolver: zodResolver(codeForm({ used: code?.used ?? 0, zone })),
    defaultValues: original,
    mode: "onTouched",
  });
  const { errors, isSubmitting } = form.formState;
  const kind = useWatch({ control: form.control, name: "kind" });

  const save = async (input: CodeInput) => {
    setFailed(null);
    try {
      if (code) {
        const change = codeChanges(input, original, zone);
        if (Object.keys(change).length > 0) await update.mutateAsync({ id: code.id, ...change });
      } else {
        await add.mutateAsync(toCode(input, zone));
      }
      toast(t("saved"));
      props.onClose();
    } catch (error) {
      const placed = placeFieldErrors(error, codeServerFields, (field, message) =>
        form.setError(codeFieldOf(field), { message }),
      );
      if (!placed) setFailed(error);
    }
  };

  return (
    <Dialog
      drawer
      title={code ? t("code.edit.title", { code: code.code }) : t("code.add")}
      onClose={props.onClose}
    >
      <form
        noValidate
        className="flex flex-col gap-5"
        onSubmit={(submitted) => void form.handleSubmit(save)(submitted)}
      >
        {!code && (
          <Field
            {...form.register("code")}
            label={t("form.code.code")}
            hint={t("form.code.code.hint")}
            autoCapitalize="characters"
            autoComplete="off"
            spellCheck={false}
            className="font-mono uppercase"
            error={text(errors.code?.message)}
          />
        )}
        <RadioCards
          legend={t("code.col.discount")}
          {...form.register("kind")}
          options={[
            { value: "percent", title: t("form.code.percent") },
            { value: "sats", title: t("form.code.sats") },
            { value: "free", title: t("form.code.free") },
          ]}
        />
        {kind === "percent" && (
          <Field
            {...form.register("percent")}
            inputMode="numeric"
            label={t("form.code.percent")}
            trailing="%"
            error={text(errors.percent?.message)}
          />
        )}
        {kind === "sats" && (
          <Field
            {...form.register("sats")}
            inputMode="numeric"
            label={t("form.code.sats")}
            trailing="sats"
            error={text(errors.sats?.message)}
          />
        )}
        {props.types.length > 1 && (
          <fieldset className="flex flex-col gap-2">
            <legend className="pb-1.5 text-sm font-semibold">{t("code.col.types")}</legend>
            {props.types.map((type) => (
              <label
                key={type.id}
                htmlFor={`code-type-${type.id}`}
                className="flex items-center gap-3"
              >
                <input
                  {...form.register("types")}
                  id={`code-type-${type.id}`}
                  type="checkbox"
                  value={String(type.id)}
                  className="size-4 accent-accent"
                />
                <span>{type.name}</span>
              </label>
            ))}
            <p className="text-sm text-ink-3">{t("form.code.types.hint")}</p>
          </fieldset>
        )}
        <div className="flex flex-col gap-1.5">
          <div className="grid grid-cols-2 gap-5">
            <Field
              {...form.register("max_uses")}
              inputMode="numeric"
              label={t("form.code.uses")}
              error={text(errors.max_uses?.message, { used: code?.used ?? 0 })}
            />
            <Field
              {...form.register("max_per_buyer")}
              inputMode="numeric"
              label={t("form.code.buyer")}
              error={text(errors.max_per_buyer?.message)}
            />
          </div>
          <p className="text-sm text-ink-3">{t("form.code.uses.hint")}</p>
        </div>
        <fieldset className="flex flex-col gap-1.5">
          <legend className="sr-only">{t("code.col.valid")}</legend>
          <div className="grid gap-5 sm:grid-cols-2">
            <Field
              {...form.register("from")}
              type="datetime-local"
              label={t("form.code.from")}
              error={text(errors.from?.message)}
            />
            <Field
              {...form.register("until")}
              type="datetime-local"
              label={t("form.code.until")}
              error={text(errors.until?.message)}
            />
          </div>
          <p className="text-sm text-ink-3">
            {t("form.type.window.hint", { zone: zoneCity(zone) })}
          </p>
        </fieldset>
        {failed !== null && <ProblemNotice error={failed} />}
        <div className="flex flex-wrap gap-2">
          <Button type="submit" busy={isSubmitting}>
            {code ? t("form.event.save") : t("code.add")}
          </Button>
          <Button variant="ghost" onClick={props.onClose}>
            {t("cancel")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
