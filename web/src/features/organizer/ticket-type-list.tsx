import { ArrowDown, ArrowUp, EyeOff, GripVertical } from "lucide-react";
import { useState } from "react";
import type { AdminEvent, TicketType } from "@/api/types";
import { useI18n, type Key } from "@/i18n/i18n";
import { cx } from "@/lib/class-names";
import { formatDateTime, formatNumber } from "@/lib/format";
import { onSuccess } from "@/lib/on-success";
import { ProblemNotice } from "@/shared/problem-notice";
import { usePriceText } from "@/shared/ticket-price";
import { Badge, type BadgeTone } from "@/ui/badge";
import { Button } from "@/ui/button";
import { Each } from "@/ui/each";
import { toast } from "@/ui/toast";
import { moved } from "./move";
import { QuotaBar } from "./quota-bar";
import { useRemoveTicketType, useSortTicketTypes, useUpdateTicketType } from "./ticket-queries";

const SALES: Record<TicketType["sale"], { key: Key; tone: BadgeTone }> = {
  on_sale: { key: "type.sale.on_sale", tone: "success" },
  not_yet: { key: "type.sale.not_yet", tone: "neutral" },
  ended: { key: "type.sale.ended", tone: "neutral" },
  sold_out: { key: "type.sale.sold_out", tone: "warning" },
  no_rate: { key: "type.sale.no_rate", tone: "warning" },
  archived: { key: "type.sale.archived", tone: "neutral" },
};

/** Ticket types in the order of display, which dragging or the arrow buttons change. */
export function TicketTypeList(props: {
  event: AdminEvent;
  types: readonly TicketType[];
  onEdit: (type: TicketType) => void;
}) {
  const { t } = useI18n();
  const sort = useSortTicketTypes(props.event.id);
  const [dragged, setDragged] = useState<number | null>(null);
  const [over, setOver] = useState<number | null>(null);
  const { types } = props;
  const move = (from: number, to: number) => {
    if (to < 0 || to >= types.length || from === to) return;
    sort.mutate(moved(types, from, to));
  };
  return (
    <>
      {sort.isError && <ProblemNotice error={sort.error} />}
      <ol
        aria-label={t("type.list")}
        className="divide-y divide-line rounded-card border border-line bg-surface"
      >
        <Each of={types} by={(type) => type.id} as="li">
          {(type, index) => (
            <li>
              <div
                role="presentation"
                className={cx(
                  "flex flex-wrap items-center gap-x-4 gap-y-3 p-4 sm:flex-nowrap",
                  dragged === index && "opacity-50",
                  over === index && dragged !== index && "bg-accent-soft",
                )}
                onDragOver={(event) => {
                  if (dragged === null) return;
                  event.preventDefault();
                  setOver(index);
                }}
                onDrop={(event) => {
                  event.preventDefault();
                  if (dragged !== null) move(dragged, index);
                  setDragged(null);
                  setOver(null);
                }}
              >
                {types.length > 1 && (
                  <span
                    aria-hidden="true"
                    draggable
                    title={t("type.move.drag")}
                    onDragStart={(event) => {
                      event.dataTransfer.effectAllowed = "move";
                      event.dataTransfer.setData("text/plain", String(type.id));
                      setDragged(index);
                    }}
                    onDragEnd={() => {
                      setDragged(null);
                      setOver(null);
                    }}
                    className="hidden cursor-grab text-ink-3 active:cursor-grabbing sm:block"
                  >
                    <GripVertical className="size-5" />
                  </span>
                )}
                <TypeFacts type={type} event={props.event} />
                <TypeActions type={type} onEdit={() => props.onEdit(type)} />
                {types.length > 1 && (
                  <span className="ml-auto flex gap-1 sm:ml-0">
                    <MoveButton
                      label={t("type.move.up", { name: type.name })}
                      disabled={index === 0}
                      onClick={() => move(index, index - 1)}
                      icon={ArrowUp}
                    />
                    <MoveButton
                      label={t("type.move.down", { name: type.name })}
                      disabled={index === types.length - 1}
                      onClick={() => move(index, index + 1)}
                      icon={ArrowDown}
                    />
                  </span>
                )}
              </div>
            </li>
          )}
        </Each>
      </ol>
    </>
  );
}

