use crate::{BoxOffice, JobEnd, Note, TicketView};
use chrono::Duration;
use kernel::{Msats, PaymentId, StoreError, Timestamp};
use payments::{Collection, CollectionState, Invoice, InvoiceStatus, PaymentStatus, WalletAnswer, WalletUri};
use uma_protocol::{
    address::UmaAddress, counterparty::CounterpartyError, invoice::InvoiceDraft, lnurlp::Metadata,
};

use crate::{settle::Proof, wallet_refresh::Usable};

/// Shown to the owner of a connection that the wallet does not accept any more.
const DEAD_CONNECTION: &str = "Your wallet no longer accepts this connection. Connect your wallet again.";
/// Between two questions to a wallet whose answer is unknown.
const ASK_AGAIN: Duration = Duration::seconds(5);
/// How often a silent wallet is asked before the buyer's VASP is asked too. The same bolt11 can be paid once only.
const WALLET_QUESTIONS: u32 = 4;

/// What a UMA Invoice asks for.
pub(crate) struct UmaOrder<'a> {
    /// Of our bolt11; it carries the UMA Invoice's UUID.
    pub(crate) metadata: &'a str,
    pub(crate) amount: Msats,
    pub(crate) expires_at: Timestamp,
}

/// What a try to collect came to.
enum Tried {
    /// The job is over.
    Over(JobEnd),
    /// No wallet did it: ask the VASP.
    AskVasp,
}

impl BoxOffice {
    /// Asks for the money: the connected wallet of an authenticated buyer, or else the buyer's VASP (UMA Request, UMAD-11).
    pub(crate) async fn collect(&self, payment_id: PaymentId, attempts: u32) -> Result<JobEnd, StoreError> {
        let now = self.now();
        let Some(view) = self.store().payment_view(payment_id).await? else { return Ok(JobEnd::Done) };
        let open = view
            .invoice
            .clone()
            .filter(|invoice| invoice.status == InvoiceStatus::Open && now < invoice.expires_at);
        let pending =
            view.payment.as_ref().is_some_and(|payment| payment.state.status == PaymentStatus::Pending);
        let Some(invoice) = open.filter(|_| pending) else {
            return Ok(JobEnd::Done);
        };
        match self.ask_wallet(&view, &invoice, attempts, now).await? {
            Tried::Over(end) => Ok(end),
            Tried::AskVasp => self.ask_vasp(&view, &invoice, attempts, now).await,
        }
    }

    async fn ask_wallet(
        &self,
        view: &TicketView,
        invoice: &Invoice,
        attempts: u32,
        now: Timestamp,
    ) -> Result<Tried, StoreError> {
        let (Some(wallet), Some(payment), Some(user)) =
            (&self.parts.buyer_wallet, &view.payment, view.ticket.user_id)
        else {
            return Ok(Tried::AskVasp);
        };
        if !payment.wallet_allowed || payment.collection.state == CollectionState::RequestSent {
            return Ok(Tried::AskVasp);
        }
        let asked_before = payment.collection.state == CollectionState::WalletPaying;
        let (connection, uri) = match self.usable_wallet(user, now).await? {
            Usable::Now(connection, uri) => (connection, uri),
            Usable::Later(at) => return Ok(Tried::Over(JobEnd::Again { at, error: None })),
            Usable::Never => return Ok(Tried::AskVasp),
        };
        let answer = if asked_before {
            // Killed half way, or no answer last time: the wallet may have paid, so it is never told to pay again.
            wallet.lookup(&uri, invoice.payment_hash).await
        } else {
            if !self.note(payment.id, CollectionState::WalletPaying, "").await? {
                return Ok(Tried::Over(JobEnd::Done));
            }
            let deadline =
                now.checked_add_signed(self.settings().wallet_timeout).unwrap_or(now).min(invoice.expires_at);
            let pay = async |uri: &WalletUri| {
                wallet.pay(uri, &invoice.bolt11, invoice.payment_hash, invoice.amount, deadline).await
            };
            let first = pay(&uri).await;
            // The wallet said for certain that it did not pay, only because the connection was renewed or ended elsewhere.
            match &first {
                WalletAnswer::Refused { connection_dead: true, .. } => {
                    match self.renewed_wallet(&connection, now).await? {
                        Usable::Now(_, renewed) => pay(&renewed).await,
                        Usable::Later(_) | Usable::Never => first,
                    }
                }
                _ => first,
            }
        };
        self.count_silence(&connection, answer.is_silence()).await?;
        match answer {
            WalletAnswer::Paid(preimage) => {
                self.settle(invoice.payment_hash, Proof::Preimage(preimage)).await?;
                Ok(Tried::Over(JobEnd::Done))
            }
            WalletAnswer::Refused { code, message, connection_dead } => {
                tracing::info!(payment.id = %payment.id, %code, "the buyer's wallet refused");
                let connection = self.store().wallet(user).await?.filter(|_| connection_dead);
                if let Some(connection) = connection {
                    self.fail_wallet(&connection, DEAD_CONNECTION).await?;
                }
                self.note(payment.id, CollectionState::Refused, &format!("{code}: {message}")).await?;
                Ok(Tried::AskVasp)
            }
            WalletAnswer::Pending => {
                let at = self.now().checked_add_signed(ASK_AGAIN).unwrap_or(now);
                Ok(Tried::Over(JobEnd::Again { at, error: None }))
            }
            WalletAnswer::Unknown { reason, .. } if attempts < WALLET_QUESTIONS => {
                let at = self.now().checked_add_signed(ASK_AGAIN).unwrap_or(now);
                Ok(Tried::Over(JobEnd::Again { at, error: Some(reason) }))
            }
            WalletAnswer::Unknown { .. } => Ok(Tried::AskVasp),
        }
    }

