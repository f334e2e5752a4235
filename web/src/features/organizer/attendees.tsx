import { Download, Users } from "lucide-react";
import { useState } from "react";
import { attendeesCsv } from "@/api/admin";
import type { AdminEvent } from "@/api/types";
import { useI18n } from "@/i18n/i18n";
import { download } from "@/lib/download";
import { formatDateTime } from "@/lib/format";
import { viewerZone } from "@/lib/time";
import { ProblemNotice } from "@/shared/problem-notice";
import { Badge } from "@/ui/badge";
import { Button } from "@/ui/button";
import { Each } from "@/ui/each";
import { EmptyState } from "@/ui/empty-state";
import { inputClass } from "@/ui/field";
import { Skeleton } from "@/ui/skeleton";
import { Table, Td, Th } from "@/ui/table";
import { Complimentary } from "./complimentary";
import { useAttendees } from "./queries";

/** Ticket holders of an event. */
export function Attendees({ event }: { event: AdminEvent }) {
  const { t, tn, locale } = useI18n();
  const attendees = useAttendees(event.id);
  const [search, setSearch] = useState("");
  const [failed, setFailed] = useState<unknown>(null);
  const zone = viewerZone();
  const wanted = search.trim().toLowerCase();
  const rows = (attendees.data ?? []).filter((person) =>
    [
      person.name,
      person.email,
      person.holder_name,
      person.holder_email,
      person.ticket_type_name,
      person.uma_address,
      String(person.ticket_id),
    ].some((text) => text?.toLowerCase().includes(wanted)),
  );
  const save = async () => {
    try {
      setFailed(null);
      download(`attendees-${event.id}.csv`, await attendeesCsv(event.id), "text/csv");
    } catch (error) {
      setFailed(error);
    }
  };
  return (
    <section className="flex flex-col gap-3">
      <div className="flex flex-wrap items-center justify-between gap-3">
        <h2 className="flex items-baseline gap-2 text-lg font-semibold">
          <span>{t("admin.attendees")}</span>
          {attendees.data && (
            <span className="text-sm font-normal text-ink-3">
              {tn("admin.attendees.count", attendees.data.length)}
            </span>
          )}
        </h2>
        <div className="flex flex-wrap gap-2">
          <Complimentary event={event} />
          {attendees.data && attendees.data.length > 0 && (
            <>
              <div className="w-56">
                <input
                  type="search"
                  aria-label={t("admin.attendees.search")}
                  placeholder={t("admin.attendees.search")}
                  value={search}
                  onChange={(change) => setSearch(change.target.value)}
                  className={`${inputClass} min-h-9 !py-1.5 text-sm`}
                />
              </div>
              <Button variant="secondary" size="sm" onClick={() => void save()}>
                <Download aria-hidden="true" className="size-4" />
                <span>{t("admin.csv")}</span>
              </Button>
            </>
          )}
        </div>
      </div>
      {failed !== null && <ProblemNotice error={failed} onRetry={() => void save()} />}
      {attendees.isPending ? (
        <Skeleton className="h-48 rounded-card" />
      ) : attendees.isError && !attendees.data ? (
        <ProblemNotice error={attendees.error} onRetry={() => void attendees.refetch()} />
      ) : attendees.data.length === 0 ? (
        <EmptyState icon={Users} title={t("admin.attendees.empty")}>
          {t("admin.attendees.empty.body")}
        </EmptyState>
      ) : (
        <Table
          label={t("admin.attendees")}
          head={
            <>
              <Th>{t("admin.col.buyer")}</Th>
              <Th>{t("admin.col.holder")}</Th>
              <Th>{t("gift.type")}</Th>
              <Th>{t("admin.col.address")}</Th>
              <Th>{t("admin.col.ticket")}</Th>
              <Th>{t("admin.col.paid")}</Th>
              <Th>{t("admin.col.checkedin")}</Th>
            </>
          }
        >
          <Each of={rows} by={(person) => person.ticket_id} as="tr">
            {(person) => (
              <tr>
                <Td>
                  <span className="block font-medium">
                    {person.name ?? person.email ?? t("sales.guest")}
                  </span>
                  {person.name && (
                    <span className="block text-sm break-all text-ink-3">{person.email}</span>
                  )}
                </Td>
                <Td label={t("admin.col.holder")}>
                  <span className="block">{person.holder_name ?? person.holder_email ?? "–"}</span>
                  {person.holder_name && person.holder_email && (
                    <span className="block text-sm break-all text-ink-3">
                      {person.holder_email}
                    </span>
                  )}
                </Td>
                <Td label={t("gift.type")}>{person.ticket_type_name ?? "–"}</Td>
                <Td label={t("admin.col.address")} className="break-all">
                  {person.uma_address || "–"}
                </Td>
                <Td label={t("admin.col.ticket")} className="tabular-nums">
                  {person.ticket_id}
                </Td>
                <Td label={t("admin.col.paid")} className="whitespace-nowrap tabular-nums">
                  {person.paid_at ? formatDateTime(person.paid_at, locale, zone) : "–"}
                </Td>
                <Td label={t("admin.col.checkedin")} className="whitespace-nowrap tabular-nums">
                  {person.checked_in_at ? (
                    <Badge tone="success">
                      {formatDateTime(person.checked_in_at, locale, zone)}
                    </Badge>
                  ) : (
                    "–"
                  )}
                </Td>
              </tr>
            )}
          </Each>
        </Table>
      )}
    </section>
  );
}
