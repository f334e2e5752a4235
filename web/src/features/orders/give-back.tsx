import { useState } from "react";
import type { Order, OrderTicket } from "@/api/types";
import { Problem } from "@/api/problem";
import { useI18n } from "@/i18n/i18n";
import { onSuccess } from "@/lib/on-success";
import { ProblemNotice } from "@/shared/problem-notice";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { toast } from "@/ui/toast";
import { useGiveTicketsBack } from "./queries";

/** Gives one free ticket back after confirmation, or without `ticket` all unused ones of the order. */
export function GiveBackDialog(props: {
  order: Order;
  ticket: OrderTicket | null;
  count: number;
  token: string | null;
  onClose: () => void;
}) {
  const { t, tn } = useI18n();
  const { order, ticket, count, onClose } = props;
  const giveBack = useGiveTicketsBack(order.id, ticket?.id ?? null, props.token);
  return (
    <Dialog
      title={tn("order.giveback.title", count)}
      onClose={onClose}
      actions={
        <>
          <Button variant="secondary" onClick={onClose}>
            {tn("order.giveback.keep", count)}
          </Button>
          <Button
            variant="danger"
            busy={giveBack.isPending}
            onClick={() =>
              onSuccess(giveBack.mutateAsync(), () => {
                toast(tn("order.giveback.done", count));
                onClose();
              })
            }
          >
            {t("pass.giveback.do")}
          </Button>
        </>
      }
    >
      {giveBack.isError && (
        <ProblemNotice
          error={giveBack.error}
          {...(Problem.from(giveBack.error).status === 409
            ? { text: tn("order.giveback.refused", count) }
            : {})}
        />
      )}
      {ticket && order.tickets.length > 1 && (
        <p className="font-semibold">
          {`${ticket.ticket_type_name}, ${t("pass.holder", { id: ticket.id })}`}
        </p>
      )}
      <p className="text-ink-2">{tn("order.giveback.body", count, { event: order.event.title })}</p>
    </Dialog>
  );
}

/** Button below an order's tickets that gives all unused ones back. */
export function GiveAllBack(props: { order: Order; count: number; token: string | null }) {
  const { tn } = useI18n();
  const [asking, setAsking] = useState(false);
  return (
    <>
      <Button
        variant="ghost"
        size="sm"
        className="no-print self-center"
        onClick={() => setAsking(true)}
      >
        {tn("order.giveback", props.count)}
      </Button>
      {asking && <GiveBackDialog {...props} ticket={null} onClose={() => setAsking(false)} />}
    </>
  );
}
