import { Ban, Mail, Globe } from "lucide-react";
import { useParams } from "react-router-dom";
import { Problem } from "@/api/problem";
import type { EventView } from "@/api/types";
import { useI18n } from "@/i18n/i18n";
import { webUrl } from "@/lib/download";
import { textLang } from "@/lib/text-lang";
import { useNow } from "@/lib/use-now";
import { EventUnavailable } from "@/shared/event-unavailable";
import { Markdown } from "@/shared/markdown/markdown";
import { OrderRefused } from "@/shared/order/refusal";
import { ProblemNotice } from "@/shared/problem-notice";
import { useEventQuery } from "@/shared/queries";
import { ActionBar } from "@/ui/action-bar";
import { ButtonLink } from "@/ui/button";
import { Page } from "@/ui/page";
import { Poster } from "@/ui/poster";
import { Loading, Skeleton } from "@/ui/skeleton";
import { Action, Price, Total, useSale, type Sale } from "./event-action";
import { Facts } from "./event-facts";
import { PromoField } from "./promo-field";
import { EventBadges } from "./seats";
import { shareOf } from "./share-data";
import { TicketPicker } from "./ticket-picker";
import { useDraft, type Draft } from "./use-draft";

export function EventScreen() {
  const { t } = useI18n();
  const id = Number(useParams().eventId);
  const event = useEventQuery(id);
  if (event.isPending) {
    return (
      <Page title={t("event.loading")} wide hideHeading>
        <Loading label={t("event.loading")}>
          <div className="grid gap-8 lg:grid-cols-[minmax(0,1fr)_22rem]">
            <div className="flex flex-col gap-5">
              <Skeleton className="aspect-video rounded-card" />
              <Skeleton className="h-10 w-3/4" />
              <Skeleton className="h-32" />
            </div>
            <Skeleton className="h-72 rounded-card" />
          </div>
        </Loading>
      </Page>
    );
  }
  // A failed repeat keeps the page.
  if (!event.data) {
    if (Problem.from(event.error).status === 404) return <EventUnavailable />;
    return (
      <Page title={t("problem.title")}>
        <ProblemNotice
          error={event.error}
          onRetry={() => void event.refetch()}
          actions={
            <ButtonLink to="/" variant="secondary" size="sm">
              {t("notfound.action")}
            </ButtonLink>
          }
        />
      </Page>
    );
  }
  return <EventPage event={event.data} />;
}

function EventPage({ event }: { event: EventView }) {
  const { t } = useI18n();
  const now = useNow(1000);
  const draft = useDraft(event);
  const sale = useSale(event, draft, now);
  // Neither a cancelled nor an ended event has a price to pay.
  const hasPrice = sale.closed === null;
  return (
    <Page title={event.title} wide hideHeading share={shareOf(event)}>
      <div className="grid gap-6 lg:grid-cols-[minmax(0,1fr)_24rem] lg:grid-rows-[auto_1fr] lg:gap-x-10">
        <div className="flex min-w-0 flex-col gap-6">
          <Poster
            id={event.id}
            title={event.title}
            className="-mx-4 -mt-6 aspect-video max-h-[60dvh] w-[calc(100%+2rem)] sm:mx-0 sm:mt-0 sm:w-full sm:rounded-card"
          />
          <div className="flex flex-col gap-3">
            <div className="flex flex-wrap gap-1.5 empty:hidden">
              <EventBadges event={event} now={now} />
            </div>
            <p
              lang={textLang(event.title)}
              className="text-2xl font-bold tracking-tight text-balance sm:text-3xl"
              aria-hidden="true"
            >
              {event.title}
            </p>
            {event.host_name && (
              <p className="text-ink-2">{t("event.host", { name: event.host_name })}</p>
            )}
          </div>
          {sale.isCancelled && <Cancelled sale={sale} />}
        </div>
        <aside aria-label={t("event.seats.label")} className="lg:col-start-2 lg:row-span-2">
          <div className="flex flex-col gap-5 lg:sticky lg:top-6 lg:rounded-card lg:border lg:border-line lg:bg-surface lg:p-5 lg:shadow-card">
            <Facts event={event} now={now} />
            {sale.isOpen && <Tickets draft={draft} />}
            <div className="hidden flex-col gap-5 lg:flex">
              {sale.isOpen ? (
                <Total draft={draft} source />
              ) : (
                hasPrice && <Price event={event} source />
              )}
              <Action event={event} sale={sale} draft={draft} now={now} />
            </div>
          </div>
        </aside>
        <div className="flex min-w-0 flex-col gap-8">
          {event.description && (
            <section aria-labelledby="about" className="flex flex-col gap-2">
              <h2 id="about" className="text-lg font-semibold">
                {t("event.about")}
              </h2>
              <div lang={textLang(event.description)} className="max-w-[680px] text-ink-2">
                <Markdown text={event.description} />
              </div>
            </section>
          )}
          <Host event={event} />
        </div>
      </div>
      <ActionBar>
        {(sale.isOpen || hasPrice) && (
          <div className="min-w-0">
            {sale.isOpen ? <Total draft={draft} /> : <Price event={event} />}
          </div>
        )}
        <div className={sale.isOpen || hasPrice ? "shrink-0" : "flex-1"}>
          <Action event={event} sale={sale} draft={draft} now={now} />
        </div>
      </ActionBar>
    </Page>
  );
}

