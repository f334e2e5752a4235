//! Orders.

pub(super) mod changes;
pub(super) mod holders;
pub(super) mod lines;
pub(super) mod place;
pub(super) mod quote;
pub(super) mod status;
pub(super) mod view;
