//! What organisers do.

pub(super) mod desk;
pub(super) mod event_invoices;
pub(super) mod events;
pub(super) mod overview;
pub(super) mod payments;
pub(super) mod refunds;
mod sheet;
