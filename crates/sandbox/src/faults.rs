use crate::ledger::PayFailure;
use kernel::Msats;
use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// What a node can be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Call {
    /// Make an invoice.
    CreateInvoice,
    /// Tell what came in.
    Incoming,
    /// Pay.
    Pay,
    /// Tell how an outgoing payment stands.
    Outgoing,
    /// Tell the balance.
    Balance,
}

/// How a call goes wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// The node says no.
    Refuse(String),
    /// The node is not reached; nothing happens.
    Unavailable,
    /// The request is lost on its way: nothing happens, and nobody knows.
    LostRequest,
    /// The node does as asked, and its answer is lost.
    LostAnswer,
    /// The node takes its time.
    Slow(Duration),
    /// The node does as asked at once, and answers after this time: perhaps when nobody waits any more.
    SlowAnswer(Duration),
    /// The node answers this HTTP status and does nothing.
    Status(u16),
    /// The node does as asked, and answers this HTTP status.
    StatusAfter(u16),
    /// The node does as asked, and answers the error of this name without data.
    ErrorAfter(&'static str),
    /// The node does as asked, and answers with its data and, beside them, the error of this name.
    ErrorBeside(&'static str),
    /// A look-up finds nothing, whatever there is.
    NotFound,
}

/// What happens to a webhook on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WebhookFault {
    /// It never arrives.
    Drop,
    /// It never arrives by itself; a test reads it from [`World::kept_webhooks`](crate::World::kept_webhooks).
    Keep,
    /// It arrives this often.
    Duplicate(u32),
    /// It arrives late.
    Delay(Duration),
    /// It arrives after the one that follows it.
    Reorder,
    /// Its signature is made with another key.
    BadSignature,
}

/// What shall go wrong with one node. Nothing does unless asked for; all of it is forgotten at a restart.
#[derive(Debug, Default)]
pub struct Faults(Mutex<Plan>);

#[derive(Debug, Default)]
struct Plan {
    next: VecDeque<(Call, Fault)>,
    always: BTreeMap<Call, Fault>,
    next_webhooks: VecDeque<WebhookFault>,
    all_webhooks: Option<WebhookFault>,
    next_payments: VecDeque<PayFailure>,
    hold_incoming: bool,
    fee: Option<Msats>,
    late_secs: u32,
    forgets_keys: bool,
    asked: BTreeMap<Call, usize>,
}

impl Faults {
    fn plan(&self) -> MutexGuard<'_, Plan> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next call of this kind goes wrong; several wait in line.
    pub fn next(&self, call: Call, fault: Fault) {
        self.plan().next.push_back((call, fault));
    }

    /// Every call of this kind goes wrong until [`Faults::clear`].
    pub fn always(&self, call: Call, fault: Fault) {
        self.plan().always.insert(call, fault);
    }

    /// The next webhook goes astray; several wait in line.
    pub fn next_webhook(&self, fault: WebhookFault) {
        self.plan().next_webhooks.push_back(fault);
    }

    /// Every webhook goes astray until [`Faults::clear`].
    pub fn all_webhooks(&self, fault: WebhookFault) {
        self.plan().all_webhooks = Some(fault);
    }

    /// The next payment that this node makes fails like this, for certain.
    pub fn fail_next_payment(&self, reason: PayFailure) {
        self.plan().next_payments.push_back(reason);
    }

    /// Whether payments to this node stay in flight until [`Node::release_held`](crate::Node::release_held) or
    /// [`Node::fail_held`](crate::Node::fail_held).
    pub fn hold_incoming(&self, hold: bool) {
        self.plan().hold_incoming = hold;
    }

    /// What routing costs this node, instead of the usual 0.05 %.
    pub fn fee(&self, fee: Msats) {
        self.plan().fee = Some(fee);
    }

    /// Payments to this node are taken this many seconds beyond the invoice's expiry.
    pub fn accept_late(&self, secs: u32) {
        self.plan().late_secs = secs;
    }

    /// Whether the node, like an NWC wallet, has no idempotency keys: an order whose answer was lost is not completed by a resend.
    pub fn forget_keys(&self, forget: bool) {
        self.plan().forgets_keys = forget;
    }

    /// Everything goes right again. What is in flight stays so.
    pub fn clear(&self) {
        *self.plan() = Plan::default();
    }

    /// How often this was asked since the start or [`Faults::clear`].
    pub fn asked(&self, call: Call) -> usize {
        self.plan().asked.get(&call).copied().unwrap_or_default()
    }

    /// How this call goes wrong, if it does.
    pub fn take(&self, call: Call) -> Option<Fault> {
        let mut plan = self.plan();
        *plan.asked.entry(call).or_default() += 1;
        let waiting = plan.next.iter().position(|(planned, _)| *planned == call);
        waiting
            .and_then(|at| plan.next.remove(at))
            .map(|(_, fault)| fault)
            .or_else(|| plan.always.get(&call).cloned())
    }

    pub(crate) fn take_webhook(&self) -> Option<WebhookFault> {
        let mut plan = self.plan();
        plan.next_webhooks.pop_front().or_else(|| plan.all_webhooks.clone())
    }

    pub(crate) fn take_payment(&self) -> Option<PayFailure> {
        self.plan().next_payments.pop_front()
    }

    pub(crate) fn holds_incoming(&self) -> bool {
        self.plan().hold_incoming
    }

    pub(crate) fn planned_fee(&self) -> Option<Msats> {
        self.plan().fee
    }

    pub(crate) fn knows_keys(&self) -> bool {
        !self.plan().forgets_keys
    }

    pub(crate) fn late_secs(&self) -> u32 {
        self.plan().late_secs
    }
}
