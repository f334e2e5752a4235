mod email_template;

use crate::{
    calendar,
    config::{self, Config},
    test_mailbox::{CapturedEmail, TestMailbox},
};
use async_trait::async_trait;
use box_office::{AccountEmail, MailStamp, Mailer, MailerError, OrderEmail, Recipient, TicketView};
use email_template::{EmailTemplate, RenderedEmail};
use identity::Email;
use kernel::{Clock, Language};
use lettre::{
    AsyncFileTransport, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{
        Attachment, Mailbox, MultiPart, SinglePart,
        header::{ContentType, Header, HeaderName, HeaderValue},
    },
    transport::smtp,
};
use payments::Notice;
use std::{path::PathBuf, sync::Arc, time::Duration};

pub(super) const SMTP_TIMEOUT: Duration = Duration::from_secs(20);

/// Error of the mail settings.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// Invalid URL of a mail server.
    #[error("not the address of a mail server")]
    Address(#[from] lettre::transport::smtp::Error),
    /// The directory cannot be used.
    #[error("emails cannot be written to that directory")]
    Directory(#[from] std::io::Error),
}

enum Transport {
    Smtp(AsyncSmtpTransport<Tokio1Executor>),
    File(AsyncFileTransport<Tokio1Executor>),
}

/// Delivery of emails.
enum Delivery {
    Mail { transport: Box<Transport>, from: Mailbox },
    Page { test_mailbox: Arc<TestMailbox>, clock: Arc<dyn Clock> },
}

struct Post {
    delivery: Delivery,
    base_url: String,
}

/// Opens the configured delivery; without one the test mailbox, if there is one.
pub(super) fn open(
    config: &Config,
    page: Option<&Arc<TestMailbox>>,
    clock: &Arc<dyn Clock>,
) -> Result<Option<Arc<dyn Mailer>>, MailError> {
    let delivery = match (&config.mail, page) {
        (Some(settings), _) => {
            Delivery::Mail { transport: Box::new(transport(settings)?), from: settings.from.clone() }
        }
        (None, Some(test_mailbox)) => {
            Delivery::Page { test_mailbox: Arc::clone(test_mailbox), clock: Arc::clone(clock) }
        }
        (None, None) => return Ok(None),
    };
    Ok(Some(Arc::new(Post { delivery, base_url: config.http.public_url.clone() })))
}

fn transport(settings: &config::Mail) -> Result<Transport, MailError> {
    match settings.url.expose().strip_prefix("file://") {
        Some(directory) => {
            let directory = PathBuf::from(directory);
            std::fs::create_dir_all(&directory)?;
            Ok(Transport::File(AsyncFileTransport::new(directory)))
        }
        None => {
            let smtp = AsyncSmtpTransport::<Tokio1Executor>::from_url(settings.url.expose())?;
            Ok(Transport::Smtp(smtp.timeout(Some(SMTP_TIMEOUT)).build()))
        }
    }
}

fn refused(error: impl std::fmt::Display) -> MailerError {
    MailerError::Refused(error.to_string())
}

/// The server's message, and whether a retry may succeed (RFC 5321, section 4.2.1).
fn smtp_failure(error: &smtp::Error) -> MailerError {
    let mut words = error.to_string();
    if let Some(source) = std::error::Error::source(error) {
        words = format!("{words}: {source}");
    }
    if error.is_permanent() { MailerError::Refused(words) } else { MailerError::Unavailable(words) }
}

/// `Auto-Submitted: auto-generated` (RFC 3834) prevents automatic replies.
#[derive(Debug, Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

fn content_type(text: &str) -> Result<ContentType, MailerError> {
    ContentType::parse(text).map_err(refused)
}

/// Text and HTML of an email, the QR code inline, the calendar file attached.
fn body(email: RenderedEmail) -> Result<MultiPart, MailerError> {
    let html = SinglePart::html(email.html);
    let text = MultiPart::alternative().singlepart(SinglePart::plain(email.text));
    let text = if email.pictures.is_empty() {
        text.singlepart(html)
    } else {
        let mut related = MultiPart::related().singlepart(html);
        for picture in email.pictures {
            let part = Attachment::new_inline(picture.cid).body(picture.png, content_type("image/png")?);
            related = related.singlepart(part);
        }
        text.multipart(related)
    };
    let Some(calendar) = email.calendar else { return Ok(text) };
    let kind = format!("text/calendar; charset=utf-8; method={}", calendar.method.as_str());
    let file = Attachment::new("event.ics".to_owned()).body(calendar.content, content_type(&kind)?);
    Ok(MultiPart::mixed().multipart(text).singlepart(file))
}

impl Post {
    async fn post(
        &self,
        to: &Email,
        template: EmailTemplate<'_>,
        stamp: &MailStamp,
    ) -> Result<(), MailerError> {
        let email = template.render(&self.base_url);
        let (transport, from) = match &self.delivery {
            Delivery::Mail { transport, from } => (transport, from),
            Delivery::Page { test_mailbox, clock } => {
                test_mailbox.put(CapturedEmail {
                    at: clock.now(),
                    to: to.as_str().to_owned(),
                    subject: email.subject,
                    text: email.text,
                    pictures: email.pictures.into_iter().map(|picture| picture.png).collect(),
                    calendar: email.calendar.map(|calendar| calendar.content),
                });
                return Ok(());
            }
        };
        let to = to.as_str().parse().map_err(|_| refused("the recipient's address is invalid"))?;
        let message = Message::builder()
            .from(from.clone())
            .to(Mailbox::new(None, to))
            .subject(email.subject.clone())
            .date(stamp.at.into())
            .message_id(Some(format!("<{}@{}>", stamp.id, calendar::host(&self.base_url))))
            .header(AutoSubmitted)
            .multipart(body(email)?)
            .map_err(refused)?;
        match transport.as_ref() {
            Transport::Smtp(smtp) => smtp.send(message).await.map(drop).map_err(|error| smtp_failure(&error)),
            Transport::File(file) => {
                let sent = file.send(message).await.map(drop);
                sent.map_err(|error| MailerError::Unavailable(error.to_string()))
            }
        }
    }
}

#[async_trait]
impl Mailer for Post {
    async fn send_account_email(
        &self,
        to: &Email,
        language: Language,
        email: &AccountEmail,
        stamp: &MailStamp,
    ) -> Result<(), MailerError> {
        self.post(to, EmailTemplate::Account { email, language }, stamp).await
    }

    async fn send_order_email(
        &self,
        to: &Recipient,
        email: &OrderEmail,
        stamp: &MailStamp,
    ) -> Result<(), MailerError> {
        self.post(&to.email, EmailTemplate::Order { email, to, at: stamp.at }, stamp).await
    }

    async fn send(
        &self,
        to: &Recipient,
        notice: &Notice,
        about: &TicketView,
        stamp: &MailStamp,
    ) -> Result<(), MailerError> {
        self.post(&to.email, EmailTemplate::Notice { notice, ticket: about, to, at: stamp.at }, stamp).await
    }
}
