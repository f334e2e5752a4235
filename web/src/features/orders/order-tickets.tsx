import { CheckCircle2, Pencil, Undo2, UserRound } from "lucide-react";
import { useState } from "react";
import type { Order, OrderTicket } from "@/api/types";
import { useI18n } from "@/i18n/i18n";
import { cx } from "@/lib/class-names";
import { formatDateTime } from "@/lib/format";
import { grouped } from "@/lib/ticket-code";
import { instantOrLast, viewerZone } from "@/lib/time";
import { useNow } from "@/lib/use-now";
import { PassQr } from "@/shared/pass/pass-qr";
import { ticketStatusStyle } from "@/shared/ticket-status";
import { Badge } from "@/ui/badge";
import { Button } from "@/ui/button";
import { CopyButton } from "@/ui/copy-button";
import { Each } from "@/ui/each";
import { GiveAllBack, GiveBackDialog } from "./give-back";
import { canGiveBack } from "./waiting-state";
import { HolderForm } from "./holder-form";

/** All tickets of an order: side by side to swipe on a phone, a grid on wider screens. */
export function OrderTickets({ order, token }: { order: Order; token: string | null }) {
  const { t, tn } = useI18n();
  const now = useNow(30_000);
  const [editing, setEditing] = useState<OrderTicket | null>(null);
  const [returning, setReturning] = useState<OrderTicket | null>(null);
  const count = order.tickets.length;
  const unused = order.tickets.filter((ticket) => canGiveBack(order, ticket, now));
  return (
    <section
      aria-labelledby="tickets"
      className={cx("flex flex-col gap-3", count === 1 && "mx-auto w-full max-w-sm")}
    >
      <div className="flex flex-wrap items-baseline justify-between gap-x-4 gap-y-1">
        <h2 id="tickets" className="text-lg font-semibold">
          {tn("order.tickets", count)}
        </h2>
        {count > 1 && <p className="text-sm text-ink-3 sm:hidden">{t("order.swipe")}</p>}
      </div>
      <ul
        className={cx(
          "relative -mx-4 flex snap-x snap-mandatory gap-4 overflow-x-auto px-4 pb-2 sm:mx-0 sm:grid sm:snap-none sm:overflow-visible sm:px-0 print:grid print:grid-cols-2",
          count === 1
            ? "sm:mx-auto sm:w-full sm:max-w-sm"
            : count === 2
              ? "sm:grid-cols-2"
              : "sm:grid-cols-2 lg:grid-cols-3",
        )}
      >
        <Each of={order.tickets} by={(ticket) => ticket.id} as="li">
          {(ticket, index) => (
            <li
              className={cx(
                "shrink-0 snap-center sm:w-auto",
                count === 1 ? "w-full" : "w-[calc(100%-2rem)] max-w-sm sm:max-w-none",
              )}
            >
              <TicketPass
                ticket={ticket}
                event={order.event}
                place={count > 1 ? t("order.ticket.of", { index: index + 1, count }) : null}
                now={now}
                onEdit={() => setEditing(ticket)}
                onGiveBack={
                  count > 1 && unused.includes(ticket) ? () => setReturning(ticket) : null
                }
              />
            </li>
          )}
        </Each>
      </ul>
      {order.tickets.some((ticket) => ticket.ticket_code) && (
        <p className="text-center text-sm text-ink-3">{tn("order.secret", count)}</p>
      )}
      {(count === 1 ? unused.length === 1 : unused.length > 1) && (
        <GiveAllBack order={order} count={unused.length} token={token} />
      )}
      {returning && (
        <GiveBackDialog
          order={order}
          ticket={returning}
          count={1}
          token={token}
          onClose={() => setReturning(null)}
        />
      )}
      {editing && (
        <HolderForm
          orderId={order.id}
          ticket={editing}
          token={token}
          onClose={() => setEditing(null)}
        />
      )}
    </section>
  );
}

function TicketPass(props: {
  ticket: OrderTicket;
  event: Order["event"];
  place: string | null;
  now: number;
  onEdit: () => void;
  onGiveBack: (() => void) | null;
}) {
  const { ticket, event, now } = props;
  const { t, locale } = useI18n();
  const style = ticketStatusStyle(ticket.payment_status);
  const code = ticket.payment_status === "paid" ? ticket.ticket_code : null;
  const isOver = instantOrLast(event.end_time) <= now;
  const holder = ticket.holder_name ?? ticket.holder_email;
  return (
    <article
      aria-label={`${ticket.ticket_type_name}, ${t("pass.holder", { id: ticket.id })}`}
      className="flex h-full flex-col gap-4 rounded-[20px] border border-line bg-surface p-5 shadow-card print:break-inside-avoid print:shadow-none"
    >
      <div className="flex items-start justify-between gap-3">
        <div className="min-w-0">
          <p className="font-semibold leading-snug">{ticket.ticket_type_name}</p>
          <p className="text-sm text-ink-3 tabular-nums">
            {props.place ?? t("pass.holder", { id: ticket.id })}
          </p>
        </div>
        {ticket.checked_in_at ? (
          <Badge tone="neutral" icon={CheckCircle2}>
            {t("order.ticket.used")}
          </Badge>
        ) : (
          <Badge tone={style.tone} icon={style.icon}>
            {t(style.key)}
          </Badge>
        )}
      </div>
      {code ? (
        <div className="flex flex-col items-center gap-3">
          <PassQr
            code={code}
            title={event.title}
            name={holder ? `${ticket.ticket_type_name} · ${holder}` : ticket.ticket_type_name}
            className={cx("max-w-60", ticket.checked_in_at && "opacity-40")}
          />
          <p className="sr-only">{t("pass.code")}</p>
          <p
            translate="no"
            className="text-center font-mono text-sm font-semibold tracking-wide break-words"
          >
            {grouped(code)}
          </p>
          <div className="no-print">
            <CopyButton text={code} label={t("pass.copy")} size="sm" />
          </div>
        </div>
      ) : (
        <p className="rounded-card bg-sunken p-4 text-sm text-ink-2">
          {t(
            ticket.payment_status === "refunded"
              ? "order.ticket.refunded"
              : "order.ticket.cancelled",
          )}
        </p>
      )}
      {ticket.checked_in_at && (
        <p className="text-center text-sm text-ink-3 tabular-nums">
          {t("checkin.again.body", {
            time: formatDateTime(ticket.checked_in_at, locale, viewerZone()),
          })}
        </p>
      )}
      {(code ?? holder) && (
        <div className="mt-auto flex items-center justify-between gap-3 border-t border-dashed border-line pt-4">
          <p className="flex min-w-0 items-center gap-2">
            <UserRound aria-hidden="true" className="size-4 shrink-0 text-ink-3" />
            <span className={cx("truncate", !holder && "text-ink-3")}>
              {holder ?? t("order.holder.none")}
            </span>
          </p>
          {code && !ticket.checked_in_at && !isOver && (
            <Button variant="ghost" size="sm" className="no-print" onClick={props.onEdit}>
              <Pencil aria-hidden="true" className="size-4" />
              <span>{t(holder ? "order.holder.edit" : "order.holder.add")}</span>
            </Button>
          )}
        </div>
      )}
      {props.onGiveBack && (
        <Button
          variant="ghost"
          size="sm"
          className="no-print -mt-2 self-center"
          onClick={props.onGiveBack}
        >
          <Undo2 aria-hidden="true" className="size-4" />
          <span>{t("pass.giveback")}</span>
        </Button>
      )}
    </article>
  );
}
