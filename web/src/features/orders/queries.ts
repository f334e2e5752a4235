import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { keys } from "@/api/keys";
import { watchOrder } from "@/api/live";
import {
  cancelOrder,
  confirmOrder,
  editHolder,
  getOrder,
  giveTicketBack,
  nameRefundAddress,
} from "@/api/orders";
import type { HolderChange, Order } from "@/api/types";
import {
  isOpen,
  isRefundPending,
  outcome,
  POLL_INTERVAL,
  REFUND_POLL_INTERVAL,
  WATCH_TIMEOUT,
} from "./waiting-state";

/** An order by live stream and polling, until it is final or the watch times out. */
export function useOrder(id: number, token: string | null) {
  const client = useQueryClient();
  const [since, setSince] = useState(() => Date.now());
  const [timedOut, setTimedOut] = useState(false);
  const query = useQuery({
    queryKey: keys.order(id),
    queryFn: () => getOrder(id, token),
    staleTime: 0,
    refetchInterval: ({ state }) =>
      state.data && !isOpen(outcome(state.data))
        ? isRefundPending(state.data) && REFUND_POLL_INTERVAL
        : !timedOut && POLL_INTERVAL,
    refetchIntervalInBackground: false,
    refetchOnWindowFocus: "always",
  });
  const settled = query.data ? !isOpen(outcome(query.data)) : false;

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
    return watchOrder(id, token, (order) => client.setQueryData(keys.order(id), order));
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

/** Cancels an order; without a payment, gives all its tickets back. */
export function useCancelOrder(id: number, token: string | null) {
  return useOrderChange(id, () => cancelOrder(id, token));
}

/** Gives a free ticket back, or all free tickets of the order. */
export function useGiveTicketsBack(id: number, ticketId: number | null, token: string | null) {
  return useOrderChange(id, () =>
    ticketId === null ? cancelOrder(id, token) : giveTicketBack(id, ticketId, token),
  );
}

/** A change that releases tickets. */
function useOrderChange(id: number, change: () => Promise<Order>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSuccess: (order) => client.setQueryData(keys.order(id), order),
    onSettled: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: keys.order(id) }),
        client.invalidateQueries({ queryKey: ["orders"] }),
        client.invalidateQueries({ queryKey: ["tickets"] }),
        client.invalidateQueries({ queryKey: keys.events }),
      ]),
  });
}

export function useEditHolder(id: number, ticketId: number, token: string | null) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (holder: HolderChange) => editHolder(id, ticketId, holder, token),
    onSuccess: (order) => client.setQueryData(keys.order(id), order),
    onSettled: () => client.invalidateQueries({ queryKey: keys.order(id) }),
  });
}

export function useNameRefundAddress(id: number, token: string | null) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (destination: string) => nameRefundAddress(id, destination, token),
    onSuccess: (order) => client.setQueryData(keys.order(id), order),
    onSettled: () => client.invalidateQueries({ queryKey: keys.order(id) }),
  });
}

/** Confirms a guest's order by the mailed token, once for all renders. */
export function useConfirmOrder(id: number, token: string) {
  return useQuery({
    queryKey: ["confirm-order", id, token],
    queryFn: () => confirmOrder(id, token),
    staleTime: Infinity,
    retry: false,
  });
}
