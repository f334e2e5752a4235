//! Admin endpoints.

pub(super) mod attendees;
pub(super) mod complimentary;
mod csv_export;
pub(super) mod event_invoices;
pub(super) mod events;
pub(super) mod operations;
pub(super) mod overview;
pub(super) mod payments;
pub(super) mod promo_codes;
pub(super) mod refunds;
pub(super) mod sales;
pub(super) mod ticket_types;
pub(super) mod watch;
