//! Orders.

pub(super) mod lines;
pub(super) mod quote;
