//! The pay request (UMAD-05) and its response (UMAD-06), in both major versions and as plain LNURL.

mod amount;
mod request;
mod response;

pub use amount::{OrderTerms, PayRequestAmount};
pub use request::{PayRequest, PayRequestDraft, Settlement, UmaPayer};
pub use response::{Converted, PayResponse, PayResponseDraft, PayeeCompliance, PayeeData};
