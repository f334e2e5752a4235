import { CircleCheck } from "lucide-react";
import { useSearchParams } from "react-router-dom";
import type { DeadJob } from "@/api/types";
import { useI18n } from "@/i18n/i18n";
import { formatDateTime } from "@/lib/format";
import { onSuccess } from "@/lib/on-success";
import { viewerZone } from "@/lib/time";
import { ProblemNotice } from "@/shared/problem-notice";
import { Button } from "@/ui/button";
import { Each } from "@/ui/each";
import { EmptyState } from "@/ui/empty-state";
import { Page } from "@/ui/page";
import { Loading, Skeleton } from "@/ui/skeleton";
import { Table, Td, Th } from "@/ui/table";
import { toast } from "@/ui/toast";
import { Pager } from "./pager";
import { useDeadJobs, useRetryJob } from "./queries";

const PAGE = 25;

/** Failed jobs (dead letters), which need a manual retry. */
export function JobsScreen() {
  const { t } = useI18n();
  const [params, setParams] = useSearchParams();
  const page = Math.max(0, Number(params.get("page") ?? 0) || 0);
  const jobs = useDeadJobs(PAGE, page);
  const rows = jobs.data ?? [];
  return (
    <Page title={t("admin.jobs")} lead={t("admin.jobs.lead")} wide>
      {jobs.isPending ? (
        <Loading label={t("admin.jobs.loading")}>
          <Skeleton className="h-96 rounded-card" />
        </Loading>
      ) : jobs.isError && rows.length === 0 ? (
        <ProblemNotice error={jobs.error} onRetry={() => void jobs.refetch()} />
      ) : rows.length === 0 && page === 0 ? (
        <EmptyState icon={CircleCheck} title={t("admin.jobs.empty")}>
          {t("admin.jobs.empty.body")}
        </EmptyState>
      ) : (
        <>
          <Table
            label={t("admin.jobs")}
            head={
              <>
                <Th>{t("admin.jobs.since")}</Th>
                <Th>{t("admin.jobs.task")}</Th>
                <Th right>{t("admin.jobs.tries")}</Th>
                <Th>{t("admin.jobs.error")}</Th>
                <Th>
                  <span className="sr-only">{t("admin.col.actions")}</span>
                </Th>
              </>
            }
          >
            <Each of={rows} by={(job) => job.id} as="tr">
              {(job) => <Job job={job} />}
            </Each>
          </Table>
          <Pager
            page={page}
            size={PAGE}
            shown={rows.length}
            total={null}
            onPage={(to) => setParams(to > 0 ? { page: String(to) } : {}, { replace: true })}
          />
        </>
      )}
    </Page>
  );
}

function Job({ job }: { job: DeadJob }) {
  const { t, locale } = useI18n();
  const retry = useRetryJob();
  return (
    <tr>
      <Td label={t("admin.jobs.since")} className="whitespace-nowrap tabular-nums">
        {formatDateTime(job.created_at, locale, viewerZone())}
      </Td>
      <Td label={t("admin.jobs.task")}>
        <code className="font-mono text-sm break-all">{taskName(job.task)}</code>
      </Td>
      <Td right label={t("admin.jobs.tries")} className="tabular-nums">
        {job.attempts}
      </Td>
      <Td label={t("admin.jobs.error")} className="max-w-96 break-words text-ink-2">
        {job.error ?? "–"}
      </Td>
      <Td right>
        <Button
          variant="secondary"
          size="sm"
          busy={retry.isPending}
          onClick={() =>
            onSuccess(retry.mutateAsync(job.id), () => toast(t("admin.jobs.retrying")))
          }
        >
          {t("admin.jobs.retry")}
        </Button>
        {retry.isError && <ProblemNotice error={retry.error} />}
      </Td>
    </tr>
  );
}

/** `mail ticket_id=7 letter=ticket`. */
function taskName(task: Record<string, unknown>): string {
  const { task: name, ...rest } = task;
  const words = Object.entries(rest).map(([key, value]) => `${key}=${String(value)}`);
  return [typeof name === "string" ? name : "?", ...words].join(" ");
}
