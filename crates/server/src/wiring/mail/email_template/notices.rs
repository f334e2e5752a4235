//! Emails of notices.

use super::{CalendarFile, RenderedEmail};
use crate::{
    calendar::{self, Method},
    time_format::format_event_time,
};
use box_office::{Recipient, TicketView};
use events::Event;
use kernel::{Msats, Timestamp};
use payments::{CancelledTicket, Notice, RefundedTicket};

const REFUND_FOLLOWS: &str = "We'll email you when the refund is sent.";

/// Values shared by the texts.
struct NoticeTexts<'a> {
    view: &'a TicketView,
    to: &'a Recipient,
    base_url: &'a str,
    /// Time of enqueueing.
    now: Timestamp,
    title: &'a str,
    starts: String,
    event_url: String,
    tickets_url: String,
}

impl RenderedEmail {
    /// The email for a notice about a ticket.
    pub(super) fn for_notice(
        notice: &Notice,
        view: &TicketView,
        to: &Recipient,
        base_url: &str,
        now: Timestamp,
    ) -> Self {
        let about = NoticeTexts {
            view,
            to,
            base_url,
            now,
            title: &view.event.title,
            starts: format_event_time(view.event.start_time, view.event.time_zone),
            event_url: format!("{base_url}/events/{}", view.event.id),
            tickets_url: to
                .tickets_page
                .clone()
                .unwrap_or_else(|| format!("{base_url}/events/{}", view.event.id)),
        };
        match *notice {
            Notice::EventChanged { ref title, times, link } => {
                about.event_changed(title.as_deref(), times, link)
            }
            Notice::TicketIssued => about.issued(),
            Notice::OrderExpired { refundable } => about.expired(refundable),
            Notice::OrderFailed { refundable } => about.failed(refundable),
            Notice::PaymentLate { amount } => about.late_payment(amount),
            Notice::PaymentAfterCancellation { amount } => {
                about.unusable("The organiser cancelled the event", amount)
            }
            Notice::PaymentAfterRevocation { amount } => {
                about.unusable("Your ticket was cancelled by the organiser", amount)
            }
            Notice::Underpaid { received, price } => about.underpayment(received, price),
            Notice::Surplus { amount } => about.surplus(amount),
            Notice::Duplicate { amount } => about.duplicate(amount),
            Notice::EventCancelled { ticket, refundable } => about.event_cancelled(ticket, refundable),
            Notice::TicketRevoked { refundable, others_valid } => about.revoked(refundable, others_valid),
            Notice::RefundSent { amount, ticket } => about.refund_sent(amount, ticket),
            Notice::RefundNeedsAddress { amount } => about.refund_needs_address(amount),
            Notice::RefundUndelivered { amount } => about.refund_undelivered(amount),
        }
    }
}

