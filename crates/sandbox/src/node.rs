use crate::{
    bolt11::{self, InvoiceText},
    faults::{Call, Fault, Faults},
    keys,
    ledger::{InvoiceRecord, InvoiceState, PaymentRecord, Progress},
    world::{World, WorldError},
};
use kernel::{Msats, Timestamp};
use payments::{Bolt11Error, LightningError, PaymentHash, Preimage};
use secp256k1::{SECP256K1, SecretKey};
use std::{fmt, sync::Arc};

/// Why a node did not try to pay, or could not make an invoice.
#[derive(Debug, thiserror::Error)]
pub enum NodeError {
    /// That is no invoice.
    #[error("the invoice cannot be read")]
    BadInvoice(#[from] Bolt11Error),
    /// The invoice leaves the amount to the payer, and the payer gave none.
    #[error("the invoice names no amount, and neither does the order")]
    AmountMissing,
    /// The invoice names another amount than the order.
    #[error("the invoice asks for another amount than the order")]
    AmountDiffers,
    /// The same idempotency key stands for another invoice.
    #[error("this idempotency key was used for another invoice")]
    KeyReused,
    /// The node has no such invoice, or it is past changing.
    #[error("there is no such open invoice")]
    NoSuchInvoice,
    /// The sandbox itself failed.
    #[error(transparent)]
    World(#[from] WorldError),
}

/// A Lightning node of the [`World`]: the shop's, or a wallet's. It is the port [`payments::Lightning`] in process; its own
/// methods are what its other interfaces (GraphQL, Nostr Wallet Connect) are made of.
pub struct Node {
    pub(crate) world: Arc<World>,
    pub(crate) name: String,
    key: SecretKey,
    pub(crate) faults: Arc<Faults>,
}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Node({})", self.name)
    }
}

impl Node {
    pub(crate) fn new(
        world: Arc<World>,
        name: &str,
        key: &str,
        faults: Arc<Faults>,
    ) -> Result<Self, WorldError> {
        let key = key.parse().map_err(|_| WorldError::Invoice("the node's key is damaged".to_owned()))?;
        Ok(Self { world, name: name.to_owned(), key, faults })
    }

    /// Its name in the world.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What everything else that is its own follows from.
    pub(crate) fn seed(&self) -> String {
        self.world
            .read(|ledger| ledger.accounts.get(&self.name).map(|account| account.key.clone()))
            .unwrap_or_default()
    }

    /// Its public key, hexadecimal.
    pub fn public_key(&self) -> String {
        self.key.public_key(SECP256K1).to_string()
    }

    /// The world it lives in.
    pub fn world(&self) -> &Arc<World> {
        &self.world
    }

    /// What shall go wrong with it.
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// The present moment, as the sandbox sees it.
    pub fn now(&self) -> Timestamp {
        self.world.now()
    }

    /// What it can spend, and what it has under way.
    pub fn purse(&self) -> (Msats, Msats) {
        self.world.read(|ledger| {
            ledger
                .accounts
                .get(&self.name)
                .map_or((Msats::ZERO, Msats::ZERO), |account| (account.available, account.in_flight))
        })
    }

    /// Makes an invoice; without an amount the payer chooses one.
    pub fn make_invoice(
        &self,
        amount: Option<Msats>,
        text: &InvoiceText,
        expiry_secs: u32,
    ) -> Result<InvoiceRecord, NodeError> {
        let entropy = self.world.entropy.as_ref();
        let preimage = Preimage::new(keys::random(entropy).map_err(WorldError::from)?);
        let secret = keys::random(entropy).map_err(WorldError::from)?;
        let id = format!("Invoice:{}", self.world.uuid()?);
        let now = self.now();
        let (bolt11, expires_at) = bolt11::sign(&self.key, &preimage, secret, amount, text, now, expiry_secs)
            .map_err(WorldError::Invoice)?;
        let invoice = InvoiceRecord {
            id,
            node: self.name.clone(),
            payment_hash: preimage.payment_hash(),
            preimage,
            amount,
            description: None,
            description_hash: None,
            created_at: now,
            expires_at,
            bolt11,
            state: InvoiceState::Open,
        }
        .described(text);
        self.world.change(|_, change| {
            change.invoices.push(invoice.clone());
            Ok::<_, WorldError>(())
        })?;
        Ok(invoice)
    }

    /// Withdraws an unpaid invoice that nothing is under way to.
    pub fn cancel_invoice(&self, id: &str) -> Result<InvoiceRecord, NodeError> {
        self.world.change(|ledger, change| {
            let invoice = ledger
                .invoice_by_id(id)
                .filter(|invoice| invoice.node == self.name && invoice.state == InvoiceState::Open)
                .filter(|invoice| !ledger.is_in_flight(invoice.payment_hash))
                .ok_or(NodeError::NoSuchInvoice)?;
            let cancelled = InvoiceRecord { state: InvoiceState::Cancelled, ..invoice.clone() };
            change.invoices.push(cancelled.clone());
            Ok(cancelled)
        })
    }

