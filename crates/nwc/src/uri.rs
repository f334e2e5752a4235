use nostr::key::{Keys, PublicKey, SecretKey};
use std::fmt;
use url::Url;

const MAX_LENGTH: usize = 4_096;
/// Maximum of relays, above what known wallets use; each one costs a socket.
const MAX_RELAYS: usize = 5;
const KEY_DIGITS: usize = 64;

/// A parsed connection URI (NIP-47). It is a spending secret.
#[derive(Clone)]
pub struct ConnectionUri {
    wallet: PublicKey,
    keys: Keys,
    relays: Vec<Url>,
    lud16: Option<String>,
}

/// Error of a connection URI. Never contains the text, which is a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UriError {
    /// Another scheme, or too long.
    #[error("a wallet connection starts with nostr+walletconnect://")]
    Scheme,
    /// Not 64 hexadecimal digits, or not a point on the curve.
    #[error("the wallet's public key in the connection is not valid")]
    WalletKey,
    /// Missing, not 64 hexadecimal digits, or zero.
    #[error("the secret in the connection is missing or not valid")]
    Secret,
    /// No WebSocket address.
    #[error("the connection has no usable relay (wss://…)")]
    Relay,
}

fn is_key(text: &str) -> bool {
    text.len() == KEY_DIGITS && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn after_scheme(text: &str) -> Option<&str> {
    let (scheme, rest) = text.split_once(':')?;
    // Wallets use both spellings, and some omit `//`.
    let known = ["nostr+walletconnect", "nostrwalletconnect"];
    known
        .iter()
        .any(|name| scheme.eq_ignore_ascii_case(name))
        .then(|| rest.strip_prefix("//").unwrap_or(rest))
}

fn relay(text: &str) -> Option<Url> {
    let url = Url::parse(text.trim()).ok()?;
    let plain = matches!(url.scheme(), "ws" | "wss") && url.username().is_empty() && url.password().is_none();
    (plain && url.host().is_some()).then_some(url)
}

impl ConnectionUri {
    /// Parses a URI, tolerating known differences of wallets: white space, scheme, case, percent-encoding, unknown
    /// parameters.
    pub fn parse(text: &str) -> Result<Self, UriError> {
        let text = text.trim();
        if text.len() > MAX_LENGTH {
            return Err(UriError::Scheme);
        }
        let rest = after_scheme(text).ok_or(UriError::Scheme)?;
        let (key, query) = rest.split_once('?').unwrap_or((rest, ""));
        let key = key.trim_end_matches('/').to_ascii_lowercase();
        let wallet = is_key(&key)
            .then(|| PublicKey::from_hex(&key).ok())
            .flatten()
            .filter(|key| key.xonly().is_ok())
            .ok_or(UriError::WalletKey)?;
        let (mut relays, mut keys, mut lud16) = (Vec::new(), None, None);
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            match &*name {
                "relay" => relays.extend(relay(&value)),
                "secret" if is_key(&value) => keys = SecretKey::from_hex(&value).ok().map(Keys::new),
                // Some wallets do not escape the address, so its `+` is decoded as a space.
                "lud16" => lud16 = Some(value.trim().replace(' ', "+")).filter(|address| !address.is_empty()),
                _ => {}
            }
        }
        let keys = keys.ok_or(UriError::Secret)?;
        let mut distinct: Vec<Url> = Vec::new();
        for url in relays {
            if !distinct.contains(&url) && distinct.len() < MAX_RELAYS {
                distinct.push(url);
            }
        }
        if distinct.is_empty() {
            return Err(UriError::Relay);
        }
        Ok(Self { wallet, keys, relays: distinct, lud16 })
    }

    /// The wallet's distinct relays, in the order given.
    pub fn relays(&self) -> &[Url] {
        &self.relays
    }

    /// The connection's own public key, 64 hexadecimal digits. Identifies the connection; the wallet's key may be shared by
    /// many.
    pub fn client_key(&self) -> String {
        self.keys.public_key().to_hex()
    }

    /// The wallet's Lightning or UMA address, if given.
    pub fn lud16(&self) -> Option<&str> {
        self.lud16.as_deref()
    }

    /// Whether the wallet supports UMA, and with it NIP-44 (UMADE-01).
    pub(crate) fn is_uma(&self) -> bool {
        self.lud16.as_deref().is_some_and(|address| address.starts_with('$'))
    }

    pub(crate) const fn wallet(&self) -> PublicKey {
        self.wallet
    }

    pub(crate) const fn keys(&self) -> &Keys {
        &self.keys
    }

    /// The same connection over the given relays.
    pub(crate) fn over(&self, relays: Vec<Url>) -> Self {
        Self { relays, ..self.clone() }
    }

    pub(crate) fn same_as(&self, other: &Self) -> bool {
        self.wallet == other.wallet
            && self.relays == other.relays
            && self.keys.public_key() == other.keys.public_key()
    }
}

