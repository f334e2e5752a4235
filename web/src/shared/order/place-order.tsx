import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import type { ReactNode } from "react";
import { keys } from "@/api/keys";
import { placeOrder } from "@/api/orders";
import type { LineInput, Order, OrderInput, PlacedOrder } from "@/api/types";
import { Problem } from "@/api/problem";
import { useI18n } from "@/i18n/i18n";
import { formatNumber } from "@/lib/format";
import { useSession } from "@/lib/session";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { attemptKey, endAttempt, lastAddress, rememberOrder } from "./memory";
import { changedTotal } from "./refusal";

/** An order to place, with the total that its buyer was shown. */
export interface Intent {
  event: number;
  lines: LineInput[];
  code: string;
  /** Empty to pay the invoice from any wallet. */
  uma: string;
  /** A guest's address; empty for accounts. */
  email: string;
  total: number;
  /** Signed quote of the total, for prices that depend on an exchange rate. */
  quote?: string | undefined;
}

async function place(intent: Intent, user: number): Promise<PlacedOrder> {
  const { event, lines, code, uma, email, total, quote } = intent;
  const input: OrderInput = {
    event_id: event,
    lines,
    ...(code ? { promo_code: code } : {}),
    ...(uma ? { uma_address: uma } : {}),
    ...(email ? { email } : {}),
    ...(quote ? { quote } : { total_sats: total }),
  };
  const key = attemptKey(event, { user, ...input }, Date.now());
  try {
    const order = await placeOrder(input, key);
    endAttempt(event);
    const open = order.status === "pending" || order.status === "awaiting_confirmation";
    rememberOrder(order.id, { event, user, uma, token: order.order_token, open }, Date.now());
    if (uma) lastAddress.set(user, uma);
    return order;
  } catch (error) {
    // A rejected attempt gets a new key; an uncertain one keeps its key.
    if (!Problem.from(error).isUncertain) endAttempt(event);
    throw error;
  }
}

function usePlace(user: number) {
  const client = useQueryClient();
  // A double click may arrive before the busy state is rendered.
  const inFlight = useRef<Promise<PlacedOrder> | null>(null);
  return useMutation({
    mutationFn: (intent: Intent) => {
      inFlight.current ??= place(intent, user).finally(() => {
        inFlight.current = null;
      });
      return inFlight.current;
    },
    onSuccess: (order) => client.setQueryData<Order>(keys.order(order.id), order),
    // Not awaited: the order opens without waiting for these lists.
    onSettled: () => {
      void client.invalidateQueries({ queryKey: ["tickets"] });
      void client.invalidateQueries({ queryKey: ["orders"] });
      void client.invalidateQueries({ queryKey: keys.events });
    },
  });
}

interface PriceChange {
  intent: Intent;
  to: number;
}

const isNowPaid = ({ intent, to }: PriceChange) => intent.total === 0 && to > 0;

export type OrderPlacement = ReturnType<typeof usePlaceOrder>;

/**
 * Places orders at the displayed total, or asks in `dialog` for consent to a changed one. Its component
 * must stay while an order is placed: `onPlaced` is not called after it was removed.
 */
export function usePlaceOrder(onPlaced: (order: PlacedOrder) => void) {
  const user = useSession()?.user.id ?? 0;
  const mutation = usePlace(user);
  const [change, setChange] = useState<PriceChange | null>(null);

  const placeIt = (intent: Intent) =>
    mutation.mutate(intent, {
      onSuccess: (order) => {
        setChange(null);
        onPlaced(order);
      },
      onError: (error) => {
        const to = changedTotal(error);
        setChange(to === null ? null : { intent, to });
      },
    });

  const dialog: ReactNode = change && (
    <PriceChanged
      change={change}
      busy={mutation.isPending}
      onCancel={() => setChange(null)}
      onConfirm={() => {
        // The form of a free order does not ask how to pay.
        if (isNowPaid(change)) setChange(null);
        else placeIt({ ...change.intent, total: change.to, quote: undefined });
      }}
    />
  );
  const failure = mutation.isError && changedTotal(mutation.error) === null ? mutation.error : null;
  return { place: placeIt, isPending: mutation.isPending, failure, dialog };
}

function PriceChanged(props: {
  change: PriceChange;
  busy: boolean;
  onCancel: () => void;
  onConfirm: () => void;
}) {
  const { t, locale } = useI18n();
  const { intent, to } = props.change;
  const named = (sats: number) =>
    sats === 0 ? t("free") : t("sats", { amount: formatNumber(sats, locale) });
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
            {isNowPaid(props.change)
              ? t("continue")
              : to === 0
                ? t("buy.get")
                : t("buy.pay", { amount: formatNumber(to, locale) })}
          </Button>
        </>
      }
    >
      <p role="status" className="text-ink-2">
        {t(
          isNowPaid(props.change)
            ? "buy.price.paid"
            : to === 0
              ? "buy.price.free"
              : "buy.price.body",
          {
            from: named(intent.total),
            to: named(to),
          },
        )}
      </p>
    </Dialog>
  );
}
