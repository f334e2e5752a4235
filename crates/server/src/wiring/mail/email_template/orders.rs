//! Emails about orders.

use super::{CalendarFile, Picture, RenderedEmail, html, notices::event_changes, qr};
use crate::{
    calendar::{self, Method},
    time_format::format_event_time,
};
use box_office::{HolderNotice, OrderEmail, OrderedTicket, Recipient, SeenOrder, TicketView};
use kernel::{Sats, Timestamp};
use tickets::{OrderLine, TicketStatus};

impl RenderedEmail {
    /// The email about an order.
    pub(super) fn for_order(email: &OrderEmail, to: &Recipient, base_url: &str, now: Timestamp) -> Self {
        let page = to.tickets_page.as_deref();
        match email {
            OrderEmail::Placed { order, link } => placed(order, link),
            OrderEmail::Confirm { order, link } => confirm(order, link),
            OrderEmail::Issued { order, first } => {
                issued(order, first, page).with_calendar(first, to, base_url, Method::Publish, now)
            }
            OrderEmail::Holder { ticket, ticket_type } => {
                let email = holder(ticket, ticket_type, base_url);
                email.with_calendar(ticket, to, base_url, Method::Publish, now)
            }
            OrderEmail::HolderNotice { ticket, notice } => {
                let changed = matches!(notice, HolderNotice::EventChanged { .. });
                let method = if changed { Method::Request } else { Method::Cancel };
                holder_notice(ticket, notice, base_url).with_calendar(ticket, to, base_url, method, now)
            }
        }
    }

    fn with_calendar(
        mut self,
        ticket: &TicketView,
        to: &Recipient,
        base_url: &str,
        method: Method,
        now: Timestamp,
    ) -> Self {
        let content = calendar::file(ticket, method, to.email.as_str(), base_url, now);
        self.calendar = Some(CalendarFile { method, content });
        self
    }
}

fn starts(order: &SeenOrder) -> String {
    format_event_time(order.event.start_time, order.event.time_zone)
}

/// End of the hold, as a sentence's end.
fn until(order: &SeenOrder) -> String {
    let end = order.view.order.hold_expires_at;
    end.map_or_else(String::new, |end| format!(" until {}", format_event_time(end, order.event.time_zone)))
}

fn placed(order: &SeenOrder, link: &str) -> RenderedEmail {
    let title = &order.event.title;
    RenderedEmail::plain(
        &format!("Your order: {title}"),
        &[
            &format!("We reserved your tickets for {title} ({}){}.", starts(order), until(order)),
            &order.subject(),
            &format!("Total: {}", sats(order.view.order.total)),
            "Pay, and see your tickets once they are paid:",
            link,
            "Keep this link private: it opens your tickets. If this order is not yours, ignore this email.",
        ],
    )
}

fn confirm(order: &SeenOrder, link: &str) -> RenderedEmail {
    let title = &order.event.title;
    RenderedEmail::plain(
        &format!("Confirm your order: {title}"),
        &[
            &format!("We reserved your tickets for {title} ({}){}.", starts(order), until(order)),
            &order.subject(),
            "Open this link to confirm your email address and get your tickets:",
            link,
            "Keep this link private: it opens your tickets. If this order is not yours, ignore this email.",
        ],
    )
}

fn issued(order: &SeenOrder, first: &TicketView, page: Option<&str>) -> RenderedEmail {
    let title = &order.event.title;
    let valid: Vec<&OrderedTicket> =
        order.view.tickets.iter().filter(|one| one.ticket.status == TicketStatus::Paid).collect();
    let several = valid.len() > 1;
    let mut lines = vec![format!("You're going to {title}!"), format!("It starts {}.", starts(order))];
    for (number, one) in (1_usize..).zip(&valid) {
        let code = one.ticket.code.expose();
        if several {
            lines.push(format!("Ticket {number}, {}: {code}", described(order, one)));
        } else {
            lines.push(format!("Your code: {code}"));
        }
    }
    lines.push(if several { "Keep these codes private." } else { "Keep this code private." }.to_owned());
    if let Some(page) = page {
        lines.extend(["Your tickets:".to_owned(), page.to_owned()]);
    }
    if several
        || order.view.order.lines.iter().any(|line| !line.discount.is_zero() || line.conversion.is_some())
    {
        lines.extend(order.view.order.lines.iter().map(|line| line_text(order, line)));
    }
    lines.push(receipt(order, first));
    let words: Vec<&str> = lines.iter().map(String::as_str).collect();
    let subject = if several { "Your tickets" } else { "Your ticket" };
    let mut email = RenderedEmail::plain(&format!("{subject}: {title}"), &words);
    for (number, one) in (1_usize..).zip(&valid) {
        let caption = if several { format!("Ticket {number}") } else { String::new() };
        email.add_qr(one.ticket.code.expose(), &caption);
    }
    email
}

/// Type of a ticket, with its holder's name if there is one.
fn described(order: &SeenOrder, one: &OrderedTicket) -> String {
    let name = order.ticket_types.iter().find(|known| known.id == one.ticket_type_id);
    let name = name.map_or("", |known| known.name.as_str());
    match &one.holder.name {
        Some(holder) => format!("{name}, for {holder}"),
        None => name.to_owned(),
    }
}

