use super::env::Reader;
use kernel::{Secret, Timestamp};

/// UMA keys with their certificate chains.
#[derive(Debug, Clone)]
pub struct UmaKeySet {
    /// Signs UMA messages; 32 bytes in hexadecimal digits.
    pub signing_key: Secret<String>,
    /// Its certificate chain, PEM, leaf first.
    pub signing_chain: String,
    /// Decrypts travel-rule data; 32 bytes in hexadecimal digits.
    pub encryption_key: Secret<String>,
    /// Its certificate chain, PEM, leaf first.
    pub encryption_chain: String,
}

/// Current and next UMA keys.
#[derive(Debug, Clone)]
pub struct UmaKeys {
    /// Current keys.
    pub current: UmaKeySet,
    /// Next keys with their start; cached copies of the current ones expire by then.
    pub next: Option<(Timestamp, UmaKeySet)>,
}

/// Settings of UMA Auth for the web app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UmaAuth {
    /// Nostr public key of this application.
    pub app_pubkey: String,
    /// Relay with the application's profile.
    pub relay: String,
    /// Redirect URI of the wallet.
    pub redirect_uri: String,
}

impl UmaKeys {
    pub(super) fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let current = UmaKeySet::read(reader, "");
        let next = match reader.text("UMA_NEXT_SINCE") {
            None => Some(None),
            Some(since) => {
                let keys = UmaKeySet::read(reader, "NEXT_");
                match since.parse::<Timestamp>() {
                    Ok(since) => keys.map(|keys| Some((since, keys))),
                    Err(_) => {
                        reader.push_error("UMA_NEXT_SINCE must be a time such as 2027-01-01T00:00:00Z");
                        None
                    }
                }
            }
        };
        Some(Self { current: current?, next: next? })
    }
}

impl UmaKeySet {
    fn read(reader: &mut Reader<'_>, which: &str) -> Option<Self> {
        let signing_key = key(reader, &format!("UMA_{which}SIGNING_PRIVKEY"));
        let signing_chain = chain(reader, &format!("UMA_{which}SIGNING_CERT_CHAIN"));
        let encryption_key = key(reader, &format!("UMA_{which}ENCRYPTION_PRIVKEY"));
        let encryption_chain = chain(reader, &format!("UMA_{which}ENCRYPTION_CERT_CHAIN"));
        Some(Self {
            signing_key: signing_key?,
            signing_chain: signing_chain?,
            encryption_key: encryption_key?,
            encryption_chain: encryption_chain?,
        })
    }
}

fn key(reader: &mut Reader<'_>, name: &str) -> Option<Secret<String>> {
    let key = reader.required_secret(name, "generate UMA keys with `tickets keys new`")?;
    let digits = key.expose();
    if digits.len() != 64 || !digits.chars().all(|c| c.is_ascii_hexdigit()) {
        reader.push_error(format!("{name} must be 64 hexadecimal digits"));
        return None;
    }
    Some(key)
}

fn chain(reader: &mut Reader<'_>, name: &str) -> Option<String> {
    let chain = reader.required_secret(name, "generate certificate chains with `tickets keys new`")?;
    // Environment files cannot contain line breaks; `
    // ` is their escaped form.
    let chain = chain.expose().replace("\\n", "\n");
    if !chain.contains("-----BEGIN CERTIFICATE-----") {
        reader.push_error(format!("{name} must be PEM certificates, the leaf first"));
        return None;
    }
    Some(chain)
}

impl UmaAuth {
    pub(super) fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let names = ["UMA_AUTH_APP_PUBKEY", "UMA_AUTH_RELAY", "UMA_AUTH_REDIRECT_URI"];
        let values = names.map(|name| reader.text(name));
        match values {
            [Some(app_pubkey), Some(relay), Some(redirect_uri)] => {
                Some(Self { app_pubkey, relay, redirect_uri })
            }
            [None, None, None] => None,
            _ => {
                reader.push_error(
                    "UMA_AUTH_APP_PUBKEY, UMA_AUTH_RELAY and UMA_AUTH_REDIRECT_URI must be set together",
                );
                None
            }
        }
    }
}
