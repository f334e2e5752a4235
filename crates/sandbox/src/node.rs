use crate::{
    bolt11::{self, InvoiceText},
    faults::{Call, Fault, Faults},
    keys,
    ledger::{Account, Direction, InvoiceRecord, InvoiceState, PayFailure, PaymentRecord, Progress},
    world::{World, WorldError, finish},
};
use kernel::{Msats, Timestamp};
use payments::{Bolt11, Bolt11Error, LightningError, PaymentHash, Preimage};
use secp256k1::{SECP256K1, SecretKey};
use std::{fmt, sync::Arc};

/// Routing costs 0.05 % inside the sandbox.
const FEE_DIVISOR: u64 = 2_000;

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

/// An order to pay, as a node's own interface takes it.
#[derive(Debug, Clone, Default)]
pub struct PayInvoice {
    /// The invoice.
    pub bolt11: String,
    /// For invoices without an amount; must equal the invoice's otherwise.
    pub amount: Option<Msats>,
    /// What routing may cost at most; `None` for any.
    pub max_fee: Option<Msats>,
    /// The same key again gives the first answer again.
    pub idempotency_key: Option<String>,
}

/// A Lightning node of the [`World`]: the shop's, or a wallet's. It is the port [`payments::Lightning`] in process; its own
/// methods are what its other interfaces (GraphQL, Nostr Wallet Connect) are made of.
pub struct Node {
    world: Arc<World>,
    name: String,
    key: SecretKey,
    faults: Arc<Faults>,
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
        let id = format!("Invoice:{}", keys::uuid(entropy).map_err(WorldError::from)?);
        let now = self.now();
        let bolt11 = bolt11::sign(&self.key, &preimage, secret, amount, text, now, expiry_secs)
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
            expires_at: Bolt11::parse(&bolt11)?.expires_at(),
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

    /// Tries to pay an invoice of the sandbox. What is under way or done is never paid again.
    pub fn pay_invoice(&self, order: &PayInvoice) -> Result<PaymentRecord, NodeError> {
        let invoice = Bolt11::parse(&order.bolt11)?;
        let amount = match (invoice.amount(), order.amount) {
            (Some(asked), Some(given)) if asked != given => return Err(NodeError::AmountDiffers),
            (Some(asked), _) => asked,
            (None, Some(given)) => given,
            (None, None) => return Err(NodeError::AmountMissing),
        };
        let fee = self.faults.planned_fee().unwrap_or_else(|| {
            Msats::new(amount.get().checked_div(FEE_DIVISOR).unwrap_or_default()).unwrap_or_default()
        });
        let now = self.now();
        let payment = PaymentRecord {
            id: format!(
                "OutgoingPayment:{}",
                keys::uuid(self.world.entropy.as_ref()).map_err(WorldError::from)?
            ),
            node: self.name.clone(),
            direction: Direction::Outgoing,
            payment_hash: invoice.payment_hash(),
            bolt11: order.bolt11.clone(),
            amount,
            fee,
            progress: Progress::InFlight,
            idempotency_key: order.idempotency_key.clone(),
            created_at: now,
            resolved_at: None,
        };
        self.send(payment, order.max_fee)
    }

    fn send(&self, mut payment: PaymentRecord, max_fee: Option<Msats>) -> Result<PaymentRecord, NodeError> {
        let hash = payment.payment_hash;
        let incoming_id =
            format!("IncomingPayment:{}", keys::uuid(self.world.entropy.as_ref()).map_err(WorldError::from)?);
        let events = [self.world.event_id()?, self.world.event_id()?];
        let planned = self.faults.take_payment();
        let receiver =
            self.world.read(|ledger| ledger.invoices.get(&hash).map(|invoice| invoice.node.clone()));
        let receiver = receiver.map(|name| self.world.faults_of(&name));
        self.world.change(|ledger, change| {
            let own =
                |known: &&PaymentRecord| known.node == self.name && known.direction == Direction::Outgoing;
            if let Some(key) = &payment.idempotency_key
                && let Some(known) = ledger
                    .all_payments()
                    .filter(own)
                    .find(|known| known.idempotency_key.as_ref() == Some(key))
            {
                return if known.payment_hash == hash {
                    Ok(known.clone())
                } else {
                    Err(NodeError::KeyReused)
                };
            }
            if let Some(known) = ledger
                .payments_of(hash)
                .filter(own)
                .find(|known| !matches!(known.progress, Progress::Failed(_)))
            {
                return Ok(known.clone());
            }
            let purse = ledger.accounts.get(&self.name);
            let refusal = planned
                .or_else(|| {
                    refusal(
                        ledger.invoices.get(&hash),
                        &payment,
                        receiver.as_deref(),
                        ledger.is_in_flight(hash),
                    )
                })
                .or_else(|| (max_fee.is_some_and(|max| payment.fee > max)).then_some(PayFailure::NoRoute));
            let cost = payment.amount.saturating_add(payment.fee);
            let left = purse.and_then(|purse| Some((purse, purse.available.checked_sub(cost)?)));
            match (refusal, left) {
                (Some(reason), _) => {
                    payment.progress = Progress::Failed(reason);
                    payment.resolved_at = Some(payment.created_at);
                }
                (None, None) => {
                    payment.progress = Progress::Failed(PayFailure::InsufficientBalance);
                    payment.resolved_at = Some(payment.created_at);
                }
                (None, Some((purse, left))) => {
                    let in_flight = purse.in_flight.saturating_add(cost);
                    change.accounts.push(Account { available: left, in_flight, ..purse.clone() });
                    change.payments.extend(incoming(ledger.invoices.get(&hash), &payment, incoming_id));
                    change.payments.push(payment.clone());
                    if receiver.is_none_or(|receiver| !receiver.holds_incoming()) {
                        finish(ledger, change, hash, true, payment.created_at, events);
                    }
                    let done = change.payments.iter().find(|changed| changed.id == payment.id);
                    return Ok(done.cloned().unwrap_or(payment));
                }
            }
            change.payments.push(payment.clone());
            Ok(payment)
        })
    }

