mod account;
mod notices;
mod orders;
mod qr;

use crate::calendar::Method;
use box_office::{AccountEmail, OrderEmail, Recipient, TicketView};
use kernel::{Language, Timestamp};
use payments::Notice;

/// Template of an email, with the data that it shows.
pub(super) enum EmailTemplate<'a> {
    /// About an account.
    Account { email: &'a AccountEmail, language: Language },
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
            Self::Account { email, language } => RenderedEmail::for_account(email, language, base_url),
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
    fn plain(language: Language, subject: &str, lines: &[String]) -> Self {
        let paragraphs: Vec<String> = lines.iter().map(|line| format!("<p>{}</p>", html(line))).collect();
        Self {
            // Control characters in a title must not add headers.
            subject: subject.chars().map(|c| if c.is_control() { ' ' } else { c }).collect(),
            text: lines.join("\n\n"),
            html: document(language, &paragraphs.concat()),
            pictures: Vec::new(),
            calendar: None,
        }
    }
}

fn document(language: Language, body: &str) -> String {
    let language = language.as_str();
    format!(
        "<!doctype html><html lang=\"{language}\"><head><meta charset=\"utf-8\"></head><body>{body}</body></html>"
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
    use box_office::{AccountNotice, HolderNotice, ProofReason};
    use kernel::Msats;
    use payments::{CancelledTicket, RefundedTicket};

    fn recipient(language: Language) -> Recipient {
        let email = identity::Email::parse("ann@people.example").unwrap();
        let page = |path| Some(format!("https://shop.example/{path}"));
        Recipient {
            email,
            proved: true,
            language,
            tickets_page: page("tickets"),
            order_page: page("orders/1"),
        }
    }

    /// Every text but links and codes is in Korean.
    fn assert_korean(email: &RenderedEmail) {
        let is_korean = |text: &str| text.chars().any(|c| ('가'..='힣').contains(&c));
        assert!(is_korean(&email.subject), "{}", email.subject);
        assert!(email.html.contains("<html lang=\"ko\">"));
        for line in email.text.split("\n\n").filter(|line| !line.starts_with("https://")) {
            assert!(is_korean(line), "{line}");
        }
    }

    #[test]
    fn korean_notices_have_no_english_text() {
        let amount = Msats::new(5_000).unwrap();
        let (view, to) = (crate::calendar::tests::view(), recipient(Language::Ko));
        let refunded = [
            RefundedTicket::Valid,
            RefundedTicket::OthersValid,
            RefundedTicket::NotIssued,
            RefundedTicket::Revoked,
            RefundedTicket::EventCancelled,
        ];
        let cancelled = [CancelledTicket::Free, CancelledTicket::Unpaid, CancelledTicket::Paid];
        let mut notices = vec![
            Notice::TicketIssued,
            Notice::OrderExpired { refundable: Msats::ZERO },
            Notice::OrderExpired { refundable: amount },
            Notice::OrderFailed { refundable: Msats::ZERO },
            Notice::PaymentLate { amount },
            Notice::PaymentAfterCancellation { amount },
            Notice::PaymentAfterRevocation { amount },
            Notice::Underpaid { received: amount, price: amount },
            Notice::Surplus { amount },
            Notice::Duplicate { amount },
            Notice::EventCancelled { ticket: CancelledTicket::Unpaid, refundable: Msats::ZERO },
            Notice::EventChanged {
                title: Some("Show".into()),
                times: Some((view.event.start_time, view.event.end_time)),
                link: true,
            },
            Notice::TicketRevoked { refundable: amount, others_valid: true },
            Notice::TicketRevoked { refundable: amount, others_valid: false },
            Notice::RefundNeedsAddress { amount },
            Notice::RefundUndelivered { amount },
        ];
        notices.extend(refunded.map(|ticket| Notice::RefundSent { amount, ticket }));
        notices.extend(cancelled.map(|ticket| Notice::EventCancelled { ticket, refundable: amount }));
        for notice in &notices {
            let template =
                EmailTemplate::Notice { notice, ticket: &view, to: &to, at: view.event.created_at };
            assert_korean(&template.render("https://shop.example"));
        }
    }

    #[test]
    fn korean_emails_to_accounts_and_holders_have_no_english_text() {
        let view = crate::calendar::tests::view();
        let (at, to) = (view.event.created_at, recipient(Language::Ko));
        let link = "https://shop.example/x".to_owned();
        let requested_from = Some("2001:db8:1:2::".parse().unwrap());
        let verify = |reason| AccountEmail::Verify {
            link: link.clone(),
            reason,
            requested_at: at,
            requested_from,
            expires_at: at,
        };
        let accounts = [
            verify(ProofReason::Registered),
            verify(ProofReason::Changed),
            verify(ProofReason::Requested),
            AccountEmail::ResetPassword {
                link: link.clone(),
                requested_at: at,
                requested_from,
                expires_at: at,
            },
            AccountEmail::LoginLink { link: link.clone(), requested_at: at, requested_from, expires_at: at },
            AccountEmail::Notice { notice: AccountNotice::AddressChanged, at, requested_from },
            AccountEmail::Notice { notice: AccountNotice::Deleted, at, requested_from },
        ];
        for email in &accounts {
            let template = EmailTemplate::Account { email, language: Language::Ko };
            let email = template.render("https://shop.example");
            assert_korean(&email);
            assert!(email.text.contains(" 2001:db8:1:2::/64\n"), "{}", email.text);
        }
        let times = Some((view.event.start_time, view.event.end_time));
        let notices = [
            HolderNotice::EventChanged { title: Some("Show".into()), times, link: true },
            HolderNotice::Revoked,
            HolderNotice::GivenBack,
            HolderNotice::EventCancelled,
        ];
        let notices =
            notices.map(|notice| OrderEmail::HolderNotice { ticket: Box::new(view.clone()), notice });
        let ticket = OrderEmail::Holder { ticket: Box::new(view), ticket_type: "Regular".into() };
        for email in notices.iter().chain([&ticket]) {
            let template = EmailTemplate::Order { email, to: &to, at };
            assert_korean(&template.render("https://shop.example"));
        }
    }

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
