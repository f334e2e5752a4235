import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { keys } from "@/api/keys";
import { Problem } from "@/api/problem";
import { cancelTicket, purchase, ticketStatus, watchTicket } from "@/api/tickets";
import { attemptKey, endAttempt, lastAddress, rememberOrder } from "./orders";
import { outcome, PATIENCE, POLL_EVERY } from "./waiting-state";

export function usePurchase() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (order: { event: number; user: number; uma: string }) => {
      const key = attemptKey(order.event, order.user, order.uma, Date.now());
      try {
        const bought = await purchase(
          { event_id: order.event, user_id: order.user, uma_address: order.uma },
          key,
        );
        endAttempt(order.event);
        rememberOrder(
          bought.ticket.id,
          {
            event: order.event,
            user: order.user,
            uma: order.uma,
            token: bought.status_token,
          },
          Date.now(),
        );
        if (order.uma) lastAddress.set(order.user, order.uma);
        return bought;
      } catch (error) {
        // After a clear refusal the next try is a new one; after silence it must stay the same.
        if (!Problem.from(error).isUncertain) endAttempt(order.event);
        throw error;
      }
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
      tired || (state.data && outcome(state.data) !== "waiting") ? false : POLL_EVERY,
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

export function useCancel(id: number, token: string | null) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => cancelTicket(id, token),
    onSettled: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: keys.status(id) }),
        client.invalidateQueries({ queryKey: ["tickets"] }),
        client.invalidateQueries({ queryKey: keys.events }),
      ]),
  });
}
