//! What can happen to the orders of a shop.

/// How much settles on an invoice.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Amount {
    Exact,
    /// Msats missing; at least one msat settles.
    Under(u64),
    /// Msats beyond.
    Over(u64),
}

/// An organiser's change.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Edit {
    Capacity(i64),
    Quota(usize, Option<i64>),
    Price(usize, i64),
    Archive(usize, bool),
    MaxUses(usize, Option<i64>),
    ArchiveCode(usize, bool),
}

/// Fault of the next call.
#[derive(Debug, Clone, Copy)]
pub(crate) enum NodeFault {
    NoInvoice,
    PayUnavailable,
    PayAnswerLost,
    PayRefused,
    DestinationUnreachable,
}

/// What happens. Numbers of orders, tickets and invoices are taken modulo their count.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    Place { lines: Vec<(usize, u32)>, code: Option<usize>, buyer: u8, complimentary: bool },
    Settle { order: usize, invoice: usize, amount: Amount },
    Confirm(usize),
    Lapse,
    Wait(i64),
    Cancel(usize),
    CancelTicket(usize, usize),
    Retry(usize),
    Refund { order: usize, revoke: bool },
    RefundTickets(usize, u8),
    CheckIn(usize, usize),
    RunJobs,
    CancelEvent,
    Edit(Edit),
    Fault(NodeFault),
}

impl Step {
    /// Whether a repetition changes nothing.
    pub(crate) const fn is_idempotent(&self) -> bool {
        !matches!(self, Self::Place { .. } | Self::Wait(_) | Self::Lapse | Self::Retry(_) | Self::RunJobs)
    }
}
