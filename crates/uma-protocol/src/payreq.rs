//! The pay request (UMAD-05) and its response (UMAD-06), in both major versions and as plain LNURL.
#![expect(clippy::similar_names, reason = "payer and payee are the protocol's own words")]

mod amount;
mod request;
mod response;

pub use amount::{OrderTerms, PayRequestAmount};
pub use request::{PayRequest, PayRequestDraft, Settlement, UmaPayer};
pub use response::{Converted, PayResponse, PayResponseDraft, PayeeCompliance, PayeeData};
