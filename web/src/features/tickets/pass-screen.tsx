import { ArrowLeft, Printer, ReceiptText } from "lucide-react";
import type { UserTicket } from "@/api/types";
import { useI18n, type Key } from "@/i18n/i18n";
import { grouped } from "@/lib/ticket-code";
import { useSession } from "@/lib/session";
import { textLang } from "@/lib/text-lang";
import { useNow } from "@/lib/use-now";
import { AddToCalendar } from "@/shared/add-to-calendar";
import { isCancelledEvent } from "@/shared/event-state";
import { JoinStream } from "@/shared/join-stream";
import { MoneyNotice } from "@/shared/money-notice";
import { isRefund, moneyState } from "@/shared/money-state";
import { PassQr } from "@/shared/pass/pass-qr";
import { ticketStatusStyle } from "@/shared/ticket-status";
import { When } from "@/shared/when";
import { Badge } from "@/ui/badge";
import { Button, ButtonLink } from "@/ui/button";
import { CopyButton } from "@/ui/copy-button";
import { Notice } from "@/ui/notice";
import { Page } from "@/ui/page";
import { Poster } from "@/ui/poster";
import { GiveBack } from "./give-back";
import { OneTicket } from "./one-ticket";
import { canGiveBack, hasReceipt } from "./ticket-state";

export function PassScreen() {
  return <OneTicket>{(ticket) => <Pass ticket={ticket} />}</OneTicket>;
}

function Pass({ ticket }: { ticket: UserTicket }) {
  const { t } = useI18n();
  const { event } = ticket;
  const now = useNow(1000);
  const style = ticketStatusStyle(ticket.payment_status);
  const isReady = ticket.payment_status === "paid";
  const code = isReady ? ticket.ticket_code : null;
  const signedIn = useSession();
  const holder = ticket.holder_name ?? ticket.holder_email ?? signedIn?.user.name ?? "";
  const url = `${window.location.origin}/tickets/${ticket.id}`;
  return (
    <Page title={event.title} hideHeading>
      <ButtonLink to="/tickets" variant="ghost" size="sm" className="no-print -ml-3 self-start">
        <ArrowLeft aria-hidden="true" className="size-4" />
        <span>{t("tickets.title")}</span>
      </ButtonLink>
      <div className="mx-auto flex w-full max-w-sm flex-col gap-5">
        <article
          aria-label={t("pass.title")}
          className="overflow-hidden rounded-[20px] border border-line bg-surface shadow-card print:shadow-none"
        >
          <Poster id={event.id} title={event.title} className="h-16 w-full" />
          {code && (
            <div className="flex flex-col items-center gap-3 p-5 pb-4">
              <PassQr
                code={code}
                title={event.title}
                name={`${ticket.ticket_type_name} · ${holder}`}
                className="max-w-72 print:max-w-56"
              />
              <p className="sr-only">{t("pass.code")}</p>
              <p
                translate="no"
                className="text-center font-mono font-semibold tracking-wide break-words"
              >
                {grouped(code)}
              </p>
            </div>
          )}
          {code && <Perforation />}
          <div className="flex flex-col gap-3 p-5 pt-4">
            <div className="flex items-center justify-between gap-2">
              <span className="text-sm font-medium text-ink-3">{ticket.ticket_type_name}</span>
              <Badge tone={style.tone} icon={style.icon}>
                {t(style.key)}
              </Badge>
            </div>
            <p
              aria-hidden="true"
              lang={textLang(event.title)}
              className="text-xl font-bold leading-tight tracking-tight"
            >
              {event.title}
            </p>
            <When start={event.start_time} end={event.end_time} zone={event.time_zone} />
            <p className="flex flex-wrap justify-between gap-x-4 border-t border-line pt-3 text-sm">
              <span className="font-medium">{holder}</span>
              <span className="text-ink-3 tabular-nums">{t("pass.holder", { id: ticket.id })}</span>
            </p>
            {!code && <TicketWithoutCode ticket={ticket} />}
          </div>
        </article>
        {isReady && <JoinStream event={event} ticket={ticket.id} now={now} />}
        {isReady && <MoneyNotice ticketStatus="paid" payment={ticket.payment} />}
        <div className="no-print grid grid-cols-2 gap-2">
          {code && (
            <>
              <AddToCalendar
                file={`ticket-${ticket.id}.ics`}
                entry={{
                  uid: ticket.calendar_uid,
                  sequence: ticket.calendar_sequence,
                  title: event.title,
                  description: url,
                  url,
                  start: event.start_time,
                  end: event.end_time,
                }}
              />
              <Button variant="secondary" size="sm" onClick={() => window.print()}>
                <Printer aria-hidden="true" className="size-4" />
                <span>{t("print")}</span>
              </Button>
              <CopyButton text={code} label={t("pass.copy")} size="sm" />
            </>
          )}
          {hasReceipt(ticket) && (
            <ButtonLink variant="secondary" size="sm" to={`/tickets/${ticket.id}/receipt`}>
              <ReceiptText aria-hidden="true" className="size-4" />
              <span>{t("pass.receipt")}</span>
            </ButtonLink>
          )}
        </div>
        {code && <p className="text-center text-sm text-ink-3">{t("pass.secret")}</p>}
        {canGiveBack(ticket, now) && <GiveBack ticket={ticket} />}
      </div>
    </Page>
  );
}

const REASONS: Record<string, { title: Key; body: Key } | undefined> = {
  pending: { title: "pass.pending.title", body: "tickets.stuck.body" },
  failed: { title: "pass.failed.title", body: "pass.failed.body" },
  expired: { title: "pass.expired.title", body: "pass.expired.body" },
  cancelled: { title: "pass.cancelled.title", body: "pass.cancelled.body" },
  refunded: { title: "pass.refunded.title", body: "pass.refunded.body" },
};

/** Explains a ticket without a code. */
function TicketWithoutCode({ ticket }: { ticket: UserTicket }) {
  const { t } = useI18n();
  const isPending = ticket.payment_status === "pending";
  const reason = REASONS[ticket.payment_status];
  if (isRefund(moneyState(ticket.payment))) {
    return <MoneyNotice ticketStatus={ticket.payment_status} payment={ticket.payment} />;
  }
  if (isCancelledEvent(ticket.event)) {
    return (
      <Notice tone="info" title={t("problem.event_cancelled")}>
        {reason && t(reason.body)}
      </Notice>
    );
  }
  return (
    <Notice
      tone={isPending ? "warning" : "info"}
      title={reason ? t(reason.title) : t(ticketStatusStyle(ticket.payment_status).key)}
      actions={
        isPending ? (
          <ButtonLink to={`/events/${ticket.event.id}/purchase?ticket=${ticket.id}`} size="sm">
            {t("tickets.resume")}
          </ButtonLink>
        ) : undefined
      }
    >
      {reason && t(reason.body)}
    </Notice>
  );
}

function Perforation() {
  const notch = "size-6 shrink-0 rounded-full border border-line bg-paper";
  return (
    <div aria-hidden="true" className="flex items-center">
      <span className={`${notch} -ml-3`} />
      <span className="mx-1 flex-1 border-t-2 border-dashed border-line" />
      <span className={`${notch} -mr-3`} />
    </div>
  );
}
