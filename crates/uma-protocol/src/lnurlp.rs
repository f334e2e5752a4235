//! LNURL-pay discovery: request (UMAD-03) and response (UMAD-04), plain (LUD-06, LUD-16) or UMA.

mod link;
mod metadata;
mod plain;
mod request;
mod response;

pub use link::encode_lnurl;
pub use metadata::Metadata;
pub use request::{LNURLP_PATH, LnurlpRequest, UmaParameters};
pub use response::{LnurlpCompliance, LnurlpResponse, LnurlpTerms};
