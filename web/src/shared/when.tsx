import { useI18n } from "@/i18n/i18n";
import { formatDateTime, formatSpan, formatTime, isZone, viewerZone, zoneCity } from "@/lib/time";

/** When something is, on the viewer's clock and on the clock of where it takes place. */
export function When(props: { start: string; end: string; zone: string }) {
  const { t, locale } = useI18n();
  const mine = viewerZone();
  const theirs = isZone(props.zone) ? props.zone : "UTC";
  const format = sameDay(props.start, mine, theirs) ? formatTime : formatDateTime;
  return (
    <span className="flex flex-col">
      <time dateTime={props.start} className="font-semibold tabular-nums">
        {formatSpan(props.start, props.end, locale, mine)}
      </time>
      <span className="text-sm text-ink-3 tabular-nums">
        {t("event.yourtime", { zone: zoneCity(mine) })}
        {theirs !== mine && (
          <>
            {" · "}
            {theirs === "UTC"
              ? t("event.utc", { time: format(props.start, locale, theirs) })
              : t("event.there", {
                  time: format(props.start, locale, theirs),
                  zone: zoneCity(theirs),
                })}
          </>
        )}
      </span>
    </span>
  );
}

function sameDay(iso: string, one: string, other: string): boolean {
  const day = (timeZone: string) =>
    new Intl.DateTimeFormat("en-CA", { timeZone, dateStyle: "short" }).format(new Date(iso));
  return day(one) === day(other);
}
