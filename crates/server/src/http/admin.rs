//! What organisers do.

pub(super) mod desk;
pub(super) mod events;
pub(super) mod payments;
mod sheet;
