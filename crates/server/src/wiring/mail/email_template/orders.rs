//! Emails about orders.

use super::{
    CalendarFile, Picture, RenderedEmail, html,
    notices::{EVENT_UPDATED, TICKET_CANCELLED, event_changes},
    qr,
};
use crate::{
    calendar::{self, Method},
    time_format::format_event_time,
};
use box_office::{HolderNotice, OrderEmail, OrderedTicket, Recipient, SeenOrder, TicketView};
use kernel::{Language, Sats, Timestamp};
use tickets::{OrderLine, TicketStatus};

/// What the texts of an email about an order share.
struct OrderTexts<'a> {
    order: &'a SeenOrder,
    language: Language,
}

impl RenderedEmail {
    /// The email about an order.
    pub(super) fn for_order(email: &OrderEmail, to: &Recipient, base_url: &str, now: Timestamp) -> Self {
        let language = to.language;
        match email {
            OrderEmail::Placed { order, link } => OrderTexts { order, language }.placed(link),
            OrderEmail::Confirm { order, link } => OrderTexts { order, language }.confirm(link),
            OrderEmail::Issued { order, first } => {
                let email = OrderTexts { order, language }.issued(first, to.tickets_page.as_deref());
                email.with_calendar(first, to, base_url, Method::Publish, now)
            }
            OrderEmail::Holder { ticket, ticket_type } => {
                let email = holder(language, ticket, ticket_type, base_url);
                email.with_calendar(ticket, to, base_url, Method::Publish, now)
            }
            OrderEmail::HolderNotice { ticket, notice } => {
                let changed = matches!(notice, HolderNotice::EventChanged { .. });
                let method = if changed { Method::Request } else { Method::Cancel };
                let email = holder_notice(language, ticket, notice, base_url);
                email.with_calendar(ticket, to, base_url, method, now)
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

impl OrderTexts<'_> {
    fn text(&self, english: &str, korean: &str) -> String {
        self.language.pick(english, korean).to_owned()
    }

    fn time(&self, moment: Timestamp) -> String {
        format_event_time(self.language, moment, self.order.event.time_zone)
    }

    fn email(&self, subject: &str, lines: &[String]) -> RenderedEmail {
        RenderedEmail::plain(self.language, &format!("{subject}: {}", self.order.event.title), lines)
    }

    /// The reservation, with the end of its hold.
    fn reserved(&self) -> String {
        let (title, starts) = (&self.order.event.title, self.time(self.order.event.start_time));
        let end = self.order.view.order.hold_expires_at.map(|end| self.time(end));
        match end {
            Some(end) => self.language.pick(
                format!("We reserved your tickets for {title} ({starts}) until {end}."),
                format!("{title} ({starts}) 티켓을 {end}까지 예약해 두었어요."),
            ),
            None => self.language.pick(
                format!("We reserved your tickets for {title} ({starts})."),
                format!("{title} ({starts}) 티켓을 예약해 두었어요."),
            ),
        }
    }

    fn keep_private(&self) -> String {
        self.text(
            "Keep this link private: it opens your tickets. If this order is not yours, ignore this email.",
            "이 링크로 티켓을 볼 수 있으니 공유하지 마세요. 직접 주문하지 않았다면 이 이메일을 무시해 주세요.",
        )
    }

    fn placed(&self, link: &str) -> RenderedEmail {
        let total = sats(self.order.view.order.total);
        let mut lines = vec![
            self.reserved(),
            self.order.subject(),
            self.language.pick(format!("Total: {total}"), format!("합계: {total}")),
            self.text(
                "Pay, and see your tickets once they are paid:",
                "아래 링크에서 결제하고 티켓을 확인해 주세요.",
            ),
            link.to_owned(),
        ];
        if let Some(payment) = &self.order.payment_link {
            lines.push(self.text(
                "Or pay with a Lightning wallet: copy the order's payment link into it.",
                "라이트닝 지갑으로 결제하려면 이 주문의 결제 링크를 지갑에 붙여 넣어 주세요.",
            ));
            lines.extend([payment.url.clone(), payment.lnurl.clone()]);
        }
        lines.push(self.keep_private());
        self.email(self.language.pick("Your order", "주문"), &lines)
    }

    fn confirm(&self, link: &str) -> RenderedEmail {
        let lines = [
            self.reserved(),
            self.order.subject(),
            self.text(
                "Open this link to confirm your email address and get your tickets:",
                "이 링크를 열어 이메일 주소를 확인하고 티켓을 받아 주세요.",
            ),
            link.to_owned(),
            self.keep_private(),
        ];
        self.email(self.language.pick("Confirm your order", "주문을 확인해 주세요"), &lines)
    }

    fn issued(&self, first: &TicketView, page: Option<&str>) -> RenderedEmail {
        let (order, l) = (self.order, self.language);
        let title = &order.event.title;
        let valid: Vec<&OrderedTicket> =
            order.view.tickets.iter().filter(|one| one.ticket.status == TicketStatus::Paid).collect();
        let several = valid.len() > 1;
        let mut lines = vec![
            l.pick(format!("You're going to {title}!"), format!("{title} 티켓이 준비되었어요!")),
            starts(l, first),
        ];
        for (number, one) in (1_usize..).zip(&valid) {
            let code = one.ticket.code.expose();
            lines.push(if several {
                let described = self.described(one);
                l.pick(
                    format!("Ticket {number}, {described}: {code}"),
                    format!("티켓 {number}, {described}: {code}"),
                )
            } else {
                your_code(l, code)
            });
        }
        lines.push(if several {
            self.text("Keep these codes private.", "이 코드들을 다른 사람에게 보여 주지 마세요.")
        } else {
            private_code(l)
        });
        if let Some(page) = page {
            lines.extend([self.text("Your tickets:", "내 티켓:"), page.to_owned()]);
        }
        let ordered = &order.view.order.lines;
        if several || ordered.iter().any(|line| !line.discount.is_zero() || line.conversion.is_some()) {
            lines.extend(ordered.iter().map(|line| self.line(line)));
        }
        lines.push(self.receipt(first));
        let subject =
            if several { l.pick("Your tickets", "티켓") } else { l.pick("Your ticket", "티켓") };
        let mut email = self.email(subject, &lines);
        for (number, one) in (1_usize..).zip(&valid) {
            let caption = l.pick(format!("Ticket {number}"), format!("티켓 {number}"));
            let caption = if several { caption } else { String::new() };
            email.add_qr(l, one.ticket.code.expose(), &caption);
        }
        email
    }

    fn type_name(&self, id: kernel::TicketTypeId) -> &str {
        let name = self.order.ticket_types.iter().find(|known| known.id == id);
        name.map_or("", |known| known.name.as_str())
    }

    /// Type of a ticket, with its holder's name if there is one.
    fn described(&self, one: &OrderedTicket) -> String {
        let name = self.type_name(one.ticket_type_id);
        match &one.holder.name {
            Some(holder) => {
                self.language.pick(format!("{name}, for {holder}"), format!("{name}, {holder} 님"))
            }
            None => name.to_owned(),
        }
    }

    /// "2 × Early bird: 1800 sats each (2000 − 200)", with the exchange rate of a price in a currency.
    fn line(&self, line: &OrderLine) -> String {
        let l = self.language;
        let name = self.type_name(line.ticket_type_id);
        let discount = if line.discount.is_zero() {
            String::new()
        } else {
            let (list, discount) = (sats(line.list_price), sats(line.discount));
            l.pick(format!(" ({list} minus {discount} discount)"), format!(" ({list}에서 {discount} 할인)"))
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
            let (source, at) = (&conversion.rate.source, self.time(conversion.rate.at));
            l.pick(
                format!("; {currency} {amount} at {whole}.{part:03} sats per {currency}, {source}, {at}"),
                format!("; {currency} {amount}, 1 {currency} = {whole}.{part:03} sats, {source}, {at}"),
            )
        });
        let (quantity, price) = (line.quantity, sats(line.unit_price()));
        l.pick(
            format!("{quantity} × {name}: {price} each{discount}{rate}"),
            format!("{quantity} × {name}: 장당 {price}{discount}{rate}"),
        )
    }

    /// Amount, time and invoice of an order's payment.
    fn receipt(&self, first: &TicketView) -> String {
        let (order, l) = (self.order, self.language);
        let (number, ticket) = (order.view.order.id, first.ticket.id);
        let Some(payment) = &first.payment else {
            let several = order.view.tickets.len() > 1;
            let free = if several { "the tickets are free" } else { "the ticket is free" };
            return l.pick(format!("Receipt: {free}."), "영수증: 무료 티켓이에요.".to_owned());
        };
        let when = payment.paid_at.map_or_else(String::new, |at| {
            let at = self.time(at);
            l.pick(format!(" on {at}"), format!(", {at}"))
        });
        let invoice = first.invoice.as_ref().map_or_else(String::new, |invoice| {
            let id = &invoice.invoice_id;
            l.pick(format!(", invoice {id}"), format!(", 인보이스 {id}"))
        });
        let price = sats(payment.state.price.to_sats_floor());
        l.pick(
            format!("Receipt: {price} paid{when}{invoice}, order number {number}, ticket number {ticket}."),
            format!("영수증: {price} 결제{when}{invoice}, 주문 번호 {number}, 티켓 번호 {ticket}."),
        )
    }
}

/// Start of a ticket's event.
fn starts(language: Language, ticket: &TicketView) -> String {
    let starts = format_event_time(language, ticket.event.start_time, ticket.event.time_zone);
    language.pick(format!("It starts {starts}."), format!("시작: {starts}"))
}

fn your_code(language: Language, code: &str) -> String {
    language.pick(format!("Your code: {code}"), format!("코드: {code}"))
}

fn private_code(language: Language) -> String {
    language.pick("Keep this code private.", "이 코드를 다른 사람에게 보여 주지 마세요.").to_owned()
}

fn event_page(language: Language, ticket: &TicketView, base_url: &str) -> [String; 2] {
    let url = format!("{base_url}/events/{}", ticket.event.id);
    [language.pick("The event:", "이벤트:").to_owned(), url]
}

fn holder(language: Language, ticket: &TicketView, ticket_type: &str, base_url: &str) -> RenderedEmail {
    let title = &ticket.event.title;
    let code = ticket.ticket.code.expose();
    let have = language.pick(
        format!("You have a ticket for {title}: {ticket_type}."),
        format!("{title} 티켓이 있어요: {ticket_type}"),
    );
    let lines = [have, starts(language, ticket), your_code(language, code), private_code(language)];
    let lines = [&lines[..], &event_page(language, ticket, base_url)].concat();
    let subject = language.pick("Your ticket", "티켓");
    let mut email = RenderedEmail::plain(language, &format!("{subject}: {title}"), &lines);
    email.add_qr(language, code, "");
    email
}

fn holder_notice(
    language: Language,
    ticket: &TicketView,
    notice: &HolderNotice,
    base_url: &str,
) -> RenderedEmail {
    let event = &ticket.event;
    let title = &event.title;
    let when = format_event_time(language, event.start_time, event.time_zone);
    let ((english, korean), lines) = match notice {
        HolderNotice::EventChanged { title, times, link } => {
            let mut lines = event_changes(language, event, title.as_deref(), *times, *link);
            lines.extend(event_page(language, ticket, base_url));
            (EVENT_UPDATED, lines)
        }
        HolderNotice::Revoked => {
            let revoked = language.pick(
                format!(
                    "Your ticket for {title} ({when}) was cancelled by the organiser. It is no longer valid."
                ),
                format!("주최자가 {title} ({when}) 티켓을 취소했어요. 더 이상 사용할 수 없어요."),
            );
            (TICKET_CANCELLED, vec![revoked])
        }
        HolderNotice::GivenBack => {
            let given_back = language.pick(
                format!(
                    "Your ticket for {title} ({when}) was cancelled by its buyer. It is no longer valid."
                ),
                format!("구매자가 {title} ({when}) 티켓을 취소했어요. 더 이상 사용할 수 없어요."),
            );
            (TICKET_CANCELLED, vec![given_back])
        }
        HolderNotice::EventCancelled => {
            let cancelled = language.pick(
                format!(
                    "The organiser cancelled {title}, which was to start {when}. Your ticket is no longer valid."
                ),
                format!(
                    "주최자가 {title} ({when}) 이벤트를 취소했어요. 티켓을 더 이상 사용할 수 없어요."
                ),
            );
            (("Cancelled", "취소됨"), vec![cancelled])
        }
    };
    let subject = language.pick(english, korean);
    RenderedEmail::plain(language, &format!("{subject}: {title}"), &lines)
}

impl RenderedEmail {
    /// Adds the QR code of a ticket code.
    pub(super) fn add_qr(&mut self, language: Language, code: &str, caption: &str) {
        let Some(png) = qr::png(code) else { return };
        let cid = match self.pictures.len() {
            0 => "ticket-qr".to_owned(),
            others => format!("ticket-qr-{}", others.saturating_add(1)),
        };
        let caption = if caption.is_empty() { String::new() } else { format!("{}<br>", html(caption)) };
        let alt = language.pick("QR code of your ticket", "티켓 QR 코드");
        let picture = format!("<p>{caption}<img src=\"cid:{cid}\" alt=\"{alt}\" width=\"264\"></p>");
        self.html = self.html.replace("</body>", &format!("{picture}</body>"));
        self.pictures.push(Picture { cid, png });
    }
}

fn sats(amount: Sats) -> String {
    if amount.get() == 1 { "1 sat".to_owned() } else { format!("{} sats", amount.get()) }
}
