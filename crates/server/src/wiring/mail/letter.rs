mod account;

use crate::told::told;
use box_office::TicketView;
use icalendar::{Calendar, Component, Event as Entry, EventLike};
use qrcode::{QrCode, render::svg};

/// A letter, before it has an address.
pub(super) struct Letter {
    pub(super) subject: String,
    pub(super) text: String,
    pub(super) html: String,
    pub(super) attachments: Vec<Attached>,
}

/// A file that comes with a letter.
pub(super) struct Attached {
    pub(super) name: &'static str,
    pub(super) kind: &'static str,
    pub(super) content: String,
}

impl Letter {
    /// The letter of this name about a ticket; nothing when there is no such letter.
    pub(super) fn about(name: &str, view: &TicketView, base_url: &str) -> Option<Self> {
        let title = &view.event.title;
        let starts = told(view.event.start_time, view.event.time_zone);
        let tickets = format!("{base_url}/tickets");
        let letter = match name {
            "ticket" => {
                let code = view.ticket.code.expose();
                let mut letter = Self::plain(
                    &format!("Your ticket: {title}"),
                    &[
                        &format!("Your ticket for {title} is issued."),
                        &format!("It begins {starts}."),
                        &format!("Your code: {code}"),
                        "Whoever has the code gets in: keep it to yourself.",
                        &format!("Your tickets: {tickets}"),
                        &receipt(view),
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
            "cancelled" => Self::plain(
                &format!("Called off: {title}"),
                &[
                    &format!("The organiser has called off {title}, which was to begin {starts}."),
                    if view.payment.is_some() {
                        "Your seat was not paid for yet: please do not pay for it any more."
                    } else {
                        "Your ticket was free, so there is nothing to refund. It does not let anyone in any more."
                    },
                    base_url,
                ],
            ),
            "refunded" => Self::plain(
                &format!("Your ticket was refunded: {title}"),
                &[
                    if view.event.cancelled_at.is_some() {
                        "The organiser has called the event off."
                    } else {
                        "The organiser has taken your ticket back."
                    },
                    &format!(
                        "The money for your ticket for {title} ({starts}) was sent back to you{}.",
                        refunded(view)
                    ),
                    "The ticket does not let anyone in any more.",
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

/// What was paid, when, and for which invoice.
fn receipt(view: &TicketView) -> String {
    let Some(payment) = &view.payment else { return "Receipt: the ticket is free.".to_owned() };
    let sats = payment.state.price.to_sats_floor();
    let when =
        payment.paid_at.map_or_else(String::new, |at| format!(" on {}", told(at, view.event.time_zone)));
    let invoice =
        view.invoice.as_ref().map_or_else(String::new, |invoice| format!(", invoice {}", invoice.invoice_id));
    format!("Receipt: {sats} sats paid{when}{invoice}, ticket number {}.", view.ticket.id)
}

fn refunded(view: &TicketView) -> String {
    let sats = view.payment.as_ref().map(|payment| payment.state.refunded.to_sats_floor());
    sats.map_or_else(String::new, |sats| format!(": {sats} sats"))
}

fn attachments(view: &TicketView, code: &str) -> Vec<Attached> {
    let mut parts = Vec::new();
    if let Ok(qr) = QrCode::new(code.as_bytes()) {
        let content = qr.render::<svg::Color<'_>>().min_dimensions(240, 240).quiet_zone(true).build();
        parts.push(Attached { name: "ticket.svg", kind: "image/svg+xml", content });
    }
    let zone = view.event.time_zone;
    let times = format!("{} – {}", told(view.event.start_time, zone), told(view.event.end_time, zone));
    // The moments are in UTC, which every calendar understands without a definition of the zone.
    let entry = Entry::new()
        .uid(&format!("ticket-{}@tickets", view.ticket.id))
        .summary(&view.event.title)
        .description(&format!("{times}\n\n{}", view.event.description))
        .starts(view.event.start_time)
        .ends(view.event.end_time)
        .done();
    let content = Calendar::new().timezone(zone.name()).push(entry).done().to_string();
    parts.push(Attached { name: "event.ics", kind: "text/calendar; charset=utf-8", content });
    parts
}
