import { Receipt } from "lucide-react";
import { useState } from "react";
import { useNavigation, useSearchParams } from "react-router-dom";
import type { AdminPayment } from "@/api/types";
import { useI18n } from "@/i18n/i18n";
import { formatDateTime, formatNumber } from "@/lib/format";
import { viewerZone } from "@/lib/time";
import { ProblemNotice } from "@/shared/problem-notice";
import { Button } from "@/ui/button";
import { Chip } from "@/ui/chip";
import { Each } from "@/ui/each";
import { EmptyState } from "@/ui/empty-state";
import { Page } from "@/ui/page";
import { SearchBox } from "@/ui/search-box";
import { Loading, Skeleton } from "@/ui/skeleton";
import { Table, Td, Th } from "@/ui/table";
import { Pager } from "./pager";
import { PaymentBadge } from "./payment-badge";
import { PaymentDrawer } from "./payment-drawer";
import { ofOrder } from "./payment-tickets";
import { anomalyKey, STATUSES, statusKey } from "./payment-status-style";
import { usePayments } from "./queries";

const PAGE = 25;

export function PaymentsScreen() {
  const { t } = useI18n();
  const [params, setParams] = useSearchParams();
  const isIdle = useNavigation().state === "idle";
  const [open, setOpen] = useState<AdminPayment | null>(null);
  const q = params.get("q") ?? "";
  const status = params.get("status") ?? "";
  const page = Math.max(0, Number(params.get("page") ?? 0) || 0);

  const set = (change: Record<string, string>) => {
    const next = new URLSearchParams(params);
    next.delete("page");
    for (const [name, value] of Object.entries(change)) {
      if (value) next.set(name, value);
      else next.delete(name);
    }
    setParams(next, { replace: true });
  };

  const payments = usePayments({
    ...(q ? { q } : {}),
    ...(status ? { status } : {}),
    limit: PAGE,
    offset: page * PAGE,
  });
  const rows = payments.data?.rows ?? [];
  const total = payments.data?.total ?? null;

  return (
    <Page title={t("admin.payments")} wide>
      <div role="search" className="flex flex-col gap-3">
        <SearchBox
          label={t("admin.payments.search")}
          value={q}
          onChange={(text) => {
            // A debounced update must not undo a navigation.
            if (isIdle) set({ q: text.trim() });
          }}
        />
        <div role="group" aria-label={t("events.filters")} className="flex flex-wrap gap-2 py-1">
          <Chip pressed={status === ""} onPress={() => set({ status: "" })}>
            {t("admin.payments.all")}
          </Chip>
          {STATUSES.map((each) => (
            <Chip
              key={each}
              pressed={status === each}
              onPress={() => set({ status: status === each ? "" : each })}
            >
              {t(statusKey(each))}
            </Chip>
          ))}
        </div>
      </div>
      {payments.isPending ? (
        <Loading label={t("admin.payments.loading")}>
          <Skeleton className="h-96 rounded-card" />
        </Loading>
      ) : payments.isError && rows.length === 0 ? (
        <ProblemNotice error={payments.error} onRetry={() => void payments.refetch()} />
      ) : rows.length === 0 ? (
        <EmptyState icon={Receipt} title={t("admin.payments.empty")}>
          {t("admin.payments.empty.body")}
        </EmptyState>
      ) : (
        <>
          <Table
            label={t("admin.payments")}
            head={
              <>
                <Th>{t("admin.col.time")}</Th>
                <Th>{t("admin.col.address")}</Th>
                <Th>{t("admin.col.ticket")}</Th>
                <Th>{t("admin.col.status")}</Th>
                <Th right>{t("admin.col.amount")}</Th>
                <Th>
                  <span className="sr-only">{t("admin.col.actions")}</span>
                </Th>
              </>
            }
          >
            <Each of={rows} by={(payment) => payment.id} as="tr">
              {(payment) => <Row payment={payment} onOpen={() => setOpen(payment)} />}
            </Each>
          </Table>
          <Pager
            page={page}
            size={PAGE}
            shown={rows.length}
            total={total}
            onPage={(to) => set({ page: to > 0 ? String(to) : "" })}
          />
        </>
      )}
      {open && <PaymentDrawer payment={open} onClose={() => setOpen(null)} />}
    </Page>
  );
}

function Row({ payment, onOpen }: { payment: AdminPayment; onOpen: () => void }) {
  const { t, tn, locale } = useI18n();
  const { tickets } = ofOrder(payment);
  const exception = anomalyKey(payment.exception);
  return (
    <tr className="hover:bg-sunken">
      <Td label={t("admin.col.time")} className="whitespace-nowrap text-sm tabular-nums">
        {formatDateTime(payment.created_at, locale, viewerZone())}
      </Td>
      <Td label={t("admin.col.address")} className="break-all">
        {payment.ticket.uma_address || payment.email || "–"}
      </Td>
      <Td label={t("admin.col.ticket")} className="tabular-nums">
        {tickets.length > 1 ? tn("admin.payment.count", tickets.length) : payment.ticket.id}
      </Td>
      <Td label={t("admin.col.status")}>
        <PaymentBadge payment={payment} />
        {exception && <span className="block pt-1 text-sm text-ink-3">{t(exception)}</span>}
      </Td>
      <Td right label={t("admin.col.amount")} className="whitespace-nowrap font-medium">
        {t("sats", { amount: formatNumber(payment.amount_sats, locale) })}
      </Td>
      <Td right>
        <Button variant="ghost" size="sm" onClick={onOpen}>
          <span>{t("admin.details")}</span>
          <span className="sr-only">{`: ${t("admin.payment.title", { id: payment.id })}`}</span>
        </Button>
      </Td>
    </tr>
  );
}
