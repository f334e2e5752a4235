use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// What the wallet does wrong when it asks somebody for an invoice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SenderFault {
    /// Signs with a key that it does not publish.
    BadSignature,
    /// Sends the same signed message twice, and looks at the second answer.
    ReplayedNonce,
    /// Signs with a timestamp of a week ago.
    StaleTimestamp,
    /// Signs with a timestamp of next week.
    FutureTimestamp,
    /// Asks for one satoshi less.
    WrongAmount,
    /// Sends a SAT amount as bare msats, as some demo wallets do: a thousandth of the price.
    BareMsats,
    /// Asks in dollars.
    WrongCurrency,
    /// Sends to another ticket's callback.
    UnknownTicket,
    /// Pays although the invoice's time is over.
    IgnoreExpiry,
    /// Pays in the name of another user of the wallet.
    OtherPayer,
    /// Leaves out the compliance block.
    NoCompliance,
}

/// What the wallet does when somebody pushes an invoice to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PushFault {
    /// Never answers.
    Silent,
    /// Answers with this HTTP status and forgets the invoice.
    Refuse(u16),
    /// Answers after this time.
    Slow(Duration),
    /// Takes the invoice, but answers with a broken connection's worth: status 500.
    TakeAndFail,
}

/// What shall go wrong with the wallet provider. Nothing does unless asked for; forgotten at a restart.
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

    /// The next payment that is attempted goes wrong like this; several wait in line.
    pub fn next_payment(&self, fault: SenderFault) {
        self.plan().sender.push_back(fault);
    }

    /// The next signed LNURL-pay request goes wrong like this, where it can: in signature, nonce or timestamp.
    pub fn next_discovery(&self, fault: SenderFault) {
        self.plan().discovery.push_back(fault);
    }

    /// The next invoice that is pushed here is treated like this; several wait in line.
    pub fn next_push(&self, fault: PushFault) {
        self.plan().push.push_back(fault);
    }

    /// Every invoice that is pushed here is treated like this until [`VaspFaults::clear`].
    pub fn all_pushes(&self, fault: PushFault) {
        self.plan().all_pushes = Some(fault);
    }

    /// Everything goes right again.
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
