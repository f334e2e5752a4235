#![doc = include_str!("../README.md")]

pub mod address;
pub mod backing;
pub mod configuration;
pub mod counterparty;
pub mod currency;
pub mod encryption;
pub mod error;
pub mod invoice;
pub mod keys;
pub mod lnurlp;
pub mod nonce;
pub mod payer_data;
pub mod payreq;
pub mod post_transaction;
pub mod request;
pub mod signing;
pub mod version;

pub use address::{PaymentAddress, UmaAddress, VaspDomain};
pub use error::{ErrorBody, ErrorCode, UmaError};
pub use version::UmaVersion;
