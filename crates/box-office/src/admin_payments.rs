use crate::{
    BoxOffice, PurchaseError, TicketView,
    accounts::Caller,
    settle::{InvoiceCheck, InvoiceCheckError},
    transition::Transition,
};
use kernel::{Msats, PaymentId, StoreError};
use payments::{
    Bolt11, Evidence, IncomingState, Invoice, InvoiceStatus, LightningError, NodeBalance, PaymentHash,
    PaymentStatus,
};

/// Why a payment was not tried again.
#[derive(Debug, thiserror::Error)]
pub enum RetryError {
    /// There is no such payment.
    #[error("payment not found")]
    NotFound,
    /// Only failed and expired payments can be tried again.
    #[error("only a failed or expired payment can be retried")]
    NotRetryable,
    /// The seat is gone.
    #[error("event is sold out")]
    SoldOut,
    /// The buyer's wallet was ordered to pay the invoice before, and may still do so.
    #[error(
        "the buyer's connected wallet may still pay the previous invoice: retry once that payment is known to have failed"
    )]
    WalletOpen,
    /// A refund of the payment is under way.
    #[error("a refund of this payment is under way: retry once it has failed or was given up")]
    RefundOpen,
    /// No invoice could be made; the seat was given back.
    #[error(transparent)]
    Purchase(#[from] PurchaseError),
    /// The store failed.
    #[error("the payment could not be stored")]
    Store(#[from] StoreError),
}

/// A payment tried again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retried {
    /// The payment.
    pub payment_id: PaymentId,
    /// Its fresh invoice; none when money that had come before paid for it at once.
    pub invoice: Option<Invoice>,
    /// Pending, or paid at once.
    pub status: PaymentStatus,
}

/// A payment as its owner or an admin sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenPayment {
    /// The payment's ticket with all that belongs to it; the invoice is the one asked for.
    pub view: TicketView,
    /// What our node says of the invoice, when it could be asked.
    pub node: Option<IncomingState>,
}

/// Why a payment is not shown.
#[derive(Debug, thiserror::Error)]
pub enum PaymentViewError {
    /// There is no such invoice.
    #[error("payment not found")]
    NotFound,
    /// It is somebody else's.
    #[error("this is not your payment")]
    Forbidden,
    /// The store failed.
    #[error("the payment could not be read")]
    Store(#[from] StoreError),
}

/// What a VASP tells us about a payment: a hint to look, never proof.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentCallback {
    /// The payment, as 64 hexadecimal digits.
    pub payment_hash: String,
    /// Our node's name for the invoice, or the bolt11.
    pub invoice_id: String,
}

/// Why a hint led nowhere.
#[derive(Debug, thiserror::Error)]
pub enum PaymentCallbackError {
    /// Neither a payment hash nor an invoice.
    #[error("payment_hash must be 64 hexadecimal digits")]
    Malformed,
    /// Hash and invoice are of different payments.
    #[error("payment_hash and invoice_id name different invoices")]
    Mismatch,
    /// We never made such an invoice.
    #[error("invoice not found")]
    UnknownInvoice,
    /// The node could not be asked, or the store failed: the poller will look.
    #[error(transparent)]
    Look(#[from] InvoiceCheckError),
}

impl BoxOffice {
    /// Tries a failed or expired payment again: takes a seat, makes a fresh invoice, and asks the buyer's wallet again.
    pub async fn retry(&self, caller: &Caller, id: PaymentId) -> Result<Retried, RetryError> {
        let payment = self.store().payment(id).await?.ok_or(RetryError::NotFound)?;
        if !matches!(payment.state.status, PaymentStatus::Failed | PaymentStatus::Expired) {
            return Err(RetryError::NotRetryable);
        }
        let change = Transition {
            audit: Some(self.audit_line(caller, "payment.retry", format!("payment/{id}"), String::new())),
            hold_expires_at: Some(self.hold_end(self.now())),
            ..Transition::evidence(Evidence::HeldAgain)
        };
        let changed = self.change(payment.ticket_id, &change).await?.ok_or(RetryError::NotFound)?;
        if changed.wallet_open {
            return Err(RetryError::WalletOpen);
        }
        if changed.refund_open {
            return Err(RetryError::RefundOpen);
        }
        if changed.sold_out {
            return Err(RetryError::SoldOut);
        }
        // Another admin was faster.
        let Some(payment) = changed.view.payment.filter(|_| changed.ticket.is_some()) else {
            return Err(RetryError::NotRetryable);
        };
        let invoice = match payment.state.status {
            PaymentStatus::Pending => {
                Some(self.bill(&changed.view.ticket, &payment, &changed.view.event.title, true).await?)
            }
            _ => None,
        };
        Ok(Retried { payment_id: id, invoice, status: payment.state.status })
    }

