#![doc = include_str!("../README.md")]

pub mod auth;
mod bolt11;
mod faults;
mod journal;
mod keys;
mod ledger;
pub mod lightspark;
mod node;
pub mod nostr;
mod pay;
mod port;
mod start;
mod vasp;
mod webhooks;
mod world;

pub use bolt11::InvoiceText;
pub use faults::{Call, Fault, Faults, WebhookFault};
pub use ledger::{Direction, InvoiceRecord, InvoiceState, PayFailure, PaymentRecord, Progress};
pub use node::{Node, NodeError};
pub use pay::PayInvoice;
pub use start::{Sandbox, SandboxConfig, SandboxError, start};
pub use vasp::{
    ALREADY_PAID, PRICE_PATH, PaymentRequest, PushFault, RequestState, SenderFault, Vasp, VaspError,
    VaspFaults,
};
pub use webhooks::{SIGNATURE_HEADER, WebhookTarget, sign as sign_webhook};
pub use world::{SHOP, World, WorldError};
