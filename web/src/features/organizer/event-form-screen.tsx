import { zodResolver } from "@hookform/resolvers/zod";
import { useRef, useState } from "react";
import { useForm, useWatch, type UseFormReturn } from "react-hook-form";
import { Link, useNavigate, useParams } from "react-router-dom";
import type { AdminEvent } from "@/api/types";
import { useI18n } from "@/i18n/i18n";
import { formatDateTime } from "@/lib/format";
import { formatFiat, parseWhole } from "@/lib/money";
import { allZones, viewerZone } from "@/lib/time";
import { useNow } from "@/lib/use-now";
import { isCancelledEvent } from "@/shared/event-state";
import { placeFieldErrors, useFormText } from "@/shared/form-text";
import { ProblemNotice } from "@/shared/problem-notice";
import { useConfig } from "@/shared/queries";
import { useSpan } from "@/shared/use-span";
import { Button, ButtonLink } from "@/ui/button";
import { Field, FieldShell, inputClass, TextArea } from "@/ui/field";
import { Notice } from "@/ui/notice";
import { Page } from "@/ui/page";
import { Loading, Skeleton } from "@/ui/skeleton";
import { toast } from "@/ui/toast";
import {
  blank,
  endAfterMove,
  eventForm,
  fieldOf,
  eventTimes,
  originalOf,
  MAX_DESCRIPTION,
  MAX_TITLE,
  serverFields,
  toChanges,
  toEvent,
  type Original,
  type EventInput,
} from "./form";
import { HostFields, StreamAccessFields } from "./event-form-details";
import { Preview } from "./event-form-preview";
import { LeaveGuard } from "./leave-guard";
import { useAdminEvents, useCreateEvent, useUpdateEvent } from "./queries";

export function NewEventScreen() {
  const { t } = useI18n();
  const navigate = useNavigate();
  const create = useCreateEvent();
  const [defaults] = useState(() => blank(Date.now(), viewerZone()));
  // The art depends on the id, and ids count up.
  const events = useAdminEvents();
  const nextId = Math.max(0, ...(events.data ?? []).map((event) => event.id)) + 1;
  return (
    <EventForm
      title={t("form.event.new")}
      submitLabel={t("form.event.create")}
      defaults={defaults}
      taken={0}
      posterId={nextId}
      isNew
      error={create.error}
      save={(input) => create.mutateAsync(toEvent(input))}
      onSaved={(id) => {
        toast(t("form.event.created"));
        void navigate(`/admin/events/${id}`, { replace: true });
      }}
    />
  );
}

export function EditEventScreen() {
  const { t } = useI18n();
  const id = Number(useParams().eventId);
  const events = useAdminEvents();
  const event = events.data?.find((each) => each.id === id);
  if (event) return <Edit key={event.id} event={event} />;
  return (
    <Page title={t("form.event.edit")} wide>
      {events.isPending ? (
        <Loading label={t("event.loading")}>
          <Skeleton className="h-96 rounded-card" />
        </Loading>
      ) : events.isError ? (
        <ProblemNotice error={events.error} onRetry={() => void events.refetch()} />
      ) : (
        <Notice tone="warning">{t("problem.not_found")}</Notice>
      )}
    </Page>
  );
}

function Edit({ event }: { event: AdminEvent }) {
  const { t } = useI18n();
  const navigate = useNavigate();
  const update = useUpdateEvent();
  // A list refresh must not reset the form.
  const [original] = useState(() => originalOf(event, viewerZone()));
  return (
    <EventForm
      title={t("form.event.edit")}
      submitLabel={t("form.event.save")}
      defaults={original.input}
      original={original}
      taken={event.sold + event.held}
      isCancelled={isCancelledEvent(event)}
      posterId={event.id}
      typesLink={hasOwnPrice(event) ? undefined : `/admin/events/${event.id}#tickets`}
      error={update.error}
      save={async (input) => {
        const patch = toChanges(input, original);
        return Object.keys(patch).length === 0
          ? event
          : update.mutateAsync({ id: event.id, patch });
      }}
      onSaved={(id) => {
        toast(t("saved"));
        void navigate(`/admin/events/${id}`, { replace: true });
      }}
    />
  );
}

