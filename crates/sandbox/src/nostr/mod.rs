//! Nostr Wallet Connect (NIP-47) for the sandbox: an in-process relay, and a wallet that pays and receives with a
//! [`Node`](crate::Node) of the sandbox. Both support planned faults.

mod broadcaster;
mod faults;
mod grant;
mod relay;
mod replies;
mod transport;
mod wallet_service;

pub use faults::{AnswerFault, RelayFaults, RequestFault, WalletFault, WalletFaults};
pub(crate) use grant::METHODS;
pub use grant::{DescriptionRule, Grant, Schemes, WalletOptions};
pub use relay::Relay;
pub use wallet_service::WalletService;
pub(crate) use wallet_service::key_from;
