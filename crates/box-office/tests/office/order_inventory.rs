//! An event of nine seats with three ticket types and a promo code.

use chrono::Duration;
use events::{
    Discount, Event, Percent, PromoCode, PromoCodeText, PromoTypes, TicketPrice, TicketType, Visibility, Zone,
};
use kernel::{EventId, PromoCodeId, Sats, TicketTypeId};
use std::collections::BTreeMap;
use testkit::builders::noon;
use tickets::{Inventory, OrderLimits};

fn sats(amount: u64) -> Sats {
    Sats::new(amount).unwrap()
}

fn ticket_type(id: i64, price: u64, quota: Option<u32>) -> TicketType {
    TicketType {
        id: TicketTypeId::new(id),
        event_id: EventId::new(1),
        name: format!("Type {id}"),
        description: String::new(),
        price: TicketPrice::Fixed(sats(price)),
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
        created_at: noon(),
        updated_at: noon(),
    }
}

pub(crate) fn inventory() -> Inventory {
    let start_time = noon() + Duration::days(9);
    Inventory {
        event: Event {
            id: EventId::new(1),
            title: "Late Show".into(),
            description: String::new(),
            start_time,
            end_time: start_time + Duration::hours(2),
            time_zone: Zone::UTC,
            capacity: 9,
            price: Sats::ZERO,
            stream_url: String::new(),
            is_active: true,
            cancelled_at: None,
            created_at: noon(),
            updated_at: noon(),
            seats_taken: 0,
            price_changed_at: None,
            network_limit: None,
            details: events::EventDetails::default(),
        },
        ticket_types: vec![
            ticket_type(1, 1_000, Some(4)),
            ticket_type(2, 3_001, None),
            ticket_type(3, 0, Some(3)),
        ],
        promo_codes: vec![PromoCode {
            id: PromoCodeId::new(1),
            event_id: None,
            code: PromoCodeText::parse("THIRD").unwrap(),
            discount: Discount::Percent(Percent::new(33).unwrap()),
            ticket_types: PromoTypes::All,
            max_uses: Some(2),
            used: 0,
            max_uses_per_buyer: None,
            valid_from: None,
            valid_until: None,
            archived_at: None,
            created_at: noon(),
            updated_at: noon(),
        }],
        rates: Vec::new(),
        buyers: BTreeMap::new(),
        limits: OrderLimits::default(),
    }
}