    async fn ask_vasp(
        &self,
        view: &TicketView,
        invoice: &Invoice,
        attempts: u32,
        now: Timestamp,
    ) -> Result<JobEnd, StoreError> {
        let Some(payment) = &view.payment else { return Ok(JobEnd::Done) };
        let Ok(buyer) = UmaAddress::parse(&view.ticket.uma_address) else { return Ok(JobEnd::Done) };
        if payment.collection.state == CollectionState::RequestSent {
            return Ok(JobEnd::Done);
        }
        let vasp = buyer.domain().as_str().to_owned();
        match self.push(invoice, &buyer).await {
            Ok(()) => {
                self.note(payment.id, CollectionState::RequestSent, &vasp).await?;
                Ok(JobEnd::Done)
            }
            Err(error) if error.is_retryable() => {
                tracing::info!(payment.id = %payment.id, %vasp, %error, "the buyer's VASP could not be reached");
                self.note(payment.id, CollectionState::Unreachable, &vasp).await?;
                let pause = Duration::seconds(5_i64.saturating_mul(1 << attempts.min(6)));
                let at = now.checked_add_signed(pause).unwrap_or(now);
                Ok(if at < invoice.expires_at {
                    JobEnd::Again { at, error: Some(error.to_string()) }
                } else {
                    JobEnd::Done
                })
            }
            Err(error) => {
                tracing::info!(payment.id = %payment.id, %vasp, %error, "the buyer's VASP took no request");
                self.note(payment.id, CollectionState::Refused, &vasp).await?;
                Ok(JobEnd::Done)
            }
        }
    }

    async fn push(&self, invoice: &Invoice, buyer: &UmaAddress) -> Result<(), CounterpartyError> {
        let refused = |reason: &str| CounterpartyError::NotAllowed(reason.to_owned());
        let text =
            invoice.uma_invoice.as_ref().ok_or_else(|| refused("there is no UMA Invoice for this bolt11"))?;
        let configuration = self.parts.counterparty.configuration(buyer.domain()).await?;
        let endpoint =
            configuration.uma_request_endpoint.ok_or_else(|| refused("this VASP takes no UMA Requests"))?;
        self.parts.counterparty.push_invoice(&endpoint, text).await
    }

    /// Signs a UMA Invoice (UMAD-09) around one of our bolt11s. Without one, the bolt11 can still be paid by itself.
    pub(crate) fn uma_invoice(
        &self,
        order: &UmaOrder<'_>,
        sender: Option<&UmaAddress>,
        callback: String,
    ) -> Option<String> {
        let sign = || {
            let uuid = Metadata::parse(order.metadata)?.get("text/uma-invoice").unwrap_or_default();
            let mut draft = InvoiceDraft::sats(
                self.parts.uma_address.clone(),
                uuid,
                order.amount.to_sats_floor().get(),
                order.expires_at.timestamp(),
                callback,
            );
            draft.sender = sender.cloned();
            draft.max_payments = Some(1);
            draft.sign(self.parts.uma_keys.active(self.now().timestamp()).signing_key())?.to_bech32()
        };
        sign().inspect_err(|error| tracing::error!(%error, "a UMA Invoice could not be made")).ok()
    }

    /// Where a ticket's buyer's VASP sends its pay request: the number names the ticket, the tag lets in.
    pub(crate) fn payreq_url(&self, ticket: kernel::TicketId) -> String {
        format!("{}/uma/payreq/{ticket}?t={}", self.settings().base_url, self.parts.links.payreq_tag(ticket))
    }

    /// Tells the waiting buyer how far collecting is; `false` when the payment is not pending any more.
    async fn note(
        &self,
        payment_id: PaymentId,
        state: CollectionState,
        detail: &str,
    ) -> Result<bool, StoreError> {
        let collection = Collection { state, detail: detail.chars().take(200).collect() };
        let noted = self.note_queue.submit(Note { payment_id, collection, at: self.now() }).await;
        noted.map_err(|error| StoreError::Unavailable(error.into()))
    }
}
