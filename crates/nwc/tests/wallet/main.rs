//! The adapters against a real relay and a real wallet in the sandbox, over real sockets.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod contract;
mod faults;
mod node;
mod protocol;
mod stage;
