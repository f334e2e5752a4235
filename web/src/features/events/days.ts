import { formatDate, formatDayKey } from "@/lib/format";
import { DAY, instant } from "@/lib/time";

interface Timed {
  start_time: string;
  end_time: string;
}

export type DayName = "live" | "today" | "tomorrow" | "yesterday" | "date";

export interface DayGroup<E> {
  key: string;
  day: string;
  name: DayName;
  events: E[];
}

/** Groups a sorted list by the start's day in `zone`; running events of the upcoming list come first, as `live`. */
export function groupByDay<E extends Timed>(
  events: readonly E[],
  now: number,
  zone: string,
  past: boolean,
): DayGroup<E>[] {
  const named = new Map<string, DayName>([
    [formatDayKey(now, zone), "today"],
    [formatDayKey(now + DAY, zone), "tomorrow"],
    [formatDayKey(now - DAY, zone), "yesterday"],
  ]);
  const groups: DayGroup<E>[] = [];
  for (const event of events) {
    const start = instant(event.start_time);
    const isLive = !past && start !== null && start <= now;
    const day = formatDayKey(event.start_time, zone);
    const key = isLive ? "live" : day;
    const last = groups.at(-1);
    if (last?.day === key) last.events.push(event);
    else
      groups.push({
        key: `${key} ${groups.length}`,
        day: key,
        name: isLive ? "live" : (named.get(day) ?? "date"),
        events: [event],
      });
  }
  return groups;
}

/** The date of a group, in the viewer's zone. */
export const groupDate = (group: DayGroup<Timed>, locale: string, zone: string): string =>
  formatDate(group.events[0]?.start_time, locale, zone);
