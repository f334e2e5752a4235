mod letter;

use crate::config::{self, Config};
use async_trait::async_trait;
use box_office::{Mailer, TicketView};
use identity::Email;
use letter::Letter;
use lettre::{
    AsyncFileTransport, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{Mailbox, MultiPart},
};
use std::{path::PathBuf, sync::Arc, time::Duration};

const PATIENCE: Duration = Duration::from_secs(20);

/// Why no mail can be sent.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// Not an address of a mail server.
    #[error("not the address of a mail server")]
    Address(#[from] lettre::transport::smtp::Error),
    /// Letters cannot be kept there.
    #[error("letters cannot be kept in that directory")]
    Directory(#[from] std::io::Error),
}

enum Transport {
    Smtp(AsyncSmtpTransport<Tokio1Executor>),
    File(AsyncFileTransport<Tokio1Executor>),
}

struct Post {
    transport: Transport,
    from: Mailbox,
    base_url: String,
}

pub(super) fn open(config: &Config) -> Result<Option<Arc<dyn Mailer>>, MailError> {
    let Some(settings) = &config.mail else { return Ok(None) };
    let post = Post {
        transport: transport(settings)?,
        from: settings.from.clone(),
        base_url: config.http.public_url.clone(),
    };
    Ok(Some(Arc::new(post)))
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
            Ok(Transport::Smtp(smtp.timeout(Some(PATIENCE)).build()))
        }
    }
}

impl Post {
    async fn post(&self, to: &Email, letter: Letter) -> Result<(), String> {
        let to = to.as_str().parse().map_err(|_| "not a mailbox".to_owned())?;
        let mut body =
            MultiPart::mixed().multipart(MultiPart::alternative_plain_html(letter.text, letter.html));
        for attachment in letter.attachments {
            body = body.singlepart(attachment);
        }
        let message = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(letter.subject)
            .multipart(body)
            .map_err(|error| error.to_string())?;
        match &self.transport {
            Transport::Smtp(smtp) => smtp.send(message).await.map(drop).map_err(|error| error.to_string()),
            Transport::File(file) => file.send(message).await.map(drop).map_err(|error| error.to_string()),
        }
    }
}

#[async_trait]
impl Mailer for Post {
    async fn send_verification(&self, to: &Email, link: &str) -> Result<(), String> {
        self.post(to, Letter::verification(link)).await
    }

    async fn send(&self, to: &Email, letter: &str, about: &TicketView) -> Result<(), String> {
        match Letter::about(letter, about, &self.base_url) {
            Some(letter) => self.post(to, letter).await,
            None => {
                tracing::warn!(letter, "there is no such letter");
                Ok(())
            }
        }
    }
}
