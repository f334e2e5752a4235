use crate::{BoxOffice, transition::Transition};
use kernel::{Msats, StoreError, Timestamp, time};
use payments::{
    Evidence, EvidenceOrigin, IncomingState, Invoice, InvoiceStatus, LightningError, PaymentHash, Preimage,
    TicketMove,
};
use std::sync::atomic::Ordering;

/// Proof of a received payment.
#[derive(Debug, Clone)]
pub enum Proof {
    /// Reported by our own node.
    Node {
        /// Total amount received on the invoice.
        amount: Msats,
        /// Time of receipt, if reported.
        at: Option<Timestamp>,
    },
    /// The preimage, which proves payment in full.
    Preimage(Preimage),
}

/// Outcome of a settlement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// This proof issued the ticket.
    Issued,
    /// Recorded; the ticket was issued before, or the money is refundable.
    Recorded,
    /// The invoice is unknown.
    UnknownInvoice,
    /// The preimage does not match the payment hash.
    NotProved,
}

/// Reason why an invoice check failed.
#[derive(Debug, thiserror::Error)]
pub enum InvoiceCheckError {
    /// The node did not answer.
    #[error("the Lightning node did not answer")]
    Node(#[from] LightningError),
    /// The store failed.
    #[error("the settlement could not be stored")]
    Store(#[from] StoreError),
}

/// Result of an invoice check; a payment it found is settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvoiceCheck {
    /// Settled.
    Settled(Settled),
    /// Not paid yet.
    Open,
    /// Not payable any more.
    Unpayable,
    /// Unknown to the node.
    UnknownToNode,
    /// Unknown to the store.
    UnknownInvoice,
}

impl BoxOffice {
    /// Settles a payment; a repeated proof changes nothing. The only entry point, used by webhooks, poller, wallet job and
    /// UMA callbacks.
    pub async fn settle(&self, hash: PaymentHash, proof: Proof) -> Result<Settled, StoreError> {
        match self.store().invoice_by_hash(hash).await? {
            Some(invoice) => self.settle_invoice(invoice, proof).await,
            None => {
                tracing::info!(payment_hash = %hash, "settlement of an unknown invoice");
                Ok(Settled::UnknownInvoice)
            }
        }
    }

    async fn settle_invoice(&self, mut invoice: Invoice, proof: Proof) -> Result<Settled, StoreError> {
        let hash = invoice.payment_hash;
        let (amount, at, origin) = match proof {
            Proof::Node { amount, at } => (amount, at, EvidenceOrigin::Node),
            Proof::Preimage(preimage) if preimage.proves(hash) => {
                (invoice.amount, None, EvidenceOrigin::Preimage)
            }
            Proof::Preimage(_) => return Ok(Settled::NotProved),
        };
        let is_new = invoice.status != InvoiceStatus::Settled || amount > invoice.settled;
        invoice.settled = invoice.settled.max(amount);
        invoice.status = InvoiceStatus::Settled;
        invoice.settled_at.get_or_insert_with(|| time::settled(at, invoice.created_at, self.now()));
        let Some(payment_id) = invoice.payment_id else {
            if is_new {
                let mut session = self.store().begin().await?;
                session.put_invoice(&invoice).await?;
                session.commit().await?;
            }
            return Ok(Settled::Recorded);
        };
        let missing = || StoreError::Corrupt(format!("payment {payment_id} of an invoice is missing"));
        let view = self.store().payment_view(payment_id).await?.ok_or_else(missing)?;
        let payment = view.payment.as_ref().ok_or_else(missing)?;
        if !is_new && payment.state.settlements.get(&hash).is_some_and(|known| *known >= amount) {
            return Ok(Settled::Recorded);
        }
        let evidence = Evidence::Settled { hash, amount };
        let transition = Transition { origin, invoice: Some(invoice), ..Transition::evidence(evidence) };
        let ticket = payment.ticket_id;
        let outcome = self.apply_to_view(view, &transition).await?;
        self.settled.fetch_add(1, Ordering::Relaxed);
        let issued = outcome.and_then(|outcome| outcome.ticket);
        Ok(match issued {
            Some(TicketMove::Issue | TicketMove::IssueWithNewSeat) => {
                tracing::info!(ticket.id = %ticket, amount_msats = %amount, "ticket issued");
                Settled::Issued
            }
            _ => Settled::Recorded,
        })
    }

    /// Checks an invoice at our node and settles it if it was paid.
    pub async fn check_invoice(&self, hash: PaymentHash) -> Result<InvoiceCheck, InvoiceCheckError> {
        match self.store().invoice_by_hash(hash).await? {
            Some(invoice) => self.check_stored_invoice(invoice).await,
            None => self.report_unknown(hash).await,
        }
    }

    /// Logs a payment that the node received for an invoice missing in the store: a sale made after the restored backup, or a
    /// payment of another user of the node.
    async fn report_unknown(&self, hash: PaymentHash) -> Result<InvoiceCheck, InvoiceCheckError> {
        // Nodes find an invoice by hash if its id is empty.
        if let IncomingState::Settled { amount, at } = self.dependencies.lightning.incoming("", hash).await? {
            tracing::warn!(
                payment_hash = %hash,
                amount_msats = amount.get(),
                settled_at = at.map(|at| at.to_rfc3339()),
                "payment received for an unknown invoice"
            );
        }
        Ok(InvoiceCheck::UnknownInvoice)
    }

    pub(crate) async fn check_stored_invoice(
        &self,
        invoice: Invoice,
    ) -> Result<InvoiceCheck, InvoiceCheckError> {
        let state = self.dependencies.lightning.incoming(&invoice.invoice_id, invoice.payment_hash).await?;
        self.checks.remember(invoice.payment_hash, Some(state));
        Ok(self.apply(invoice, state).await?)
    }

    /// Checks an invoice for unauthenticated callers: concurrent and recent checks share one call to our node, and an invoice with a
    /// final status is not checked. `None` if the node does not answer.
    pub(crate) async fn check_shared(&self, invoice: Invoice) -> Result<Option<InvoiceCheck>, StoreError> {
        match invoice.status {
            InvoiceStatus::Settled => return Ok(Some(InvoiceCheck::Settled(Settled::Recorded))),
            InvoiceStatus::Unpaid => return Ok(Some(InvoiceCheck::Unpayable)),
            InvoiceStatus::Open => {}
        }
        let hash = invoice.payment_hash;
        let check = self.dependencies.lightning.incoming(&invoice.invoice_id, hash);
        match self.checks.shared(hash, check).await {
            Some(state) => self.apply(invoice, state).await.map(Some),
            None => Ok(None),
        }
    }

    /// Stores the node's state of an invoice.
    async fn apply(&self, invoice: Invoice, state: IncomingState) -> Result<InvoiceCheck, StoreError> {
        Ok(match state {
            IncomingState::Settled { amount, at } => {
                InvoiceCheck::Settled(self.settle_invoice(invoice, Proof::Node { amount, at }).await?)
            }
            IncomingState::Open => InvoiceCheck::Open,
            IncomingState::Unknown => InvoiceCheck::UnknownToNode,
            IncomingState::Unpayable => {
                if invoice.status == InvoiceStatus::Open {
                    let mut session = self.store().begin().await?;
                    session.put_invoice(&Invoice { status: InvoiceStatus::Unpaid, ..invoice }).await?;
                    session.commit().await?;
                }
                InvoiceCheck::Unpayable
            }
        })
    }
}
