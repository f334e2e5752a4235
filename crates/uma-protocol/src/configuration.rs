//! The configuration document (UMAD-10): `/.well-known/uma-configuration`.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use url::Url;

use crate::error::{ErrorCode, UmaError};
use crate::version::{SUPPORTED_MAJORS, UmaVersion};

/// What a VASP says about itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Configuration {
    /// Its name. Three of the four demo VASPs leave it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The supported major versions; empty if not stated. Entries that are no numbers are left out.
    #[serde(default, deserialize_with = "majors")]
    pub uma_major_versions: Vec<u64>,
    /// Where UMA Invoices can be pushed to; without it, nowhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uma_request_endpoint: Option<Url>,
    /// Where connections to its users' wallets are renewed (UMA Auth, UMADE-01); the caller validates the address before it posts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_endpoint: Option<String>,
    /// Where such connections are revoked (RFC 7009).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revocation_endpoint: Option<String>,
}

impl Configuration {
    /// Path of the document below a VASP's domain.
    pub const PATH: &'static str = "/.well-known/uma-configuration";

    /// Our own document.
    pub fn own(name: &str, uma_request_endpoint: Option<Url>) -> Self {
        let mut majors = SUPPORTED_MAJORS.to_vec();
        majors.sort_unstable();
        Self {
            name: Some(name.into()),
            uma_major_versions: majors,
            uma_request_endpoint,
            token_endpoint: None,
            revocation_endpoint: None,
        }
    }

    /// Reads a document; unknown fields are passed over.
    pub fn parse(text: &str) -> Result<Self, UmaError> {
        serde_json::from_str(text).map_err(|e| {
            UmaError::new(
                ErrorCode::UmaConfigurationFetchError,
                format!("the configuration cannot be read: {e}"),
            )
        })
    }

    /// Where to push an invoice of this version, if the VASP takes any. One that does not state its versions is not refused.
    pub fn push_target(&self, version: UmaVersion) -> Result<&Url, UmaError> {
        if !self.uma_major_versions.is_empty() && !self.uma_major_versions.contains(&version.major) {
            let reason = format!("this VASP does not speak version {} of UMA", version.major);
            return Err(UmaError::new(ErrorCode::NoCompatibleUmaVersion, reason));
        }
        self.uma_request_endpoint
            .as_ref()
            .ok_or_else(|| UmaError::new(ErrorCode::NotImplemented, "this VASP takes no invoices"))
    }
}

fn majors<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u64>, D::Error> {
    let listed = Value::deserialize(from)?;
    Ok(listed.as_array().into_iter().flatten().filter_map(Value::as_u64).collect())
}
