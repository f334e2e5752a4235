import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { listEvents } from "@/api/events";
import { keys } from "@/api/keys";
import { isFiltered, toQuery, type Filters } from "./filters";

const PAGE = 24;

export function useEventList(filters: Filters) {
  return useInfiniteQuery({
    queryKey: [...keys.events, "list", filters],
    queryFn: async ({ pageParam }) => ({
      ...(await listEvents({ ...toQuery(filters, Date.now()), limit: PAGE, offset: pageParam })),
      // Stored with the result, so that the old list keeps its layout while the next one loads.
      hasLead: !filters.past && !isFiltered(filters),
      past: filters.past,
    }),
    initialPageParam: 0,
    getNextPageParam: (last, pages) => {
      const seen = pages.reduce((sum, page) => sum + page.events.length, 0);
      const more = last.total === null ? last.events.length === PAGE : seen < last.total;
      return more && last.events.length > 0 ? seen : undefined;
    },
    placeholderData: keepPreviousData,
    refetchInterval: 60_000,
  });
}
