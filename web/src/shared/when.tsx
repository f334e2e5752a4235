import { useI18n } from "@/i18n/i18n";
import { formatDateTime, formatDayTime, formatSpan, formatTime, isSameDay } from "@/lib/format";
import { instant, isZone, offsetMinutes, viewerZone, zoneCity } from "@/lib/time";

/** The time in the event's zone, or `null` if it equals the viewer's. */
function useThere(iso: string, zone: string): string | null {
  const { t, locale } = useI18n();
  const mine = viewerZone();
  const theirs = isZone(zone) ? zone : "UTC";
  const ms = instant(iso);
  if (ms === null) return null;
  const at = new Date(ms);
  if (offsetMinutes(at, mine) === offsetMinutes(at, theirs)) return null;
  const format = isSameDay(iso, mine, theirs) ? formatTime : formatDayTime;
  const time = format(iso, locale, theirs);
  return theirs === "UTC"
    ? t("event.utc", { time })
    : t("event.there", { time, zone: zoneCity(theirs) });
}

/** A time in the viewer's zone and, if different, in the event's, on one line. */
export function Moment(props: { at: string; zone: string }) {
  const { locale } = useI18n();
  const there = useThere(props.at, props.zone);
  return (
    <>
      <time dateTime={props.at}>{formatDateTime(props.at, locale, viewerZone())}</time>
      {there && <span className="font-normal text-ink-3">{` · ${there}`}</span>}
    </>
  );
}

/** The time of day in the viewer's zone and, if different, in the event's; for a list that names the day. */
export function TimeOfDay(props: { at: string; zone: string }) {
  const { locale } = useI18n();
  const there = useThere(props.at, props.zone);
  return (
    <>
      <time dateTime={props.at}>{formatTime(props.at, locale, viewerZone())}</time>
      {there && <span className="font-normal text-ink-3">{` · ${there}`}</span>}
    </>
  );
}

/** Start and end in the viewer's zone and in the event's. */
export function When(props: { start: string; end: string; zone: string }) {
  const { t, locale } = useI18n();
  const mine = viewerZone();
  const there = useThere(props.start, props.zone);
  return (
    <span className="flex flex-col">
      <time dateTime={props.start} className="font-semibold tabular-nums">
        {formatSpan(props.start, props.end, locale, mine)}
      </time>
      <span className="text-sm text-ink-3 tabular-nums">
        {[t("event.yourtime", { zone: zoneCity(mine) }), ...(there ? [there] : [])].join(" · ")}
      </span>
    </span>
  );
}
