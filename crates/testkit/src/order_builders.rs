//! Valid orders, ticket types and promo codes; see [`crate::builders`].

use crate::builders::{at, code, in_session, noon, row_key};
use box_office::{
    HoldLimits, OrderTerms, Orders, PlaceOutcome, PlaceRequest, PlacedOrder, Store, TicketSecrets,
};
use events::{
    Currency, Discount, Event, ExchangeRate, NewPromoCode, NewTicketType, Percent, PromoCode, PromoCodeText,
    PromoTypes, TicketPrice, TicketType,
};
use identity::User;
use kernel::{Language, Sats};
use tickets::{Buyer, LineRequest, OrderKind, OrderLimits, OrderRequest};

/// Terms without limits and with a rate of 1,000 satoshis for a dollar at [`noon`].
pub fn order_terms() -> OrderTerms {
    let rate = ExchangeRate {
        currency: Currency::parse("USD").unwrap(),
        sats_per_billion: 1_000_000_000_000_u64.try_into().unwrap(),
        source: "rates.example".into(),
        at: noon(),
    };
    OrderTerms { limits: OrderLimits::default(), outstanding: HoldLimits::NONE, rates: vec![rate] }
}

/// An account's order made at [`noon`] that expires after 15 minutes. Its codes derive from `number`.
pub fn place_request(event: &Event, user: &User, lines: &[(&TicketType, u32)], number: u64) -> PlaceRequest {
    let lines = lines.iter().map(|(ticket_type, quantity)| LineRequest {
        ticket_type_id: ticket_type.id,
        quantity: *quantity,
        chosen: None,
    });
    let buyer = Buyer {
        user_id: Some(user.id),
        email: None,
        payer_address: Some("$alice@vasp.example".into()),
        language: Language::Ko,
    };
    let request = OrderRequest {
        kind: OrderKind::Sale,
        lines: lines.collect(),
        promo_code: None,
        shown: None,
        buyer,
        free_allowed: true,
        hold_expires_at: at(15),
    };
    let secrets = (0..10).map(|ticket| 1_000_000 + 100 * number + ticket);
    PlaceRequest {
        event_id: event.id,
        order: request,
        purchase_for: None,
        organiser: None,
        holders: Vec::new(),
        secrets: secrets.map(|seed| TicketSecrets { code: code(seed), link_key: row_key(seed) }).collect(),
        network: None,
        repeats_since: None,
        key: None,
        now: noon(),
    }
}

/// Adds a public ticket type without a quota.
pub async fn add_ticket_type(store: &dyn Store, event: &Event, price: TicketPrice) -> TicketType {
    let new = NewTicketType { price, ..NewTicketType::general_admission(event.id, Sats::ZERO, noon()) };
    add_new_type(store, &new).await
}

/// Adds a ticket type.
pub async fn add_new_type(store: &dyn Store, new: &NewTicketType) -> TicketType {
    in_session(store, async |session| {
        session.event_for_update(new.event_id).await.unwrap().unwrap();
        session.add_ticket_type(new).await.unwrap()
    })
    .await
}

/// A code of 10 % off all types, without limits.
pub fn new_promo_code(event: Option<&Event>, text: &str) -> NewPromoCode {
    NewPromoCode {
        event_id: event.map(|event| event.id),
        code: PromoCodeText::parse(text).unwrap(),
        discount: Discount::Percent(Percent::new(10).unwrap()),
        ticket_types: PromoTypes::All,
        max_uses: None,
        max_uses_per_buyer: None,
        valid_from: None,
        valid_until: None,
        created_at: noon(),
    }
}

/// Adds a promo code, whose text must be free.
pub async fn add_promo_code(store: &dyn Store, new: &NewPromoCode) -> PromoCode {
    in_session(store, async |session| session.add_promo_code(new).await.unwrap().unwrap()).await
}

/// Places an order, which must be granted.
pub async fn place_order(orders: &dyn Orders, request: PlaceRequest) -> PlacedOrder {
    match orders.place_all(&order_terms(), &[request]).await.unwrap().pop().unwrap() {
        PlaceOutcome::Placed(placed) => *placed,
        other => panic!("no order: {other:?}"),
    }
}
