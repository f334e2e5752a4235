import { useI18n } from "@/i18n/i18n";
import { formatDateTime, formatSpan, formatTime, viewerZone, zoneCity } from "@/lib/time";

/** When something is, on the viewer's clock and in UTC, which everyone can convert from. */
export function When(props: { start: string; end: string }) {
  const { t, locale } = useI18n();
  const zone = viewerZone();
  return (
    <span className="flex flex-col">
      <time dateTime={props.start} className="font-semibold tabular-nums">
        {formatSpan(props.start, props.end, locale, zone)}
      </time>
      <span className="text-sm text-ink-3 tabular-nums">
        {t("event.yourtime", { zone: zoneCity(zone) })}
        {zone !== "UTC" && (
          <>
            {" · "}
            {t("event.utc", {
              time: sameDay(props.start, zone)
                ? formatTime(props.start, locale, "UTC")
                : formatDateTime(props.start, locale, "UTC"),
            })}
          </>
        )}
      </span>
    </span>
  );
}

function sameDay(iso: string, zone: string): boolean {
  const day = (timeZone: string) =>
    new Intl.DateTimeFormat("en-CA", { timeZone, dateStyle: "short" }).format(new Date(iso));
  return day(zone) === day("UTC");
}
