#![doc = include_str!("../README.md")]
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "a trial: a broken expectation should stop it at once"
)]

pub mod chaos;
pub mod goals;
pub mod load;
mod replica;
mod shop;

/// Prints a line. A closed pipe is not an error.
pub fn say(line: impl std::fmt::Display) {
    use std::io::Write;
    drop(writeln!(std::io::stdout().lock(), "{line}"));
}
