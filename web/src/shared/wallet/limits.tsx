import { useState } from "react";
import { Problem } from "@/api/problem";
import type { WalletConnection } from "@/api/types";
import { useI18n } from "@/i18n/i18n";
import { ProblemNotice } from "@/shared/problem-notice";
import { Button } from "@/ui/button";
import { Field } from "@/ui/field";
import { toast } from "@/ui/toast";
import { parseLimit } from "./connection";
import { useWalletLimits } from "./queries";
import { formatNumber } from "@/lib/format";
import { onSuccess } from "@/lib/on-success";

/** Spending limits of the connected wallet, and a form to change them. */
export function WalletLimits({ wallet }: { wallet: WalletConnection }) {
  const { t, locale } = useI18n();
  const [editing, setEditing] = useState(false);
  const named = (sats: number | null | undefined) =>
    typeof sats === "number"
      ? t("sats", { amount: formatNumber(sats, locale) })
      : t("wallet.limit.none");
  if (editing) return <LimitForm wallet={wallet} onDone={() => setEditing(false)} />;
  return (
    <div className="flex flex-col items-start gap-2">
      <dl className="grid grid-cols-[auto_auto] gap-x-6 gap-y-1 text-sm tabular-nums">
        <dt className="text-ink-2">{t("wallet.limit.purchase")}</dt>
        <dd className="text-right font-medium">{named(wallet.budget_per_purchase_sats)}</dd>
        <dt className="text-ink-2">{t("wallet.limit.day")}</dt>
        <dd className="text-right font-medium">{named(wallet.budget_per_day_sats)}</dd>
      </dl>
      <Button variant="secondary" size="sm" onClick={() => setEditing(true)}>
        {t("wallet.limit.edit")}
      </Button>
    </div>
  );
}

function LimitForm(props: { wallet: WalletConnection; onDone: () => void }) {
  const { t, locale } = useI18n();
  const save = useWalletLimits();
  const shown = (sats: number | null | undefined) =>
    typeof sats === "number" ? formatNumber(sats, locale) : "";
  const [purchase, setPurchase] = useState(() => shown(props.wallet.budget_per_purchase_sats));
  const [day, setDay] = useState(() => shown(props.wallet.budget_per_day_sats));
  const [tried, setTried] = useState(false);
  const wrong = (text: string) => text.trim() !== "" && parseLimit(text) === null;
  const fields = save.isError ? Problem.from(save.error).fields : {};
  const error = (text: string, name: string) =>
    tried && wrong(text) ? t("wallet.limit.invalid") : fields[name] && t("wallet.limit.invalid");
  return (
    <form
      noValidate
      className="flex flex-col gap-3 border-t border-line pt-3"
      onSubmit={(event) => {
        event.preventDefault();
        setTried(true);
        if (wrong(purchase) || wrong(day)) return;
        const limits = {
          budget_per_purchase_sats: parseLimit(purchase),
          budget_per_day_sats: parseLimit(day),
        };
        onSuccess(save.mutateAsync(limits), () => {
          toast(t("saved"));
          props.onDone();
        });
      }}
    >
      {save.isError && Object.keys(fields).length === 0 && <ProblemNotice error={save.error} />}
      <div className="grid gap-3 sm:grid-cols-2">
        <Field
          label={t("wallet.limit.purchase")}
          inputMode="numeric"
          autoComplete="off"
          trailing="sats"
          value={purchase}
          onChange={(event) => setPurchase(event.target.value)}
          error={error(purchase, "budget_per_purchase_sats")}
        />
        <Field
          label={t("wallet.limit.day")}
          inputMode="numeric"
          autoComplete="off"
          trailing="sats"
          value={day}
          onChange={(event) => setDay(event.target.value)}
          error={error(day, "budget_per_day_sats")}
        />
      </div>
      <p className="text-sm text-ink-3">{t("wallet.limit.hint")}</p>
      <div className="flex gap-2">
        <Button type="submit" size="sm" busy={save.isPending}>
          {t("save")}
        </Button>
        <Button variant="ghost" size="sm" onClick={props.onDone}>
          {t("cancel")}
        </Button>
      </div>
    </form>
  );
}
