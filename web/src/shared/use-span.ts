import { useI18n } from "@/i18n/i18n";
import { NONE } from "@/lib/format";
import { spanParts } from "@/lib/time";

/** Formats a span by its two largest units: "3 days 4 hours". */
export function useSpan(): (ms: number) => string {
  const { tn } = useI18n();
  return (ms) => {
    if (!Number.isFinite(ms)) return NONE;
    const { days, hours, minutes, seconds } = spanParts(ms);
    const words: string[] = [];
    if (days > 0) words.push(tn("span.days", days));
    if (hours > 0) words.push(tn("span.hours", hours));
    if (days === 0 && minutes > 0) words.push(tn("span.minutes", minutes));
    if (days === 0 && hours === 0 && (minutes < 10 || words.length === 0)) {
      words.push(tn("span.seconds", seconds));
    }
    return words.slice(0, 2).join(" ");
  };
}
