use crate::builders::*;
use chrono::{DateTime, Duration, Utc};
use events::{
    CurrencyAmount, Discount, Event, ExchangeRate, Percent, PromoCode, PromoTypes, TicketPrice, TicketType,
    Visibility,
};
use kernel::{Locked, PromoCodeId, Sats, TicketTypeId, Timestamp};
use proptest::prelude::*;
use std::num::NonZeroU64;
use tickets::{
    Buyer, BuyerUsage, Inventory, Issuance, LineRequest, OrderKind, OrderLimits, OrderRequest, Quote,
    ShownPrice, place, quote, total_of,
};

/// Extreme numbers are as likely as ordinary ones.
fn number() -> impl Strategy<Value = u32> {
    prop_oneof![0_u32..5, Just(99), Just(100), Just(101), Just(u32::MAX - 1), Just(u32::MAX), any::<u32>()]
}

fn amount() -> impl Strategy<Value = Sats> {
    let supply = 2_100_000_000_000_000_u64;
    prop_oneof![0_u64..5_000, Just(supply), supply / 100 - 1..supply / 100 + 2, 0..=supply].prop_map(sats)
}

fn time() -> impl Strategy<Value = Timestamp> {
    prop_oneof![
        Just(DateTime::<Utc>::MIN_UTC),
        Just(DateTime::<Utc>::MAX_UTC),
        (-3_i64..4).prop_map(|minutes| now() + Duration::minutes(minutes)),
    ]
}

fn price() -> impl Strategy<Value = TicketPrice> {
    prop_oneof![
        amount().prop_map(TicketPrice::Fixed),
        amount().prop_map(|min| TicketPrice::PayWhatYouWant { min }),
        any::<u64>().prop_map(|minor_units| {
            TicketPrice::InCurrency(CurrencyAmount { currency: usd(), minor_units })
        }),
    ]
}

prop_compose! {
    fn kind()(
        id in 1_i64..4,
        price in price(),
        quota in prop::option::weighted(0.5, number()),
        taken in prop_oneof![3 => Just(0), 1 => number()],
        window in (prop::option::weighted(0.2, time()), prop::option::weighted(0.2, time())),
        min_per_order in prop_oneof![3 => Just(1), 1 => number()],
        max_per_order in prop::option::weighted(0.2, number()),
        hidden in prop::bool::weighted(0.2),
    ) -> TicketType {
        let visibility = if hidden { Visibility::HiddenUntilCode } else { Visibility::Public };
        TicketType {
            taken,
            sale_starts_at: window.0,
            sale_ends_at: window.1,
            min_per_order,
            max_per_order,
            visibility,
            ..ticket_type(TicketTypeId::new(id), price, quota)
        }
    }
}

prop_compose! {
    fn promo_code()(
        discount in prop_oneof![
            (1_u8..=100).prop_map(|part| Discount::Percent(Percent::new(part).unwrap())),
            amount().prop_map(Discount::SatsOff),
            Just(Discount::Free),
        ],
        all: bool,
        max_uses in prop::option::weighted(0.3, number()),
        max_uses_per_buyer in prop::option::weighted(0.3, number()),
        used in prop_oneof![3 => Just(0), 1 => number()],
        valid_until in prop::option::weighted(0.2, time()),
    ) -> PromoCode {
        let named = PromoTypes::Only([TicketTypeId::new(1), TicketTypeId::new(2)].into());
        let ticket_types = if all { PromoTypes::All } else { named };
        PromoCode { discount, ticket_types, max_uses, max_uses_per_buyer, used, valid_until, ..promo() }
    }
}

prop_compose! {
    fn any_inventory()(
        capacity in number(),
        seats_taken in prop_oneof![3 => Just(0), 1 => number()],
        end_time in prop_oneof![3 => Just(event().end_time), 1 => time()],
        ticket_types in prop::collection::vec(kind(), 0..4),
        promo_codes in prop::collection::vec(promo_code(), 0..2),
        sats_per_billion in 1_u64..,
        rate_at in prop_oneof![3 => Just(now()), 1 => time()],
        limits in (prop_oneof![Just(0), number()], prop_oneof![Just(0), number()]),
        usage in (number(), number()),
    ) -> Inventory {
        let usage = BuyerUsage { tickets: usage.0, promo_uses: [(PromoCodeId::new(1), usage.1)].into() };
        let sats_per_billion = NonZeroU64::new(sats_per_billion).unwrap();
        Inventory {
            event: Event { capacity, seats_taken, end_time, ..event() },
            ticket_types,
            promo_codes,
            rates: vec![ExchangeRate { sats_per_billion, at: rate_at, ..rate() }],
            buyers: [(account(1).key().unwrap(), usage)].into(),
            limits: OrderLimits { per_order: limits.0, per_buyer: limits.1 },
        }
    }
}

