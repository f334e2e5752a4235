import { useState } from "react";
import type { OrderTicket } from "@/api/types";
import { Problem } from "@/api/problem";
import { useI18n } from "@/i18n/i18n";
import { onSuccess } from "@/lib/on-success";
import { fieldText } from "@/shared/field-text";
import { ProblemNotice } from "@/shared/problem-notice";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Field } from "@/ui/field";
import { toast } from "@/ui/toast";
import { useEditHolder } from "./queries";

const isEmail = (text: string) => /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(text);

/** Names the person who uses a ticket; a new email address gets the ticket. */
export function HolderForm(props: {
  orderId: number;
  ticket: OrderTicket;
  token: string | null;
  onClose: () => void;
}) {
  const { ticket } = props;
  const i18n = useI18n();
  const { t } = i18n;
  const edit = useEditHolder(props.orderId, ticket.id, props.token);
  const [name, setName] = useState(ticket.holder_name ?? "");
  const [email, setEmail] = useState(ticket.holder_email ?? "");
  const [isChecked, setChecked] = useState(false);
  const address = email.trim();
  const isWrong = address !== "" && !isEmail(address);
  const problem = edit.isError ? Problem.from(edit.error) : null;
  const known = ["holder_name", "holder_email"];
  const isPlaced =
    problem !== null &&
    Object.keys(problem.fields).length > 0 &&
    Object.keys(problem.fields).every((field) => known.includes(field));
  const serverError = (field: string) =>
    problem?.fields[field] === undefined ? undefined : fieldText(problem, field, i18n);
  return (
    <Dialog title={t("order.holder.title")} onClose={props.onClose}>
      <form
        noValidate
        className="flex flex-col gap-4"
        onSubmit={(submitted) => {
          submitted.preventDefault();
          setChecked(true);
          if (isWrong) return;
          const holder = { holder_name: name.trim() || null, holder_email: address || null };
          const isNew = address !== "" && address !== ticket.holder_email;
          onSuccess(edit.mutateAsync(holder), () => {
            toast(isNew ? t("order.holder.sent", { email: address }) : t("saved"));
            props.onClose();
          });
        }}
      >
        <p className="text-ink-2">{t("order.holder.lead")}</p>
        <Field
          label={t("login.name")}
          autoComplete="off"
          maxLength={200}
          value={name}
          error={serverError("holder_name")}
          onChange={(change) => setName(change.target.value)}
        />
        <Field
          type="email"
          label={t("login.email")}
          hint={t("order.holder.email.hint")}
          autoComplete="off"
          value={email}
          error={isChecked && isWrong ? t("form.email.invalid") : serverError("holder_email")}
          onChange={(change) => setEmail(change.target.value)}
        />
        {problem && !isPlaced && <ProblemNotice error={problem} />}
        <div className="flex flex-wrap justify-end gap-2">
          <Button variant="secondary" onClick={props.onClose}>
            {t("cancel")}
          </Button>
          <Button type="submit" busy={edit.isPending}>
            {t("save")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
