import { ChevronLeft, ChevronRight, Receipt, RefreshCw } from "lucide-react";
import { useEffect, useState } from "react";
import { useSearchParams } from "react-router-dom";
import type { AdminPayment } from "@/api/types";
import { useI18n } from "@/i18n/i18n";
import { formatNumber } from "@/lib/money";
import { formatDateTime, viewerZone } from "@/lib/time";
import { ProblemNotice } from "@/shared/problem-notice";
import { Badge } from "@/ui/badge";
import { Button } from "@/ui/button";
import { Chip } from "@/ui/chip";
import { Dialog } from "@/ui/dialog";
import { EmptyState } from "@/ui/empty-state";
import { inputClass } from "@/ui/field";
import { Page } from "@/ui/page";
import { Loading, Skeleton } from "@/ui/skeleton";
import { Table, Td, Th } from "@/ui/table";
import { toast } from "@/ui/toast";
import { canRetry, paymentLook, STATUSES, statusKey } from "./payment-look";
import { usePayment, usePayments, useRetryPayment } from "./queries";

const PAGE = 25;

export function PaymentsScreen() {
  const { t, locale } = useI18n();
  const [params, setParams] = useSearchParams();
  const [open, setOpen] = useState<AdminPayment | null>(null);
  const q = params.get("q") ?? "";
  const status = params.get("status") ?? "";
  const page = Math.max(0, Number(params.get("page") ?? 0) || 0);
  const [text, setText] = useState(q);

  const set = (change: Record<string, string>) => {
    const next = new URLSearchParams(params);
    next.delete("page");
    for (const [name, value] of Object.entries(change)) {
      if (value) next.set(name, value);
      else next.delete(name);
    }
    setParams(next, { replace: true });
  };
  useEffect(() => {
    if (text.trim() === q) return;
    const timer = setTimeout(() => set({ q: text.trim() }), 300);
    return () => clearTimeout(timer);
    // `set` is new on each render and must not restart the pause.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [text, q]);

  const payments = usePayments({
    ...(q ? { q } : {}),
    ...(status ? { status } : {}),
    limit: PAGE,
    offset: page * PAGE,
  });
  const rows = payments.data?.rows ?? [];
  const total = payments.data?.total ?? null;
  const from = page * PAGE + 1;
  const to = page * PAGE + rows.length;
  const more = total === null ? rows.length === PAGE : to < total;

  return (
    <Page title={t("admin.payments")} wide>
      <search className="flex flex-col gap-3">
        <input
          type="search"
          aria-label={t("admin.payments.search")}
          placeholder={t("admin.payments.search")}
          value={text}
          onChange={(change) => setText(change.target.value)}
          className={inputClass}
        />
        <div
          role="group"
          aria-label={t("events.filters")}
          className="-mx-4 flex gap-2 overflow-x-auto px-4 py-1 sm:mx-0 sm:flex-wrap sm:px-0"
        >
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
      </search>
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
            {rows.map((payment) => (
              <Row key={payment.id} payment={payment} onOpen={() => setOpen(payment)} />
            ))}
          </Table>
          <div className="flex items-center justify-between gap-3">
            <p className="text-sm text-ink-2 tabular-nums">
              {total === null
                ? t("admin.page.from", { from, to })
                : t("admin.page.of", { from, to, total: formatNumber(total, locale) })}
            </p>
            <div className="flex gap-2">
              <Button
                look="secondary"
                size="sm"
                disabled={page === 0}
                onClick={() => set({ page: page > 1 ? String(page - 1) : "" })}
              >
                <ChevronLeft aria-hidden="true" className="size-4" />
                {t("admin.page.previous")}
              </Button>
              <Button
                look="secondary"
                size="sm"
                disabled={!more}
                onClick={() => set({ page: String(page + 1) })}
              >
                {t("admin.page.next")}
                <ChevronRight aria-hidden="true" className="size-4" />
              </Button>
            </div>
          </div>
        </>
      )}
      {open && <Drawer payment={open} onClose={() => setOpen(null)} />}
    </Page>
  );
}

