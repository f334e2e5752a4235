use crate::{BoxOffice, transition::Transition};
use kernel::{Msats, StoreError, Timestamp, time};
use payments::{
    Evidence, EvidenceOrigin, IncomingState, Invoice, InvoiceStatus, LightningError, PaymentHash, Preimage,
    TicketMove,
};
use std::sync::atomic::Ordering;

/// What proves that a payment came in.
#[derive(Debug, Clone)]
pub enum Proof {
    /// Our own node says so.
    Node {
        /// All that came in on the invoice.
        amount: Msats,
        /// When, if the node says.
        at: Option<Timestamp>,
    },
    /// Whoever has this has paid the invoice in full.
    Preimage(Preimage),
}

/// What became of a proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// The ticket is issued by this very proof.
    Issued,
    /// Recorded; the ticket was issued before, or the money is due back.
    Recorded,
    /// We never made such an invoice.
    UnknownInvoice,
    /// The preimage is not this payment's.
    NotProved,
}

/// Why looking at an invoice gave nothing.
#[derive(Debug, thiserror::Error)]
pub enum InvoiceCheckError {
    /// Our node did not say.
    #[error("the Lightning node could not be asked")]
    Node(#[from] LightningError),
    /// The store failed.
    #[error("the settlement could not be stored")]
    Store(#[from] StoreError),
}

/// What our node said of an invoice, settled already if it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvoiceCheck {
    /// Settled.
    Settled(Settled),
    /// Not yet.
    Open,
    /// Nothing will come any more.
    Unpayable,
    /// The node does not know it.
    UnknownToNode,
    /// We never made such an invoice.
    UnknownInvoice,
}

impl BoxOffice {
    /// The one door through which a payment becomes paid: for the webhook inbox, the poller, the wallet job and UMA callbacks alike.
    /// The same proof again, from anywhere, changes nothing.
    pub async fn settle(&self, hash: PaymentHash, proof: Proof) -> Result<Settled, StoreError> {
        match self.store().invoice_by_hash(hash).await? {
            Some(invoice) => self.settle_invoice(invoice, proof).await,
            None => {
                tracing::info!(payment_hash = %hash, "a settlement of an invoice that is not ours");
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
        let news = invoice.status != InvoiceStatus::Settled || amount > invoice.settled;
        invoice.settled = invoice.settled.max(amount);
        invoice.status = InvoiceStatus::Settled;
        invoice.settled_at.get_or_insert_with(|| time::settled(at, invoice.created_at, self.now()));
        let Some(payment_id) = invoice.payment_id else {
            if news {
                let mut session = self.store().begin().await?;
                session.put_invoice(&invoice).await?;
                session.commit().await?;
            }
            return Ok(Settled::Recorded);
        };
        let missing = || StoreError::Corrupt(format!("payment {payment_id} of an invoice is missing"));
        let view = self.store().payment_view(payment_id).await?.ok_or_else(missing)?;
        let payment = view.payment.as_ref().ok_or_else(missing)?;
        if !news && payment.state.settlements.get(&hash).is_some_and(|known| *known >= amount) {
            return Ok(Settled::Recorded);
        }
        let evidence = Evidence::Settled { hash, amount };
        let change = Transition { origin, invoice: Some(invoice), ..Transition::evidence(evidence) };
        let ticket = payment.ticket_id;
        let changed = self.change_seen(view, &change).await?;
        self.settled.fetch_add(1, Ordering::Relaxed);
        let issued = changed.and_then(|changed| changed.ticket);
        Ok(match issued {
            Some(TicketMove::Issue | TicketMove::IssueWithNewSeat) => {
                tracing::info!(ticket.id = %ticket, amount_msats = %amount, "ticket issued");
                Settled::Issued
            }
            _ => Settled::Recorded,
        })
    }

    /// Asks our node about an invoice, and settles it if it was paid.
    pub async fn check_invoice(&self, hash: PaymentHash) -> Result<InvoiceCheck, InvoiceCheckError> {
        match self.store().invoice_by_hash(hash).await? {
            Some(invoice) => self.check_stored_invoice(invoice).await,
            None => self.report_unknown(hash).await,
        }
    }

    /// Logs what the node received for an invoice that the store does not have: a sale made after the backup that was restored, or
    /// a payment of another user of the same node.
    async fn report_unknown(&self, hash: PaymentHash) -> Result<InvoiceCheck, InvoiceCheckError> {
        // Nodes find an invoice by its hash where they do not know its id.
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

    /// Checks an invoice for callers who prove nothing: all of them share one question to our node in five seconds, and an
    /// invoice whose end is known is not asked about. `None` when the node does not say.
    pub(crate) async fn check_shared(&self, invoice: Invoice) -> Result<Option<InvoiceCheck>, StoreError> {
        match invoice.status {
            InvoiceStatus::Settled => return Ok(Some(InvoiceCheck::Settled(Settled::Recorded))),
            InvoiceStatus::Unpaid => return Ok(Some(InvoiceCheck::Unpayable)),
            InvoiceStatus::Open => {}
        }
        let hash = invoice.payment_hash;
        let ask = self.dependencies.lightning.incoming(&invoice.invoice_id, hash);
        match self.checks.shared(hash, ask).await {
            Some(state) => self.apply(invoice, state).await.map(Some),
            None => Ok(None),
        }
    }

    /// Writes what our node said of an invoice.
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
