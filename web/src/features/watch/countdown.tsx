import { useI18n } from "@/i18n/i18n";
import { formatDateTime } from "@/lib/format";
import { instant, spanParts, viewerZone } from "@/lib/time";
import { useNow } from "@/lib/use-now";
import { useSpan } from "@/shared/use-span";
import { Poster } from "@/ui/poster";

/** Time until early entry, on the event's poster. */
export function Countdown(props: { event: { id: number; title: string }; opensAt: string }) {
  const { t, locale } = useI18n();
  const span = useSpan();
  const now = useNow(1000);
  const opens = instant(props.opensAt);
  const left = Math.max(0, (opens ?? now) - now);
  const { days, hours, minutes, seconds } = spanParts(left);
  const two = (value: number) => String(value).padStart(2, "0");
  return (
    <div className="relative -mx-4 overflow-hidden bg-black text-white sm:mx-0 sm:rounded-card">
      <Poster
        id={props.event.id}
        title={props.event.title}
        className="absolute inset-0 size-full opacity-45"
      />
      <div className="relative flex min-h-[min(60dvh,30rem)] flex-col items-center justify-center gap-3 p-6 text-center">
        <p className="text-lg font-semibold">{t("watch.before")}</p>
        <p
          role="timer"
          aria-label={span(left)}
          className="text-5xl font-bold tracking-tight tabular-nums sm:text-7xl"
        >
          {days > 0
            ? span(left)
            : hours > 0
              ? `${hours}:${two(minutes)}:${two(seconds)}`
              : `${minutes}:${two(seconds)}`}
        </p>
        <p className="max-w-md">
          {t("watch.before.body", { time: formatDateTime(opens, locale, viewerZone()) })}
        </p>
      </div>
    </div>
  );
}
