#![doc = include_str!("../README.md")]

mod buyer;
mod cipher;
mod client;
mod code;
mod doctor;
mod guard;
mod link;
mod node;
mod report;
mod request;
mod socket;
mod uma_auth;
mod uri;
mod wire;

pub use buyer::NwcBuyerWallet;
pub use client::Limits;
pub use doctor::Doctor;
pub use guard::{GuardError, PublicRelays, RelayGuard};
pub use node::{NodeUriError, NwcNode};
pub use uma_auth::{PostError, Posted, RefreshError, Renewed, TokenPost, UmaAuth};
pub use uri::{ConnectionUri, UriError};
