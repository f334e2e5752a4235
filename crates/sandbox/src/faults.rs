use crate::ledger::PayFailure;
use kernel::Msats;
use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// A call of a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Call {
    /// Creating an invoice.
    CreateInvoice,
    /// Looking up an incoming payment.
    Incoming,
    /// Paying.
    Pay,
    /// Looking up an outgoing payment.
    Outgoing,
    /// Reading the balance.
    Balance,
}

/// Fault of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// The node refuses.
    Refuse(String),
    /// The node is unreachable; nothing happens.
    Unavailable,
    /// The request is lost: nothing happens, and the caller gets no response.
    LostRequest,
    /// The call is executed, and its response is lost.
    LostAnswer,
    /// The call is delayed.
    Slow(Duration),
    /// The call is executed at once, and its response is delayed.
    SlowAnswer(Duration),
    /// Response with this HTTP status; nothing is executed.
    Status(u16),
    /// The call is executed, and the response has this HTTP status.
    StatusAfter(u16),
    /// The call is executed, and the response has the error of this name, without data.
    ErrorAfter(&'static str),
    /// The call is executed, and the response has data and the error of this name.
    ErrorBeside(&'static str),
    /// A lookup finds nothing.
    NotFound,
    /// The invoice has the hash of another description. In process only.
    WrongDescription,
}

/// Fault of a webhook's delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WebhookFault {
    /// It is never delivered.
    Drop,
    /// It is not delivered; tests read it from [`World::kept_webhooks`](crate::World::kept_webhooks).
    Keep,
    /// It is delivered this often.
    Duplicate(u32),
    /// It is delayed.
    Delay(Duration),
    /// It is delivered after its successor.
    Reorder,
    /// It is signed with another key.
    BadSignature,
}

/// Planned faults of a node. Lost at a restart.
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
    ignores_idempotency_keys: bool,
    calls: BTreeMap<Call, usize>,
}

impl Faults {
    fn plan(&self) -> MutexGuard<'_, Plan> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Plans a fault of the next such call; several are queued.
    pub fn next(&self, call: Call, fault: Fault) {
        self.plan().next.push_back((call, fault));
    }

    /// Plans a fault of every such call until [`Faults::clear`].
    pub fn always(&self, call: Call, fault: Fault) {
        self.plan().always.insert(call, fault);
    }

    /// Plans a fault of the next webhook; several are queued.
    pub fn next_webhook(&self, fault: WebhookFault) {
        self.plan().next_webhooks.push_back(fault);
    }

    /// Plans a fault of every webhook until [`Faults::clear`].
    pub fn all_webhooks(&self, fault: WebhookFault) {
        self.plan().all_webhooks = Some(fault);
    }

    /// Plans the failure of the node's next payment.
    pub fn fail_next_payment(&self, reason: PayFailure) {
        self.plan().next_payments.push_back(reason);
    }

    /// Whether payments to this node stay in flight until [`Node::release_held`](crate::Node::release_held) or
    /// [`Node::fail_held`](crate::Node::fail_held).
    pub fn hold_incoming(&self, hold: bool) {
        self.plan().hold_incoming = hold;
    }

    /// Sets the node's routing fee, 0.05 % by default.
    pub fn fee(&self, fee: Msats) {
        self.plan().fee = Some(fee);
    }

    /// Accepts payments to this node until so many seconds after the invoice's expiry.
    pub fn accept_late(&self, secs: u32) {
        self.plan().late_secs = secs;
    }

    /// Whether the node, like an NWC wallet, ignores idempotency keys: a resend does not complete a payment whose response
    /// was lost.
    pub fn ignore_idempotency_keys(&self, ignored: bool) {
        self.plan().ignores_idempotency_keys = ignored;
    }

    /// Clears all planned faults. Payments in flight are kept.
    pub fn clear(&self) {
        *self.plan() = Plan::default();
    }

    /// Number of such calls since the start or [`Faults::clear`].
    pub fn calls(&self, call: Call) -> usize {
        self.plan().calls.get(&call).copied().unwrap_or_default()
    }

    /// Takes the planned fault of a call, if any.
    pub fn take(&self, call: Call) -> Option<Fault> {
        let mut plan = self.plan();
        *plan.calls.entry(call).or_default() += 1;
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

    pub(crate) fn honours_idempotency_keys(&self) -> bool {
        !self.plan().ignores_idempotency_keys
    }

    pub(crate) fn late_secs(&self) -> u32 {
        self.plan().late_secs
    }
}
