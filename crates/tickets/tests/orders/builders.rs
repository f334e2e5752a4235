use chrono::{Duration, TimeZone, Utc};
use events::{
    Currency, CurrencyAmount, Discount, Event, ExchangeRate, Percent, PromoCode, PromoCodeText, PromoTypes,
    TicketPrice, TicketType, Visibility, Zone,
};
use kernel::{EventId, Locked, OrderId, PromoCodeId, Sats, TicketId, TicketTypeId, Timestamp, UserId};
use std::{collections::BTreeMap, num::NonZeroU64};
use tickets::{
    Buyer, GuestEmail, Inventory, LineRequest, Order, OrderKind, OrderLimits, OrderRefusal, OrderRequest,
    OrderTicket, Placement, place,
};

/// 1,000 sats, quota of 10.
pub(crate) const EARLY: TicketTypeId = TicketTypeId::new(1);
/// 3,000 sats, no quota.
pub(crate) const REGULAR: TicketTypeId = TicketTypeId::new(2);
/// 700 sats, hidden.
pub(crate) const CREW: TicketTypeId = TicketTypeId::new(3);
/// What the buyer wants, at least 500 sats.
pub(crate) const SUPPORTER: TicketTypeId = TicketTypeId::new(4);
/// 25 dollars, which are 25,000 sats.
pub(crate) const DOLLARS: TicketTypeId = TicketTypeId::new(5);
/// Free.
pub(crate) const FREE: TicketTypeId = TicketTypeId::new(6);

pub(crate) fn now() -> Timestamp {
    Utc.with_ymd_and_hms(2026, 11, 23, 12, 0, 0).unwrap()
}

pub(crate) fn hold_end() -> Timestamp {
    now() + Duration::minutes(10)
}

pub(crate) fn sats(amount: u64) -> Sats {
    Sats::new(amount).unwrap()
}

pub(crate) fn event() -> Event {
    Event {
        id: EventId::new(1),
        title: "Late Show".into(),
        description: String::new(),
        start_time: now() + Duration::hours(5),
        end_time: now() + Duration::hours(7),
        time_zone: Zone::UTC,
        capacity: 50,
        price: Sats::ZERO,
        stream_url: String::new(),
        is_active: true,
        cancelled_at: None,
        created_at: now(),
        updated_at: now(),
        seats_taken: 0,
        price_changed_at: None,
        network_limit: None,
        details: events::EventDetails::default(),
    }
}

pub(crate) fn ticket_type(id: TicketTypeId, price: TicketPrice, quota: Option<u32>) -> TicketType {
    TicketType {
        id,
        event_id: EventId::new(1),
        name: format!("Type {id}"),
        description: String::new(),
        price,
        quota,
        taken: 0,
        sale_starts_at: None,
        sale_ends_at: None,
        min_per_order: 1,
        max_per_order: None,
        visibility: Visibility::Public,
        position: 0,
        archived_at: None,
        price_changed_at: None,
        created_at: now(),
        updated_at: now(),
    }
}

pub(crate) fn usd() -> Currency {
    Currency::parse("USD").unwrap()
}

/// One dollar is 1,000 sats.
pub(crate) fn rate() -> ExchangeRate {
    ExchangeRate {
        currency: usd(),
        sats_per_billion: NonZeroU64::new(1_000_000_000_000).unwrap(),
        source: "rates.example".into(),
        at: now(),
    }
}

pub(crate) fn ticket_types() -> Vec<TicketType> {
    let fixed = |price| TicketPrice::Fixed(sats(price));
    let dollars = TicketPrice::InCurrency(CurrencyAmount { currency: usd(), minor_units: 2_500 });
    vec![
        ticket_type(EARLY, fixed(1_000), Some(10)),
        ticket_type(REGULAR, fixed(3_000), None),
        TicketType { visibility: Visibility::HiddenUntilCode, ..ticket_type(CREW, fixed(700), Some(5)) },
        ticket_type(SUPPORTER, TicketPrice::PayWhatYouWant { min: sats(500) }, None),
        ticket_type(DOLLARS, dollars, None),
        ticket_type(FREE, fixed(0), Some(20)),
    ]
}

