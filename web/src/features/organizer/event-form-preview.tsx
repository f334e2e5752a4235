import { useI18n } from "@/i18n/i18n";
import { formatDateTime } from "@/lib/format";
import { viewerZone } from "@/lib/time";
import { useConfig } from "@/shared/queries";
import { Amount } from "@/ui/amount";
import { Card } from "@/ui/card";
import { Poster } from "@/ui/poster";
import type { EventInput } from "./form";

/** The event's card as buyers will see it. */
export function Preview(props: {
  values: EventInput;
  starts: number | null;
  price: number | null;
  posterId: number;
}) {
  const { t, locale } = useI18n();
  const { rate } = useConfig();
  const title = props.values.title.trim() || t("form.event.untitled");
  return (
    <aside aria-label={t("form.event.preview")} className="flex flex-col gap-2 lg:sticky lg:top-6">
      <p className="flex flex-wrap gap-x-1.5 text-sm text-ink-3">
        <span className="font-semibold text-ink">{t("form.event.preview")}</span>
        <span>{t("form.event.preview.note")}</span>
      </p>
      <Card flush>
        <Poster
          id={props.posterId}
          title={props.values.title.trim()}
          className="aspect-video w-full"
        />
        <div className="flex flex-col gap-1 p-4">
          <p className="min-h-5 text-sm font-medium text-accent-text tabular-nums">
            {props.starts !== null && formatDateTime(props.starts, locale, viewerZone())}
          </p>
          <p className="text-lg font-semibold leading-snug">{title}</p>
          <p className="line-clamp-4 whitespace-pre-line text-sm text-ink-2">
            {props.values.description}
          </p>
          <p className="pt-2">
            <Amount sats={props.price ?? 0} rate={rate} price className="font-semibold" />
          </p>
        </div>
      </Card>
    </aside>
  );
}
