import { useState } from "react";
import type { Order } from "@/api/types";
import { Problem } from "@/api/problem";
import { useI18n } from "@/i18n/i18n";
import { onSuccess } from "@/lib/on-success";
import { ProblemNotice } from "@/shared/problem-notice";
import { Button } from "@/ui/button";
import { Card } from "@/ui/card";
import { Field } from "@/ui/field";
import { toast } from "@/ui/toast";
import { useNameRefundAddress } from "./queries";

/** Asks for the address of a refund that waits for one. */
export function RefundAddress({ order, token }: { order: Order; token: string | null }) {
  const { t } = useI18n();
  const name = useNameRefundAddress(order.id, token);
  const [entered, setEntered] = useState("");
  const [isChecked, setChecked] = useState(false);
  if (order.payment?.refund_needs_address !== true) return null;
  const address = entered.trim();
  const problem = name.isError ? Problem.from(name.error) : null;
  const isWrong = problem?.fields["destination"] !== undefined;
  const error =
    isChecked && address === ""
      ? t("form.required")
      : isWrong
        ? t("order.refund.invalid")
        : undefined;
  return (
    <Card>
      <form
        noValidate
        className="flex flex-col gap-4"
        onSubmit={(submitted) => {
          submitted.preventDefault();
          setChecked(true);
          if (address === "") return;
          onSuccess(name.mutateAsync(address), () => toast(t("order.refund.done")));
        }}
      >
        <h2 className="text-lg font-semibold">{t("order.refund.title")}</h2>
        <Field
          label={t("order.refund.address")}
          hint={t("order.refund.hint")}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          value={entered}
          error={error}
          onChange={(change) => setEntered(change.target.value)}
        />
        {problem && !isWrong && <ProblemNotice error={problem} />}
        <Button type="submit" className="self-start" busy={name.isPending}>
          {t("order.refund.action")}
        </Button>
      </form>
    </Card>
  );
}
