use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::error::{ErrorCode, UmaError};

/// The metadata of LNURL-pay (LUD-06): a JSON array of `[type, text]` pairs, kept as the very text that is hashed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Metadata(String);

impl Metadata {
    /// One `text/plain` entry, which every response must have.
    pub fn plain(text: &str) -> Self {
        Self("[]".into()).with("text/plain", text)
    }

    /// Adds `text/identifier` (LUD-16): the Lightning address that is paid, without the `$` of UMA, which LUD-16 does not have.
    #[must_use]
    pub fn with_identifier(self, address: &str) -> Self {
        self.with("text/identifier", address.strip_prefix('$').unwrap_or(address))
    }

    /// Adds `text/uma-invoice`: the UUID of the UMA Invoice that is paid, so that the bolt11 proves it.
    #[must_use]
    pub fn with_uma_invoice(self, uuid: &str) -> Self {
        self.with("text/uma-invoice", uuid)
    }

    /// Adds an entry at the end, leaving the text before it as it is.
    #[must_use]
    pub fn with(self, kind: &str, text: &str) -> Self {
        let entry = serde_json::json!([kind, text]).to_string();
        let head = self.0.trim_end().strip_suffix(']').unwrap_or_default();
        let separator = if head.trim_end().ends_with('[') { "" } else { "," };
        Self(format!("{head}{separator}{entry}]"))
    }

    /// Reads metadata: an array of arrays that begin with a type, one of them `text/plain`.
    pub fn parse(text: &str) -> Result<Self, UmaError> {
        let bad = || UmaError::new(ErrorCode::ParseLnurlpResponseError, "the metadata cannot be read");
        let entries: Vec<Vec<serde_json::Value>> = serde_json::from_str(text).map_err(|_| bad())?;
        let plain = entries.iter().any(|e| e.first().is_some_and(|kind| kind == "text/plain"));
        if plain { Ok(Self(text.into())) } else { Err(bad()) }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text of the entry of that type.
    pub fn get(&self, kind: &str) -> Option<String> {
        let entries: Vec<Vec<serde_json::Value>> = serde_json::from_str(&self.0).ok()?;
        let entry = entries.into_iter().find(|e| e.first().is_some_and(|k| k == kind))?;
        entry.get(1)?.as_str().map(Into::into)
    }

    /// What the invoice commits to: metadata, then payer data exactly as it was sent (LUD-18).
    pub fn description(&self, payer_data: Option<&str>) -> String {
        [&self.0, payer_data.unwrap_or_default()].concat()
    }

    /// SHA-256 of [`Self::description`]: the `h` field of the bolt11 (LUD-06).
    pub fn description_hash(&self, payer_data: Option<&str>) -> [u8; 32] {
        let mut hash = Sha256::new_with_prefix(&self.0);
        hash.update(payer_data.unwrap_or_default());
        hash.finalize().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifier_is_a_lightning_address() {
        for address in ["$tickets@shop.example", "tickets@shop.example"] {
            let metadata = Metadata::plain("A ticket").with_identifier(address);
            assert_eq!(metadata.get("text/identifier").as_deref(), Some("tickets@shop.example"));
        }
    }
}
