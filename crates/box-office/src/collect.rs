use crate::{BoxOffice, CollectionUpdate, JobEnd, TicketView};
use chrono::Duration;
use kernel::{Msats, PaymentId, StoreError, Timestamp, text::foreign};
use payments::{Collection, CollectionState, Invoice, InvoiceStatus, PaymentHash, PaymentStatus};
use tickets::Ticket;
use uma_protocol::{
    UmaVersion, address::UmaAddress, counterparty::CounterpartyError, invoice::InvoiceDraft, lnurlp::Metadata,
};

use crate::wallet_orders::{CollectionAttempt, open_wallet_order};

/// Delay before a job continues whose invoice a retry replaced.
const REPLACED_PAUSE: Duration = Duration::seconds(1);

/// Maximum length of a VASP's reason, in characters.
const MAX_REASON: usize = 150;

/// Content of a UMA Invoice.
pub(crate) struct UmaOrder<'a> {
    /// Metadata of our bolt11; carries the UMA Invoice's UUID.
    pub(crate) metadata: &'a str,
    pub(crate) amount: Msats,
    pub(crate) expires_at: Timestamp,
}

/// The invoice that a pending payment can be paid with now.
pub(crate) fn payable(view: &TicketView, now: Timestamp) -> Option<Invoice> {
    view.payment.as_ref().filter(|payment| payment.state.status == PaymentStatus::Pending)?;
    // The ticket of a cancelled event stays pending until its job runs.
    if view.event.cancelled_at.is_some() {
        return None;
    }
    view.invoice.clone().filter(|invoice| invoice.status == InvoiceStatus::Open && now < invoice.expires_at)
}

impl BoxOffice {
    /// Requests the money from an authenticated buyer's connected wallet, or else from the buyer's VASP (UMA Request, UMAD-11).
    /// A wallet order is followed until it is known to be paid or failed, independent of the VASP request.
    pub(crate) async fn collect(&self, payment_id: PaymentId, attempts: u32) -> Result<JobEnd, StoreError> {
        let Some(view) = self.store().payment_view(payment_id).await? else { return Ok(JobEnd::Done) };
        let wallet_allowed = view.payment.as_ref().is_some_and(|payment| payment.wallet_allowed);
        // The first run has no earlier order; the decision is repeated under the lock anyway.
        let orders = if wallet_allowed && attempts > 1 {
            self.store().outgoing_orders_of(payment_id).await?
        } else {
            Vec::new()
        };
        let tried = match (open_wallet_order(&orders), payable(&view, self.now())) {
            (Some(order), _) => self.follow_order(&view, order, attempts).await?,
            (None, Some(invoice)) => self.order_wallet(&view, &invoice, &orders, attempts).await?,
            (None, None) => return Ok(JobEnd::Done),
        };
        let (why, follow) = match tried {
            CollectionAttempt::End(end) => return Ok(end),
            CollectionAttempt::AskVasp { why, follow } => (why, follow),
        };
        // The payment may have ended during the wallet call.
        let wallet_asked = !why.is_empty() || follow.is_some();
        let view =
            if wallet_asked { self.store().payment_view(payment_id).await?.unwrap_or(view) } else { view };
        let now = self.now();
        let asked = match payable(&view, now) {
            Some(invoice) => self.ask_vasp(&view, &invoice, &why, attempts, now).await?,
            None => JobEnd::Done,
        };
        Ok(match (asked, follow) {
            (JobEnd::Done, Some(at)) => JobEnd::Retry { at, error: None },
            (JobEnd::Retry { at, error }, Some(follow)) => JobEnd::Retry { at: at.min(follow), error },
            (end, _) => end,
        })
    }

    async fn ask_vasp(
        &self,
        view: &TicketView,
        invoice: &Invoice,
        why: &str,
        attempts: u32,
        now: Timestamp,
    ) -> Result<JobEnd, StoreError> {
        let Some(payment) = &view.payment else { return Ok(JobEnd::Done) };
        let Ok(buyer) = UmaAddress::parse(&view.ticket.uma_address) else { return Ok(JobEnd::Done) };
        if payment.collection.state == CollectionState::RequestSent {
            return Ok(JobEnd::Done);
        }
        if let Some(end) = self.wait_for_push(view, payment, &buyer, now).await? {
            return Ok(end);
        }
        let vasp = buyer.domain().as_str().to_owned();
        match self.push(invoice, &buyer).await {
            Ok(()) => {
                let updated = self
                    .update_invoice_collection(invoice, payment.id, CollectionState::RequestSent, why, false)
                    .await?;
                Ok(if updated { JobEnd::Done } else { retry_replaced(now) })
            }
            Err(error) if error.is_retryable() => {
                tracing::info!(payment.id = %payment.id, %vasp, %error, "buyer's VASP unreachable");
                let sentence = format!(
                    "{vasp} cannot be reached right now. Pay with the QR code, or wait: it is tried again."
                );
                let state = CollectionState::Unreachable;
                if !self.update_invoice_collection(invoice, payment.id, state, &sentence, false).await? {
                    return Ok(retry_replaced(now));
                }
                let pause = Duration::seconds(5_i64.saturating_mul(1 << attempts.min(6)));
                let at = now.checked_add_signed(pause).unwrap_or(now);
                Ok(if at < invoice.expires_at {
                    JobEnd::Retry { at, error: Some(error.to_string()) }
                } else {
                    JobEnd::Done
                })
            }
            Err(error) => {
                tracing::info!(payment.id = %payment.id, %vasp, %error, "buyer's VASP refused the request");
                let (state, sentence) = (CollectionState::Refused, refusal(&vasp, &error));
                let updated =
                    self.update_invoice_collection(invoice, payment.id, state, &sentence, true).await?;
                Ok(if updated { JobEnd::Done } else { retry_replaced(now) })
            }
        }
    }

