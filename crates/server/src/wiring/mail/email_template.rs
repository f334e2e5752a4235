mod account;
mod notices;
mod orders;
mod qr;

use crate::calendar::Method;
use box_office::{AccountEmail, OrderEmail, Recipient, TicketView};
use kernel::Timestamp;
use payments::Notice;

/// Template of an email, with the data that it shows.
pub(super) enum EmailTemplate<'a> {
    /// About an account.
    Account(&'a AccountEmail),
    /// About an order.
    Order {
        email: &'a OrderEmail,
        to: &'a Recipient,
        /// Time of enqueueing.
        at: Timestamp,
    },
    /// About a ticket.
    Notice {
        notice: &'a Notice,
        ticket: &'a TicketView,
        to: &'a Recipient,
        /// Time of enqueueing.
        at: Timestamp,
    },
}

impl EmailTemplate<'_> {
    /// Fills in the template. `base_url` is the shop's, without a slash at the end.
    pub(super) fn render(&self, base_url: &str) -> RenderedEmail {
        match *self {
            Self::Account(email) => RenderedEmail::for_account(email, base_url),
            Self::Order { email, to, at } => RenderedEmail::for_order(email, to, base_url, at),
            Self::Notice { notice, ticket, to, at } => {
                RenderedEmail::for_notice(notice, ticket, to, base_url, at)
            }
        }
    }
}

/// An email without recipient.
pub(super) struct RenderedEmail {
    pub(super) subject: String,
    pub(super) text: String,
    pub(super) html: String,
    /// Images that the HTML shows.
    pub(super) pictures: Vec<Picture>,
    pub(super) calendar: Option<CalendarFile>,
}

/// Inline image.
pub(super) struct Picture {
    /// Content id (RFC 2392).
    pub(super) cid: String,
    pub(super) png: Vec<u8>,
}

/// Attached calendar file.
pub(super) struct CalendarFile {
    pub(super) method: Method,
    pub(super) content: String,
}

impl RenderedEmail {
    fn plain(subject: &str, lines: &[&str]) -> Self {
        let paragraphs: Vec<String> = lines.iter().map(|line| format!("<p>{}</p>", html(line))).collect();
        Self {
            // Control characters in a title must not add headers.
            subject: subject.chars().map(|c| if c.is_control() { ' ' } else { c }).collect(),
            text: lines.join("\n\n"),
            html: document(&paragraphs.concat()),
            pictures: Vec::new(),
            calendar: None,
        }
    }
}

fn document(body: &str) -> String {
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"></head><body>{body}</body></html>"
    )
}

/// Escapes text as HTML and links URLs.
fn html(line: &str) -> String {
    let escaped = |text: &str| {
        text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
    };
    let word = |word: &str| {
        let link = word.trim_end_matches(['.', ',', ';', ':', '!', '?', ')']);
        if link.starts_with("https://") || link.starts_with("http://") {
            let rest = word.get(link.len()..).unwrap_or_default();
            format!("<a href=\"{0}\">{0}</a>{1}", escaped(link), escaped(rest))
        } else {
            escaped(word)
        }
    };
    line.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_urls_in_a_text_become_links() {
        assert_eq!(
            html("Ask <us> at https://shop.example/a?b=1&c=2. \"Now\""),
            "Ask &lt;us&gt; at <a href=\"https://shop.example/a?b=1&amp;c=2\">https://shop.example/a?b=1&amp;c=2</a>. \
             &quot;Now&quot;"
        );
        assert_eq!(html("javascript:alert(1) httpx"), "javascript:alert(1) httpx");
    }
}
