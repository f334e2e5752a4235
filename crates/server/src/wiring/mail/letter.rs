use box_office::TicketView;
use icalendar::{Calendar, Component, Event as Entry, EventLike};
use lettre::message::{Attachment, SinglePart, header::ContentType};
use qrcode::{QrCode, render::svg};

/// A letter, before it has an address.
pub(super) struct Letter {
    pub(super) subject: String,
    pub(super) text: String,
    pub(super) html: String,
    pub(super) attachments: Vec<SinglePart>,
}

impl Letter {
    pub(super) fn verification(link: &str) -> Self {
        Self::plain(
            "Confirm your email address",
            &[
                "Open this link to confirm your email address:",
                link,
                "If you did not ask for it, do nothing.",
            ],
        )
    }

    /// The letter of this name about a ticket; nothing when there is no such letter.
    pub(super) fn about(name: &str, view: &TicketView, base_url: &str) -> Option<Self> {
        let title = &view.event.title;
        let starts = format!("{} UTC", view.event.start_time.format("%A, %-d %B %Y, %H:%M"));
        let tickets = format!("{base_url}/tickets");
        let letter = match name {
            "ticket" => {
                let code = view.ticket.code.expose();
                let paid = view.payment.as_ref().map_or_else(
                    || "It is free.".to_owned(),
                    |payment| format!("You paid {} sats.", payment.state.price.to_sats_floor()),
                );
                let mut letter = Self::plain(
                    &format!("Your ticket: {title}"),
                    &[
                        &format!("Your ticket for {title} is issued. {paid}"),
                        &format!("It begins {starts}."),
                        &format!("Your code: {code}"),
                        "Whoever has the code gets in: keep it to yourself.",
                        &format!("Your tickets: {tickets}"),
                    ],
                );
                letter.attachments = attachments(view, code);
                letter
            }
            "expired" => Self::plain(
                &format!("Your seat was not paid in time: {title}"),
                &[
                    &format!("We kept a seat for {title} ({starts}) for you, and no payment came in time."),
                    "You were not charged. The seat is on sale again; if it is still free, you can buy it.",
                    base_url,
                ],
            ),
            "failed" => Self::plain(
                &format!("Your purchase did not work: {title}"),
                &[
                    &format!(
                        "The purchase of a ticket for {title} ({starts}) did not work. You were not charged."
                    ),
                    base_url,
                ],
            ),
            "refund_due" => Self::plain(
                &format!("Your payment came too late: {title}"),
                &[
                    &format!(
                        "Your payment for {title} came after the seat was given up, and none was free any more."
                    ),
                    "The organiser has been told, and sends the money back.",
                ],
            ),
            "refunded" => Self::plain(
                &format!("Your ticket was refunded: {title}"),
                &[
                    &format!(
                        "Your ticket for {title} ({starts}) was taken back. It does not let anyone in any more."
                    ),
                    &format!("The money goes back to {}.", view.ticket.uma_address),
                ],
            ),
            _ => return None,
        };
        Some(letter)
    }

    fn plain(subject: &str, lines: &[&str]) -> Self {
        let paragraphs: Vec<String> = lines.iter().map(|line| format!("<p>{}</p>", html(line))).collect();
        Self {
            // A title must not add headers.
            subject: subject.chars().map(|c| if c.is_control() { ' ' } else { c }).collect(),
            text: lines.join("\n\n"),
            html: format!("<!doctype html><html lang=\"en\"><body>{}</body></html>", paragraphs.concat()),
            attachments: Vec::new(),
        }
    }
}

/// Text as HTML; a line that is a link becomes one.
fn html(line: &str) -> String {
    let escaped = line.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
    if line.starts_with("http") && !line.contains(' ') {
        format!("<a href=\"{escaped}\">{escaped}</a>")
    } else {
        escaped
    }
}

fn attachments(view: &TicketView, code: &str) -> Vec<SinglePart> {
    let mut parts = Vec::new();
    if let (Ok(qr), Ok(kind)) = (QrCode::new(code.as_bytes()), ContentType::parse("image/svg+xml")) {
        let image = qr.render::<svg::Color<'_>>().min_dimensions(240, 240).quiet_zone(true).build();
        parts.push(Attachment::new("ticket.svg".to_owned()).body(image, kind));
    }
    if let Ok(kind) = ContentType::parse("text/calendar; charset=utf-8") {
        let entry = Entry::new()
            .uid(&format!("ticket-{}@tickets", view.ticket.id))
            .summary(&view.event.title)
            .description(&view.event.description)
            .starts(view.event.start_time)
            .ends(view.event.end_time)
            .done();
        let calendar = Calendar::new().push(entry).done().to_string();
        parts.push(Attachment::new("event.ics".to_owned()).body(calendar, kind));
    }
    parts
}