impl fmt::Debug for ConnectionUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let wallet: String = self.wallet.to_hex().chars().take(8).collect();
        let hosts: Vec<&str> = self.relays.iter().filter_map(Url::host_str).collect();
        f.debug_struct("ConnectionUri")
            .field("wallet", &wallet)
            .field("relays", &hosts)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WALLET: &str = "b889ff5b1513b641e2a139f661a661364979c5beee91842f8f0ef42ab558e9d4";
    const SECRET: &str = "71a8c14c1407c113601079c4302dab36460f0ccd0ad506f1f2dc73b5100e4f3c";

    fn parse(text: &str) -> Result<ConnectionUri, UriError> {
        ConnectionUri::parse(text)
    }

    #[test]
    fn known_spellings_are_parsed() {
        let upper = WALLET.to_uppercase();
        for text in [
            format!("nostr+walletconnect://{WALLET}?relay=wss%3A%2F%2Frelay.example%2Fv1&secret={SECRET}"),
            format!("  nostrwalletconnect:{WALLET}?secret={SECRET}&relay=wss://relay.example/v1&pubkey=ff\n"),
            format!("NOSTR+WALLETCONNECT:{upper}/?relay=wss://relay.example/v1&secret={SECRET}"),
        ] {
            let uri = parse(&text).unwrap();
            assert_eq!(uri.relays(), [Url::parse("wss://relay.example/v1").unwrap()]);
            assert_eq!(uri.wallet().to_hex(), WALLET);
        }
    }

    #[test]
    fn relays_are_distinct_in_order_and_valid() {
        let uri = parse(&format!(
            "nostr+walletconnect://{WALLET}?relay=wss://b.example&relay=https://no.example&relay=wss://a.example\
             &relay=wss://b.example&relay=wss://user:pass@c.example&secret={SECRET}"
        ))
        .unwrap();
        let hosts: Vec<_> = uri.relays().iter().filter_map(Url::host_str).collect();
        assert_eq!(hosts, ["b.example", "a.example"]);
    }

    #[test]
    fn unescaped_plus_in_the_address_is_kept() {
        let uri = parse(&format!(
            "nostr+walletconnect://{WALLET}?relay=wss://a.example&secret={SECRET}&lud16=$ann+bob@vasp.example"
        ))
        .unwrap();
        assert_eq!(uri.lud16(), Some("$ann+bob@vasp.example"));
        assert!(uri.is_uma());
    }

    #[test]
    fn unusable_uri_is_refused_with_its_reason() {
        let zero = "0".repeat(64);
        for (text, error) in [
            (format!("https://{WALLET}?relay=wss://a.example&secret={SECRET}"), UriError::Scheme),
            (format!("nostr+walletconnect://{WALLET}?{}", "x".repeat(5_000)), UriError::Scheme),
            (
                format!("nostr+walletconnect://{}?relay=wss://a.example&secret={SECRET}", &WALLET[1..]),
                UriError::WalletKey,
            ),
            (
                format!("nostr+walletconnect://{}?relay=wss://a.example&secret={SECRET}", "f".repeat(64)),
                UriError::WalletKey,
            ),
            (format!("nostr+walletconnect://{WALLET}?relay=wss://a.example"), UriError::Secret),
            (format!("nostr+walletconnect://{WALLET}?relay=wss://a.example&secret={zero}"), UriError::Secret),
            (format!("nostr+walletconnect://{WALLET}?secret={SECRET}"), UriError::Relay),
            (String::new(), UriError::Scheme),
        ] {
            assert_eq!(parse(&text).unwrap_err(), error, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn parser_never_panics_or_quotes_its_input(key in "[0-9a-fA-F]{62,66}", query in ".{0,200}") {
            if let Err(error) = parse(&format!("nostr+walletconnect://{key}?relay=wss://a.example&secret={key}{query}")) {
                assert!(!error.to_string().contains(&key));
            }
            let _ = parse(&query);
        }
    }

    #[test]
    fn the_secret_is_not_in_the_debug_output() {
        let uri =
            parse(&format!("nostr+walletconnect://{WALLET}?relay=wss://a.example&secret={SECRET}")).unwrap();
        assert!(!format!("{uri:?}").contains(&SECRET[..8]));
    }
}