    /// One of its own invoices.
    pub fn invoice(&self, id: &str) -> Option<InvoiceRecord> {
        self.world
            .read(|ledger| ledger.invoice_by_id(id).filter(|invoice| invoice.node == self.name).cloned())
    }

    /// One of its own invoices, by payment hash.
    pub fn invoice_of(&self, hash: PaymentHash) -> Option<InvoiceRecord> {
        self.world
            .read(|ledger| ledger.invoices.get(&hash).filter(|invoice| invoice.node == self.name).cloned())
    }

    /// All its own invoices, in no particular order.
    pub fn invoices(&self) -> Vec<InvoiceRecord> {
        self.world.read(|ledger| {
            ledger.invoices.values().filter(|invoice| invoice.node == self.name).cloned().collect()
        })
    }

    /// Whether money for this invoice is under way.
    pub fn is_in_flight(&self, hash: PaymentHash) -> bool {
        self.world.read(|ledger| ledger.is_in_flight(hash))
    }

    /// One of its payments, in or out.
    pub fn payment(&self, id: &str) -> Option<PaymentRecord> {
        self.world.read(|ledger| ledger.payment(id).filter(|payment| payment.node == self.name).cloned())
    }

    /// All its payments, in and out, oldest first.
    pub fn payments(&self) -> Vec<PaymentRecord> {
        self.world.read(|ledger| {
            ledger.all_payments().filter(|payment| payment.node == self.name).cloned().collect()
        })
    }

    /// Its payments of one hash, oldest first.
    pub fn payments_of(&self, hash: PaymentHash) -> Vec<PaymentRecord> {
        self.world.read(|ledger| {
            ledger.payments_of(hash).filter(|payment| payment.node == self.name).cloned().collect()
        })
    }

    /// The proof of a payment that this node made or received.
    pub fn preimage_of(&self, hash: PaymentHash) -> Option<Preimage> {
        self.world.read(|ledger| {
            ledger
                .payments_of(hash)
                .any(|payment| payment.node == self.name && payment.progress == Progress::Settled)
                .then(|| ledger.invoices.get(&hash).map(|invoice| invoice.preimage.clone()))
                .flatten()
        })
    }

    /// Whether nothing will ever come in on this invoice.
    pub fn is_dead(&self, invoice: &InvoiceRecord) -> bool {
        let over = match invoice.state {
            InvoiceState::Settled { .. } => false,
            InvoiceState::Cancelled => true,
            InvoiceState::Open => is_over(invoice, self.now(), self.faults.late_secs()),
        };
        over && !self.is_in_flight(invoice.payment_hash)
    }

    /// Does something, unless a fault was asked for.
    pub(crate) async fn guarded<T>(
        &self,
        call: Call,
        act: impl FnOnce() -> Result<T, LightningError> + Send,
    ) -> Result<T, LightningError> {
        self.suffering(self.faults.take(call), act).await
    }

    /// Does something with this fault.
    pub(crate) async fn suffering<T>(
        &self,
        fault: Option<Fault>,
        act: impl FnOnce() -> Result<T, LightningError> + Send,
    ) -> Result<T, LightningError> {
        match fault {
            None | Some(Fault::ErrorBeside(_) | Fault::NotFound) => act(),
            Some(Fault::Status(429)) => Err(LightningError::Unavailable("asked to be busy".into())),
            Some(Fault::Status(_)) => Err(LightningError::Unknown("asked to answer a status".into())),
            Some(Fault::Refuse(reason)) => Err(LightningError::Refused { reason }),
            Some(Fault::Unavailable) => Err(LightningError::Unavailable("asked to be unavailable".into())),
            Some(Fault::LostRequest) => Err(LightningError::Unknown("asked to lose the request".into())),
            Some(Fault::LostAnswer | Fault::StatusAfter(_) | Fault::ErrorAfter(_)) => {
                act()?;
                Err(LightningError::Unknown("asked to lose the answer".into()))
            }
            Some(Fault::Slow(time)) => {
                tokio::time::sleep(time).await;
                act()
            }
            Some(Fault::SlowAnswer(time)) => {
                let outcome = act();
                tokio::time::sleep(time).await;
                outcome
            }
        }
    }
}

pub(crate) fn is_over(invoice: &InvoiceRecord, now: Timestamp, late_secs: u32) -> bool {
    let late = chrono::TimeDelta::seconds(late_secs.into());
    invoice.expires_at.checked_add_signed(late).is_none_or(|end| now >= end)
}
