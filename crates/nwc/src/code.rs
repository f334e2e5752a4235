use std::fmt;

const MAX_WORDS: usize = 200;
/// From here on a run of letters and digits may be a key, a preimage or a token.
const SECRET_LENGTH: usize = 40;

/// An error that the wallet answered. The code is text: wallets send more of them than NIP-47 lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct WalletError {
    pub(crate) code: String,
    pub(crate) message: String,
}

/// What an error code says about the request that it answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// Nothing was done: try again after seconds, with a new event.
    Later,
    /// Read the info event again and use the other scheme, once.
    WrongEncryption,
    /// Nothing was done, and this connection will never do it.
    DeadConnection,
    /// Nothing was done, and it will not be.
    Final,
    /// A payment failed, as far as the wallet knows.
    PaymentFailed,
    /// A look-up found nothing.
    NotFound,
    /// Anything may have happened.
    Unknown,
}

impl Meaning {
    /// Whether the answer proves that a payment was not begun. The list is closed: any other code, and `PAYMENT_FAILED`, may hide a
    /// payment that is under way.
    pub(crate) const fn proves_unpaid(self) -> bool {
        match self {
            Self::Later | Self::WrongEncryption | Self::DeadConnection | Self::Final => true,
            Self::PaymentFailed | Self::NotFound | Self::Unknown => false,
        }
    }
}

impl WalletError {
    pub(crate) fn new(code: &str, message: &str) -> Self {
        let code: String = code
            .chars()
            .filter(|c| c.is_ascii_alphanumeric() || *c == '_')
            .take(40)
            .collect::<String>()
            .to_ascii_uppercase();
        Self { code: if code.is_empty() { "OTHER".to_owned() } else { code }, message: redact(message) }
    }

    pub(crate) fn meaning(&self) -> Meaning {
        match self.code.as_str() {
            "RATE_LIMITED" => Meaning::Later,
            "UNSUPPORTED_ENCRYPTION" => Meaning::WrongEncryption,
            "NOT_IMPLEMENTED" | "RESTRICTED" | "UNAUTHORIZED" | "EXPIRED" => Meaning::DeadConnection,
            "INSUFFICIENT_BALANCE" | "QUOTA_EXCEEDED" | "BAD_REQUEST" => Meaning::Final,
            "PAYMENT_FAILED" => Meaning::PaymentFailed,
            "NOT_FOUND" => Meaning::NotFound,
            _ => Meaning::Unknown,
        }
    }
}

impl fmt::Display for WalletError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.message.is_empty() {
            f.write_str(&self.code)
        } else {
            write!(f, "{}: {}", self.code, self.message)
        }
    }
}

/// Somebody else's words, fit for logs and people: one line, short, and without anything that looks like a key.
pub(crate) fn redact(words: &str) -> String {
    let clean: String = words.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let mut out = String::new();
    for word in clean.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        let secretive = longest_run(word) >= SECRET_LENGTH || word.contains("walletconnect");
        out.push_str(if secretive { "[…]" } else { word });
    }
    if out.chars().count() > MAX_WORDS { out.chars().take(MAX_WORDS).chain(['…']).collect() } else { out }
}

fn longest_run(word: &str) -> usize {
    word.split(|c: char| !c.is_ascii_alphanumeric()).map(str::len).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unlisted_code_is_unknown_and_kept_as_text() {
        let error = WalletError::new("SOMETHING_NEW", "hm");
        assert_eq!((error.code.as_str(), error.meaning()), ("SOMETHING_NEW", Meaning::Unknown));
        assert_eq!(WalletError::new("", "").code, "OTHER");
        assert_eq!(WalletError::new("INTERNAL", "").meaning(), Meaning::Unknown);
    }

    #[test]
    fn only_listed_codes_prove_that_nothing_was_paid() {
        let proves = |code: &str| WalletError::new(code, "").meaning().proves_unpaid();
        let listed = [
            "RATE_LIMITED",
            "UNSUPPORTED_ENCRYPTION",
            "NOT_IMPLEMENTED",
            "RESTRICTED",
            "UNAUTHORIZED",
            "EXPIRED",
            "INSUFFICIENT_BALANCE",
            "QUOTA_EXCEEDED",
            "BAD_REQUEST",
        ];
        assert!(listed.into_iter().all(proves));
        for code in ["PAYMENT_FAILED", "INTERNAL", "OTHER", "NOT_FOUND", "TIMEOUT", "", "SOMETHING_NEW"] {
            assert!(!proves(code), "{code}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_key_survives_whatever_stands_around_it(before in ".{0,40}", key in "[0-9a-f]{64}", after in ".{0,40}") {
            assert!(!redact(&format!("{before}{key}{after}")).contains(&key));
        }
    }

    #[test]
    fn a_wallet_cannot_smuggle_secrets_or_lines_into_our_logs() {
        let hex = "0f".repeat(32);
        let shown = redact(&format!("paid\nERROR fake preimage={hex} nostr+walletconnect://x lnbc{hex}"));
        assert_eq!(shown, "paid ERROR fake […] […] […]");
        assert!(redact(&"word ".repeat(500)).chars().count() <= MAX_WORDS + 1);
    }
}
