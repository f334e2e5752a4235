use nostr::{
    key::{Keys, PublicKey},
    nips::{nip04, nip44},
};
use zeroize::Zeroizing;

/// Encryption scheme of a request (NIP-47, tag `encryption`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scheme {
    Nip04,
    Nip44,
}

/// Encryption or decryption error. Carries no reason, which would help a forger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the message could not be encrypted or decrypted")]
pub(crate) struct CipherError;

impl Scheme {
    pub(crate) const fn other(self) -> Self {
        match self {
            Self::Nip04 => Self::Nip44,
            Self::Nip44 => Self::Nip04,
        }
    }

    pub(crate) fn encrypt(self, keys: &Keys, to: &PublicKey, text: &str) -> Result<String, CipherError> {
        match self {
            Self::Nip04 => nip04::encrypt(keys.secret_key(), to, text),
            Self::Nip44 => nip44::encrypt(keys.secret_key(), to, text, nip44::Version::V2),
        }
        .map_err(|_| CipherError)
    }
}

/// Detects the scheme from the content: some wallets encrypt errors with NIP-44 whatever the request used.
pub(crate) fn decrypt(
    keys: &Keys,
    from: &PublicKey,
    content: &str,
) -> Result<Zeroizing<String>, CipherError> {
    if content.contains("?iv=") {
        nip04::decrypt(keys.secret_key(), from, content)
    } else {
        nip44::decrypt(keys.secret_key(), from, content)
    }
    .map(Zeroizing::new)
    .map_err(|_| CipherError)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scheme_is_detected_from_the_content() {
        let (a, b) = (Keys::generate(), Keys::generate());
        for scheme in [Scheme::Nip04, Scheme::Nip44] {
            let sealed = scheme.encrypt(&a, &b.public_key(), "{\"method\":\"get_info\"}").unwrap();
            assert_eq!(&*decrypt(&b, &a.public_key(), &sealed).unwrap(), "{\"method\":\"get_info\"}");
            assert!(decrypt(&Keys::generate(), &a.public_key(), &sealed).is_err() || scheme == Scheme::Nip04);
        }
    }

    #[test]
    fn malformed_content_is_an_error() {
        let (a, b) = (Keys::generate(), Keys::generate());
        for content in ["", "?iv=", "abc?iv=abc", "AgAA", "Ag", "\u{1f600}"] {
            assert_eq!(decrypt(&a, &b.public_key(), content), Err(CipherError), "{content}");
        }
    }
}
