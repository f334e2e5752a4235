import { Plus } from "lucide-react";
import { useState } from "react";
import type { AdminEvent, TicketType } from "@/api/types";
import { useI18n } from "@/i18n/i18n";
import { ProblemNotice } from "@/shared/problem-notice";
import { Button } from "@/ui/button";
import { Skeleton } from "@/ui/skeleton";
import { useTicketTypes } from "./ticket-queries";
import { TicketTypeForm } from "./ticket-type-form";
import { TicketTypeList } from "./ticket-type-list";

/** Ticket types of an event, with their sales. */
export function TicketsSection({ event }: { event: AdminEvent }) {
  const { t } = useI18n();
  const types = useTicketTypes(event.id);
  const [editing, setEditing] = useState<TicketType | "new" | null>(null);
  return (
    <section id="tickets" className="flex flex-col gap-3">
      <div className="flex flex-wrap items-center justify-between gap-3">
        <div>
          <h2 className="text-lg font-semibold">{t("type.list")}</h2>
          <p className="text-sm text-ink-2">{t("type.list.lead")}</p>
        </div>
        <Button variant="secondary" size="sm" onClick={() => setEditing("new")}>
          <Plus aria-hidden="true" className="size-4" />
          <span>{t("type.add")}</span>
        </Button>
      </div>
      {types.isPending ? (
        <Skeleton className="h-24 rounded-card" />
      ) : types.isError && !types.data ? (
        <ProblemNotice error={types.error} onRetry={() => void types.refetch()} />
      ) : (
        types.data.length > 0 && (
          <TicketTypeList event={event} types={types.data} onEdit={setEditing} />
        )
      )}
      {editing !== null && (
        <TicketTypeForm
          event={event}
          {...(editing === "new" ? {} : { type: editing })}
          onClose={() => setEditing(null)}
        />
      )}
    </section>
  );
}
