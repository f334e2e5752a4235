use std::fmt;

/// The longest address that SMTP carries (RFC 5321).
const MAX_LENGTH: usize = 254;
const MAX_LOCAL: usize = 64;

/// An e-mail address, kept in lower case: addresses are compared case-insensitively.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Email(String);

/// Not an e-mail address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be an e-mail address such as name@example.com")]
pub struct EmailError;

impl Email {
    /// Reads an address: a local part and a domain with a dot, printable, no white space. Whether it exists only a mail can show.
    pub fn parse(text: &str) -> Result<Self, EmailError> {
        let text = text.trim();
        let (local, domain) = text.rsplit_once('@').ok_or(EmailError)?;
        let local_ok = !local.is_empty()
            && local.len() <= MAX_LOCAL
            && !local.starts_with('.')
            && !local.ends_with('.')
            && !local.contains("..")
            && local.chars().all(|c| !c.is_whitespace() && !c.is_control() && !"@\"(),:;<>[\\]".contains(c));
        let label_ok = |label: &str| {
            !label.is_empty()
                && label.len() <= 63
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.chars().all(|c| c.is_alphanumeric() || c == '-')
        };
        let domain_ok = domain.contains('.') && domain.split('.').all(label_ok);
        if local_ok && domain_ok && text.len() <= MAX_LENGTH {
            Ok(Self(text.to_lowercase()))
        } else {
            Err(EmailError)
        }
    }

    /// The address in lower case.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Email {
    /// Personal data: logs show only the domain.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Email(***@{})", self.0.rsplit_once('@').map_or("", |(_, domain)| domain))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn addresses_are_compared_case_insensitively() {
        assert_eq!(Email::parse("Alice@Example.COM"), Email::parse("alice@example.com"));
    }

    #[test]
    fn malformed_addresses_are_refused() {
        for bad in ["", "a", "@b.c", "a@b", "a@b..c", "a b@c.d", "a@-b.c", ".a@b.c", "a..b@c.d", "a@b.c\n.d"]
        {
            assert_eq!(Email::parse(bad), Err(EmailError), "{bad}");
        }
        assert!(Email::parse(&format!("{}@b.c", "a".repeat(65))).is_err());
    }

    proptest! {
        #[test]
        fn no_text_makes_parsing_panic(text in ".*") {
            let _ = Email::parse(&text);
        }
    }
}
