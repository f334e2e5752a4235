import { Wallet } from "lucide-react";
import { useId, useState } from "react";
import { Link, useLocation } from "react-router-dom";
import { Problem } from "@/api/problem";
import type { EventView, TicketType } from "@/api/types";
import { useI18n } from "@/i18n/i18n";
import { formatNumber } from "@/lib/format";
import { useSession } from "@/lib/session";
import { tidyUma, umaDomain, umaProblem } from "@/lib/uma";
import { useNow } from "@/lib/use-now";
import { fieldText } from "@/shared/field-text";
import { lastAddress, lastPayBy, openOrder, type PayBy } from "@/shared/order/memory";
import { OrderLines } from "@/shared/order/order-lines";
import type { OrderPlacement } from "@/shared/order/place-order";
import { isPromoRefusal, promoText } from "@/shared/order/promo-refusal";
import { useQuote } from "@/shared/order/queries";
import { OrderRefused } from "@/shared/order/refusal";
import {
  countOf,
  listTotal,
  selectionQuery,
  toLines,
  unitPrice,
  type Selection,
} from "@/shared/order/selection";
import { walletState } from "@/shared/wallet/connection";
import { useWallet } from "@/shared/wallet/queries";
import { WalletCard } from "@/shared/wallet/wallet-card";
import { Button } from "@/ui/button";
import { Field } from "@/ui/field";
import { Notice } from "@/ui/notice";
import { Page } from "@/ui/page";
import { RadioCards } from "@/ui/radio-cards";
import { Skeleton } from "@/ui/skeleton";
import { EventSummary } from "./event-summary";
import { UmaField } from "./uma-field";

const isEmail = (text: string) => /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(text);

