import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { quoteOrder } from "@/api/orders";
import type { TicketType } from "@/api/types";
import { Problem } from "@/api/problem";
import { needsQuote, toLines, type Selection } from "./selection";

const DEBOUNCE = 300;
/** Quotes hold for two minutes. */
const QUOTE_REFRESH = 90_000;

/** The latest value once it has not changed for a moment. */
function useSettled<T>(value: T): T {
  const [settled, setSettled] = useState(value);
  const print = JSON.stringify(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(JSON.parse(print) as T), DEBOUNCE);
    return () => clearTimeout(timer);
  }, [print]);
  return settled;
}

/** Whether a promo code is valid, and the hidden types that it opens. */
export const usePromoCode = (eventId: number, code: string) =>
  useQuery({
    queryKey: ["promo-code", eventId, code],
    queryFn: () => quoteOrder({ event_id: eventId, lines: [], promo_code: code }),
    enabled: code !== "",
    staleTime: QUOTE_REFRESH,
    // A refused code is not tried again by itself: guesses are counted.
    retry: (count, error) => count < 2 && Problem.from(error).isUncertain,
    refetchOnWindowFocus: false,
  });

/** Prices of a selection with its promo code and exchange rates. */
export function useQuote(eventId: number, selection: Selection, types: readonly TicketType[]) {
  const settled = useSettled(selection);
  const isWanted = selection.choices.length > 0 && needsQuote(selection, types);
  const query = useQuery({
    queryKey: ["quote", eventId, settled],
    queryFn: () =>
      quoteOrder({
        event_id: eventId,
        lines: toLines(settled.choices),
        ...(settled.code ? { promo_code: settled.code } : {}),
      }),
    enabled: isWanted && settled.choices.length > 0 && needsQuote(settled, types),
    staleTime: 60_000,
    refetchInterval: ({ state }) => (state.status === "success" ? QUOTE_REFRESH : false),
    retry: (count, error) => count < 2 && Problem.from(error).isUncertain,
  });
  const isSettled = JSON.stringify(settled) === JSON.stringify(selection);
  return {
    /** The quote of exactly this selection. */
    quote: isWanted && isSettled ? query.data : undefined,
    error: isWanted && isSettled && query.isError ? query.error : null,
    isLoading: isWanted && (!isSettled || query.isFetching) && !query.isError,
    isWanted,
  };
}
