import { zodResolver } from "@hookform/resolvers/zod";
import { useState } from "react";
import { useForm, useWatch } from "react-hook-form";
import type { AdminEvent, TicketType } from "@/api/types";
import { useI18n } from "@/i18n/i18n";
import { formatFiat, parseWhole } from "@/lib/money";
import { zoneCity } from "@/lib/time";
import { useNow } from "@/lib/use-now";
import { placeFieldErrors, useFormText } from "@/shared/form-text";
import { ProblemNotice } from "@/shared/problem-notice";
import { useConfig } from "@/shared/queries";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Field, TextArea } from "@/ui/field";
import { RadioCards } from "@/ui/radio-cards";
import { toast } from "@/ui/toast";
import { useAddTicketType, useUpdateTicketType } from "./ticket-queries";
import {
  blankType,
  fromType,
  MAX_NAME,
  MAX_TYPE_DESCRIPTION,
  toType,
  typeChanges,
  typeFieldOf,
  typeForm,
  typeServerFields,
  type TypeInput,
} from "./ticket-type-input";

/** Adds or edits a ticket type. */
export function TicketTypeForm(props: {
  event: AdminEvent;
  type?: TicketType;
  onClose: () => void;
}) {
  const { event, type } = props;
  const { t, locale } = useI18n();
  const text = useFormText();
  const now = useNow(30_000);
  const { rate } = useConfig();
  const zone = event.time_zone;
  const add = useAddTicketType(event.id);
  const update = useUpdateTicketType();
  const [failed, setFailed] = useState<unknown>(null);
  // A list refresh must not reset the form.
  const [original] = useState(() =>
    type ? fromType(type, zone) : { ...blankType(), currency: rate?.currency ?? "USD" },
  );
  const form = useForm<TypeInput>({
    resolver: zodResolver(typeForm({ taken: type?.taken ?? 0, zone })),
    defaultValues: original,
    mode: "onTouched",
  });
  const { errors, isSubmitting } = form.formState;
  const values = { ...original, ...useWatch({ control: form.control }) };
  const sats = parseWhole(values.kind === "minimum" ? values.min_sats : values.sats);
  const fiat = sats ? formatFiat(sats, rate, locale, now) : null;
  const fiatHint = fiat ? t("form.event.fiat", { fiat }) : undefined;

  const save = async (input: TypeInput) => {
    setFailed(null);
    try {
      if (type) {
        const change = typeChanges(input, original, zone);
        if (Object.keys(change).length > 0) await update.mutateAsync({ id: type.id, ...change });
      } else {
        await add.mutateAsync(toType(input, zone));
      }
      toast(t("saved"));
      props.onClose();
    } catch (error) {
      const placed = placeFieldErrors(error, typeServerFields, (field, message) =>
        form.setError(typeFieldOf(field), { message }),
      );
      if (!placed) setFailed(error);
    }
  };

  return (
    <Dialog
      drawer
      title={type ? t("type.edit.title", { name: type.name }) : t("type.add")}
      onClose={props.onClose}
    >
      <form
        noValidate
        className="flex flex-col gap-5"
        onSubmit={(submitted) => void form.handleSubmit(save)(submitted)}
      >
        <Field
          {...form.register("name")}
          label={t("form.type.name")}
          placeholder={t("form.type.name.example")}
          error={text(errors.name?.message, { max: MAX_NAME })}
        />
        <TextArea
          {...form.register("description")}
          rows={2}
          label={t("form.type.description")}
          hint={t("form.type.description.hint")}
          error={text(errors.description?.message, { max: MAX_TYPE_DESCRIPTION })}
        />
        <RadioCards
          legend={t("form.type.price")}
          {...form.register("kind")}
          options={[
            { value: "fixed", title: t("form.type.price.fixed") },
            { value: "currency", title: t("form.type.price.currency") },
            { value: "minimum", title: t("form.type.price.minimum") },
          ]}
        />
        {values.kind === "fixed" && (
          <Field
            {...form.register("sats")}
            inputMode="numeric"
            label={t("form.event.price")}
            trailing="sats"
            hint={fiatHint ?? t("form.type.price.hint")}
            error={text(errors.sats?.message)}
          />
        )}
        {values.kind === "minimum" && (
          <Field
            {...form.register("min_sats")}
            inputMode="numeric"
            label={t("form.type.minimum")}
            trailing="sats"
            hint={fiatHint ?? t("form.type.minimum.hint")}
            error={text(errors.min_sats?.message)}
          />
        )}
        {values.kind === "currency" && (
          <div className="flex flex-col gap-1.5">
            <div className="grid grid-cols-[1fr_7rem] gap-3">
              <Field
                {...form.register("amount")}
                inputMode="decimal"
                label={t("form.event.price")}
                error={text(errors.amount?.message)}
              />
              <Field
                {...form.register("currency")}
                label={t("form.type.currency")}
                autoCapitalize="characters"
                autoComplete="off"
                maxLength={3}
                className="uppercase"
                error={text(errors.currency?.message)}
              />
            </div>
            <p className="text-sm text-ink-3">{t("form.type.currency.hint")}</p>
          </div>
        )}
        <Field
          {...form.register("quota")}
          inputMode="numeric"
          label={t("form.type.quota")}
          hint={t("form.type.quota.hint")}
          error={text(errors.quota?.message, { taken: type?.taken ?? 0 })}
        />
        <fieldset className="flex flex-col gap-1.5">
          <legend className="sr-only">{t("form.type.window")}</legend>
          <div className="grid gap-5 sm:grid-cols-2">
            <Field
              {...form.register("starts")}
              type="datetime-local"
              label={t("form.type.starts")}
              error={text(errors.starts?.message)}
            />
            <Field
              {...form.register("ends")}
              type="datetime-local"
              label={t("form.type.ends")}
              error={text(errors.ends?.message)}
            />
          </div>
          <p className="text-sm text-ink-3">
            {t("form.type.window.hint", { zone: zoneCity(zone) })}
          </p>
        </fieldset>
        <div className="grid grid-cols-2 gap-5">
          <Field
            {...form.register("min")}
            inputMode="numeric"
            label={t("form.type.min")}
            error={text(errors.min?.message)}
          />
          <Field
            {...form.register("max")}
            inputMode="numeric"
            label={t("form.type.max")}
            error={text(errors.max?.message)}
          />
        </div>
        <label htmlFor="type-hidden" className="flex items-start gap-3">
          <input
            {...form.register("hidden")}
            id="type-hidden"
            type="checkbox"
            aria-describedby="type-hidden-note"
            className="mt-1 size-4 accent-accent"
          />
          <span>
            <span className="block font-semibold">{t("form.type.hidden")}</span>
            <span id="type-hidden-note" className="block text-sm text-ink-2">
              {t("form.type.hidden.hint")}
            </span>
          </span>
        </label>
        {type && (type.taken ?? 0) > 0 && (
          <p className="text-sm text-ink-3">{t("form.type.price.kept")}</p>
        )}
        {failed !== null && <ProblemNotice error={failed} />}
        <div className="flex flex-wrap gap-2">
          <Button type="submit" busy={isSubmitting}>
            {type ? t("form.event.save") : t("type.add")}
          </Button>
          <Button variant="ghost" onClick={props.onClose}>
            {t("cancel")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
