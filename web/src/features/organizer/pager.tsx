import { ChevronLeft, ChevronRight } from "lucide-react";
import { useI18n } from "@/i18n/i18n";
import { Button } from "@/ui/button";
import { formatNumber } from "@/lib/format";

/** Pagination with the row range and, if known, the total. */
export function Pager(props: {
  page: number;
  size: number;
  shown: number;
  total: number | null;
  onPage: (page: number) => void;
}) {
  const { t, locale } = useI18n();
  const { page, size, shown, total } = props;
  const from = page * size + 1;
  const to = page * size + shown;
  const more = total === null ? shown === size : to < total;
  return (
    <div className="flex items-center justify-between gap-3">
      <p className="text-sm text-ink-2 tabular-nums">
        {total === null
          ? t("admin.page.from", { from, to })
          : t("admin.page.of", { from, to, total: formatNumber(total, locale) })}
      </p>
      <div className="flex gap-2">
        <Button
          variant="secondary"
          size="sm"
          disabled={page === 0}
          onClick={() => props.onPage(page - 1)}
        >
          <ChevronLeft aria-hidden="true" className="size-4" />
          <span>{t("admin.page.previous")}</span>
        </Button>
        <Button
          variant="secondary"
          size="sm"
          disabled={!more}
          onClick={() => props.onPage(page + 1)}
        >
          <span>{t("admin.page.next")}</span>
          <ChevronRight aria-hidden="true" className="size-4" />
        </Button>
      </div>
    </div>
  );
}
