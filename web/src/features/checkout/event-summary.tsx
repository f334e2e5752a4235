import type { ReactNode } from "react";
import { Link } from "react-router-dom";
import type { EventView } from "@/api/types";
import { useI18n } from "@/i18n/i18n";
import { Moment } from "@/shared/when";
import { Card } from "@/ui/card";
import { Poster } from "@/ui/poster";

/** The event of an order, with its lines below. */
export function EventSummary(props: {
  event: Pick<EventView, "id" | "title" | "start_time" | "time_zone">;
  children?: ReactNode;
}) {
  const { t } = useI18n();
  const { event } = props;
  return (
    <Card flush className="flex flex-col">
      <h2 className="sr-only">{t("buy.summary")}</h2>
      <div className="flex items-center gap-4 p-4">
        <Poster
          id={event.id}
          title={event.title}
          className="h-18 w-24 shrink-0 rounded-control sm:h-20 sm:w-32"
        />
        <div className="min-w-0">
          <p className="font-semibold">
            <Link to={`/events/${event.id}`} className="hover:underline">
              {event.title}
            </Link>
          </p>
          <p className="text-sm text-ink-2 tabular-nums">
            <Moment at={event.start_time} zone={event.time_zone} />
          </p>
        </div>
      </div>
      {props.children && <div className="border-t border-line px-4 py-3">{props.children}</div>}
    </Card>
  );
}
