//! The sandbox from outside, through sockets, against a small shop with configurable misbehaviour.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod authority;
mod killed;
mod page;
mod payer;
mod pushed;
mod receiver;
mod restart;
mod shop;
mod webhooks;
