//! Real processes of the shop: killed, restarted, and kept waiting by their node.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod endings;
mod receiving;
mod refunds;
mod rolling;
mod sale;
mod secrets;
mod shop;
mod stage;
mod wallet_faults;
mod wallet_orders;