pub(crate) fn code(text: &str) -> PromoCodeText {
    PromoCodeText::parse(text).unwrap()
}

pub(crate) fn percent(percent: u8) -> Discount {
    Discount::Percent(Percent::new(percent).unwrap())
}

/// 10 % off early and regular tickets, 5 uses, one per buyer.
pub(crate) fn promo() -> PromoCode {
    PromoCode {
        id: PromoCodeId::new(1),
        event_id: Some(EventId::new(1)),
        code: code("TENOFF"),
        discount: percent(10),
        ticket_types: PromoTypes::Only([EARLY, REGULAR].into()),
        max_uses: Some(5),
        used: 0,
        max_uses_per_buyer: Some(1),
        valid_from: None,
        valid_until: None,
        archived_at: None,
        created_at: now(),
        updated_at: now(),
    }
}

/// Everything free, for all types and events, no limits.
pub(crate) fn gift() -> PromoCode {
    PromoCode {
        id: PromoCodeId::new(2),
        event_id: None,
        code: code("GIFT"),
        discount: Discount::Free,
        ticket_types: PromoTypes::All,
        max_uses: None,
        max_uses_per_buyer: None,
        ..promo()
    }
}

/// 100 sats off crew tickets, which it offers.
pub(crate) fn crew() -> PromoCode {
    PromoCode {
        id: PromoCodeId::new(3),
        code: code("CREW"),
        discount: Discount::SatsOff(sats(100)),
        ticket_types: PromoTypes::Only([CREW].into()),
        max_uses: Some(2),
        max_uses_per_buyer: None,
        ..promo()
    }
}

pub(crate) fn inventory() -> Inventory {
    Inventory {
        event: event(),
        ticket_types: ticket_types(),
        promo_codes: vec![promo(), gift(), crew()],
        rates: vec![rate()],
        buyers: BTreeMap::new(),
        limits: OrderLimits { per_order: 8, per_buyer: 12 },
    }
}

pub(crate) fn account(id: i64) -> Buyer {
    Buyer { user_id: Some(UserId::new(id)), ..Buyer::default() }
}

pub(crate) fn guest(address: &str, confirmed_at: Option<Timestamp>) -> Buyer {
    Buyer { email: Some(GuestEmail { address: address.to_owned(), confirmed_at }), ..Buyer::default() }
}

pub(crate) fn payer(address: &str) -> Buyer {
    Buyer { payer_address: Some(address.to_owned()), ..Buyer::default() }
}

pub(crate) fn line(ticket_type_id: TicketTypeId, quantity: u32) -> LineRequest {
    LineRequest { ticket_type_id, quantity, chosen: None }
}

/// An order of account 1.
pub(crate) fn request(lines: &[(TicketTypeId, u32)]) -> OrderRequest {
    OrderRequest {
        kind: OrderKind::Sale,
        lines: lines.iter().map(|(id, quantity)| line(*id, *quantity)).collect(),
        promo_code: None,
        shown: None,
        buyer: account(1),
        free_allowed: true,
        hold_expires_at: hold_end(),
    }
}

pub(crate) fn with_code(lines: &[(TicketTypeId, u32)], text: &str) -> OrderRequest {
    OrderRequest { promo_code: Some(code(text)), ..request(lines) }
}

pub(crate) fn try_place(inventory: Inventory, request: &OrderRequest) -> Result<Placement, OrderRefusal> {
    place(&Locked::by_store(inventory), request, now())
}

pub(crate) fn placed(request: &OrderRequest) -> Placement {
    try_place(inventory(), request).unwrap()
}

/// The rows that a store writes for a placement; the numbers of the tickets follow `first`.
pub(crate) fn rows(placement: Placement, id: i64, first: i64) -> (Locked<Order>, Vec<OrderTicket>) {
    let tickets = placement.tickets.iter().zip(first..).map(|(ticket, id)| OrderTicket {
        id: TicketId::new(id),
        ticket_type_id: ticket.ticket_type_id,
        status: ticket.status,
    });
    let tickets = tickets.collect();
    (Locked::by_store(placement.order.with_id(OrderId::new(id))), tickets)
}
