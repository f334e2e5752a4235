use super::error::VaspError;
use payments::Bolt11;
use uma_protocol::{PaymentAddress, UmaAddress, UmaError, error::ErrorCode};
use url::Url;

/// A payment target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Target {
    /// A UMA Invoice, `uma1…`.
    Invoice(String),
    /// `$user@host`.
    Uma(UmaAddress),
    /// `user@host` (LUD-16).
    Plain(PaymentAddress),
    /// The URL of an LNURL (LUD-01, LUD-17).
    Web(Url),
    /// A Lightning invoice.
    Bolt11(String),
}

impl Target {
    /// Parses user input.
    pub(super) fn parse(text: &str) -> Result<Self, VaspError> {
        let text = text.trim();
        let lower = text.to_ascii_lowercase();
        let bare = lower.strip_prefix("uma://").unwrap_or(&lower);
        if bare.starts_with("uma1") {
            return Ok(Self::Invoice(bare.to_owned()));
        }
        let bare = lower.strip_prefix("lightning:").unwrap_or(&lower);
        if bare.starts_with("ln") && Bolt11::parse(bare).is_ok() {
            return Ok(Self::Bolt11(bare.to_owned()));
        }
        let web = match lower.strip_prefix("lnurlp://") {
            Some(rest) => {
                let local = ["localhost", "127.0.0.1"].iter().any(|host| rest.starts_with(host));
                Url::parse(&format!(
                    "{}://{}",
                    if local { "http" } else { "https" },
                    text.get(9..).unwrap_or_default()
                ))
            }
            None => Url::parse(text),
        };
        if let Ok(url) = web
            && matches!(url.scheme(), "http" | "https")
        {
            return Ok(Self::Web(url));
        }
        match PaymentAddress::parse(text) {
            Ok(address) if address.is_uma() => Ok(Self::Uma(UmaAddress::try_from(address)?)),
            Ok(address) => Ok(Self::Plain(address)),
            Err(_) => Err(UmaError::new(
                ErrorCode::InvalidInput,
                "this is neither an address, nor a UMA Invoice, nor a Lightning invoice",
            )
            .into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_input_is_parsed() {
        assert!(matches!(Target::parse(" $tickets@localhost:8080 "), Ok(Target::Uma(_))));
        assert!(matches!(Target::parse("tickets@example.com"), Ok(Target::Plain(_))));
        assert!(matches!(Target::parse("UMA://UMA1QQQ"), Ok(Target::Invoice(_))));
        let Ok(Target::Web(url)) =
            Target::parse("lnurlp://localhost:8080/.well-known/lnurlp/tickets?ticket=aB")
        else {
            panic!("not understood")
        };
        assert_eq!(url.as_str(), "http://localhost:8080/.well-known/lnurlp/tickets?ticket=aB");
        assert!(Target::parse("javascript:alert(1)").is_err());
        assert!(Target::parse("").is_err());
    }
}
