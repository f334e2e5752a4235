use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// Fault of the wallet's requests to a payee.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SenderFault {
    /// Signs with an unpublished key.
    BadSignature,
    /// Sends the same signed message twice, and uses the second response.
    ReplayedNonce,
    /// Signs with a timestamp of a week ago.
    StaleTimestamp,
    /// Signs with a timestamp of next week.
    FutureTimestamp,
    /// Requests one satoshi less.
    WrongAmount,
    /// Sends a SAT amount as msats, as some demo wallets do: a thousandth of the price.
    BareMsats,
    /// Requests dollars.
    WrongCurrency,
    /// Sends to the callback of another ticket.
    UnknownTicket,
    /// Pays an expired invoice.
    IgnoreExpiry,
    /// Pays as another user of the wallet.
    OtherPayer,
    /// Omits the compliance block.
    NoCompliance,
}

/// Fault of the wallet when an invoice is pushed to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PushFault {
    /// Never responds.
    Silent,
    /// Responds with this HTTP status and drops the invoice.
    Refuse(u16),
    /// Responds after this time.
    Slow(Duration),
    /// Accepts the invoice, but responds with status 500.
    TakeAndFail,
}

/// Planned faults of the wallet provider. Lost at a restart.
#[derive(Debug, Default)]
pub struct VaspFaults(Mutex<Plan>);

#[derive(Debug, Default)]
struct Plan {
    sender: VecDeque<SenderFault>,
    discovery: VecDeque<SenderFault>,
    push: VecDeque<PushFault>,
    all_pushes: Option<PushFault>,
}

impl VaspFaults {
    fn plan(&self) -> MutexGuard<'_, Plan> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Plans a fault of the next payment; several are queued.
    pub fn next_payment(&self, fault: SenderFault) {
        self.plan().sender.push_back(fault);
    }

    /// Plans a fault of the next signed LNURL-pay request: signature, nonce or timestamp.
    pub fn next_discovery(&self, fault: SenderFault) {
        self.plan().discovery.push_back(fault);
    }

    /// Plans a fault of the next pushed invoice; several are queued.
    pub fn next_push(&self, fault: PushFault) {
        self.plan().push.push_back(fault);
    }

    /// Plans a fault of every pushed invoice until [`VaspFaults::clear`].
    pub fn all_pushes(&self, fault: PushFault) {
        self.plan().all_pushes = Some(fault);
    }

    /// Clears all planned faults.
    pub fn clear(&self) {
        *self.plan() = Plan::default();
    }

    pub(super) fn take_sender(&self) -> Option<SenderFault> {
        self.plan().sender.pop_front()
    }

    pub(super) fn take_discovery(&self) -> Option<SenderFault> {
        self.plan().discovery.pop_front()
    }

    pub(super) fn take_push(&self) -> Option<PushFault> {
        let mut plan = self.plan();
        plan.push.pop_front().or(plan.all_pushes)
    }
}
