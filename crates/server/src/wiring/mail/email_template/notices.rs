//! Emails of notices.

use super::{CalendarFile, RenderedEmail};
use crate::{
    calendar::{self, Method},
    time_format::format_event_time,
};
use box_office::{Recipient, TicketView};
use events::Event;
use kernel::{Language, Msats, Timestamp};
use payments::{CancelledTicket, Notice, RefundedTicket};

/// Values shared by the texts.
struct NoticeTexts<'a> {
    view: &'a TicketView,
    to: &'a Recipient,
    language: Language,
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
        let event_url = format!("{base_url}/events/{}", view.event.id);
        let about = NoticeTexts {
            view,
            to,
            language: to.language,
            base_url,
            now,
            title: &view.event.title,
            starts: format_event_time(to.language, view.event.start_time, view.event.time_zone),
            tickets_url: to.tickets_page.clone().unwrap_or_else(|| event_url.clone()),
            event_url,
        };
        match *notice {
            Notice::EventChanged { ref title, times, link } => {
                about.event_changed(title.as_deref(), times, link)
            }
            Notice::TicketIssued => about.issued(),
            Notice::OrderExpired { refundable } => about.expired(refundable),
            Notice::OrderFailed { refundable } => about.failed(refundable),
            Notice::PaymentLate { amount } => about.late_payment(amount),
            Notice::PaymentAfterCancellation { amount } => about.unusable(
                to.language.pick("The organiser cancelled the event", "주최자가 이벤트를 취소했어요"),
                amount,
            ),
            Notice::PaymentAfterRevocation { amount } => about.unusable(
                to.language.pick("Your ticket was cancelled by the organiser", "주최자가 티켓을 취소했어요"),
                amount,
            ),
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
    fn email(&self, (english, korean): (&str, &str), lines: &[String]) -> RenderedEmail {
        let subject = self.language.pick(english, korean);
        RenderedEmail::plain(self.language, &format!("{subject}: {}", self.title), lines)
    }

    /// A fixed text.
    fn text(&self, english: &str, korean: &str) -> String {
        self.language.pick(english, korean).to_owned()
    }

    fn refund_follows(&self) -> String {
        self.text("We'll email you when the refund is sent.", "환불이 완료되면 이메일로 알려 드릴게요.")
    }

    fn will_be_refunded(&self, amount: Msats) -> String {
        let amount = sats(amount);
        self.language.pick(format!("{amount} will be refunded."), format!("{amount}가 환불될 예정이에요."))
    }

    fn order_again(&self) -> [String; 2] {
        let text = self.text(
            "If tickets are still available, you can order again:",
            "티켓이 남아 있다면 다시 주문할 수 있어요.",
        );
        [text, self.event_url.clone()]
    }

    fn issued(&self) -> RenderedEmail {
        let (title, starts, code) = (self.title, &self.starts, self.view.ticket.code.expose());
        let l = self.language;
        let lines = vec![
            l.pick(format!("You're going to {title}!"), format!("{title} 티켓이 준비되었어요!")),
            l.pick(format!("It starts {starts}."), format!("시작: {starts}")),
            l.pick(format!("Your code: {code}"), format!("코드: {code}")),
            self.text("Keep this code private.", "이 코드를 다른 사람에게 보여 주지 마세요."),
            self.text("Your tickets:", "내 티켓:"),
            self.tickets_url.clone(),
            receipt(l, self.view),
        ];
        let mut email = self.email(("Your ticket", "티켓"), &lines);
        email.add_qr(l, code, "");
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
        let released = self.language.pick(
            format!(
                "We didn't receive your payment for {title} ({starts}) in time, so your reservation was released."
            ),
            format!("{title} ({starts}) 결제가 제시간에 도착하지 않아 예약이 취소되었어요."),
        );
        let otherwise = self.text(
            "If you did pay, you'll get your ticket or a refund.",
            "이미 결제했다면 티켓을 받거나 환불받게 돼요.",
        );
        let lines = [vec![released, self.received_part(refundable, otherwise)], self.order_again().into()];
        self.email(("Your reservation expired", "예약 시간이 지났어요"), &lines.concat())
    }

    fn failed(&self, refundable: Msats) -> RenderedEmail {
        let Self { title, starts, .. } = self;
        let cancelled = self.language.pick(
            format!(
                "We couldn't create an invoice for your ticket to {title} ({starts}), so your order was cancelled."
            ),
            format!("{title} ({starts}) 티켓의 인보이스를 만들지 못해 주문이 취소되었어요."),
        );
        let otherwise = self.text("You don't need to pay.", "결제하지 않아도 돼요.");
        let lines = [vec![cancelled, self.received_part(refundable, otherwise)], self.order_again().into()];
        self.email(("Your order failed", "주문하지 못했어요"), &lines.concat())
    }

    /// Sentence about money received for an ended order.
    fn received_part(&self, refundable: Msats, otherwise: String) -> String {
        if refundable.is_zero() {
            return otherwise;
        }
        let (amount, follows) = (sats(refundable), self.refund_follows());
        self.language.pick(
            format!("We received {amount} for it, which will be refunded. {follows}"),
            format!("{amount}가 도착해서 환불될 예정이에요. {follows}"),
        )
    }

    fn late_payment(&self, amount: Msats) -> RenderedEmail {
        let (amount, title) = (sats(amount), self.title);
        let paid = self.language.pick(
            format!(
                "Your payment of {amount} for {title} arrived after your reservation ended, and your tickets were no longer available."
            ),
            format!("{title} 예약이 끝난 뒤에 {amount}가 도착했고, 남은 티켓이 없었어요."),
        );
        let refund = self.text("You'll get a full refund.", "전액 환불해 드려요.");
        let subject = ("Your payment arrived too late", "결제가 너무 늦게 도착했어요");
        self.email(subject, &[paid, refund, self.refund_follows()])
    }

    fn unusable(&self, cause: &str, amount: Msats) -> RenderedEmail {
        let (amount, title) = (sats(amount), self.title);
        let paid = self.language.pick(
            format!(
                "{cause}. Your payment of {amount} for {title} arrived after that, so it will be refunded."
            ),
            format!("{cause}. 그 뒤에 {title} 결제 {amount}가 도착해서 환불될 예정이에요."),
        );
        let subject = ("Your payment will be refunded", "결제한 금액이 환불될 예정이에요");
        self.email(subject, &[paid, self.refund_follows()])
    }

    fn underpayment(&self, received: Msats, price: Msats) -> RenderedEmail {
        let (received, price, title) = (sats(received), sats(price), self.title);
        let l = self.language;
        let paid = l.pick(
            format!("We received {received} of {price} for {title}, so no ticket was issued."),
            format!("{title} 결제 {price} 중 {received}만 도착해서 티켓이 발급되지 않았어요."),
        );
        let refund = l.pick(
            format!("Unless the rest arrives, the {received} will be refunded."),
            format!("나머지가 도착하지 않으면 {received}가 환불돼요."),
        );
        let subject = ("Your payment is incomplete", "결제 금액이 부족해요");
        self.email(subject, &[paid, refund, self.refund_follows()])
    }

    fn stays_valid(&self) -> String {
        self.text("Your ticket stays valid.", "티켓은 유효해요.")
    }

    fn surplus(&self, amount: Msats) -> RenderedEmail {
        let (amount, title) = (sats(amount), self.title);
        let paid = self.language.pick(
            format!(
                "We received {amount} more than your ticket for {title} costs. The difference will be refunded."
            ),
            format!("{title} 티켓 가격보다 {amount}가 더 도착했어요. 차액이 환불될 예정이에요."),
        );
        let lines = vec![paid, self.stays_valid(), self.refund_follows()];
        self.email(("You paid too much", "더 많이 결제되었어요"), &lines)
    }

    fn duplicate(&self, amount: Msats) -> RenderedEmail {
        let (amount, title) = (sats(amount), self.title);
        let paid = self.language.pick(
            format!(
                "We received another payment of {amount} for your ticket for {title}. It will be refunded."
            ),
            format!("{title} 티켓 결제 {amount}가 한 번 더 도착했어요. 환불될 예정이에요."),
        );
        let lines = vec![paid, self.stays_valid(), self.refund_follows()];
        self.email(("You paid twice", "두 번 결제되었어요"), &lines)
    }

    fn event_cancelled(&self, ticket: CancelledTicket, refundable: Msats) -> RenderedEmail {
        let Self { title, starts, .. } = self;
        let cancelled = self.language.pick(
            format!("The organiser cancelled {title}, which was to start {starts}."),
            format!("주최자가 {title} ({starts}) 이벤트를 취소했어요."),
        );
        let refund = || vec![self.will_be_refunded(refundable), self.refund_follows()];
        let mut lines = match ticket {
            CancelledTicket::Free => vec![self.text(
                "Your ticket was free, so there is nothing to refund. It is no longer valid.",
                "무료 티켓이라 환불할 금액이 없어요. 티켓은 더 이상 사용할 수 없어요.",
            )],
            CancelledTicket::Unpaid if refundable.is_zero() => {
                vec![self.text("You don't need to pay for your order.", "주문을 결제하지 않아도 돼요.")]
            }
            CancelledTicket::Unpaid => refund(),
            CancelledTicket::Paid => {
                let invalid =
                    self.text("Your ticket is no longer valid.", "티켓을 더 이상 사용할 수 없어요.");
                [vec![invalid], refund()].concat()
            }
        };
        lines.insert(0, cancelled);
        lines.push(self.event_url.clone());
        let email = self.email(("Cancelled", "취소됨"), &lines);
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
        let mut lines = event_changes(self.language, &self.view.event, title, times, link);
        lines.extend([self.text("Your tickets:", "내 티켓:"), self.tickets_url.clone()]);
        self.with_calendar(self.email(EVENT_UPDATED, &lines), Method::Request)
    }

    fn revoked(&self, refundable: Msats, others_valid: bool) -> RenderedEmail {
        let (Self { title, starts, .. }, id) = (self, self.view.ticket.id);
        let revoked = if others_valid {
            self.language.pick(
                format!(
                    "Ticket number {id} of your order for {title} ({starts}) was cancelled by the organiser. Your other tickets stay valid."
                ),
                format!(
                    "주최자가 {title} ({starts}) 주문의 티켓 {id}번을 취소했어요. 다른 티켓은 유효해요."
                ),
            )
        } else {
            self.language.pick(
                format!(
                    "Your ticket for {title} ({starts}) was cancelled by the organiser. It is no longer valid."
                ),
                format!("주최자가 {title} ({starts}) 티켓을 취소했어요. 더 이상 사용할 수 없어요."),
            )
        };
        let mut lines = vec![revoked];
        if !refundable.is_zero() {
            lines.extend([self.will_be_refunded(refundable), self.refund_follows()]);
        }
        self.with_calendar(self.email(TICKET_CANCELLED, &lines), Method::Cancel)
    }

    fn refund_sent(&self, amount: Msats, ticket: RefundedTicket) -> RenderedEmail {
        let (Self { title, starts, .. }, amount) = (self, sats(amount));
        let sent = self.language.pick(
            format!("We sent you a refund of {amount} for {title} ({starts})."),
            format!("{title} ({starts}) 결제 중 {amount}를 환불했어요."),
        );
        let why = match ticket {
            RefundedTicket::Valid => self.text(
                "It is what you paid beyond the price. Your ticket stays valid.",
                "가격보다 더 결제된 금액이에요. 티켓은 유효해요.",
            ),
            RefundedTicket::OthersValid => self.text(
                "It is what a ticket of your order cost that the organiser cancelled. Your other tickets stay valid.",
                "주최자가 취소한 티켓의 가격이에요. 주문의 다른 티켓은 유효해요.",
            ),
            RefundedTicket::NotIssued => self.text(
                "No ticket was issued for this payment.",
                "이 결제로는 티켓이 발급되지 않았어요.",
            ),
            RefundedTicket::Revoked => self.text(
                "Your ticket was cancelled by the organiser. It is no longer valid.",
                "주최자가 티켓을 취소했어요. 더 이상 사용할 수 없어요.",
            ),
            RefundedTicket::EventCancelled => {
                self.text("The event was cancelled by the organiser.", "주최자가 이벤트를 취소했어요.")
            }
        };
        self.email(("Refund sent", "환불되었어요"), &[sent, why])
    }

    fn refund_needs_address(&self, amount: Msats) -> RenderedEmail {
        let (Self { title, starts, .. }, amount) = (self, sats(amount));
        let waits = self.language.pick(
            format!("{amount} for {title} ({starts}) will be refunded, but we don't know an address of your wallet."),
            format!("{title} ({starts}) 결제 {amount}가 환불될 예정이지만, 보낼 지갑 주소를 몰라요."),
        );
        self.email(
            ("Your refund needs an address", "환불받을 주소를 알려 주세요"),
            &self.ask_for_address(waits),
        )
    }

    fn refund_undelivered(&self, amount: Msats) -> RenderedEmail {
        let (Self { title, starts, .. }, amount) = (self, sats(amount));
        let failed = self.language.pick(
            format!(
                "We tried to refund {amount} for {title} ({starts}), but your wallet's address didn't accept the payment. The money \
                 is still yours."
            ),
            format!(
                "{title} ({starts}) 결제 중 {amount}를 환불하려 했지만 지갑 주소로 보내지 못했어요. 돈은 그대로 환불받을 수 있어요."
            ),
        );
        let lines = match &self.to.order_page {
            // After several failures the page names the organiser instead of asking for an address.
            Some(order_page) => {
                let how = self.text(
                    "Open your order to see how to receive it:",
                    "주문을 열어 환불받는 방법을 확인해 주세요.",
                );
                vec![failed, how, order_page.clone()]
            }
            None => self.ask_for_address(failed),
        };
        self.email(("Your refund couldn't be delivered", "환불하지 못했어요"), &lines)
    }

    /// Asks for an address after a sentence.
    fn ask_for_address(&self, sentence: String) -> Vec<String> {
        let Some(order_page) = &self.to.order_page else {
            let contact = self.text(
                "Contact the organiser with a UMA or Lightning address that can receive it:",
                "환불받을 수 있는 UMA 또는 라이트닝 주소를 주최자에게 알려 주세요.",
            );
            return vec![sentence, contact, self.event_url.clone()];
        };
        let enter = self.text(
            "Open your order and enter a UMA or Lightning address that can receive it:",
            "주문을 열고 환불받을 UMA 또는 라이트닝 주소를 입력해 주세요.",
        );
        vec![sentence, enter, order_page.clone()]
    }
}