/** With one type in sats, the event's price is that of the type. */
function hasOwnPrice({ ticket_types: types }: AdminEvent): boolean {
  const sold = types.filter((type) => !type.archived);
  return sold.length <= 1 && sold.every((type) => type.price.kind === "fixed");
}

interface FormProps {
  title: string;
  submitLabel: string;
  defaults: EventInput;
  original?: Original;
  taken: number;
  posterId: number;
  isNew?: boolean;
  /** Sales of a cancelled event can't start again. */
  isCancelled?: boolean;
  /** Where the prices of several ticket types are set. */
  typesLink?: string | undefined;
  error: unknown;
  save: (input: EventInput) => Promise<{ id: number }>;
  onSaved: (id: number) => void;
}

function EventForm(props: FormProps) {
  const { t, locale } = useI18n();
  const text = useFormText();
  const span = useSpan();
  const { rate } = useConfig();
  const now = useNow(30_000);
  const [failed, setFailed] = useState<unknown>(null);
  const saved = useRef(false);
  const form = useForm<EventInput>({
    resolver: (values, context, options) =>
      zodResolver(
        eventForm({
          taken: props.taken,
          now: props.isNew ? Date.now() : null,
          original: props.original,
        }),
      )(values, context, options),
    defaultValues: props.defaults,
    mode: "onTouched",
  });
  const { errors, isSubmitting, isDirty } = form.formState;
  const values = { ...props.defaults, ...useWatch({ control: form.control }) };
  const price = parseWhole(values.price);
  const fiat = price ? formatFiat(price, rate, locale, now) : null;
  const { start: starts, end: ends } = eventTimes(values, props.original);
  const lasts = starts !== null && ends !== null ? ends - starts : 0;

  const follow = useEndFollowsStart(form);

  const save = async (input: EventInput) => {
    setFailed(null);
    try {
      const event = await props.save(input);
      saved.current = true;
      form.reset(input);
      props.onSaved(event.id);
    } catch (error) {
      const placed = placeFieldErrors(error, serverFields, (field, message) =>
        form.setError(fieldOf(field), { message }),
      );
      if (!placed) setFailed(error);
    }
  };

  return (
    <Page title={props.title} wide>
      <LeaveGuard active={isDirty} saved={saved} />
      <div className="grid items-start gap-8 lg:grid-cols-[minmax(0,1fr)_22rem]">
        <form
          noValidate
          className="flex flex-col gap-5"
          onSubmit={(event) => void form.handleSubmit(save)(event)}
        >
          <Field
            {...form.register("title")}
            label={t("form.event.title")}
            hint={t("form.event.title.hint")}
            error={text(errors.title?.message, { max: MAX_TITLE })}
          />
          <TextArea
            {...form.register("description")}
            rows={5}
            label={t("form.event.description")}
            hint={t("form.event.description.hint")}
            error={text(errors.description?.message, { max: MAX_DESCRIPTION })}
          />
          <HostFields form={form} />
          <div className="grid gap-5 sm:grid-cols-2">
            <Field
              {...form.register("start", { onChange: follow })}
              type="datetime-local"
              label={t("form.event.start")}
              hint={
                starts !== null && values.zone !== viewerZone()
                  ? `${formatDateTime(starts, locale, viewerZone())} (${viewerZone()})`
                  : undefined
              }
              error={text(errors.start?.message)}
            />
            <Field
              {...form.register("end")}
              type="datetime-local"
              label={t("form.event.end")}
              hint={lasts > 0 ? t("form.event.length", { span: span(lasts) }) : undefined}
              error={text(errors.end?.message)}
            />
          </div>
          <ZonePicker form={form} />
          <div className="grid gap-5 sm:grid-cols-2">
            {props.typesLink ? (
              <div className="flex flex-col gap-1.5">
                <p className="text-sm font-semibold">{t("form.event.price")}</p>
                <p className="text-sm text-ink-2">{t("form.event.types")}</p>
                <Link
                  to={props.typesLink}
                  className="text-sm font-medium text-accent-text underline"
                >
                  {t("form.event.types.link")}
                </Link>
              </div>
            ) : (
              <Field
                {...form.register("price")}
                inputMode="numeric"
                label={t("form.event.price")}
                trailing="sats"
                hint={fiat ? t("form.event.fiat", { fiat }) : t("form.event.price.hint")}
                error={text(errors.price?.message)}
              />
            )}
            <Field
              {...form.register("capacity")}
              inputMode="numeric"
              label={t("form.event.capacity")}
              hint={
                props.taken > 0 ? t("form.event.capacity.hint", { taken: props.taken }) : undefined
              }
              error={text(errors.capacity?.message, { taken: props.taken })}
            />
          </div>
          <Field
            {...form.register("network")}
            inputMode="numeric"
            label={t("form.event.network")}
            hint={t("form.event.network.hint")}
            error={text(errors.network?.message)}
          />
          <Field
            {...form.register("stream_url")}
            type="url"
            inputMode="url"
            label={t("form.event.stream")}
            placeholder="https://"
            hint={t("form.event.stream.hint")}
            error={text(errors.stream_url?.message)}
          />
          <StreamAccessFields form={form} />
          {!props.isNew && !props.isCancelled && (
            <label
              htmlFor="is-active"
              className="flex items-start gap-3 rounded-card border border-line p-4"
            >
              <input
                {...form.register("is_active")}
                id="is-active"
                type="checkbox"
                aria-describedby="is-active-note"
                className="mt-1 size-4 accent-accent"
              />
              <span>
                <span className="block font-semibold">{t("form.event.active")}</span>
                <span id="is-active-note" className="block text-sm text-ink-2">
                  {t("form.event.active.hint")}
                </span>
              </span>
            </label>
          )}
          {!values.stream_url && price !== 0 && (
            <Notice tone="warning">{t("form.event.stream.missing")}</Notice>
          )}
          {failed !== null && <ProblemNotice error={failed} />}
          <div className="flex flex-wrap gap-2">
            <Button type="submit" size="lg" busy={isSubmitting}>
              {props.submitLabel}
            </Button>
            <ButtonLink to="/admin" variant="ghost" size="lg">
              {t("cancel")}
            </ButtonLink>
          </div>
        </form>
        <Preview values={values} starts={starts} price={price} posterId={props.posterId} />
      </div>
    </Page>
  );
}

/** A handler of the start that moves the end by as much. */
function useEndFollowsStart(form: UseFormReturn<EventInput>): () => void {
  const [last, setLast] = useState(() => form.getValues("start"));
  return () => {
    const { start, end, zone } = form.getValues();
    const moved = endAfterMove(last, start, end, zone);
    if (moved === null) return;
    setLast(start);
    form.setValue("end", moved, { shouldDirty: true, shouldValidate: form.formState.isSubmitted });
  };
}

function ZonePicker({ form }: { form: UseFormReturn<EventInput> }) {
  const { t } = useI18n();
  const [zones] = useState(() => [...new Set([form.getValues("zone"), ...allZones()])]);
  return (
    <FieldShell id="zone" label={t("form.event.zone")}>
      {(aria) => (
        <select {...form.register("zone")} {...aria} className={inputClass}>
          {zones.map((zone) => (
            <option key={zone} value={zone}>
              {zone.replace(/_/g, " ")}
            </option>
          ))}
        </select>
      )}
    </FieldShell>
  );
}