prop_compose! {
    fn any_request()(
        lines in prop::collection::vec((1_i64..5, number(), prop::option::weighted(0.2, amount())), 0..4),
        text in prop_oneof![Just(None), Just(Some("TENOFF")), Just(Some("NOPE"))],
        total in prop::option::weighted(0.2, amount()),
        buyer in prop_oneof![
            Just(Buyer::default()),
            Just(account(1)),
            Just(account(2)),
            Just(guest("a@mail.example", None)),
            Just(guest("a@mail.example", Some(now()))),
            Just(payer("$zoe@wallet.example")),
        ],
        free_allowed: bool,
        complimentary in prop::bool::weighted(0.2),
        hold_expires_at in time(),
    ) -> OrderRequest {
        let lines = lines.into_iter().map(|(id, quantity, chosen)| LineRequest {
            ticket_type_id: TicketTypeId::new(id),
            quantity,
            chosen,
        });
        OrderRequest {
            kind: if complimentary { OrderKind::Complimentary } else { OrderKind::Sale },
            lines: lines.collect(),
            promo_code: text.map(code),
            shown: total.map(ShownPrice::Total),
            buyer,
            free_allowed,
            hold_expires_at,
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn placing_never_panics_and_a_granted_order_adds_up(
        inventory in any_inventory(),
        request in any_request(),
        now in prop_oneof![3 => Just(now()), 1 => time()],
    ) {
        let locked = Locked::by_store(inventory.clone());
        let first = place(&locked, &request, now);
        prop_assert_eq!(&first, &place(&locked, &request, now), "the same input, the same answer");
        let quoted = quote(&inventory, &request, now);
        let Ok(placement) = first else {
            prop_assert!(!first.unwrap_err().to_string().is_empty());
            return Ok(());
        };
        let quoted = quoted.unwrap();
        prop_assert_eq!((&quoted.lines, quoted.total), (&placement.order.lines, placement.order.total));
        prop_assert_eq!(total_of(&placement.order.lines), Ok(placement.order.total));
        prop_assert_eq!(placement.due, placement.order.total.to_msats());
        prop_assert_eq!(placement.due.is_zero(), placement.issuance != Issuance::Payment);
        let seats = u32::try_from(placement.tickets.len()).unwrap();
        prop_assert!((1..=100).contains(&seats) && seats == placement.taken.seats);
        prop_assert_eq!(seats, placement.taken.types.values().sum::<u32>());
        prop_assert!(seats <= inventory.event.available());
        for (id, seats) in &placement.taken.types {
            prop_assert!(*seats <= inventory.ticket_type(*id).unwrap().seats_left(&inventory.event));
        }
        let prices: u64 = placement.tickets.iter().map(|ticket| ticket.price.get()).sum();
        prop_assert_eq!(prices, placement.order.total.get());
    }

    #[test]
    fn no_quote_makes_placing_panic_or_charges_another_total(
        inventory in any_inventory(),
        request in any_request(),
        expires_at in time(),
        total in amount(),
        list_price in amount(),
        discount in amount(),
    ) {
        let Ok(quote) = quote(&inventory, &request, now()) else { return Ok(()) };
        let lines = quote.lines.into_iter().map(|line| tickets::OrderLine { list_price, discount, ..line });
        let odd = Quote { expires_at, total, lines: lines.collect(), ..quote };
        let request = OrderRequest { shown: Some(ShownPrice::Quote(odd)), ..request };
        if let Ok(placement) = place(&Locked::by_store(inventory), &request, now()) {
            prop_assert_eq!(placement.order.total, total);
            prop_assert!(placement.due.is_zero() || placement.issuance == Issuance::Payment);
        }
    }
}