pub(super) const EVENT_UPDATED: (&str, &str) = ("Event updated", "이벤트가 변경되었어요");
pub(super) const TICKET_CANCELLED: (&str, &str) = ("Your ticket was cancelled", "티켓이 취소되었어요");

/// Sentences about a changed event.
pub(super) fn event_changes(
    language: Language,
    event: &Event,
    title: Option<&str>,
    times: Option<(Timestamp, Timestamp)>,
    link: bool,
) -> Vec<String> {
    let time = |moment| format_event_time(language, moment, event.time_zone);
    let period = |start, end| {
        let (start, end) = (time(start), time(end));
        language.pick(format!("{start} to {end}"), format!("{start} ~ {end}"))
    };
    let former_title = title.unwrap_or(&event.title);
    let mut lines = vec![language.pick(
        format!("The organiser changed {former_title}. Your ticket stays valid."),
        format!("주최자가 {former_title} 이벤트를 변경했어요. 티켓은 유효해요."),
    )];
    if title.is_some() {
        let title = &event.title;
        lines.push(language.pick(format!("New name: {title}"), format!("새 이름: {title}")));
    }
    if let Some((start, end)) = times {
        let (new, old) = (period(event.start_time, event.end_time), period(start, end));
        lines.push(language.pick(format!("New time: {new}"), format!("새 시간: {new}")));
        lines.push(language.pick(format!("Old time: {old}"), format!("이전 시간: {old}")));
    }
    if link {
        let changed = language.pick(
            "The link to the stream changed. The new one is on your ticket.",
            "스트림 링크가 변경되었어요. 새 링크는 티켓에서 확인할 수 있어요.",
        );
        lines.push(changed.to_owned());
    }
    lines
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
fn receipt(language: Language, view: &TicketView) -> String {
    let Some(payment) = &view.payment else {
        return language.pick("Receipt: the ticket is free.", "영수증: 무료 티켓이에요.").to_owned();
    };
    let (price, ticket) = (sats(payment.state.price), view.ticket.id);
    let when = payment.paid_at.map_or_else(String::new, |at| {
        let at = format_event_time(language, at, view.event.time_zone);
        language.pick(format!(" on {at}"), format!(", {at}"))
    });
    let invoice = view.invoice.as_ref().map_or_else(String::new, |invoice| {
        let id = &invoice.invoice_id;
        language.pick(format!(", invoice {id}"), format!(", 인보이스 {id}"))
    });
    language.pick(
        format!("Receipt: {price} paid{when}{invoice}, ticket number {ticket}."),
        format!("영수증: {price} 결제{when}{invoice}, 티켓 번호 {ticket}."),
    )
}
