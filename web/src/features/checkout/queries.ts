import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { keys } from "@/api/keys";
import { watchTicket } from "@/api/live";
import { Problem } from "@/api/problem";
import { purchase, ticketStatus } from "@/api/tickets";
import type { Purchase } from "@/api/types";
import { attemptKey, endAttempt, lastAddress, rememberOrder, type Intent } from "./orders";
import {
  isRefundPending,
  REFUND_POLL_INTERVAL,
  outcome,
  WATCH_TIMEOUT,
  POLL_INTERVAL,
} from "./waiting-state";

async function place(intent: Intent): Promise<Purchase> {
  const { event, user, uma, price } = intent;
  const key = attemptKey(intent, Date.now());
  try {
    const bought = await purchase(
      { event_id: event, user_id: user, uma_address: uma, price_sats: price },
      key,
    );
    endAttempt(event);
    rememberOrder(bought.ticket.id, { event, user, uma, token: bought.status_token }, Date.now());
    if (uma) lastAddress.set(user, uma);
    return bought;
  } catch (error) {
    // A rejected attempt gets a new key; an uncertain one keeps its key.
    if (!Problem.from(error).isUncertain) endAttempt(event);
    throw error;
  }
}

export function usePurchase() {
  const client = useQueryClient();
  // A double click may arrive before the busy state is rendered.
  const inFlight = useRef<Promise<Purchase> | null>(null);
  return useMutation({
    mutationFn: (intent: Intent) => {
      inFlight.current ??= place(intent).finally(() => {
        inFlight.current = null;
      });
      return inFlight.current;
    },
    onSettled: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: ["tickets"] }),
        client.invalidateQueries({ queryKey: keys.events }),
      ]),
  });
}

/** Ticket status by live stream and polling, until it is final or the watch times out. */
export function useTicketStatus(id: number, token: string | null) {
  const client = useQueryClient();
  const [since, setSince] = useState(() => Date.now());
  const [timedOut, setTimedOut] = useState(false);
  const query = useQuery({
    queryKey: keys.status(id),
    queryFn: () => ticketStatus(id, token),
    staleTime: 0,
    refetchInterval: ({ state }) =>
      state.data && outcome(state.data) !== "waiting"
        ? isRefundPending(state.data) && REFUND_POLL_INTERVAL
        : !timedOut && POLL_INTERVAL,
    refetchIntervalInBackground: false,
    refetchOnWindowFocus: "always",
  });
  const settled = query.data ? outcome(query.data) !== "waiting" : false;

  useEffect(() => {
    if (settled || timedOut) return;
    const timer = setTimeout(
      () => setTimedOut(true),
      Math.max(0, since + WATCH_TIMEOUT - Date.now()),
    );
    return () => clearTimeout(timer);
  }, [settled, timedOut, since]);

  useEffect(() => {
    if (settled || timedOut || !token) return;
    return watchTicket(id, token, (status) => client.setQueryData(keys.status(id), status));
  }, [client, id, token, settled, timedOut]);

  return {
    ...query,
    /** The watch timed out. */
    timedOut: timedOut && !settled,
    checkAgain: () => {
      setSince(Date.now());
      setTimedOut(false);
      void query.refetch();
    },
  };
}