fn holder(ticket: &TicketView, ticket_type: &str, base_url: &str) -> RenderedEmail {
    let title = &ticket.event.title;
    let code = ticket.ticket.code.expose();
    let mut email = RenderedEmail::plain(
        &format!("Your ticket: {title}"),
        &[
            &format!("You have a ticket for {title}: {ticket_type}."),
            &format!("It starts {}.", format_event_time(ticket.event.start_time, ticket.event.time_zone)),
            &format!("Your code: {code}"),
            "Keep this code private.",
            "The event:",
            &format!("{base_url}/events/{}", ticket.event.id),
        ],
    );
    email.add_qr(code, "");
    email
}

fn holder_notice(ticket: &TicketView, notice: &HolderNotice, base_url: &str) -> RenderedEmail {
    let event = &ticket.event;
    let starts = format_event_time(event.start_time, event.time_zone);
    let about = format!("{} ({starts})", event.title);
    let event_url = format!("{base_url}/events/{}", event.id);
    let (subject, lines) = match notice {
        HolderNotice::EventChanged { title, times, link } => {
            let mut lines = event_changes(event, title.as_deref(), *times, *link);
            lines.extend(["The event:".to_owned(), event_url]);
            ("Event updated", lines)
        }
        HolderNotice::Revoked => (
            "Your ticket was cancelled",
            vec![format!("Your ticket for {about} was cancelled by the organiser. It is no longer valid.")],
        ),
        HolderNotice::GivenBack => (
            "Your ticket was cancelled",
            vec![format!("Your ticket for {about} was cancelled by its buyer. It is no longer valid.")],
        ),
        HolderNotice::EventCancelled => (
            "Cancelled",
            vec![format!("{about} was cancelled by the organiser. Your ticket is no longer valid.")],
        ),
    };
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    RenderedEmail::plain(&format!("{subject}: {}", event.title), &lines)
}

impl RenderedEmail {
    /// Adds the QR code of a ticket code.
    pub(super) fn add_qr(&mut self, code: &str, caption: &str) {
        let Some(png) = qr::png(code) else { return };
        let cid = match self.pictures.len() {
            0 => "ticket-qr".to_owned(),
            others => format!("ticket-qr-{}", others.saturating_add(1)),
        };
        let caption = if caption.is_empty() { String::new() } else { format!("{}<br>", html(caption)) };
        let picture =
            format!("<p>{caption}<img src=\"cid:{cid}\" alt=\"QR code of your ticket\" width=\"264\"></p>");
        self.html = self.html.replace("</body>", &format!("{picture}</body>"));
        self.pictures.push(Picture { cid, png });
    }
}

fn sats(amount: Sats) -> String {
    if amount.get() == 1 { "1 sat".to_owned() } else { format!("{} sats", amount.get()) }
}

/// "2 × Early bird: 1800 sats each (2000 − 200)", with the exchange rate of a price in a currency.
fn line_text(order: &SeenOrder, line: &OrderLine) -> String {
    let name = order.ticket_types.iter().find(|known| known.id == line.ticket_type_id);
    let name = name.map_or("", |known| known.name.as_str());
    let discount = if line.discount.is_zero() {
        String::new()
    } else {
        format!(" ({} minus {} discount)", sats(line.list_price), sats(line.discount))
    };
    let rate = line.conversion.as_ref().map_or_else(String::new, |conversion| {
        let digits = conversion.amount.currency.minor_digits();
        let (currency, minor) = (conversion.amount.currency, conversion.amount.minor_units);
        let scale = 10_u64.checked_pow(digits).unwrap_or(1).max(1);
        let amount = match digits {
            0 => minor.to_string(),
            digits => {
                let width = usize::try_from(digits).unwrap_or(2);
                format!("{}.{:0width$}", minor / scale, minor % scale)
            }
        };
        let per_billion = conversion.rate.sats_per_billion.get();
        let (whole, part) = (per_billion / 1_000_000_000, per_billion % 1_000_000_000 / 1_000_000);
        format!(
            "; {currency} {amount} at {whole}.{part:03} sats per {currency}, {}, {}",
            conversion.rate.source,
            format_event_time(conversion.rate.at, order.event.time_zone)
        )
    });
    format!("{} × {name}: {} each{discount}{rate}", line.quantity, sats(line.unit_price()))
}

/// Amount, time and invoice of an order's payment.
fn receipt(order: &SeenOrder, first: &TicketView) -> String {
    let number = order.view.order.id;
    let Some(payment) = &first.payment else {
        let free = if order.view.tickets.len() > 1 { "the tickets are free" } else { "the ticket is free" };
        return format!("Receipt: {free}.");
    };
    let when = payment
        .paid_at
        .map_or_else(String::new, |at| format!(" on {}", format_event_time(at, order.event.time_zone)));
    let invoice = first
        .invoice
        .as_ref()
        .map_or_else(String::new, |invoice| format!(", invoice {}", invoice.invoice_id));
    let price = sats(payment.state.price.to_sats_floor());
    format!("Receipt: {price} paid{when}{invoice}, order number {number}, ticket number {}.", first.ticket.id)
}
