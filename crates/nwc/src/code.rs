use std::fmt;

const MAX_LENGTH: usize = 200;
/// Shortest run of letters and digits that may be a key, a preimage or a token.
const SECRET_LENGTH: usize = 40;

/// An error response of the wallet. The code is text: wallets send codes that NIP-47 does not list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct WalletError {
    pub(crate) code: String,
    pub(crate) message: String,
}

/// What an error code proves about its request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// Nothing was done: retry after seconds, with a new event.
    Later,
    /// Fetch the info event again and retry once with the other scheme.
    WrongEncryption,
    /// Nothing was done, and the connection is permanently unusable.
    DeadConnection,
    /// Nothing was done; final.
    Final,
    /// The payment failed, by the wallet's own records.
    PaymentFailed,
    /// A lookup found nothing.
    NotFound,
    /// Proves nothing.
    Unknown,
}

impl Meaning {
    /// Whether the response proves that no payment was begun. The list is closed: any other code, and `PAYMENT_FAILED`, may
    /// hide a payment in flight.
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

/// Makes foreign text safe for logs and messages: one short line, without anything that may be a key.
pub(crate) fn redact(text: &str) -> String {
    let clean: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let mut out = String::new();
    for word in clean.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        let secretive = longest_run(word) >= SECRET_LENGTH || word.contains("walletconnect");
        out.push_str(if secretive { "[…]" } else { word });
    }
    if out.chars().count() > MAX_LENGTH { out.chars().take(MAX_LENGTH).chain(['…']).collect() } else { out }
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
        fn keys_are_redacted_in_any_context(before in ".{0,40}", key in "[0-9a-f]{64}", after in ".{0,40}") {
            assert!(!redact(&format!("{before}{key}{after}")).contains(&key));
        }
    }

    #[test]
    fn wallet_errors_put_no_secrets_or_line_breaks_in_logs() {
        let hex = "0f".repeat(32);
        let shown = redact(&format!("paid\nERROR fake preimage={hex} nostr+walletconnect://x lnbc{hex}"));
        assert_eq!(shown, "paid ERROR fake […] […] […]");
        assert!(redact(&"word ".repeat(500)).chars().count() <= MAX_LENGTH + 1);
    }
}
