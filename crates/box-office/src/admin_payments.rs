use crate::{
    BoxOffice, PurchaseError, TicketView,
    accounts::Caller,
    settle::{InvoiceCheck, InvoiceCheckError},
    transition::{Transition, TransitionRefusal},
};
use kernel::{Msats, PaymentId, StoreError};
use payments::{
    Bolt11, Evidence, IncomingState, Invoice, InvoiceStatus, LightningError, NodeBalance, PaymentHash,
    PaymentStatus,
};

/// Reason for refusing a retry.
#[derive(Debug, thiserror::Error)]
pub enum RetryError {
    /// The payment does not exist.
    #[error("payment not found")]
    NotFound,
    /// The payment is neither failed nor expired.
    #[error("only a failed or expired payment can be retried")]
    NotRetryable,
    /// No seat is available.
    #[error("event is sold out")]
    SoldOut,
    /// Other orders have all uses of the order's promo code.
    #[error("the promo code of this order is used up: raise its limit, or let the buyer order again")]
    PromoCodeUsedUp,
    /// The event was cancelled.
    #[error("event was cancelled")]
    EventCancelled,
    /// An order to the buyer's wallet for an earlier invoice may still be paid.
    #[error(
        "the buyer's connected wallet may still pay the previous invoice: retry once that payment is known to have failed"
    )]
    WalletOpen,
    /// A refund of the payment is in progress.
    #[error("a refund of this payment is under way: retry once it has failed or was given up")]
    RefundOpen,
    /// Invoice creation failed; the seat was released.
    #[error(transparent)]
    Purchase(#[from] PurchaseError),
    /// The store failed.
    #[error("the payment could not be stored")]
    Store(#[from] StoreError),
}

/// A retried payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retried {
    /// The payment.
    pub payment_id: PaymentId,
    /// New invoice; `None` if earlier money settled the payment at once.
    pub invoice: Option<Invoice>,
    /// Pending, or paid at once.
    pub status: PaymentStatus,
}

/// Payment details for its owner or an admin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenPayment {
    /// The payment's ticket view, with the requested invoice.
    pub view: TicketView,
    /// State of the invoice at our node, if the node answered.
    pub node: Option<IncomingState>,
}

/// Reason for refusing a payment's details.
#[derive(Debug, thiserror::Error)]
pub enum PaymentViewError {
    /// The invoice does not exist.
    #[error("payment not found")]
    NotFound,
    /// The payment belongs to another account.
    #[error("this is not your payment")]
    Forbidden,
    /// The store failed.
    #[error("the payment could not be read")]
    Store(#[from] StoreError),
}

/// A VASP's callback about a payment. It triggers an invoice check and proves nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentCallback {
    /// Payment hash, 64 hexadecimal digits.
    pub payment_hash: String,
    /// Our node's invoice id, or the bolt11.
    pub invoice_id: String,
}

/// Reason for refusing a payment callback.
#[derive(Debug, thiserror::Error)]
pub enum PaymentCallbackError {
    /// The payment hash is malformed.
    #[error("payment_hash must be 64 hexadecimal digits")]
    Malformed,
    /// Hash and invoice name different invoices.
    #[error("payment_hash and invoice_id name different invoices")]
    Mismatch,
    /// The invoice is unknown.
    #[error("invoice not found")]
    UnknownInvoice,
    /// The invoice check failed; the poller repeats it.
    #[error(transparent)]
    Check(#[from] InvoiceCheckError),
}

impl BoxOffice {
    /// Retries a failed or expired payment: takes a seat, creates a new invoice and collects from the buyer's wallet.
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
        let changed = self.apply_transition(payment.ticket_id, &change).await?.ok_or(RetryError::NotFound)?;
        match changed.refused {
            None | Some(TransitionRefusal::NothingDue | TransitionRefusal::NoDestination) => {}
            Some(TransitionRefusal::SoldOut) => return Err(RetryError::SoldOut),
            Some(TransitionRefusal::PromoCodeUsedUp) => return Err(RetryError::PromoCodeUsedUp),
            Some(TransitionRefusal::EventCancelled) => return Err(RetryError::EventCancelled),
            Some(TransitionRefusal::WalletOpen) => return Err(RetryError::WalletOpen),
            Some(TransitionRefusal::RefundOpen) => return Err(RetryError::RefundOpen),
        }
        // A concurrent retry changed the payment first.
        let view = changed.view;
        let Some(payment) = view.payment.clone().filter(|_| changed.ticket.is_some()) else {
            return Err(RetryError::NotRetryable);
        };
        let invoice = match payment.state.status {
            PaymentStatus::Pending => {
                let subject = self.subject_of(&view).await?;
                Some(self.issue_invoice(&view.ticket, &payment, &subject, true).await?)
            }
            _ => None,
        };
        Ok(Retried { payment_id: id, invoice, status: payment.state.status })
    }