    async fn push(&self, invoice: &Invoice, buyer: &UmaAddress) -> Result<(), CounterpartyError> {
        let refused = |reason: &str| CounterpartyError::NotAllowed(reason.to_owned());
        let text =
            invoice.uma_invoice.as_ref().ok_or_else(|| refused("there is no UMA Invoice for this bolt11"))?;
        let configuration = self.dependencies.counterparty.configuration(buyer.domain()).await?;
        let endpoint = configuration.push_target(UmaVersion::V1).map_err(|error| refused(error.reason()))?;
        self.dependencies.counterparty.push_invoice(endpoint, text).await
    }

    /// Signs a UMA Invoice (UMAD-09) for one of our bolt11s. On failure the bolt11 can still be paid without it.
    pub(crate) fn uma_invoice(
        &self,
        order: &UmaOrder<'_>,
        sender: Option<&UmaAddress>,
        callback: String,
    ) -> Option<String> {
        let sign = || {
            let uuid = Metadata::parse(order.metadata)?.get("text/uma-invoice").unwrap_or_default();
            let mut draft = InvoiceDraft::sats(
                self.dependencies.uma_address.clone(),
                uuid,
                order.amount.to_sats_floor().get(),
                order.expires_at.timestamp(),
                callback,
            );
            draft.sender = sender.cloned();
            draft.max_payments = Some(1);
            draft.sign(self.dependencies.uma_keys.active(self.now().timestamp()).signing_key())?.to_bech32()
        };
        sign().inspect_err(|error| tracing::error!(%error, "UMA Invoice not signed")).ok()
    }

    /// Pay request URL of a ticket for the buyer's VASP: the id names the ticket, the tag authorises.
    pub(crate) fn payreq_url(&self, ticket: &Ticket) -> String {
        let tag = self.dependencies.links.payreq_tag(ticket);
        format!("{}/uma/payreq/{}?t={tag}", self.settings().base_url, ticket.id)
    }

    /// Stores the collection state shown to the buyer; `false` if the payment is not pending any more.
    pub(crate) async fn update_collection(
        &self,
        payment_id: PaymentId,
        state: CollectionState,
        detail: &str,
    ) -> Result<bool, StoreError> {
        self.submit_collection(payment_id, None, state, detail, false).await
    }

    /// Stores the collection state of one invoice; `false` also if a retry replaced the invoice.
    async fn update_invoice_collection(
        &self,
        invoice: &Invoice,
        payment_id: PaymentId,
        state: CollectionState,
        detail: &str,
        push_refused: bool,
    ) -> Result<bool, StoreError> {
        self.submit_collection(payment_id, Some(invoice.payment_hash), state, detail, push_refused).await
    }

    async fn submit_collection(
        &self,
        payment_id: PaymentId,
        invoice: Option<PaymentHash>,
        state: CollectionState,
        detail: &str,
        push_refused: bool,
    ) -> Result<bool, StoreError> {
        let collection = Collection { state, detail: detail.chars().take(200).collect() };
        let update = CollectionUpdate { payment_id, invoice, collection, push_refused, at: self.now() };
        self.collection_queue.submit(update).await.map_err(|error| StoreError::Unavailable(error.into()))
    }
}

/// Reschedules a job whose invoice was replaced or whose payment ended, so that it reads the current state.
fn retry_replaced(now: Timestamp) -> JobEnd {
    JobEnd::Retry { at: now.checked_add_signed(REPLACED_PAUSE).unwrap_or(now), error: None }
}

/// Sentence for the buyer about a VASP that refused the request.
fn refusal(vasp: &str, error: &CounterpartyError) -> String {
    match error {
        CounterpartyError::Refused { status: 404, .. } => format!("{vasp} does not know this UMA address."),
        CounterpartyError::Refused { body, .. } if !foreign(&body.reason, MAX_REASON).is_empty() => {
            format!("{vasp} declined the request: {}", foreign(&body.reason, MAX_REASON))
        }
        CounterpartyError::Refused { .. } => format!("{vasp} declined the request."),
        CounterpartyError::NotAllowed(_) => format!("{vasp} does not take payment requests."),
        CounterpartyError::Malformed(_) => format!("{vasp} gave an answer that cannot be read."),
        CounterpartyError::Unreachable(_) => format!("{vasp} cannot be reached right now."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_a_sentence_with_its_reason() {
        let refused = |status, reason: &str| CounterpartyError::Refused {
            status,
            body: serde_json::from_value(serde_json::json!({ "status": "ERROR", "reason": reason })).unwrap(),
        };
        let sentence = |error| refusal("localhost:18421", &error);
        assert_eq!(sentence(refused(404, "x")), "localhost:18421 does not know this UMA address.");
        assert_eq!(
            sentence(refused(403, "Daily\n\u{202e}limit ")),
            "localhost:18421 declined the request: Daily limit"
        );
        assert_eq!(sentence(refused(403, "\u{200b}")), "localhost:18421 declined the request.");
        assert_eq!(sentence(refused(403, "")), "localhost:18421 declined the request.");
        let none = CounterpartyError::NotAllowed("this VASP takes no invoices".into());
        assert_eq!(sentence(none), "localhost:18421 does not take payment requests.");
    }
}
