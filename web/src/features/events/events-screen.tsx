import { CalendarX2, SearchX } from "lucide-react";
import { Link, useNavigation, useSearchParams } from "react-router-dom";
import { useI18n } from "@/i18n/i18n";
import { cx } from "@/lib/class-names";
import { formatNumber } from "@/lib/format";
import { viewerZone } from "@/lib/time";
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
import { groupByDay, groupDate, type DayGroup } from "./days";
import { EventCard } from "./event-card";
import { isFiltered, PRICES, readFilters, writeFilters, type Filters } from "./filters";
import { useEventList } from "./queries";

const UMA = "https://www.uma.me/";

const group = "grid gap-x-8 gap-y-3 lg:grid-cols-[9rem_minmax(0,1fr)]";
const cards = "grid gap-4 lg:grid-cols-2";

export function EventsScreen() {
  const { t, tn } = useI18n();
  const [params, setParams] = useSearchParams();
  const isIdle = useNavigation().state === "idle";
  const filters = readFilters(params);
  const list = useEventList(filters);
  const set = (change: Partial<Filters>) =>
    setParams(writeFilters({ ...readFilters(params), ...change }), {
      replace: true,
      preventScrollReset: true,
    });

  const events = list.data?.pages.flatMap((page) => page.events) ?? [];
  const total = list.data?.pages[0]?.total ?? null;
  const isSearching = list.isPlaceholderData && list.isFetching;

  return (
    <Page title={t("events.title")} lead={t("events.lead")} wide>
      <div className="flex flex-col gap-4">
        <div className="flex flex-col gap-4 sm:flex-row sm:items-center">
          <Tabs filters={filters} />
          <div role="search" className="min-w-0 flex-1">
            <SearchBox
              label={t("events.search")}
              value={filters.q}
              busy={isSearching}
              onChange={(q) => {
                // A debounced update must not undo a navigation.
                if (isIdle) set({ q });
              }}
            />
          </div>
        </div>
        <FilterChips filters={filters} onChange={set} />
      </div>

      <p role="status" className="sr-only">
        {isSearching
          ? t("events.searching")
          : list.data
            ? tn("events.count", total ?? events.length)
            : ""}
      </p>

      {list.isPending ? (
        <ListSkeleton />
      ) : list.isError && events.length === 0 ? (
        <ProblemNotice error={list.error} onRetry={() => void list.refetch()} />
      ) : events.length === 0 ? (
        <NoEvents filters={filters} onClear={() => set(CLEARED)} />
      ) : (
        <>
          <EventGroups list={list.data?.pages ?? []} busy={list.isPlaceholderData} />
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
      {/* The loaded list would move it. */}
      {!list.isPending && (
        <p className="flex flex-wrap gap-x-1.5 border-t border-line pt-6 text-sm text-ink-2">
          <span>{t("events.uma")}</span>
          <a
            href={UMA}
            target="_blank"
            rel="noreferrer"
            className="font-medium text-accent-text underline"
          >
            {t("events.uma.link")}
          </a>
        </p>
      )}
    </Page>
  );
}

const CLEARED = { q: "", free: false, week: false, most: null };

/** Links, so that each tab has its URL. */
function Tabs({ filters }: { filters: Filters }) {
  const { t } = useI18n();
  const tabs = [
    { past: false, label: t("events.filter.upcoming") },
    { past: true, label: t("events.filter.past") },
  ];
  return (
    <nav
      aria-label={t("events.tabs")}
      className="flex shrink-0 self-start rounded-full bg-sunken p-1"
    >
      {tabs.map(({ past, label }) => {
        const query = writeFilters({ ...filters, past }).toString();
        const isCurrent = filters.past === past;
        return (
          <Link
            key={label}
            to={query === "" ? "/" : `/?${query}`}
            replace
            preventScrollReset
            aria-current={isCurrent ? "page" : undefined}
            className={cx(
              "flex min-h-10 items-center rounded-full px-5 text-sm font-semibold transition-colors",
              isCurrent ? "bg-surface text-ink shadow-card" : "text-ink-2 hover:text-ink",
            )}
          >
            {label}
          </Link>
        );
      })}
    </nav>
  );
}

function FilterChips(props: { filters: Filters; onChange: (change: Partial<Filters>) => void }) {
  const { t, locale } = useI18n();
  const { filters } = props;
  return (
    <div role="group" aria-label={t("events.filters")} className="flex flex-wrap gap-2">
      <Chip pressed={filters.free} onPress={() => props.onChange({ free: !filters.free })}>
        {t("events.filter.free")}
      </Chip>
      {!filters.past && (
        <Chip pressed={filters.week} onPress={() => props.onChange({ week: !filters.week })}>
          {t("events.filter.week")}
        </Chip>
      )}
      <select
        aria-label={t("events.filter.price")}
        value={filters.most ?? ""}
        onChange={(change) => props.onChange({ most: Number(change.target.value) || null })}
        className="h-10 shrink-0 cursor-pointer rounded-full border border-line-strong bg-surface px-4 text-sm font-medium text-ink"
      >
        <option value="">{t("events.filter.anyprice")}</option>
        {PRICES.map((price) => (
          <option key={price} value={price}>
            {t("events.filter.upto", { sats: formatNumber(price, locale) })}
          </option>
        ))}
      </select>
    </div>
  );
}

type Pages = NonNullable<ReturnType<typeof useEventList>["data"]>["pages"];

function EventGroups({ list, busy }: { list: Pages; busy: boolean }) {
  const { rate } = useConfig();
  const now = useNow(30_000);
  // The list on display, which may not be that of the filters yet.
  const past = list[0]?.past ?? false;
  const events = list.flatMap((page) => page.events);
  const hasLead = list[0]?.hasLead === true && events.length > 3;
  const groups = groupByDay(events, now, viewerZone(), past);
  return (
    <div className="flex flex-col gap-8" aria-busy={busy}>
      {groups.map((day) => (
        <section key={day.key} className={group}>
          <h2 className="lg:pt-1">
            <DayHeading group={day} />
          </h2>
          <div className={cards}>
            <Each of={day.events} by={(event) => event.id}>
              {(event) => {
                const lead = hasLead && event === events[0];
                return (
                  <div className={lead ? "lg:col-span-2" : undefined}>
                    <EventCard
                      event={event}
                      rate={rate}
                      now={now}
                      dated={day.name === "live"}
                      past={past}
                      lead={lead}
                    />
                  </div>
                );
              }}
            </Each>
          </div>
        </section>
      ))}
    </div>
  );
}

function DayHeading({ group: day }: { group: DayGroup<{ start_time: string; end_time: string }> }) {
  const { t, locale } = useI18n();
  const date = groupDate(day, locale, viewerZone());
  if (day.name === "live") return <span className="font-semibold">{t("event.live")}</span>;
  if (day.name === "date") return <span className="font-semibold tabular-nums">{date}</span>;
  return (
    <span className="flex flex-wrap items-baseline gap-x-2 lg:flex-col">
      <span className="font-semibold">{t(`day.${day.name}`)}</span>
      <span className="text-sm text-ink-3 tabular-nums">{date}</span>
    </span>
  );
}

function ListSkeleton() {
  const { t } = useI18n();
  return (
    <Loading label={t("events.loading")}>
      <div className={group}>
        <Skeleton className="h-6 w-24" />
        <div className={cards}>
          {Array.from({ length: 6 }, (_, i) => (
            <div key={i} className="flex overflow-hidden rounded-card border border-line">
              <Skeleton className="w-28 rounded-none min-[26rem]:w-36 sm:w-44" />
              <div className="flex min-h-36 flex-1 flex-col gap-2 p-4">
                <Skeleton className="h-4 w-1/3" />
                <Skeleton className="h-6 w-4/5" />
                <Skeleton className="mt-auto h-6 w-1/3" />
              </div>
            </div>
          ))}
        </div>
      </div>
    </Loading>
  );
}

function NoEvents({ filters, onClear }: { filters: Filters; onClear: () => void }) {
  const { t } = useI18n();
  if (!isFiltered(filters)) {
    return (
      <EmptyState
        icon={CalendarX2}
        title={t(filters.past ? "events.past.title" : "events.empty.title")}
      >
        {t(filters.past ? "events.past.body" : "events.empty.body")}
      </EmptyState>
    );
  }
  return (
    <EmptyState
      icon={SearchX}
      title={t("events.none.title")}
      actions={
        <Button variant="secondary" onClick={onClear}>
          {t("events.none.clear")}
        </Button>
      }
    >
      {filters.q ? t("events.none.body", { query: filters.q }) : t("events.none.filters")}
    </EmptyState>
  );
}
