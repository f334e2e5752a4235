//! The adapters against the sandbox's relay and wallet, over real sockets.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod contract;
mod faults;
mod node;
mod protocol;
mod setup;
