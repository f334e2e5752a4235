import { CalendarX2, SearchX } from "lucide-react";
import { useNavigation, useSearchParams } from "react-router-dom";
import { useI18n } from "@/i18n/i18n";
import { formatNumber } from "@/lib/format";
import { useNow } from "@/lib/use-now";
import { ProblemNotice } from "@/shared/problem-notice";
import { useConfig } from "@/shared/queries";
import { Button } from "@/ui/button";
import { Chip } from "@/ui/chip";
import { Each } from "@/ui/each";
import { EmptyState } from "@/ui/empty-state";
import { Page } from "@/ui/page";
import { SearchBox } from "@/ui/search-box";
import { Loading, Skeleton } from "@/ui/skeleton";
import { EventCard } from "./event-card";
import { PRICES, readFilters, writeFilters, type Filters } from "./filters";
import { useEventList } from "./queries";

const grid = "grid gap-5 sm:grid-cols-2 lg:grid-cols-3";

export function EventsScreen() {
  const { t, tn, locale } = useI18n();
  const [params, setParams] = useSearchParams();
  const isIdle = useNavigation().state === "idle";
  const filters = readFilters(params);
  const list = useEventList(filters);
  const { rate } = useConfig();
  const now = useNow(30_000);
  const set = (change: Partial<Filters>) =>
    setParams(writeFilters({ ...readFilters(params), ...change }), { replace: true });

  const events = list.data?.pages.flatMap((page) => page.events) ?? [];
  const total = list.data?.pages[0]?.total ?? null;
  const filtered = filters.q !== "" || filters.free || filters.week || filters.most !== null;

  return (
    <Page title={t("events.title")} lead={t("events.lead")} wide>
      <div role="search" className="flex flex-col gap-3 sm:flex-row sm:items-center">
        <SearchBox
          label={t("events.search")}
          value={filters.q}
          onChange={(q) => {
            // A debounced update must not undo a navigation.
            if (isIdle) set({ q });
          }}
        />
        <div
          role="group"
          aria-label={t("events.filters")}
          className="-mx-4 flex gap-2 overflow-x-auto px-4 py-1 sm:mx-0 sm:px-0"
        >
          <Chip pressed={filters.upcoming} onPress={() => set({ upcoming: !filters.upcoming })}>
            {t("events.filter.upcoming")}
          </Chip>
          <Chip pressed={filters.free} onPress={() => set({ free: !filters.free })}>
            {t("events.filter.free")}
          </Chip>
          <Chip pressed={filters.week} onPress={() => set({ week: !filters.week })}>
            {t("events.filter.week")}
          </Chip>
          <select
            aria-label={t("events.filter.price")}
            value={filters.most ?? ""}
            onChange={(change) => set({ most: Number(change.target.value) || null })}
            className="h-11 shrink-0 cursor-pointer rounded-full border border-line-strong bg-surface px-4 text-sm font-medium text-ink"
          >
            <option value="">{t("events.filter.anyprice")}</option>
            {PRICES.map((price) => (
              <option key={price} value={price}>
                {t("events.filter.upto", { sats: formatNumber(price, locale) })}
              </option>
            ))}
          </select>
        </div>
      </div>

      <p role="status" className="sr-only">
        {list.data ? tn("events.count", total ?? events.length) : ""}
      </p>

      {list.isPending ? (
        <Loading label={t("events.loading")}>
          <div className={grid}>
            {Array.from({ length: 6 }, (_, i) => (
              <div key={i} className="overflow-hidden rounded-card border border-line">
                <Skeleton className="aspect-video rounded-none" />
                <div className="flex flex-col gap-2 p-4">
                  <Skeleton className="h-4 w-1/2" />
                  <Skeleton className="h-6 w-4/5" />
                  <Skeleton className="mt-6 h-6 w-1/3" />
                </div>
              </div>
            ))}
          </div>
        </Loading>
      ) : list.isError && events.length === 0 ? (
        <ProblemNotice error={list.error} onRetry={() => void list.refetch()} />
      ) : events.length === 0 ? (
        filtered ? (
          <EmptyState
            icon={SearchX}
            title={t("events.none.title")}
            actions={
              <Button variant="secondary" onClick={() => setParams({}, { replace: true })}>
                {t("events.none.clear")}
              </Button>
            }
          >
            {filters.q ? t("events.none.body", { query: filters.q }) : t("events.none.filters")}
          </EmptyState>
        ) : (
          <EmptyState icon={CalendarX2} title={t("events.empty.title")}>
            {t("events.empty.body")}
          </EmptyState>
        )
      ) : (
        <>
          <div className={grid} aria-busy={list.isPlaceholderData}>
            <Each of={events} by={(event) => event.id}>
              {(event, index) => (
                <EventCard
                  event={event}
                  rate={rate}
                  now={now}
                  // Highlights the first event of a long list.
                  lead={
                    index === 0 && list.data?.pages[0]?.isFiltered === false && events.length > 3
                  }
                />
              )}
            </Each>
          </div>
          {list.hasNextPage && (
            <Button
              variant="secondary"
              className="self-center"
              busy={list.isFetchingNextPage}
              onClick={() => void list.fetchNextPage()}
            >
              {t("events.more")}
            </Button>
          )}
        </>
      )}
    </Page>
  );
}
