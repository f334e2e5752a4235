import { useI18n } from "@/i18n/i18n";
import { formatDateTime, NONE } from "@/lib/format";
import { instant, instantOrLast, phase, viewerZone } from "@/lib/time";
import { ButtonAnchor } from "@/ui/button";
import { Notice } from "@/ui/notice";
import { useEarlyEntry } from "./queries";
import { useSpan } from "./use-span";

/** Path of the watch page, which is a document of its own. */
export const watchPath = (event: number, ticket?: number): string =>
  `/events/${event}/watch${ticket === undefined ? "" : `?ticket=${ticket}`}`;

/** Whether an ended event can still be watched. */
export const hasReplay = (event: { replay_until?: string | null }, now: number): boolean =>
  Boolean(event.replay_until) && instantOrLast(event.replay_until) > now;

/** Link to the watch page while the event admits attendees, a countdown before. */
export function JoinStream(props: {
  event: {
    id: number;
    start_time: string;
    end_time: string;
    stream_url?: string | null | undefined;
    replay_until?: string | null;
  };
  ticket?: number | undefined;
  now: number;
}) {
  const { t, locale } = useI18n();
  const span = useSpan();
  const { event, now } = props;
  const early = useEarlyEntry();
  const at = phase(event.start_time, event.end_time, now, early);
  const isReplay = at === "over" && hasReplay(event, now);
  if (at === "over" && !isReplay) return <Notice tone="info">{t("pass.over")}</Notice>;
  const start = instant(event.start_time);
  const countdown = isReplay
    ? t("watch.replay.until", {
        time: formatDateTime(event.replay_until, locale, viewerZone()),
      })
    : at === "live"
      ? t("event.live")
      : start === null
        ? NONE
        : t("event.starts", { span: span(start - now) });
  return (
    <div className="no-print flex flex-col gap-2 text-center">
      <p role="timer" className="font-semibold tabular-nums">
        {countdown}
      </p>
      {event.stream_url &&
        (at === "upcoming" ? (
          <p className="text-sm text-ink-3">
            {t("event.opens", {
              time: formatDateTime(start === null ? null : start - early, locale, viewerZone()),
            })}
          </p>
        ) : (
          <ButtonAnchor size="lg" wide href={watchPath(event.id, props.ticket)}>
            {t(isReplay ? "watch.replay.do" : "event.enter")}
          </ButtonAnchor>
        ))}
    </div>
  );
}
