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

/// Why a payment was not attempted, or an invoice not created.
#[derive(Debug, thiserror::Error)]
pub enum NodeError {
    /// Not an invoice.
    #[error("the invoice cannot be parsed")]
    BadInvoice(#[from] Bolt11Error),
    /// Neither the invoice nor the request has an amount.
    #[error("neither the invoice nor the order has an amount")]
    AmountMissing,
    /// The invoice's amount differs from the order's.
    #[error("the invoice's amount differs from the order's")]
    AmountDiffers,
    /// The idempotency key was used for another invoice.
    #[error("this idempotency key was used for another invoice")]
    KeyReused,
    /// The invoice does not exist or is no longer open.
    #[error("there is no such open invoice")]
    NoSuchInvoice,
    /// The invoice was paid before.
    #[error("this invoice is already paid")]
    AlreadyPaid,
    /// Internal error of the sandbox.
    #[error(transparent)]
    World(#[from] WorldError),
}

/// A Lightning node of the [`World`]: the shop's, or a wallet's. Implements [`payments::Lightning`] in process; its methods are
/// the basis of the other interfaces (GraphQL, Nostr Wallet Connect).
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

    /// Name in the world.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Seed from which all other secrets of the node are derived.
    pub(crate) fn seed(&self) -> String {
        self.world
            .read(|ledger| ledger.accounts.get(&self.name).map(|account| account.key.clone()))
            .unwrap_or_default()
    }

    /// Public key, hexadecimal.
    pub fn public_key(&self) -> String {
        self.key.public_key(SECP256K1).to_string()
    }

    /// The world of the node.
    pub fn world(&self) -> &Arc<World> {
        &self.world
    }

    /// Planned faults.
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// Current time of the sandbox's clock.
    pub fn now(&self) -> Timestamp {
        self.world.now()
    }

    /// Spendable amount and amount in flight.
    pub fn purse(&self) -> (Msats, Msats) {
        self.world.read(|ledger| {
            ledger
                .accounts
                .get(&self.name)
                .map_or((Msats::ZERO, Msats::ZERO), |account| (account.available, account.in_flight))
        })
    }

    /// Creates an invoice; without an amount the payer chooses one.
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

    /// Cancels an unpaid invoice without payments in flight.
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

    /// An own invoice by id.
    pub fn invoice(&self, id: &str) -> Option<InvoiceRecord> {
        self.world
            .read(|ledger| ledger.invoice_by_id(id).filter(|invoice| invoice.node == self.name).cloned())
    }

    /// An own invoice by payment hash.
    pub fn invoice_of(&self, hash: PaymentHash) -> Option<InvoiceRecord> {
        self.world
            .read(|ledger| ledger.invoices.get(&hash).filter(|invoice| invoice.node == self.name).cloned())
    }

    /// All own invoices, unordered.
    pub fn invoices(&self) -> Vec<InvoiceRecord> {
        self.world.read(|ledger| {
            ledger.invoices.values().filter(|invoice| invoice.node == self.name).cloned().collect()
        })
    }

    /// Whether a payment of this invoice is in flight.
    pub fn is_in_flight(&self, hash: PaymentHash) -> bool {
        self.world.read(|ledger| ledger.is_in_flight(hash))
    }

    /// An own payment, incoming or outgoing.
    pub fn payment(&self, id: &str) -> Option<PaymentRecord> {
        self.world.read(|ledger| ledger.payment(id).filter(|payment| payment.node == self.name).cloned())
    }

    /// All own payments, oldest first.
    pub fn payments(&self) -> Vec<PaymentRecord> {
        self.world.read(|ledger| {
            ledger.all_payments().filter(|payment| payment.node == self.name).cloned().collect()
        })
    }

    /// Own payments of a hash, oldest first.
    pub fn payments_of(&self, hash: PaymentHash) -> Vec<PaymentRecord> {
        self.world.read(|ledger| {
            ledger.payments_of(hash).filter(|payment| payment.node == self.name).cloned().collect()
        })
    }

    /// Preimage of a payment made or received by this node.
    pub fn preimage_of(&self, hash: PaymentHash) -> Option<Preimage> {
        self.world.read(|ledger| {
            ledger
                .payments_of(hash)
                .any(|payment| payment.node == self.name && payment.progress == Progress::Settled)
                .then(|| ledger.invoices.get(&hash).map(|invoice| invoice.preimage.clone()))
                .flatten()
        })
    }

    /// Whether the invoice cannot be paid any more.
    pub fn is_dead(&self, invoice: &InvoiceRecord) -> bool {
        let over = match invoice.state {
            InvoiceState::Settled { .. } => false,
            InvoiceState::Cancelled => true,
            InvoiceState::Open => is_over(invoice, self.now(), self.faults.late_secs()),
        };
        over && !self.is_in_flight(invoice.payment_hash)
    }

    /// Executes a call with its planned fault.
    pub(crate) async fn guarded<T>(
        &self,
        call: Call,
        act: impl FnOnce() -> Result<T, LightningError> + Send,
    ) -> Result<T, LightningError> {
        self.with_fault(self.faults.take(call), act).await
    }

    /// Executes a call with the given fault.
    pub(crate) async fn with_fault<T>(
        &self,
        fault: Option<Fault>,
        act: impl FnOnce() -> Result<T, LightningError> + Send,
    ) -> Result<T, LightningError> {
        match fault {
            None | Some(Fault::ErrorBeside(_) | Fault::NotFound | Fault::WrongDescription) => act(),
            Some(Fault::Status(429)) => Err(LightningError::Unavailable("planned fault: busy".into())),
            Some(Fault::Status(_)) => Err(LightningError::Unknown("planned fault: status".into())),
            Some(Fault::Refuse(reason)) => Err(LightningError::Refused { reason }),
            Some(Fault::Unavailable) => Err(LightningError::Unavailable("planned fault: unavailable".into())),
            Some(Fault::LostRequest) => Err(LightningError::Unknown("planned fault: lost request".into())),
            Some(Fault::LostAnswer | Fault::StatusAfter(_) | Fault::ErrorAfter(_)) => {
                act()?;
                Err(LightningError::Unknown("planned fault: lost response".into()))
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
