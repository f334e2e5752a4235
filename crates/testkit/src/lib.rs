#![doc = include_str!("../README.md")]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::missing_panics_doc,
    clippy::indexing_slicing,
    reason = "a contract suite is a test: a broken expectation should stop it at once"
)]

pub mod builders;
mod clock;
mod entropy;
pub mod legacy;
pub mod lightning;
pub mod order_builders;
pub mod ports;
pub mod postgres;
pub mod purchases;
pub mod store;

pub use clock::ManualClock;
pub use entropy::SeededEntropy;
