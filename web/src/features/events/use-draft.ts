import { useSearchParams } from "react-router-dom";
import type { EventView } from "@/api/types";
import { defaultChoices, typesOf } from "@/shared/order/event-types";
import { isPromoRefusal } from "@/shared/order/promo-refusal";
import { usePromoCode, useQuote } from "@/shared/order/queries";
import {
  countOf,
  listTotal,
  offered,
  readSelection,
  selectionQuery,
  type Choice,
} from "@/shared/order/selection";

/** The buyer's choice on the event page, which the URL keeps, with its price. */
export function useDraft(event: EventView) {
  const [params, setParams] = useSearchParams();
  const read = readSelection(params);
  const promo = usePromoCode(event.id, read.code);
  const types = typesOf(event, promo.data?.ticket_types);
  const choices = read.choices.length === 0 ? defaultChoices(types) : offered(read.choices, types);
  const accepted = promo.data ? read.code : "";
  const quoted = useQuote(event.id, { choices, code: accepted }, types);
  // A valid code that does not apply to the chosen types is refused with them.
  const refusal =
    promo.error ?? (quoted.error && isPromoRefusal(quoted.error) ? quoted.error : null);
  const listed = listTotal(choices, types);

  const write = (next: { choices?: readonly Choice[]; code?: string }) => {
    const query = selectionQuery({
      choices: [...(next.choices ?? read.choices)],
      code: next.code ?? read.code,
    });
    setParams(new URLSearchParams(query), { replace: true, preventScrollReset: true });
  };

  return {
    types,
    choices,
    code: read.code,
    count: countOf(choices),
    /** Total in sats; `null` while it is not known. */
    total: quoted.isWanted && refusal === null ? (quoted.quote?.total_sats ?? null) : listed,
    /** Total before the discount. */
    listed,
    isLoading: promo.isFetching || quoted.isLoading,
    codeError: refusal,
    error: refusal === null ? quoted.error : null,
    isCodeAccepted: accepted !== "" && refusal === null,
    to: `/events/${event.id}/purchase${selectionQuery({ choices, code: refusal === null ? accepted : "" })}`,
    setChoices: (next: readonly Choice[]) => write({ choices: next }),
    setCode: (code: string) => write({ code }),
  };
}

export type Draft = ReturnType<typeof useDraft>;
