import { Plus, TicketPercent } from "lucide-react";
import { useState } from "react";
import type { AdminEvent, PromoCode, TicketType } from "@/api/types";
import { useI18n } from "@/i18n/i18n";
import { formatDateTime, formatNumber } from "@/lib/format";
import { onSuccess } from "@/lib/on-success";
import { instantOrLast } from "@/lib/time";
import { useNow } from "@/lib/use-now";
import { ProblemNotice } from "@/shared/problem-notice";
import { Badge } from "@/ui/badge";
import { Button } from "@/ui/button";
import { CopyButton } from "@/ui/copy-button";
import { Each } from "@/ui/each";
import { Skeleton } from "@/ui/skeleton";
import { Table, Td, Th } from "@/ui/table";
import { toast } from "@/ui/toast";
import { PromoCodeForm } from "./promo-code-form";
import {
  usePromoCodes,
  useRemovePromoCode,
  useTicketTypes,
  useUpdatePromoCode,
} from "./ticket-queries";

/** Promo codes of an event, with their uses. */
export function PromoCodes({ event }: { event: AdminEvent }) {
  const { t } = useI18n();
  const codes = usePromoCodes(event.id);
  const types = useTicketTypes(event.id).data ?? [];
  const [editing, setEditing] = useState<PromoCode | "new" | null>(null);
  const rows = codes.data ?? [];
  return (
    <section className="flex flex-col gap-3">
      <div className="flex flex-wrap items-center justify-between gap-3">
        <div>
          <h2 className="text-lg font-semibold">{t("code.list")}</h2>
          <p className="text-sm text-ink-2">{t("code.list.lead")}</p>
        </div>
        <Button variant="secondary" size="sm" onClick={() => setEditing("new")}>
          <Plus aria-hidden="true" className="size-4" />
          <span>{t("code.add")}</span>
        </Button>
      </div>
      {codes.isPending ? (
        <Skeleton className="h-16 rounded-card" />
      ) : codes.isError && !codes.data ? (
        <ProblemNotice error={codes.error} onRetry={() => void codes.refetch()} />
      ) : (
        rows.length > 0 && (
          <Table
            label={t("code.list")}
            head={
              <>
                <Th>{t("code.col.code")}</Th>
                <Th>{t("code.col.discount")}</Th>
                <Th>{t("code.col.types")}</Th>
                <Th right>{t("code.col.used")}</Th>
                <Th>{t("code.col.valid")}</Th>
                <Th>
                  <span className="sr-only">{t("admin.col.actions")}</span>
                </Th>
              </>
            }
          >
            <Each of={rows} by={(code) => code.id} as="tr">
              {(code) => (
                <Row code={code} event={event} types={types} onEdit={() => setEditing(code)} />
              )}
            </Each>
          </Table>
        )
      )}
      {editing !== null && (
        <PromoCodeForm
          event={event}
          types={types}
          {...(editing === "new" ? {} : { code: editing })}
          onClose={() => setEditing(null)}
        />
      )}
    </section>
  );
}

function Row(props: {
  code: PromoCode;
  event: AdminEvent;
  types: readonly TicketType[];
  onEdit: () => void;
}) {
  const { code, event } = props;
  const { t, locale } = useI18n();
  const now = useNow(30_000);
  const remove = useRemovePromoCode();
  const update = useUpdatePromoCode();
  const discount =
    code.discount.kind === "free"
      ? t("free")
      : t(code.discount.kind === "percent" ? "code.percent" : "code.sats", {
          value: formatNumber(code.discount.value, locale),
        });
  const ids = code.ticket_type_ids;
  const names = props.types.filter((type) => ids?.includes(type.id)).map((type) => type.name);
  const at = (time: string) => formatDateTime(time, locale, event.time_zone);
  const isOver = code.valid_until !== null && instantOrLast(code.valid_until) <= now;
  const isUsedUp = code.max_uses !== null && code.used >= code.max_uses;
  const error = remove.error ?? update.error;
  return (
    <tr>
      <Td>
        <span className="flex flex-wrap items-center gap-2">
          <TicketPercent aria-hidden="true" className="size-4 text-ink-3" />
          <span translate="no" className="font-mono font-semibold break-all">
            {code.code}
          </span>
          {code.archived ? (
            <Badge>{t("code.off")}</Badge>
          ) : isOver ? (
            <Badge>{t("code.over")}</Badge>
          ) : isUsedUp ? (
            <Badge tone="warning">{t("code.usedup")}</Badge>
          ) : null}
        </span>
      </Td>
      <Td label={t("code.col.discount")} className="tabular-nums">
        {discount}
      </Td>
      <Td label={t("code.col.types")}>{ids === null ? t("code.types.all") : names.join(", ")}</Td>
      <Td right label={t("code.col.used")}>
        {code.max_uses === null
          ? formatNumber(code.used, locale)
          : t("code.used.of", {
              used: formatNumber(code.used, locale),
              max: formatNumber(code.max_uses, locale),
            })}
      </Td>
      <Td label={t("code.col.valid")} className="text-sm tabular-nums">
        {code.valid_from && (
          <span className="block">{t("code.from", { time: at(code.valid_from) })}</span>
        )}
        {code.valid_until && (
          <span className="block">{t("code.until", { time: at(code.valid_until) })}</span>
        )}
        {!code.valid_from && !code.valid_until && <span>{t("code.always")}</span>}
      </Td>
      <Td right>
        <span className="flex flex-wrap justify-end gap-1">
          <CopyButton
            text={`${window.location.origin}/events/${event.id}?code=${encodeURIComponent(code.code)}`}
            label={t("code.copy")}
            size="sm"
          />
          <Button variant="ghost" size="sm" onClick={props.onEdit}>
            <span>{t("admin.edit")}</span>
            <span className="sr-only">{`: ${code.code}`}</span>
          </Button>
          <Button
            variant="ghost"
            size="sm"
            busy={remove.isPending || update.isPending}
            onClick={() =>
              code.archived
                ? update.mutate({ id: code.id, archived: false })
                : onSuccess(remove.mutateAsync(code.id), () => toast(t("code.removed")))
            }
          >
            <span>{t(code.archived ? "code.turnon" : "code.turnoff")}</span>
            <span className="sr-only">{`: ${code.code}`}</span>
          </Button>
        </span>
        {error && <ProblemNotice error={error} />}
      </Td>
    </tr>
  );
}
