import type { ReactElement } from "react";
import { useParams } from "react-router-dom";
import type { UserTicket } from "@/api/types";
import { useI18n } from "@/i18n/i18n";
import { ProblemNotice } from "@/shared/problem-notice";
import { useMyTickets } from "@/shared/queries";
import { ButtonLink } from "@/ui/button";
import { Notice } from "@/ui/notice";
import { Page } from "@/ui/page";
import { Loading, Skeleton } from "@/ui/skeleton";

/** Loads the ticket of the URL, or shows why it can't be shown. */
export function OneTicket(props: { children: (ticket: UserTicket) => ReactElement }) {
  const { t } = useI18n();
  const id = Number(useParams().ticketId);
  const tickets = useMyTickets();
  const ticket = tickets.data?.find((each) => each.id === id);
  if (ticket) return props.children(ticket);
  return (
    <Page title={t("pass.title")}>
      {tickets.isPending ? (
        <Loading label={t("pass.loading")}>
          <Skeleton className="mx-auto h-[34rem] max-w-sm rounded-card" />
        </Loading>
      ) : tickets.isError ? (
        <ProblemNotice error={tickets.error} onRetry={() => void tickets.refetch()} />
      ) : (
        <Notice
          tone="warning"
          actions={
            <ButtonLink to="/tickets" size="sm">
              {t("tickets.title")}
            </ButtonLink>
          }
        >
          {t("wait.unknown.body")}
        </Notice>
      )}
    </Page>
  );
}
