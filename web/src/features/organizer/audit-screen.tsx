import { ScrollText } from "lucide-react";
import { Link, useSearchParams } from "react-router-dom";
import type { AuditLine } from "@/api/types";
import { useI18n } from "@/i18n/i18n";
import { formatDateTime } from "@/lib/format";
import { viewerZone } from "@/lib/time";
import { ProblemNotice } from "@/shared/problem-notice";
import { Each } from "@/ui/each";
import { EmptyState } from "@/ui/empty-state";
import { Page } from "@/ui/page";
import { Loading, Skeleton } from "@/ui/skeleton";
import { Table, Td, Th } from "@/ui/table";
import { Pager } from "./pager";
import { useAuditLog } from "./queries";

const PAGE = 25;

/** Audit log, newest first. */
export function AuditScreen() {
  const { t } = useI18n();
  const [params, setParams] = useSearchParams();
  const page = Math.max(0, Number(params.get("page") ?? 0) || 0);
  const log = useAuditLog(PAGE, page);
  const lines = log.data ?? [];
  return (
    <Page title={t("admin.audit")} lead={t("admin.audit.lead")} wide>
      {log.isPending ? (
        <Loading label={t("admin.audit.loading")}>
          <Skeleton className="h-96 rounded-card" />
        </Loading>
      ) : log.isError && lines.length === 0 ? (
        <ProblemNotice error={log.error} onRetry={() => void log.refetch()} />
      ) : lines.length === 0 && page === 0 ? (
        <EmptyState icon={ScrollText} title={t("admin.audit.empty")}>
          {t("admin.audit.empty.body")}
        </EmptyState>
      ) : (
        <>
          <Table
            label={t("admin.audit")}
            head={
              <>
                <Th>{t("admin.col.time")}</Th>
                <Th>{t("admin.audit.actor")}</Th>
                <Th>{t("admin.audit.action")}</Th>
                <Th>{t("admin.audit.subject")}</Th>
                <Th>{t("admin.audit.detail")}</Th>
              </>
            }
          >
            <Each of={lines} by={(line) => line.id} as="tr">
              {(line) => <Line line={line} />}
            </Each>
          </Table>
          <Pager
            page={page}
            size={PAGE}
            shown={lines.length}
            total={null}
            onPage={(to) => setParams(to > 0 ? { page: String(to) } : {}, { replace: true })}
          />
        </>
      )}
    </Page>
  );
}

function Line({ line }: { line: AuditLine }) {
  const { t, locale } = useI18n();
  return (
    <tr>
      <Td label={t("admin.col.time")} className="whitespace-nowrap tabular-nums">
        {formatDateTime(line.at, locale, viewerZone())}
      </Td>
      <Td label={t("admin.audit.actor")}>
        {line.actor === null
          ? t("admin.audit.console")
          : t("admin.audit.account", { id: line.actor })}
      </Td>
      <Td label={t("admin.audit.action")}>
        <code className="font-mono text-sm">{line.action}</code>
      </Td>
      <Td label={t("admin.audit.subject")}>
        <Subject name={line.subject} />
      </Td>
      <Td label={t("admin.audit.detail")} className="max-w-96 break-words text-ink-2">
        {line.detail}
      </Td>
    </tr>
  );
}

/** Links events to their page. */
function Subject({ name }: { name: string }) {
  const event = /^event\/(\d+)$/.exec(name)?.[1];
  if (!event) return <span className="font-mono text-sm">{name}</span>;
  return (
    <Link to={`/admin/events/${event}`} className="font-mono text-sm text-accent-text underline">
      {name}
    </Link>
  );
}
