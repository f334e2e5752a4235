#![doc = include_str!("../README.md")]

mod draft;
mod event;
mod ports;
mod update;
mod zone;

pub use draft::{EventDraft, EventPatch, NetworkLimitPatch, PatchError};
pub use event::{Event, EventStatus, NotOnSale, Seats};
pub use ports::{EventQuery, EventReader, EventWriter, NewEvent};
pub use update::{EventChanges, EventUpdate, KnownEvent};
pub use zone::{NoSuchZone, Zone};
