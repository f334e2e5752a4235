import { useState } from "react";
import { Problem } from "@/api/problem";
import type { PaymentDetail } from "@/api/types";
import { useI18n } from "@/i18n/i18n";
import { formatNumber } from "@/lib/format";
import { onSuccess } from "@/lib/on-success";
import { ProblemNotice } from "@/shared/problem-notice";
import { refundErrorText } from "@/shared/refund-error";
import { Button } from "@/ui/button";
import { Each } from "@/ui/each";
import { Field } from "@/ui/field";
import { toast } from "@/ui/toast";
import { isOpenRefund, refundKey } from "./payment-status-style";
import { useGiveUpRefund } from "./queries";

type Refund = PaymentDetail["refunds"][number];

export const toSats = (msats: number) => Math.ceil(msats / 1000);

/** Refunds of a payment; an open one can be cancelled or sent to another address. */
export function Refunds(props: { paymentId: number; refunds: readonly Refund[] }) {
  const { t } = useI18n();
  return (
    <section className="flex flex-col gap-2">
      <h3 className="font-semibold">{t("admin.payment.refunds")}</h3>
      <ul className="flex flex-col gap-2">
        <Each of={props.refunds} by={(refund) => refund.id} as="li">
          {(refund) => <Item paymentId={props.paymentId} refund={refund} />}
        </Each>
      </ul>
    </section>
  );
}

function Item({ paymentId, refund }: { paymentId: number; refund: Refund }) {
  const { t, lang, locale } = useI18n();
  const why = refundErrorText(refund, t);
  const [isEditing, setEditing] = useState(false);
  return (
    <li className="flex flex-col gap-2 rounded-control bg-sunken p-3 text-sm">
      <p className="flex justify-between gap-2 font-medium tabular-nums">
        <span>{t("sats", { amount: formatNumber(toSats(refund.amount_msats), locale) })}</span>
        <span>{t(refundKey(refund.status))}</span>
      </p>
      <p translate="no" className="break-all text-ink-2">
        {refund.destination}
      </p>
      {why !== null && <p className="text-warning">{why}</p>}
      {refund.error && refund.error !== why && lang === "en" && (
        <p className="break-words text-ink-2">{refund.error}</p>
      )}
      {isOpenRefund(refund.status) && !isEditing && (
        <Button
          variant="secondary"
          size="sm"
          className="self-start"
          onClick={() => setEditing(true)}
        >
          {t("admin.refund.cancel")}
        </Button>
      )}
      {isEditing && (
        <GiveUp paymentId={paymentId} refundId={refund.id} onDone={() => setEditing(false)} />
      )}
    </li>
  );
}

function GiveUp(props: { paymentId: number; refundId: number; onDone: () => void }) {
  const { t } = useI18n();
  const giveUp = useGiveUpRefund(props.paymentId);
  const [to, setTo] = useState("");
  const [isChecked, setChecked] = useState(false);
  // The outcome is unknown: an organiser must check the node's payments.
  const isUnresolved = giveUp.isError && Problem.from(giveUp.error).type === "refund_unresolved";
  const checkId = `unpaid-${props.refundId}`;
  return (
    <form
      noValidate
      className="flex flex-col gap-3 border-t border-line pt-3"
      onSubmit={(event) => {
        event.preventDefault();
        const destination = to.trim() === "" ? null : to.trim();
        const change = {
          refundId: props.refundId,
          destination,
          confirmed_unpaid: isUnresolved && isChecked,
        };
        onSuccess(giveUp.mutateAsync(change), () => {
          toast(t(destination === null ? "admin.refund.cancelled" : "admin.payment.refund.asked"));
          props.onDone();
        });
      }}
    >
      {giveUp.isError && <ProblemNotice error={giveUp.error} />}
      <Field
        label={t("admin.refund.cancel.to")}
        hint={t("admin.refund.cancel.hint")}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        value={to}
        onChange={(event) => setTo(event.target.value)}
      />
      {isUnresolved && (
        <label htmlFor={checkId} className="flex items-start gap-2">
          <input
            id={checkId}
            type="checkbox"
            className="mt-1 size-4 accent-accent"
            checked={isChecked}
            onChange={(event) => setChecked(event.target.checked)}
          />
          <span>{t("admin.refund.cancel.confirm")}</span>
        </label>
      )}
      <div className="flex flex-wrap gap-2">
        <Button
          type="submit"
          variant="danger"
          size="sm"
          busy={giveUp.isPending}
          disabled={isUnresolved && !isChecked}
        >
          {t(to.trim() === "" ? "admin.refund.cancel.do" : "admin.refund.cancel.send")}
        </Button>
        <Button variant="ghost" size="sm" onClick={props.onDone}>
          {t("cancel")}
        </Button>
      </div>
    </form>
  );
}
