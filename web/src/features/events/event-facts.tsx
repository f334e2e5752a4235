import { CalendarDays, Share2, Users, Video } from "lucide-react";
import type { ReactNode } from "react";
import type { EventView } from "@/api/types";
import { useI18n } from "@/i18n/i18n";
import { relative } from "@/lib/format";
import { instant } from "@/lib/time";
import { AddToCalendar } from "@/shared/add-to-calendar";
import { isCancelledEvent } from "@/shared/event-state";
import { isSoldOut } from "@/shared/order/event-types";
import { useConfig } from "@/shared/queries";
import { useSpan } from "@/shared/use-span";
import { When } from "@/shared/when";
import { Button } from "@/ui/button";
import { toast } from "@/ui/toast";

function Fact(props: { icon: typeof Users; label: string; children: ReactNode }) {
  const Icon = props.icon;
  return (
    <div className="flex gap-3">
      <dt>
        <span className="flex size-10 shrink-0 items-center justify-center rounded-control bg-sunken text-ink-2">
          <Icon aria-hidden="true" className="size-5" />
        </span>
        <span className="sr-only">{props.label}</span>
      </dt>
      <dd className="min-w-0">{props.children}</dd>
    </div>
  );
}

/** When and where, and the ways to keep and pass on the date. */
export function Facts({ event, now }: { event: EventView; now: number }) {
  const { t } = useI18n();
  const { domain } = useConfig();
  const isCancelled = isCancelledEvent(event);
  const url = `${window.location.origin}/events/${event.id}`;
  const end = instant(event.end_time);
  const isOver = end !== null && end <= now;
  const revision = (instant(event.updated_at) ?? 0) - (instant(event.created_at) ?? 0);
  return (
    <div className="flex flex-col gap-4">
      <dl className="flex flex-col gap-4">
        <Fact icon={CalendarDays} label={t("event.when")}>
          <When start={event.start_time} end={event.end_time} zone={event.time_zone} />
          {!isCancelled && <Countdown event={event} now={now} />}
        </Fact>
        <Fact icon={Video} label={t("event.where")}>
          <span className="block font-semibold">{t("event.online")}</span>
          <span className="block text-sm text-ink-3">{t("event.online.body")}</span>
        </Fact>
        {!isCancelled && isSoldOut(event.ticket_types) && (
          <Fact icon={Users} label={t("event.seats.label")}>
            <span className="block font-semibold">{t("event.soldout")}</span>
            <span className="block text-sm text-ink-3">{t("event.soldout.body")}</span>
          </Fact>
        )}
      </dl>
      <div className="flex flex-wrap gap-2">
        {!isCancelled && !isOver && (
          <AddToCalendar
            file={`event-${event.id}.ics`}
            entry={{
              uid: `event-${event.id}@${domain}`,
              sequence: Math.max(0, Math.floor(revision / 1000)),
              title: event.title,
              description: url,
              url,
              start: event.start_time,
              end: event.end_time,
            }}
          />
        )}
        <Share event={event} />
      </div>
    </div>
  );
}

function Countdown({ event, now }: { event: EventView; now: number }) {
  const { t, locale } = useI18n();
  const span = useSpan();
  const start = instant(event.start_time);
  const end = instant(event.end_time);
  if (start === null || end === null) return null;
  const text =
    now < start
      ? t("event.starts", { span: span(start - now) })
      : now < end
        ? t("event.ends", { span: span(end - now) })
        : t("event.ended", { age: relative(end - now, locale) });
  return (
    <span role="timer" className="mt-1 block text-sm font-medium text-accent-text tabular-nums">
      {text}
    </span>
  );
}

function Share({ event }: { event: EventView }) {
  const { t } = useI18n();
  const share = async () => {
    const url = `${window.location.origin}/events/${event.id}`;
    try {
      if (typeof navigator.share === "function") {
        await navigator.share({ title: event.title, url });
      } else {
        await navigator.clipboard.writeText(url);
        toast(t("event.share.copied"));
      }
    } catch {
      // The user closed the share sheet.
    }
  };
  return (
    <Button variant="secondary" size="sm" onClick={() => void share()}>
      <Share2 aria-hidden="true" className="size-4" />
      <span>{t("event.share")}</span>
    </Button>
  );
}
