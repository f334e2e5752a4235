use crate::{BoxOffice, change::Change};
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
pub enum LookError {
    /// Our node did not say.
    #[error("the Lightning node could not be asked")]
    Node(#[from] LightningError),
    /// The store failed.
    #[error("the settlement could not be stored")]
    Store(#[from] StoreError),
}

/// What our node said of an invoice, settled already if it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Looked {
    /// Settled.
    Settled(Settled),
    /// Not yet.
    Open,
    /// Nothing will come any more.
    Dead,
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
        let change = Change { origin, invoice: Some(invoice), ..Change::evidence(evidence) };
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
    pub async fn look(&self, hash: PaymentHash) -> Result<Looked, LookError> {
        match self.store().invoice_by_hash(hash).await? {
            Some(invoice) => self.look_at(invoice).await,
            None => self.report_unknown(hash).await,
        }
    }

    /// Logs what the node received for an invoice that the store does not have: a sale made after the backup that was restored, or
    /// a payment of another user of the same node.
    async fn report_unknown(&self, hash: PaymentHash) -> Result<Looked, LookError> {
        // Nodes find an invoice by its hash where they do not know its id.
        if let IncomingState::Settled { amount, at } = self.parts.lightning.incoming("", hash).await? {
            tracing::warn!(
                payment_hash = %hash,
                amount_msats = amount.get(),
                settled_at = at.map(|at| at.to_rfc3339()),
                "payment received for an unknown invoice"
            );
        }
        Ok(Looked::UnknownInvoice)
    }

    pub(crate) async fn look_at(&self, invoice: Invoice) -> Result<Looked, LookError> {
        let state = self.parts.lightning.incoming(&invoice.invoice_id, invoice.payment_hash).await?;
        self.checks.remember(invoice.payment_hash, Some(state));
        Ok(self.apply(invoice, state).await?)
    }

    /// Checks an invoice for callers who prove nothing: all of them share one question to our node in five seconds, and an
    /// invoice whose end is known is not asked about. `None` when the node does not say.
    pub(crate) async fn check_shared(&self, invoice: Invoice) -> Result<Option<Looked>, StoreError> {
        match invoice.status {
            InvoiceStatus::Settled => return Ok(Some(Looked::Settled(Settled::Recorded))),
            InvoiceStatus::Unpaid => return Ok(Some(Looked::Dead)),
            InvoiceStatus::Open => {}
        }
        let hash = invoice.payment_hash;
        let ask = self.parts.lightning.incoming(&invoice.invoice_id, hash);
        match self.checks.shared(hash, ask).await {
            Some(state) => self.apply(invoice, state).await.map(Some),
            None => Ok(None),
        }
    }

    /// Writes what our node said of an invoice.
    async fn apply(&self, invoice: Invoice, state: IncomingState) -> Result<Looked, StoreError> {
        Ok(match state {
            IncomingState::Settled { amount, at } => {
                Looked::Settled(self.settle_invoice(invoice, Proof::Node { amount, at }).await?)
            }
            IncomingState::Open => Looked::Open,
            IncomingState::Unknown => Looked::UnknownToNode,
            IncomingState::Dead => {
                if invoice.status == InvoiceStatus::Open {
                    let mut session = self.store().begin().await?;
                    session.put_invoice(&Invoice { status: InvoiceStatus::Unpaid, ..invoice }).await?;
                    session.commit().await?;
                }
                Looked::Dead
            }
        })
    }
}
