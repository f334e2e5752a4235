import { useState } from "react";
import type { ReactNode } from "react";
import { useNavigate } from "react-router-dom";
import { Problem } from "@/api/problem";
import type { EventView } from "@/api/types";
import { useI18n } from "@/i18n/i18n";
import { formatNumber } from "@/lib/format";
import { useSession } from "@/lib/session";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { usePurchase } from "./queries";
import { changedPrice } from "./refusal";

interface PriceChange {
  uma: string;
  from: number;
  to: number;
}

/**
 * Orders a ticket at the displayed price. If the price has changed, `dialog` asks for consent to a new
 * purchase at the new price.
 */
export function usePlaceOrder(event: EventView, onBought: (ticketId: number) => void) {
  const navigate = useNavigate();
  const user = useSession()?.user.id ?? 0;
  const buy = usePurchase();
  const [change, setChange] = useState<PriceChange | null>(null);

  const place = (uma: string, price = event.price_sats) =>
    buy.mutate(
      { event: event.id, user, uma, price },
      {
        onSuccess: (bought) => {
          setChange(null);
          onBought(bought.ticket.id);
        },
        onError: (error) => {
          const to = changedPrice(error);
          setChange(to === null ? null : { uma, from: price, to });
          if (Problem.from(error).type === "login_required") {
            const next = new URLSearchParams({ next: `/events/${event.id}/purchase` });
            void navigate(`/login?${next}`);
          }
        },
      },
    );

  const dialog: ReactNode = change && (
    <PriceChanged
      change={change}
      busy={buy.isPending}
      onCancel={() => setChange(null)}
      onConfirm={() => {
        // A paid order requires an address, which the form of a free event does not have.
        if (change.uma === "" && change.to > 0) setChange(null);
        else place(change.uma, change.to);
      }}
    />
  );
  const failure = buy.isError && changedPrice(buy.error) === null ? buy.error : null;
  return { place, isPending: buy.isPending, failure, dialog };
}

function PriceChanged(props: {
  change: PriceChange;
  busy: boolean;
  onCancel: () => void;
  onConfirm: () => void;
}) {
  const { t, locale } = useI18n();
  const { from, to, uma } = props.change;
  const named = (sats: number) =>
    sats === 0 ? t("free") : t("sats", { amount: formatNumber(sats, locale) });
  const needsAddress = uma === "" && to > 0;
  return (
    <Dialog
      title={t("buy.price.title")}
      onClose={props.onCancel}
      actions={
        <>
          <Button variant="secondary" onClick={props.onCancel}>
            {t("cancel")}
          </Button>
          <Button busy={props.busy} onClick={props.onConfirm}>
            {needsAddress
              ? t("continue")
              : to === 0
                ? t("buy.get")
                : t("buy.pay", { amount: formatNumber(to, locale) })}
          </Button>
        </>
      }
    >
      <p role="status" className="text-ink-2">
        {t(to === 0 ? "buy.price.free" : needsAddress ? "buy.price.paid" : "buy.price.body", {
          from: named(from),
          to: named(to),
        })}
      </p>
    </Dialog>
  );
}
