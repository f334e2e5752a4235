mod account;
mod notices;

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
