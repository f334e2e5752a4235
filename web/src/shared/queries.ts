import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { getConfig } from "@/api/config";
import { getEvent } from "@/api/events";
import { keys } from "@/api/keys";
import { userOrders } from "@/api/orders";
import { cancelTicket, userTickets } from "@/api/tickets";
import type { Config } from "@/api/types";
import { me } from "@/api/users";
import { builtInUmaAuth } from "@/lib/env";
import { useSession } from "@/lib/session";
import { MINUTE } from "@/lib/time";

/** Defaults until the configuration has loaded. */
const PLAIN: Config = { domain: window.location.host, sandbox: false, early_entry_minutes: 30 };

export function useConfig(): Config {
  const { data } = useQuery({
    queryKey: keys.config,
    queryFn: getConfig,
    staleTime: 60_000,
    refetchInterval: 5 * 60_000,
    retry: false,
  });
  const config = data ?? PLAIN;
  return { ...config, uma_auth: config.uma_auth ?? builtInUmaAuth };
}

/** Milliseconds before its start at which an event admits attendees. */
export function useEarlyEntry(): number {
  return useConfig().early_entry_minutes * MINUTE;
}

/** `true` for organisers, `false` for everyone else. */
export function useIsAdmin() {
  const signedIn = useSession();
  const userId = signedIn?.user.id ?? 0;
  return useQuery({
    queryKey: keys.isAdmin(userId),
    enabled: signedIn !== null,
    staleTime: 5 * 60_000,
    queryFn: async () => (await me()).is_admin,
  });
}

export function useEventQuery(id: number) {
  return useQuery({ queryKey: keys.event(id), queryFn: () => getEvent(id) });
}

export function useMyTickets() {
  const signedIn = useSession();
  const userId = signedIn?.user.id ?? 0;
  return useQuery({
    queryKey: keys.tickets(userId),
    enabled: signedIn !== null,
    queryFn: () => userTickets(userId),
    // A pending ticket may be paid at any time, also from another device.
    refetchInterval: ({ state }) =>
      state.data?.some((ticket) => ticket.payment_status === "pending") ? 10_000 : false,
  });
}

export function useMyOrders() {
  const signedIn = useSession();
  const userId = signedIn?.user.id ?? 0;
  return useQuery({
    queryKey: keys.orders(userId),
    enabled: signedIn !== null,
    queryFn: () => userOrders(userId),
    // A pending order may be paid at any time, also from another device.
    refetchInterval: ({ state }) =>
      state.data?.some((order) => order.status === "pending") ? 10_000 : false,
  });
}

/** Gives a free ticket back. */
export function useGiveBack(id: number) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => cancelTicket(id),
    onSettled: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: ["orders"] }),
        client.invalidateQueries({ queryKey: ["tickets"] }),
        client.invalidateQueries({ queryKey: keys.events }),
      ]),
  });
}
