import { useI18n } from "@/i18n/i18n";
import { webUrl } from "@/lib/download";
import { formatDateTime, NONE } from "@/lib/format";
import { instant, phase, viewerZone } from "@/lib/time";
import { ButtonAnchor } from "@/ui/button";
import { Notice } from "@/ui/notice";
import { useEarlyEntry } from "./queries";
import { useSpan } from "./use-span";

/** Stream link while the event admits attendees, a countdown before. */
export function JoinStream(props: {
  event: { start_time: string; end_time: string; stream_url?: string | null | undefined };
  now: number;
}) {
  const { t, locale } = useI18n();
  const span = useSpan();
  const { event, now } = props;
  const stream = webUrl(event.stream_url);
  const early = useEarlyEntry();
  const at = phase(event.start_time, event.end_time, now, early);
  if (at === "over") return <Notice tone="info">{t("pass.over")}</Notice>;
  const start = instant(event.start_time);
  const countdown =
    at === "live"
      ? t("event.live")
      : start === null
        ? NONE
        : t("event.starts", { span: span(start - now) });
  return (
    <div className="no-print flex flex-col gap-2 text-center">
      <p role="timer" className="font-semibold tabular-nums">
        {countdown}
      </p>
      {stream &&
        (at === "upcoming" ? (
          <p className="text-sm text-ink-3">
            {t("event.opens", {
              time: formatDateTime(start === null ? null : start - early, locale, viewerZone()),
            })}
          </p>
        ) : (
          <ButtonAnchor size="lg" wide href={stream} target="_blank" rel="noreferrer">
            {t("event.enter")}
          </ButtonAnchor>
        ))}
    </div>
  );
}
