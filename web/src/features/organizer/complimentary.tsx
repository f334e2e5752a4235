import { Gift } from "lucide-react";
import { useState } from "react";
import type { AdminEvent, TicketType } from "@/api/types";
import { useI18n } from "@/i18n/i18n";
import { onSuccess } from "@/lib/on-success";
import { parseWhole } from "@/lib/money";
import { ProblemNotice } from "@/shared/problem-notice";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Field, FieldShell, inputClass } from "@/ui/field";
import { toast } from "@/ui/toast";
import { useGiveTickets } from "./queries";
import { useTicketTypes } from "./ticket-queries";

const isEmail = (text: string) => /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(text);

/** Gives free tickets to a guest, who gets them by email. */
export function Complimentary({ event }: { event: AdminEvent }) {
  const { t } = useI18n();
  const [isOpen, setOpen] = useState(false);
  const types = (useTicketTypes(event.id).data ?? []).filter((type) => !type.archived);
  if (types.length === 0 || event.cancelled_at) return null;
  return (
    <>
      <Button variant="secondary" size="sm" onClick={() => setOpen(true)}>
        <Gift aria-hidden="true" className="size-4" />
        <span>{t("gift.add")}</span>
      </Button>
      {isOpen && <GiveTickets event={event} types={types} onClose={() => setOpen(false)} />}
    </>
  );
}

function GiveTickets(props: {
  event: AdminEvent;
  types: readonly TicketType[];
  onClose: () => void;
}) {
  const { t, tn } = useI18n();
  const { types, onClose } = props;
  const give = useGiveTickets(props.event.id);
  const [type, setType] = useState("");
  const [quantity, setQuantity] = useState("1");
  const [name, setName] = useState("");
  const [email, setEmail] = useState("");
  const [isChecked, setChecked] = useState(false);
  const count = parseWhole(quantity) ?? 0;
  const address = email.trim();
  const typeId = Number(type || (types[0]?.id ?? 0));
  return (
    <Dialog title={t("gift.title")} onClose={onClose}>
      <form
        noValidate
        className="flex flex-col gap-4"
        onSubmit={(submitted) => {
          submitted.preventDefault();
          setChecked(true);
          if (count < 1 || !isEmail(address)) return;
          const holder = name.trim();
          const input = {
            lines: [{ ticket_type_id: typeId, quantity: count }],
            // The order's email has all its tickets; an address here would send each once more.
            attendees: holder ? Array.from({ length: count }, () => ({ name: holder })) : [],
            email: address,
          };
          onSuccess(give.mutateAsync(input), () => {
            toast(tn("gift.done", count, { email: address }));
            onClose();
          });
        }}
      >
        <p className="text-ink-2">{t("gift.lead")}</p>
        {types.length > 1 && (
          <FieldShell id="gift-type" label={t("gift.type")}>
            {(aria) => (
              <select
                {...aria}
                className={inputClass}
                value={String(typeId)}
                onChange={(change) => setType(change.target.value)}
              >
                {types.map((each) => (
                  <option key={each.id} value={String(each.id)}>
                    {each.name}
                  </option>
                ))}
              </select>
            )}
          </FieldShell>
        )}
        <Field
          label={t("gift.quantity")}
          inputMode="numeric"
          value={quantity}
          onChange={(change) => setQuantity(change.target.value)}
          error={isChecked && count < 1 ? t("form.type.count.invalid") : undefined}
        />
        <Field
          label={t("gift.email")}
          type="email"
          autoComplete="off"
          value={email}
          onChange={(change) => setEmail(change.target.value)}
          error={isChecked && !isEmail(address) ? t("form.email.invalid") : undefined}
        />
        <Field
          label={t("gift.name")}
          hint={t("gift.name.hint")}
          autoComplete="off"
          maxLength={200}
          value={name}
          onChange={(change) => setName(change.target.value)}
        />
        {give.isError && <ProblemNotice error={give.error} />}
        <div className="flex flex-wrap justify-end gap-2">
          <Button variant="secondary" onClick={onClose}>
            {t("cancel")}
          </Button>
          <Button type="submit" busy={give.isPending}>
            {t("gift.do")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