/** One order: its lines, the buyer's email or account, and how to pay. */
export function CheckoutForm(props: {
  event: EventView;
  types: readonly TicketType[];
  selection: Selection;
  /** Why the promo code was refused; the order is placed without it. */
  refusedCode: unknown;
  title: string;
  order: OrderPlacement;
  onOpen: (id: number) => void;
}) {
  const i18n = useI18n();
  const { t, tn, locale } = i18n;
  const { event, types, selection, order } = props;
  const now = useNow(5000);
  const signedIn = useSession();
  const userId = signedIn?.user.id ?? 0;
  const wallet = useWallet();
  const umaId = useId();
  const emailId = useId();
  const [typedUma, setTypedUma] = useState<string | null>(null);
  const [email, setEmail] = useState("");
  const [payBy, setPayBy] = useState<PayBy>(lastPayBy.get);
  const [isSubmitted, setSubmitted] = useState(false);

  const quoted = useQuote(event.id, selection, types);
  const { choices } = selection;
  const count = countOf(choices);
  const total = quoted.isWanted ? (quoted.quote?.total_sats ?? null) : listTotal(choices, types);
  const lines =
    quoted.quote?.lines ??
    choices.flatMap((choice) => {
      const type = types.find((each) => each.id === choice.type);
      const price = type ? unitPrice(type, choice) : null;
      if (!type || price === null) return [];
      return {
        ticket_type_id: type.id,
        name: type.name,
        quantity: choice.quantity,
        list_price_sats: price,
        discount_sats: 0,
        total_sats: price * choice.quantity,
      };
    });

  const isFree = total === 0;
  const paysByWallet = walletState(wallet.data, now) === "active";
  const usesUma = !isFree && !paysByWallet && payBy === "uma";
  const ofWallet = wallet.data?.uma_address ?? null;
  const uma = tidyUma(
    paysByWallet ? (ofWallet ?? "") : (typedUma ?? ofWallet ?? lastAddress.get(userId)),
  );
  const umaIssue = umaProblem(uma);
  const isEmailMissing = !signedIn && !isEmail(email.trim());
  const hasConversion = quoted.quote?.lines.some((line) => line.conversion) ?? false;

  const submit = () => {
    setSubmitted(true);
    if (order.isPending || total === null) return;
    if (isEmailMissing) {
      document.getElementById(emailId)?.focus();
      return;
    }
    if (usesUma && umaIssue) {
      document.getElementById(umaId)?.focus();
      return;
    }
    const elsewhere = openOrder(event.id, userId);
    if (elsewhere !== null) {
      props.onOpen(elsewhere);
      return;
    }
    if (!isFree) lastPayBy.set(payBy);
    order.place({
      event: event.id,
      lines: toLines(choices),
      code: selection.code,
      uma: usesUma || ((isFree || paysByWallet) && !umaIssue && signedIn) ? uma : "",
      email: signedIn ? "" : email.trim(),
      total,
      quote: hasConversion ? (quoted.quote?.quote ?? undefined) : undefined,
    });
  };

  const failure = order.failure === null ? null : Problem.from(order.failure);
  const emailError =
    isSubmitted && isEmailMissing
      ? t("form.email.invalid")
      : failure?.fields.email && fieldText(failure, "email", i18n);
  return (
    <Page title={props.title}>
      <EventSummary event={event}>
        {total === null ? (
          quoted.error === null ? (
            <Skeleton className="h-12" />
          ) : (
            <OrderRefused error={quoted.error} />
          )
        ) : (
          <OrderLines lines={lines} total={total} code={quoted.quote?.promo_code ?? null} fiat />
        )}
        <p className="pt-2 text-sm">
          <Link
            to={`/events/${event.id}${selectionQuery(selection)}`}
            className="font-medium text-accent-text underline"
          >
            {t("buy.change")}
          </Link>
        </p>
      </EventSummary>
      {props.refusedCode !== null && (
        <Notice tone="warning" live title={t("promo.refused.title")}>
          {promoText(props.refusedCode, i18n)}
        </Notice>
      )}
      <form
        noValidate
        className="flex flex-col gap-6"
        onSubmit={(submitted) => {
          submitted.preventDefault();
          submit();
        }}
      >
        {!signedIn && (
          <GuestEmail id={emailId} email={email} error={emailError} onEmail={setEmail} />
        )}
        {!isFree && !paysByWallet && (
          <RadioCards
            legend={t("buy.by")}
            name="pay-by"
            value={payBy}
            onChange={(change) => setPayBy(change.target.value === "uma" ? "uma" : "invoice")}
            options={[
              { value: "uma", title: t("buy.by.uma"), note: t("buy.by.uma.note") },
              { value: "invoice", title: t("buy.by.invoice"), note: t("buy.by.invoice.note") },
            ]}
          />
        )}
        {!isFree && paysByWallet && (
          <p className="flex items-center gap-3 rounded-card border border-line bg-surface p-4">
            <Wallet aria-hidden="true" className="size-5 shrink-0 text-ink-2" />
            <span className="min-w-0">
              <span className="block text-sm text-ink-2">{t("buy.by.wallet")}</span>
              <span className="block font-semibold [overflow-wrap:anywhere]">
                {ofWallet ?? t("wallet.title")}
              </span>
            </span>
          </p>
        )}
        {usesUma && (
          <UmaField
            id={umaId}
            value={typedUma ?? uma}
            onValue={setTypedUma}
            isSubmitted={isSubmitted}
            error={
              failure?.fields.uma_address ? fieldText(failure, "uma_address", i18n) : undefined
            }
          />
        )}
        {failure &&
          (isPromoRefusal(failure) ? (
            <Notice tone="danger" live title={t("promo.refused.title")}>
              {promoText(failure, i18n)}
            </Notice>
          ) : (
            <OrderRefused error={failure} />
          ))}
        <div className="flex flex-col gap-3">
          <Button type="submit" size="lg" wide busy={order.isPending} disabled={total === null}>
            {isFree || total === null
              ? tn("buy.get.many", count)
              : t("buy.pay", { amount: formatNumber(total, locale) })}
          </Button>
          <p className="text-center text-sm text-ink-2">
            {isFree
              ? t(signedIn ? "buy.next.free" : "buy.next.free.guest")
              : paysByWallet
                ? t("buy.next.wallet")
                : payBy === "invoice"
                  ? t("buy.next.invoice")
                  : umaIssue
                    ? t("buy.next.generic")
                    : t("buy.next", { domain: umaDomain(uma) })}
          </p>
        </div>
      </form>
      {order.dialog}
      {!isFree && signedIn && <WalletCard />}
    </Page>
  );
}

function GuestEmail(props: {
  id: string;
  email: string;
  error: string | undefined;
  onEmail: (email: string) => void;
}) {
  const { t } = useI18n();
  const location = useLocation();
  const next = new URLSearchParams({ next: location.pathname + location.search });
  return (
    <div className="flex flex-col gap-2">
      <Field
        id={props.id}
        type="email"
        name="email"
        autoComplete="email"
        label={t("login.email")}
        hint={t("buy.email.hint")}
        value={props.email}
        error={props.error}
        onChange={(change) => props.onEmail(change.target.value)}
      />
      <p className="flex flex-wrap gap-x-1.5 text-sm text-ink-2">
        <span>{t("buy.account")}</span>
        <Link to={`/login?${next}`} className="font-medium text-accent-text underline">
          {t("buy.account.login")}
        </Link>
      </p>
    </div>
  );
}
