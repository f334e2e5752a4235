#![doc = include_str!("../README.md")]

mod buyer;
mod cipher;
mod client;
mod code;
mod doctor;
mod invoices;
mod link;
mod node;
mod relay_hosts;
mod report;
mod request;
mod socket;
mod uma_auth;
mod uri;
mod wire;

pub use buyer::NwcBuyerWallet;
pub use client::Limits;
pub use doctor::Doctor;
pub use node::{NodeUriError, NwcNode};
pub use relay_hosts::{GuardError, PublicRelays, RelayGuard};
pub use uma_auth::{PostError, PostResponse, RefreshError, Renewed, TokenPost, UmaAuth};
pub use uri::{ConnectionUri, UriError};