    /// A payment by its invoice, for its owner or an admin, with what our node says of it.
    pub async fn payment_status(
        &self,
        caller: &Caller,
        reference: &str,
    ) -> Result<SeenPayment, PaymentViewError> {
        let invoice = self.invoice_by_reference(reference).await?.ok_or(PaymentViewError::NotFound)?;
        let payment_id = invoice.payment_id.ok_or(PaymentViewError::NotFound)?;
        let mut view = self.store().payment_view(payment_id).await?.ok_or(PaymentViewError::NotFound)?;
        if !self.may_see(&view.ticket, Some(caller), None) {
            return Err(PaymentViewError::Forbidden);
        }
        let node = match invoice.status {
            InvoiceStatus::Settled => {
                Some(IncomingState::Settled { amount: invoice.settled, at: invoice.settled_at })
            }
            _ => {
                let ask = self.dependencies.lightning.incoming(&invoice.invoice_id, invoice.payment_hash);
                self.checks.shared(invoice.payment_hash, ask).await
            }
        };
        view.invoice = Some(invoice);
        Ok(SeenPayment { view, node })
    }

    /// The invoice with this node id or this bolt11.
    async fn invoice_by_reference(&self, reference: &str) -> Result<Option<Invoice>, StoreError> {
        match Bolt11::parse(reference) {
            Ok(bolt11) => {
                let invoice = self.store().invoice_by_hash(bolt11.payment_hash()).await?;
                Ok(invoice.filter(|invoice| invoice.bolt11.eq_ignore_ascii_case(reference)))
            }
            Err(_) => self.store().invoice_by_node_id(reference).await,
        }
    }

    /// Takes a UMA callback: nobody is marked paid on a caller's word, so our own node is asked.
    pub async fn handle_payment_callback(
        &self,
        hint: &PaymentCallback,
    ) -> Result<InvoiceCheck, PaymentCallbackError> {
        let hash = PaymentHash::from_hex(&hint.payment_hash).map_err(|_| PaymentCallbackError::Malformed)?;
        let store = |error| PaymentCallbackError::Look(InvoiceCheckError::Store(error));
        let invoice =
            self.named_invoice(hash).await.map_err(store)?.ok_or(PaymentCallbackError::UnknownInvoice)?;
        if !hint.invoice_id.is_empty()
            && hint.invoice_id != invoice.invoice_id
            && hint.invoice_id != invoice.bolt11
        {
            return Err(PaymentCallbackError::Mismatch);
        }
        Ok(self.check_shared(invoice).await.map_err(store)?.unwrap_or(InvoiceCheck::Open))
    }

    /// What our node owns.
    pub async fn node_balance(&self) -> Result<NodeBalance, LightningError> {
        self.dependencies.lightning.balance().await
    }

    /// Pays one of our own invoices with test money, in sandbox and test networks only.
    pub async fn simulate_payment(&self, bolt11: &str) -> Result<(), SimulateError> {
        let test = self.dependencies.test_payments.as_ref().ok_or(SimulateError::RealMoney)?;
        Ok(test.simulate_incoming(bolt11).await?)
    }

    /// Pays an invoice from our node, at most `max_fee` on top. For operators.
    pub async fn pay_invoice(
        &self,
        bolt11: &str,
        max_fee: Msats,
        idempotency_key: &str,
    ) -> Result<payments::OutgoingState, PayError> {
        let invoice = Bolt11::parse(bolt11)?;
        let amount = invoice.amount().ok_or(PayError::NoAmount)?;
        let order = payments::PayOrder {
            bolt11: bolt11.to_owned(),
            payment_hash: invoice.payment_hash(),
            amount,
            max_fee,
            idempotency_key: idempotency_key.to_owned(),
        };
        Ok(self.dependencies.lightning.pay(&order).await?)
    }
}

/// Why nothing was simulated.
#[derive(Debug, thiserror::Error)]
pub enum SimulateError {
    /// This shop takes real money.
    #[error("payments can only be simulated in sandbox or test mode")]
    RealMoney,
    /// The node refused.
    #[error(transparent)]
    Node(#[from] LightningError),
}

/// Why nothing was paid.
#[derive(Debug, thiserror::Error)]
pub enum PayError {
    /// Not an invoice.
    #[error(transparent)]
    NoInvoice(#[from] payments::Bolt11Error),
    /// An invoice that leaves the amount to the payer.
    #[error("the invoice does not say how much it asks for")]
    NoAmount,
    /// The node refused, or did not answer.
    #[error(transparent)]
    Node(#[from] LightningError),
}
