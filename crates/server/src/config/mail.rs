use super::env::Reader;
use box_office::MailLimits;
use kernel::Secret;
use lettre::message::Mailbox;

/// Mail settings.
#[derive(Debug, Clone)]
pub struct Mail {
    /// `smtp://`, `smtps://`, or `file://directory` to write emails to files.
    pub url: Secret<String>,
    /// The sender.
    pub from: Mailbox,
}

/// Reads the email limits per recipient.
pub(super) fn limits(reader: &mut Reader<'_>) -> MailLimits {
    let bounds = (0, 1_000_000);
    MailLimits {
        per_address: reader.number("MAIL_PER_ADDRESS", bounds, 10),
        per_customer: reader.number("MAIL_PER_CUSTOMER", bounds, 100),
        per_domain: reader.number("MAIL_PER_DOMAIN", bounds, 2_000),
    }
}

impl Mail {
    pub(super) fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let from = reader.text("MAIL_FROM");
        let url = reader.secret("SMTP_URL")?;
        if !["smtp://", "smtps://", "file://"].iter().any(|scheme| url.expose().starts_with(scheme)) {
            reader.push_error("SMTP_URL must begin with smtp://, smtps:// or file://");
        }
        match from.map(|text| text.parse()) {
            Some(Ok(from)) => Some(Self { url, from }),
            Some(Err(_)) => {
                reader.push_error("MAIL_FROM must be an address such as Tickets <tickets@example.com>");
                None
            }
            None => {
                reader.push_error("SMTP_URL is set, but MAIL_FROM is not: set the sender");
                None
            }
        }
    }
}
