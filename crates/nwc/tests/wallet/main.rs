//! The adapters against a real relay and a real wallet in the sandbox, over real WebSockets.
#![expect(clippy::unwrap_used, reason = "tests")]

mod contract;
mod faults;
mod node;
mod protocol;
mod stage;
