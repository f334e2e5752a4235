import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { keys } from "@/api/keys";
import { watchTicket } from "@/api/live";
import { Problem } from "@/api/problem";
import { purchase, ticketStatus } from "@/api/tickets";
import type { Purchase } from "@/api/types";
import { attemptKey, endAttempt, lastAddress, rememberOrder, type Intent } from "./orders";
import { isMoving, MONEY_EVERY, outcome, PATIENCE, POLL_EVERY } from "./waiting-state";

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
    // After a clear refusal the next try is a new one; after silence it must stay the same.
    if (!Problem.from(error).isUncertain) endAttempt(event);
    throw error;
  }
}

export function usePurchase() {
  const client = useQueryClient();
  // The button shows "busy" only after a render, which a double click outruns.
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

/** The status, live where possible and asked for every ten seconds behind that, until it is settled or too late. */
export function useTicketStatus(id: number, token: string | null) {
  const client = useQueryClient();
  const [since, setSince] = useState(() => Date.now());
  const [tired, setTired] = useState(false);
  const query = useQuery({
    queryKey: keys.status(id),
    queryFn: () => ticketStatus(id, token),
    staleTime: 0,
    refetchInterval: ({ state }) =>
      state.data && outcome(state.data) !== "waiting"
        ? isMoving(state.data) && MONEY_EVERY
        : !tired && POLL_EVERY,
    refetchIntervalInBackground: false,
    refetchOnWindowFocus: "always",
  });
  const settled = query.data ? outcome(query.data) !== "waiting" : false;

  useEffect(() => {
    if (settled || tired) return;
    const timer = setTimeout(() => setTired(true), Math.max(0, since + PATIENCE - Date.now()));
    return () => clearTimeout(timer);
  }, [settled, tired, since]);

  useEffect(() => {
    if (settled || tired || !token) return;
    return watchTicket(id, token, (status) => client.setQueryData(keys.status(id), status));
  }, [client, id, token, settled, tired]);

  return {
    ...query,
    /** Nothing came for so long that we stopped asking. */
    tired: tired && !settled,
    lookAgain: () => {
      setSince(Date.now());
      setTired(false);
      void query.refetch();
    },
  };
}