    /// Pays one of its own invoices with money from nowhere: this amount, which a test may choose freely, or else the
    /// invoice's.
    pub fn receive_from_nowhere(
        &self,
        bolt11: &str,
        amount: Option<Msats>,
    ) -> Result<PaymentRecord, NodeError> {
        let invoice = Bolt11::parse(bolt11)?;
        let hash = invoice.payment_hash();
        let amount = amount.or(invoice.amount()).ok_or(NodeError::AmountMissing)?;
        let id =
            format!("IncomingPayment:{}", keys::uuid(self.world.entropy.as_ref()).map_err(WorldError::from)?);
        let events = [self.world.event_id()?, self.world.event_id()?];
        let now = self.now();
        self.world.change(|ledger, change| {
            let known = ledger.invoices.get(&hash).filter(|invoice| invoice.node == self.name);
            let probe = PaymentRecord {
                id,
                node: self.name.clone(),
                direction: Direction::Incoming,
                payment_hash: hash,
                bolt11: bolt11.to_owned(),
                amount,
                fee: Msats::ZERO,
                progress: Progress::InFlight,
                idempotency_key: None,
                created_at: now,
                resolved_at: None,
            };
            let payable = known.is_some_and(|invoice| {
                invoice.state == InvoiceState::Open
                    && !is_over(invoice, now, self.faults.late_secs())
                    && !ledger.is_in_flight(hash)
            });
            if !payable {
                return Err(NodeError::NoSuchInvoice);
            }
            change.payments.push(probe.clone());
            if !self.faults.holds_incoming() {
                finish(ledger, change, hash, true, now, events);
            }
            Ok(change.payments.first().cloned().unwrap_or(probe))
        })
    }

    /// Lets arrive what [`Faults::hold_incoming`] holds back, expired or not; how much that was.
    pub fn release_held(&self) -> Result<usize, WorldError> {
        self.world.finish_held(Some(&self.name), true)
    }

    /// Sends back what [`Faults::hold_incoming`] holds back; how much that was.
    pub fn fail_held(&self) -> Result<usize, WorldError> {
        self.world.finish_held(Some(&self.name), false)
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
        match self.faults.take(call) {
            None => act(),
            Some(Fault::Refuse(reason)) => Err(LightningError::Refused { reason }),
            Some(Fault::Unavailable) => Err(LightningError::Unavailable("asked to be unavailable".into())),
            Some(Fault::LostRequest) => Err(LightningError::Unknown("asked to lose the request".into())),
            Some(Fault::LostAnswer) => {
                act()?;
                Err(LightningError::Unknown("asked to lose the answer".into()))
            }
            Some(Fault::Slow(time)) => {
                tokio::time::sleep(time).await;
                act()
            }
        }
    }
}

fn is_over(invoice: &InvoiceRecord, now: Timestamp, late_secs: u32) -> bool {
    let late = chrono::TimeDelta::seconds(late_secs.into());
    invoice.expires_at.checked_add_signed(late).is_none_or(|end| now >= end)
}

/// Why the receiving side does not take this payment, if it does not.
fn refusal(
    invoice: Option<&InvoiceRecord>,
    payment: &PaymentRecord,
    receiver: Option<&Faults>,
    in_flight: bool,
) -> Option<PayFailure> {
    let Some(invoice) = invoice else { return Some(PayFailure::NoRoute) };
    match invoice.state {
        InvoiceState::Settled { .. } => Some(PayFailure::AlreadyPaid),
        InvoiceState::Cancelled => Some(PayFailure::InvoiceCancelled),
        InvoiceState::Open if in_flight => Some(PayFailure::AlreadyPaid),
        InvoiceState::Open if invoice.node == payment.node => Some(PayFailure::SelfPayment),
        InvoiceState::Open if invoice.bolt11 != payment.bolt11 => Some(PayFailure::WrongDetails),
        InvoiceState::Open if is_over(invoice, payment.created_at, receiver.map_or(0, Faults::late_secs)) => {
            Some(PayFailure::InvoiceExpired)
        }
        InvoiceState::Open => None,
    }
}

/// The receiver's view of an outgoing payment.
fn incoming(invoice: Option<&InvoiceRecord>, payment: &PaymentRecord, id: String) -> Option<PaymentRecord> {
    invoice.map(|invoice| PaymentRecord {
        id,
        node: invoice.node.clone(),
        direction: Direction::Incoming,
        fee: Msats::ZERO,
        idempotency_key: None,
        ..payment.clone()
    })
}