function PaymentBadge({ payment }: { payment: AdminPayment }) {
  const { t } = useI18n();
  const look = paymentLook(payment);
  return (
    <Badge tone={look.tone} icon={look.icon}>
      {t(look.key)}
    </Badge>
  );
}

function Row({ payment, onOpen }: { payment: AdminPayment; onOpen: () => void }) {
  const { t, locale } = useI18n();
  return (
    <tr className="hover:bg-sunken">
      <Td className="whitespace-nowrap text-sm tabular-nums">
        {formatDateTime(payment.created_at, locale, viewerZone())}
      </Td>
      <Td className="break-all">{payment.ticket.uma_address || "–"}</Td>
      <Td className="tabular-nums">{payment.ticket.id}</Td>
      <Td>
        <PaymentBadge payment={payment} />
      </Td>
      <Td right className="whitespace-nowrap font-medium">
        {t("sats", { amount: formatNumber(payment.amount_sats, locale) })}
      </Td>
      <Td right>
        <Button look="ghost" size="sm" onClick={onOpen}>
          {t("admin.details")}
          <span className="sr-only">: {t("admin.payment.title", { id: payment.id })}</span>
        </Button>
      </Td>
    </tr>
  );
}

function Drawer({ payment, onClose }: { payment: AdminPayment; onClose: () => void }) {
  const { t, locale } = useI18n();
  const detail = usePayment(payment.id);
  const retry = useRetryPayment();
  const current = { ...payment, ...detail.data?.payment };
  const zone = viewerZone();
  return (
    <Dialog
      drawer
      title={t("admin.payment.title", { id: payment.id })}
      onClose={onClose}
      actions={
        canRetry(current) && (
          <Button
            busy={retry.isPending}
            onClick={() =>
              retry.mutate(payment.id, {
                onSuccess: () => {
                  toast(t("admin.payment.retried"));
                  onClose();
                },
              })
            }
          >
            <RefreshCw aria-hidden="true" className="size-4" />
            {t("admin.payment.retry")}
          </Button>
        )
      }
    >
      <div className="flex items-center justify-between gap-3">
        <p className="text-xl font-bold tabular-nums">
          {t("sats", { amount: formatNumber(current.amount_sats, locale) })}
        </p>
        <PaymentBadge payment={current} />
      </div>
      <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-2 text-sm">
        <dt className="text-ink-2">{t("admin.col.time")}</dt>
        <dd className="tabular-nums">{formatDateTime(current.created_at, locale, zone)}</dd>
        <dt className="text-ink-2">{t("admin.col.address")}</dt>
        <dd className="break-all">{current.ticket.uma_address || "–"}</dd>
        <dt className="text-ink-2">{t("admin.col.ticket")}</dt>
        <dd className="tabular-nums">{current.ticket.id}</dd>
        <dt className="text-ink-2">{t("receipt.invoice")}</dt>
        <dd className="break-all font-mono">{current.invoice_id ?? "–"}</dd>
      </dl>
      {canRetry(current) && <p className="text-sm text-ink-2">{t("admin.payment.retry.hint")}</p>}
      {retry.isError && <ProblemNotice error={retry.error} />}
      <section className="flex flex-col gap-3">
        <h3 className="font-semibold">{t("admin.payment.timeline")}</h3>
        {detail.isPending ? (
          <Skeleton className="h-32" />
        ) : detail.data && detail.data.timeline.length > 0 ? (
          <ol className="flex flex-col border-l-2 border-line pl-4">
            {detail.data.timeline.map((entry, index) => (
              <li key={index} className="relative pb-4">
                <span
                  aria-hidden="true"
                  className="absolute -left-[1.4rem] top-1.5 size-2.5 rounded-full bg-accent"
                />
                <p className="font-medium first-letter:uppercase">
                  {entry.kind.replace(/_/g, " ")}
                </p>
                {entry.detail && <p className="break-all text-sm text-ink-2">{entry.detail}</p>}
                <p className="text-sm text-ink-3 tabular-nums">
                  {formatDateTime(entry.at, locale, zone)}
                </p>
              </li>
            ))}
          </ol>
        ) : (
          <p className="text-sm text-ink-2">{t("admin.payment.timeline.none")}</p>
        )}
      </section>
    </Dialog>
  );
}
