#![doc = include_str!("../README.md")]

mod error;
mod field_code;
mod ids;
mod language;
mod locked;
mod money;
mod page;
mod ports;
mod secret;
pub mod text;
pub mod time;

pub use error::{FieldErrors, StoreError};
pub use field_code::FieldCode;
pub use ids::{
    AuditId, EventId, EventUpdateId, InvoiceRowId, JobId, OrderId, PaymentId, PromoCodeId, RefundId,
    TicketId, TicketTypeId, UserId, WebhookId,
};
pub use language::Language;
pub use locked::Locked;
pub use money::{MoneyError, Msats, Sats};
pub use page::Page;
pub use ports::{Clock, Entropy, EntropyError, Timestamp};
pub use secret::Secret;