/** That the event does not take place, and what happens to the money. */
function Cancelled({ sale }: { sale: Sale }) {
  const { t } = useI18n();
  return (
    <div role="status" className="flex gap-3 rounded-card bg-danger-soft p-4 text-danger">
      <Ban aria-hidden="true" className="mt-0.5 size-5 shrink-0" />
      <div className="flex flex-col gap-1">
        <p className="font-semibold">{t("problem.event_cancelled")}</p>
        <p className="text-ink">
          {t(sale.isOwner ? "event.cancelled.yours" : "event.cancelled.money")}
        </p>
      </div>
    </div>
  );
}

/** Host, contact and tags. */
function Host({ event }: { event: EventView }) {
  const { t } = useI18n();
  const { contact, tags } = event;
  const site = webUrl(contact);
  if (!event.host_name && contact === "" && tags.length === 0) return null;
  return (
    <section aria-labelledby="host" className="flex flex-col gap-3 border-t border-line pt-6">
      <h2 id="host" className="text-lg font-semibold">
        {t("event.host.title")}
      </h2>
      {event.host_name && <p className="font-medium">{event.host_name}</p>}
      {contact !== "" && (
        <a
          href={site ?? `mailto:${contact}`}
          {...(site === null ? {} : { target: "_blank", rel: "noopener nofollow ugc" })}
          className="inline-flex items-center gap-2 self-start font-medium [overflow-wrap:anywhere] text-accent-text underline"
        >
          {site === null ? (
            <Mail aria-hidden="true" className="size-4 shrink-0" />
          ) : (
            <Globe aria-hidden="true" className="size-4 shrink-0" />
          )}
          <span>{site === null ? contact : site.replace(/^https?:\/\/|\/$/g, "")}</span>
        </a>
      )}
      {tags.length > 0 && (
        <ul aria-label={t("event.tags")} className="flex flex-wrap gap-1.5">
          {tags.map((tag) => (
            <li
              key={tag}
              lang={textLang(tag)}
              className="rounded-full bg-sunken px-3 py-1 text-sm text-ink-2"
            >
              {tag}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function Tickets({ draft }: { draft: Draft }) {
  const { t } = useI18n();
  return (
    <section aria-labelledby="choose" className="flex flex-col gap-4 border-t border-line pt-5">
      <h2 id="choose" className="text-lg font-semibold">
        {t("picker.title")}
      </h2>
      <TicketPicker
        types={draft.types}
        choices={draft.choices}
        single={draft.types.length === 1}
        onChange={draft.setChoices}
      />
      <PromoField
        key={draft.code}
        code={draft.code}
        busy={draft.isLoading}
        error={draft.codeError}
        isAccepted={draft.isCodeAccepted}
        onCode={draft.setCode}
      />
      {draft.error !== null && <OrderRefused error={draft.error} />}
    </section>
  );
}
