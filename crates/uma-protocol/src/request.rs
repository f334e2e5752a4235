//! UMA Request (UMAD-11): pushing an invoice to the payer's VASP.

use serde::{Deserialize, Serialize};
use url::Url;

use crate::error::{ErrorCode, UmaError};
use crate::invoice::UmaInvoice;

/// The body of `POST {uma_request_endpoint}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UmaRequestBody {
    /// `uma1…`.
    pub invoice: String,
}

impl UmaRequestBody {
    /// Reads the body, or the query `invoice=` that one demo VASP expects instead.
    pub fn parse(body: &str, query: &str) -> Result<UmaInvoice, UmaError> {
        let wrong = || UmaError::new(ErrorCode::InvalidRequestFormat, "there is no invoice in the request");
        let invoice = if body.trim().is_empty() {
            let mut pairs = url::form_urlencoded::parse(query.as_bytes());
            pairs.find(|(key, _)| key == "invoice").map(|(_, value)| value.into_owned()).ok_or_else(wrong)?
        } else {
            serde_json::from_str::<Self>(body).map_err(|_| wrong())?.invoice
        };
        UmaInvoice::parse(&invoice)
    }
}

/// The endpoint with the invoice in its query too: together with the JSON body that serves all four demo VASPs.
pub fn push_url(endpoint: &Url, invoice: &str) -> Url {
    let mut url = endpoint.clone();
    url.query_pairs_mut().append_pair("invoice", invoice);
    url
}
