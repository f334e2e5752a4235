use crate::{
    faults::Faults,
    ledger::{Account, Direction, InvoiceRecord, InvoiceState, PayFailure, PaymentRecord, Progress},
    node::{Node, NodeError, is_over},
    world::{WorldError, finish},
};
use kernel::Msats;
use payments::Bolt11;

/// Routing fee of 0.05 %.
const FEE_DIVISOR: u64 = 2_000;

/// A payment request to a node's own interface.
#[derive(Debug, Clone, Default)]
pub struct PayInvoice {
    /// The invoice.
    pub bolt11: String,
    /// Required for invoices without an amount; otherwise equal to the invoice's.
    pub amount: Option<Msats>,
    /// Limit of the routing fee; `None` for no limit.
    pub max_fee: Option<Msats>,
    /// A repeated key returns the first result.
    pub idempotency_key: Option<String>,
}

impl Node {
    /// Attempts to pay an invoice of the sandbox. Payments in flight or settled are not repeated.
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
            id: format!("OutgoingPayment:{}", self.world.uuid()?),
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
        let incoming_id = format!("IncomingPayment:{}", self.world.uuid()?);
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

    /// Settles an own invoice without a payer, with the given amount or else the invoice's.
    pub fn receive_without_payer(
        &self,
        bolt11: &str,
        amount: Option<Msats>,
    ) -> Result<PaymentRecord, NodeError> {
        let invoice = Bolt11::parse(bolt11)?;
        let hash = invoice.payment_hash();
        let amount = amount.or(invoice.amount()).ok_or(NodeError::AmountMissing)?;
        let id = format!("IncomingPayment:{}", self.world.uuid()?);
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
            if known.is_some_and(|invoice| matches!(invoice.state, InvoiceState::Settled { .. })) {
                return Err(NodeError::AlreadyPaid);
            }
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

    /// Settles the payments held by [`Faults::hold_incoming`], even after their expiry; returns their number.
    pub fn release_held(&self) -> Result<usize, WorldError> {
        self.world.finish_held(Some(&self.name), true)
    }

    /// Fails the payments held by [`Faults::hold_incoming`]; returns their number.
    pub fn fail_held(&self) -> Result<usize, WorldError> {
        self.world.finish_held(Some(&self.name), false)
    }
}

/// Why the payee refuses a payment, if it does.
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

/// The payee's record of an outgoing payment.
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