    /// Payment details by invoice, for the owner or an admin, with the invoice's state at our node.
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

    /// Finds an invoice by node id or bolt11.
    async fn invoice_by_reference(&self, reference: &str) -> Result<Option<Invoice>, StoreError> {
        match Bolt11::parse(reference) {
            Ok(bolt11) => {
                let invoice = self.store().invoice_by_hash(bolt11.payment_hash()).await?;
                Ok(invoice.filter(|invoice| invoice.bolt11.eq_ignore_ascii_case(reference)))
            }
            Err(_) => self.store().invoice_by_node_id(reference).await,
        }
    }

    /// Handles a UMA callback: checks the invoice at our own node, because a callback carries no proof of payment.
    pub async fn handle_payment_callback(
        &self,
        callback: &PaymentCallback,
    ) -> Result<InvoiceCheck, PaymentCallbackError> {
        let hash =
            PaymentHash::from_hex(&callback.payment_hash).map_err(|_| PaymentCallbackError::Malformed)?;
        let store = |error| PaymentCallbackError::Check(InvoiceCheckError::Store(error));
        let invoice =
            self.named_invoice(hash).await.map_err(store)?.ok_or(PaymentCallbackError::UnknownInvoice)?;
        if !callback.invoice_id.is_empty()
            && callback.invoice_id != invoice.invoice_id
            && callback.invoice_id != invoice.bolt11
        {
            return Err(PaymentCallbackError::Mismatch);
        }
        Ok(self.check_shared(invoice).await.map_err(store)?.unwrap_or(InvoiceCheck::Open))
    }

    /// Balance of our node.
    pub async fn node_balance(&self) -> Result<NodeBalance, LightningError> {
        self.dependencies.lightning.balance().await
    }

    /// Pays one of our own invoices with test money, in sandbox and test networks only.
    pub async fn simulate_payment(&self, bolt11: &str) -> Result<(), SimulateError> {
        let test = self.dependencies.test_payments.as_ref().ok_or(SimulateError::RealMoney)?;
        Ok(test.simulate_incoming(bolt11).await?)
    }

    /// Pays an invoice from our node with a fee of at most `max_fee`. For the command line.
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

/// Reason for refusing a simulated payment.
#[derive(Debug, thiserror::Error)]
pub enum SimulateError {
    /// The deployment uses real money.
    #[error("payments can only be simulated in sandbox or test mode")]
    RealMoney,
    /// The node refused.
    #[error(transparent)]
    Node(#[from] LightningError),
}

/// Reason for refusing an operator's payment.
#[derive(Debug, thiserror::Error)]
pub enum PayError {
    /// Not a bolt11 invoice.
    #[error(transparent)]
    NoInvoice(#[from] payments::Bolt11Error),
    /// The invoice has no amount.
    #[error("the invoice does not say how much it asks for")]
    NoAmount,
    /// The node refused or did not answer.
    #[error(transparent)]
    Node(#[from] LightningError),
}
