import type { UseFormReturn } from "react-hook-form";
import { useI18n } from "@/i18n/i18n";
import { useFormText } from "@/shared/form-text";
import { Field } from "@/ui/field";
import { MAX_HOST, MAX_TAG, MAX_TAGS, type EventInput } from "./form";

/** Host, contact and tags of an event. */
export function HostFields({ form }: { form: UseFormReturn<EventInput> }) {
  const { t } = useI18n();
  const text = useFormText();
  const { errors } = form.formState;
  return (
    <>
      <div className="grid gap-5 sm:grid-cols-2">
        <Field
          {...form.register("host")}
          label={t("form.event.host")}
          hint={t("form.event.host.hint")}
          error={text(errors.host?.message, { max: MAX_HOST })}
        />
        <Field
          {...form.register("contact")}
          label={t("form.event.contact")}
          hint={t("form.event.contact.hint")}
          error={text(errors.contact?.message)}
        />
      </div>
      <Field
        {...form.register("tags")}
        label={t("form.event.tags")}
        hint={t("form.event.tags.hint")}
        error={text(errors.tags?.message, { max: MAX_TAGS, length: MAX_TAG })}
      />
    </>
  );
}

/** When the recording stays available, and who may play the stream. */
export function StreamAccessFields({ form }: { form: UseFormReturn<EventInput> }) {
  const { t } = useI18n();
  const text = useFormText();
  const { errors } = form.formState;
  return (
    <>
      <Field
        {...form.register("replay")}
        type="datetime-local"
        label={t("form.event.replay")}
        hint={t("form.event.replay.hint")}
        error={text(errors.replay?.message)}
      />
      <label htmlFor="gated" className="flex items-start gap-3 rounded-card border border-line p-4">
        <input
          {...form.register("gated")}
          id="gated"
          type="checkbox"
          aria-describedby="gated-note"
          className="mt-1 size-4 accent-accent"
        />
        <span>
          <span className="block font-semibold">{t("form.event.gated")}</span>
          <span id="gated-note" className="block text-sm text-ink-2">
            {t("form.event.gated.hint")}
          </span>
        </span>
      </label>
    </>
  );
}