impl NoticeTexts<'_> {
    fn email(&self, subject: &str, lines: &[&str]) -> RenderedEmail {
        RenderedEmail::plain(&format!("{subject}: {}", self.title), lines)
    }

    fn issued(&self) -> RenderedEmail {
        let code = self.view.ticket.code.expose();
        let mut email = self.email(
            "Your ticket",
            &[
                &format!("You're going to {}!", self.title),
                &format!("It starts {}.", self.starts),
                &format!("Your code: {code}"),
                "Keep this code private.",
                "Your tickets:",
                &self.tickets_url,
                &receipt(self.view),
            ],
        );
        email.add_qr(code, "");
        self.with_calendar(email, Method::Publish)
    }

    /// Adds the ticket's calendar file.
    fn with_calendar(&self, mut email: RenderedEmail, method: Method) -> RenderedEmail {
        let content = calendar::file(self.view, method, self.to.email.as_str(), self.base_url, self.now);
        email.calendar = Some(CalendarFile { method, content });
        email
    }

    fn expired(&self, refundable: Msats) -> RenderedEmail {
        let Self { title, starts, .. } = self;
        self.email(
            "Your reservation expired",
            &[
                &format!(
                    "We didn't receive your payment for {title} ({starts}) in time, so your reservation was released."
                ),
                &received_part(refundable, "If you did pay, you'll get your ticket or a refund."),
                "If tickets are still available, you can order again:",
                &self.event_url,
            ],
        )
    }

    fn failed(&self, refundable: Msats) -> RenderedEmail {
        let Self { title, starts, .. } = self;
        self.email(
            "Your order failed",
            &[
                &format!(
                    "We couldn't create an invoice for your ticket to {title} ({starts}), so your order was cancelled."
                ),
                &received_part(refundable, "You don't need to pay."),
                "If tickets are still available, you can order again:",
                &self.event_url,
            ],
        )
    }

    fn late_payment(&self, amount: Msats) -> RenderedEmail {
        let paid = format!(
            "Your payment of {} for {} arrived after your reservation ended, and your tickets were no longer available.",
            sats(amount),
            self.title
        );
        self.email("Your payment arrived too late", &[&paid, "You'll get a full refund.", REFUND_FOLLOWS])
    }

    fn unusable(&self, cause: &str, amount: Msats) -> RenderedEmail {
        let paid = format!(
            "{cause}. Your payment of {} for {} arrived after that, so it will be refunded.",
            sats(amount),
            self.title
        );
        self.email("Your payment will be refunded", &[&paid, REFUND_FOLLOWS])
    }

    fn underpayment(&self, received: Msats, price: Msats) -> RenderedEmail {
        let (received, price) = (sats(received), sats(price));
        let paid = format!("We received {received} of {price} for {}, so no ticket was issued.", self.title);
        let refund = format!("Unless the rest arrives, the {received} will be refunded.");
        self.email("Your payment is incomplete", &[&paid, &refund, REFUND_FOLLOWS])
    }

    fn surplus(&self, amount: Msats) -> RenderedEmail {
        let paid = format!(
            "We received {} more than your ticket for {} costs. The difference will be refunded.",
            sats(amount),
            self.title
        );
        self.email("You paid too much", &[&paid, "Your ticket stays valid.", REFUND_FOLLOWS])
    }

    fn duplicate(&self, amount: Msats) -> RenderedEmail {
        let paid = format!(
            "We received another payment of {} for your ticket for {}. It will be refunded.",
            sats(amount),
            self.title
        );
        self.email("You paid twice", &[&paid, "Your ticket stays valid.", REFUND_FOLLOWS])
    }

    fn event_cancelled(&self, ticket: CancelledTicket, refundable: Msats) -> RenderedEmail {
        let cancelled =
            format!("The organiser cancelled {}, which was to start {}.", self.title, self.starts);
        let refund = format!("{} will be refunded.", sats(refundable));
        let lines: &[&str] = match ticket {
            CancelledTicket::Free => {
                &["Your ticket was free, so there is nothing to refund. It is no longer valid."]
            }
            CancelledTicket::Unpaid if refundable.is_zero() => &["You don't need to pay for your order."],
            CancelledTicket::Unpaid => &[&refund, REFUND_FOLLOWS],
            CancelledTicket::Paid => &["Your ticket is no longer valid.", &refund, REFUND_FOLLOWS],
        };
        let email = self.email("Cancelled", &[&[cancelled.as_str()], lines, &[&self.event_url]].concat());
        match ticket {
            CancelledTicket::Unpaid => email,
            CancelledTicket::Free | CancelledTicket::Paid => self.with_calendar(email, Method::Cancel),
        }
    }

    fn event_changed(
        &self,
        title: Option<&str>,
        times: Option<(Timestamp, Timestamp)>,
        link: bool,
    ) -> RenderedEmail {
        let mut lines = event_changes(&self.view.event, title, times, link);
        lines.push("Your tickets:".to_owned());
        lines.push(self.tickets_url.clone());
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        self.with_calendar(self.email("Event updated", &lines), Method::Request)
    }

    fn revoked(&self, refundable: Msats, others_valid: bool) -> RenderedEmail {
        let Self { title, starts, .. } = self;
        let revoked = format!(
            "Your ticket for {title} ({starts}) was cancelled by the organiser. It is no longer valid."
        );
        let one = format!(
            "Ticket number {} of your order for {title} ({starts}) was cancelled by the organiser. Your other tickets stay valid.",
            self.view.ticket.id
        );
        let revoked = if others_valid { one } else { revoked };
        let refund = format!("{} will be refunded.", sats(refundable));
        let lines = [revoked.as_str(), &refund, REFUND_FOLLOWS];
        let lines = if refundable.is_zero() { &lines[..1] } else { &lines[..] };
        let email = self.email("Your ticket was cancelled", lines);
        self.with_calendar(email, Method::Cancel)
    }

    fn refund_sent(&self, amount: Msats, ticket: RefundedTicket) -> RenderedEmail {
        let Self { title, starts, .. } = self;
        let sent = format!("We sent you a refund of {} for {title} ({starts}).", sats(amount));
        let why = match ticket {
            RefundedTicket::Valid => "It is what you paid beyond the price. Your ticket stays valid.",
            RefundedTicket::OthersValid => {
                "It is what a ticket of your order cost that the organiser cancelled. Your other tickets stay valid."
            }
            RefundedTicket::NotIssued => "No ticket was issued for this payment.",
            RefundedTicket::Revoked => "Your ticket was cancelled by the organiser. It is no longer valid.",
            RefundedTicket::EventCancelled => "The event was cancelled by the organiser.",
        };
        self.email("Refund sent", &[&sent, why])
    }

    fn refund_needs_address(&self, amount: Msats) -> RenderedEmail {
        let Self { title, starts, .. } = self;
        self.email(
            "Your refund needs an address",
            &[
                &format!(
                    "{} for {title} ({starts}) will be refunded, but we don't know an address of your wallet.",
                    sats(amount)
                ),
                "Contact the organiser with a UMA or Lightning address that can receive it:",
                &self.event_url,
            ],
        )
    }

    fn refund_undelivered(&self, amount: Msats) -> RenderedEmail {
        let Self { title, starts, .. } = self;
        self.email(
            "Your refund couldn't be delivered",
            &[
                &format!(
                    "We tried to refund {} for {title} ({starts}), but your wallet's address didn't accept the payment. The money \
                     is still yours.",
                    sats(amount)
                ),
                "Contact the organiser with a UMA or Lightning address that can receive it:",
                &self.event_url,
            ],
        )
    }
}

