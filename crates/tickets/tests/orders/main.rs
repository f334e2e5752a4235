//! Rules of orders: placing, quoting, issuing, releasing; and what holds over arbitrary histories.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod builders;
mod extremes;
mod histories;
mod prices;
mod refusals;
mod transitions;
mod world;
