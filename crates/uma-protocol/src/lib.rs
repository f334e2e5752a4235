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
mod scalar;
pub mod signing;
pub mod version;

pub use address::{PaymentAddress, UmaAddress, VaspDomain};
pub use configuration::Configuration;
pub use counterparty::{Counterparty, CounterpartyError, Freshness, LookupFor};
pub use currency::{Currency, CurrencyCode};
pub use encryption::EncryptionKey;
pub use error::{ErrorBody, ErrorCode, UmaError};
pub use invoice::{InvoiceDraft, UmaInvoice};
pub use keys::{KeyRing, PublicKeyResponse, VaspKeys};
pub use lnurlp::{LnurlpRequest, LnurlpResponse, Metadata};
pub use nonce::{NonceLog, NonceLogError, NonceRules};
pub use payreq::{OrderTerms, PayRequest, PayResponse};
pub use signing::{PublicKey, SigningKey};
pub use version::UmaVersion;