/// Sentences about a changed event.
pub(super) fn event_changes(
    event: &Event,
    title: Option<&str>,
    times: Option<(Timestamp, Timestamp)>,
    link: bool,
) -> Vec<String> {
    let period = |start, end| {
        let (start, end) =
            (format_event_time(start, event.time_zone), format_event_time(end, event.time_zone));
        format!("{start} to {end}")
    };
    let former_title = title.unwrap_or(&event.title);
    let mut lines = vec![format!("The organiser changed {former_title}. Your ticket stays valid.")];
    if title.is_some() {
        lines.push(format!("New name: {}", event.title));
    }
    if let Some((start, end)) = times {
        lines.push(format!("New time: {}", period(event.start_time, event.end_time)));
        lines.push(format!("Old time: {}", period(start, end)));
    }
    if link {
        lines.push("The link to the stream changed. The new one is on your ticket.".to_owned());
    }
    lines
}

/// Sentence about money received for an ended order.
fn received_part(refundable: Msats, otherwise: &str) -> String {
    if refundable.is_zero() {
        return otherwise.to_owned();
    }
    format!("We received {} for it, which will be refunded. {REFUND_FOLLOWS}", sats(refundable))
}

/// An amount in satoshis, with the fraction that Lightning allows.
fn sats(amount: Msats) -> String {
    let (whole, rest) = (amount.get() / 1_000, amount.get() % 1_000);
    match (whole, rest) {
        (1, 0) => "1 sat".to_owned(),
        (_, 0) => format!("{whole} sats"),
        _ => format!("{whole}.{rest:03} sats"),
    }
}

/// Amount, time and invoice of a payment.
fn receipt(view: &TicketView) -> String {
    let Some(payment) = &view.payment else { return "Receipt: the ticket is free.".to_owned() };
    let when = payment
        .paid_at
        .map_or_else(String::new, |at| format!(" on {}", format_event_time(at, view.event.time_zone)));
    let invoice =
        view.invoice.as_ref().map_or_else(String::new, |invoice| format!(", invoice {}", invoice.invoice_id));
    format!("Receipt: {} paid{when}{invoice}, ticket number {}.", sats(payment.state.price), view.ticket.id)
}
