use kernel::text;
use std::fmt;

/// The longest address that SMTP carries (RFC 5321).
const MAX_LENGTH: usize = 254;
const MAX_LOCAL: usize = 64;

/// An email address, compared case-insensitively: NFC, lower case, the domain as A-labels (RFC 5891), which mail servers understand.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Email(String);

/// Not an email address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be an email address such as name@example.com")]
pub struct EmailError;

impl Email {
    /// Reads an address: a local part and a domain with a dot, nothing invisible, no white space. Only delivery shows whether it
    /// exists.
    pub fn parse(text: &str) -> Result<Self, EmailError> {
        let text = text::normalize(text.trim());
        let (local, domain) = text.rsplit_once('@').ok_or(EmailError)?;
        let local_ok = !local.is_empty()
            && local.len() <= MAX_LOCAL
            && !local.starts_with('.')
            && !local.ends_with('.')
            && !local.contains("..")
            && local.chars().all(|c| !c.is_whitespace() && !"@\"(),:;<>[\\]".contains(c));
        let label_ok = |label: &str| {
            !label.is_empty()
                && label.len() <= 63
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        };
        if !local_ok || text::has_hidden(&text) {
            return Err(EmailError);
        }
        // UTS 46 would also accept what no registry does, so the labels are checked after it.
        let domain = idna::domain_to_ascii(domain).map_err(|_| EmailError)?;
        let address = format!("{}@{domain}", lower_case(local));
        let domain_ok = domain.contains('.') && domain.split('.').all(label_ok);
        if domain_ok && address.len() <= MAX_LENGTH { Ok(Self(address)) } else { Err(EmailError) }
    }

    /// An address from the database. One that the rules of an earlier release accepted stays as it is.
    pub fn from_stored(text: String) -> Self {
        Self::parse(&text).unwrap_or(Self(text))
    }

    /// The address in its one spelling.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The spelling under which releases before A-labels stored the address, if it is another one.
    pub fn earlier_spelling(&self) -> Option<String> {
        let (local, domain) = self.0.rsplit_once('@')?;
        let domain = idna::domain_to_unicode(domain).0;
        let earlier = format!("{}@{}", local.to_lowercase(), domain.to_lowercase());
        (earlier != self.0).then_some(earlier)
    }
}

/// Lower case per character. A character whose lower case has several characters is kept, such as the Turkish İ, since the
/// result would be another name.
fn lower_case(local: &str) -> String {
    let lower = |c: char| {
        let mut lower = c.to_lowercase();
        match (lower.next(), lower.next()) {
            (Some(one), None) => one,
            _ => c,
        }
    };
    text::normalize(&local.chars().map(lower).collect::<String>())
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
    fn an_address_has_one_spelling_and_its_domain_is_ascii() {
        let spelled = |text: &str| Email::parse(text).map(|email| email.as_str().to_owned());
        for text in ["zoe\u{308}@Mu\u{308}ller.example", "Zoë@MÜLLER.example", "zoë@xn--mller-kva.EXAMPLE"]
        {
            assert_eq!(spelled(text).as_deref(), Ok("zoë@xn--mller-kva.example"), "{text}");
        }
        assert_eq!(spelled("İstanbul@mail.example").as_deref(), Ok("İstanbul@mail.example"));
        assert_ne!(Email::parse("İstanbul@mail.example"), Email::parse("istanbul@mail.example"));
        assert_eq!(spelled("a@ｅｘａｍｐｌｅ。com").as_deref(), Ok("a@example.com"));
        for text in [
            "a\u{200b}@b.example",
            "a@b\u{200b}.example",
            "a\u{202e}@b.example",
            "a@b\u{ad}.example",
            "a@b_c.example",
        ] {
            assert_eq!(spelled(text), Err(EmailError), "{text:?}");
        }
    }

    #[test]
    fn addresses_of_earlier_releases_are_still_read() {
        let earlier = |text: &str| Email::parse(text).unwrap().earlier_spelling();
        assert_eq!(earlier("alice@example.com"), None);
        assert_eq!(earlier("a@müller.example").as_deref(), Some("a@müller.example"));
        assert_eq!(earlier("İstanbul@a.example").as_deref(), Some("i\u{307}stanbul@a.example"));
        assert_eq!(Email::from_stored("a@müller.example".into()).as_str(), "a@xn--mller-kva.example");
        assert_eq!(Email::from_stored("a\u{200b}@b.example".into()).as_str(), "a\u{200b}@b.example");
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
