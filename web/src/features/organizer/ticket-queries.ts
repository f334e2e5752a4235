import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { keys } from "@/api/keys";
import type {
  PromoCodeChanges,
  PromoCodeInput,
  TicketType,
  TicketTypeChanges,
  TicketTypeInput,
} from "@/api/types";
import * as api from "@/api/ticket-types";

const typesKey = (eventId: number) => [...keys.admin, "ticket-types", eventId] as const;
const codesKey = (eventId: number) => [...keys.admin, "promo-codes", eventId] as const;

export const useTicketTypes = (eventId: number) =>
  useQuery({
    queryKey: typesKey(eventId),
    queryFn: () => api.ticketTypes(eventId),
    refetchInterval: 20_000,
  });

export const usePromoCodes = (eventId: number) =>
  useQuery({
    queryKey: codesKey(eventId),
    queryFn: () => api.promoCodes(eventId),
    refetchInterval: 20_000,
  });

/** A mutation after which events, types and codes are loaded again. */
function useChange<Input, Result>(change: (input: Input) => Promise<Result>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSettled: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: keys.admin }),
        client.invalidateQueries({ queryKey: keys.events }),
      ]),
  });
}

export const useAddTicketType = (eventId: number) =>
  useChange((input: TicketTypeInput) => api.addTicketType(eventId, input));

export const useUpdateTicketType = () =>
  useChange(({ id, ...change }: { id: number } & TicketTypeChanges) =>
    api.updateTicketType(id, change),
  );

export const useRemoveTicketType = () => useChange(api.removeTicketType);

/** Saves the order of display. The list shows it before the server confirms. */
export function useSortTicketTypes(eventId: number) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (types: readonly TicketType[]) =>
      api.sortTicketTypes(
        eventId,
        types.map((type) => type.id),
      ),
    onMutate: async (types) => {
      await client.cancelQueries({ queryKey: typesKey(eventId) });
      client.setQueryData(typesKey(eventId), types);
    },
    onSettled: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: typesKey(eventId) }),
        client.invalidateQueries({ queryKey: keys.events }),
      ]),
  });
}

export const useAddPromoCode = (eventId: number) =>
  useChange((input: PromoCodeInput) => api.addPromoCode(eventId, input));

export const useUpdatePromoCode = () =>
  useChange(({ id, ...change }: { id: number } & PromoCodeChanges) =>
    api.updatePromoCode(id, change),
  );

export const useRemovePromoCode = () => useChange(api.removePromoCode);