function MoveButton(props: {
  label: string;
  disabled: boolean;
  onClick: () => void;
  icon: typeof ArrowUp;
}) {
  const Icon = props.icon;
  return (
    <Button
      variant="ghost"
      size="sm"
      aria-label={props.label}
      aria-disabled={props.disabled}
      onClick={props.onClick}
    >
      <Icon aria-hidden="true" className="size-4" />
    </Button>
  );
}

function TypeFacts({ type, event }: { type: TicketType; event: AdminEvent }) {
  const { t, locale } = useI18n();
  const priceText = usePriceText();
  const sale = SALES[type.sale];
  const at = (time: string) => formatDateTime(time, locale, event.time_zone);
  return (
    <div className="grid min-w-0 flex-1 basis-full gap-x-6 gap-y-2 sm:basis-0 sm:grid-cols-[minmax(0,1fr)_13rem] sm:items-center">
      <div className="min-w-0">
        <p className="flex flex-wrap items-center gap-x-2 gap-y-1">
          <span className="font-semibold">{type.name}</span>
          {(type.sale !== "on_sale" || type.archived) && (
            <Badge tone={sale.tone}>{t(sale.key)}</Badge>
          )}
          {type.hidden && <Badge icon={EyeOff}>{t("type.hidden")}</Badge>}
        </p>
        <p className="text-sm text-ink-2 tabular-nums">{priceText(type)}</p>
        {type.sale === "not_yet" && type.sale_start && (
          <p className="text-sm text-ink-3">{t("type.starts", { time: at(type.sale_start) })}</p>
        )}
        {type.sale === "on_sale" && type.sale_end && (
          <p className="text-sm text-ink-3">{t("type.ends", { time: at(type.sale_end) })}</p>
        )}
      </div>
      <QuotaBar
        label={t("type.taken.label", { name: type.name })}
        taken={type.taken ?? 0}
        of={type.quota ?? event.capacity}
        text={
          type.quota === null
            ? t("type.taken.open", { taken: formatNumber(type.taken, locale) })
            : t("type.taken", {
                taken: formatNumber(type.taken, locale),
                quota: formatNumber(type.quota, locale),
              })
        }
      />
    </div>
  );
}

function TypeActions({ type, onEdit }: { type: TicketType; onEdit: () => void }) {
  const { t } = useI18n();
  const update = useUpdateTicketType();
  const remove = useRemoveTicketType();
  const error = remove.error ?? update.error;
  return (
    <div className="flex flex-wrap items-center gap-1">
      <Button variant="secondary" size="sm" onClick={onEdit}>
        <span>{t("admin.edit")}</span>
        <span className="sr-only">{`: ${type.name}`}</span>
      </Button>
      {type.archived ? (
        <Button
          variant="ghost"
          size="sm"
          busy={update.isPending}
          onClick={() => update.mutate({ id: type.id, archived: false })}
        >
          <span>{t("type.restore")}</span>
          <span className="sr-only">{`: ${type.name}`}</span>
        </Button>
      ) : (
        <Button
          variant="ghost"
          size="sm"
          busy={remove.isPending}
          onClick={() =>
            onSuccess(remove.mutateAsync(type.id), () =>
              toast(t((type.taken ?? 0) > 0 ? "type.archived" : "type.removed")),
            )
          }
        >
          <span>{t((type.taken ?? 0) > 0 ? "type.archive" : "type.remove")}</span>
          <span className="sr-only">{`: ${type.name}`}</span>
        </Button>
      )}
      {error && <ProblemNotice error={error} />}
    </div>
  );
}
