use crate::builders::*;
use chrono::Duration;
use events::{
    CurrencyAmount, Event, NotOnSale, PromoCode, PromoRefusal, TicketPrice, TicketType, TypeNotOnSale,
};
use kernel::{EventId, PromoCodeId, Sats, TicketTypeId};
use tickets::{
    Buyer, BuyerKey, BuyerUsage, Inventory, LineLeft, LineRefusal, LineRequest, OrderLimits, OrderRefusal,
    OrderRequest, Shortage,
};

fn refusal(inventory: Inventory, request: &OrderRequest) -> OrderRefusal {
    try_place(inventory, request).unwrap_err()
}

/// The refusal after a change of the inventory.
fn refused(request: &OrderRequest, change: impl FnOnce(&mut Inventory)) -> OrderRefusal {
    let mut inventory = inventory();
    change(&mut inventory);
    refusal(inventory, request)
}

fn line_refusal(request: &OrderRequest, change: impl FnOnce(&mut TicketType)) -> (usize, LineRefusal) {
    match refused(request, |all| change(&mut all.ticket_types[0])) {
        OrderRefusal::Line { line, reason, .. } => (line, reason),
        other => unreachable!("{other:?}"),
    }
}

#[test]
fn an_event_that_is_not_on_sale_sells_no_type() {
    let order = request(&[(EARLY, 1)]);
    let of = |event: Event| refusal(Inventory { event, ..inventory() }, &order);
    let not_on_sale = OrderRefusal::EventNotOnSale;
    assert_eq!(of(Event { is_active: false, ..event() }), not_on_sale(NotOnSale::Inactive));
    assert_eq!(of(Event { cancelled_at: Some(now()), ..event() }), not_on_sale(NotOnSale::Cancelled));
    assert_eq!(of(Event { end_time: now(), ..event() }), not_on_sale(NotOnSale::Over));
}

#[test]
fn an_order_has_lines_of_different_types_with_tickets() {
    assert_eq!(refusal(inventory(), &request(&[])), OrderRefusal::NoLines);
    let refused = |lines| line_refusal(&request(lines), |_| ());
    assert_eq!(refused(&[(EARLY, 1), (REGULAR, 0)]), (1, LineRefusal::NoQuantity));
    assert_eq!(refused(&[(EARLY, 1), (REGULAR, 1), (EARLY, 1)]), (2, LineRefusal::DuplicateType));
}

#[test]
fn an_unknown_type_a_hidden_one_and_one_of_another_event_are_the_same_to_buyers() {
    let unknown = |line| (line, LineRefusal::UnknownType);
    let none = |_: &mut TicketType| ();
    assert_eq!(line_refusal(&request(&[(EARLY, 1), (TicketTypeId::new(99), 1)]), none), unknown(1));
    assert_eq!(line_refusal(&request(&[(CREW, 1)]), none), unknown(0));
    let foreign = |one: &mut TicketType| one.event_id = EventId::new(2);
    assert_eq!(line_refusal(&request(&[(EARLY, 1)]), foreign), unknown(0));
    // A code for all types names no hidden one.
    assert_eq!(line_refusal(&with_code(&[(CREW, 1)], "GIFT"), none), unknown(0));
    assert_eq!(placed(&with_code(&[(CREW, 1)], "CREW")).order.total, sats(600));
}

#[test]
fn a_type_is_sold_within_its_window_and_its_numbers_per_order() {
    let order = request(&[(EARLY, 3)]);
    let line = |change: fn(&mut TicketType)| line_refusal(&order, change);
    let not_on_sale = |reason| (0, LineRefusal::NotOnSale(reason));
    assert_eq!(line(|one| one.archived_at = Some(now())), not_on_sale(TypeNotOnSale::Archived));
    let starts_at = now() + Duration::hours(1);
    assert_eq!(
        line(|one| one.sale_starts_at = Some(now() + Duration::hours(1))),
        not_on_sale(TypeNotOnSale::NotYet { starts_at })
    );
    assert_eq!(
        line(|one| one.sale_ends_at = Some(now())),
        not_on_sale(TypeNotOnSale::Ended { ended_at: now() })
    );
    assert_eq!(line(|one| one.min_per_order = 4), (0, LineRefusal::BelowMinimum { min: 4 }));
    assert_eq!(line(|one| one.max_per_order = Some(2)), (0, LineRefusal::AboveMaximum { max: 2 }));
}

#[test]
fn an_amount_is_chosen_only_where_the_buyer_sets_the_price() {
    let chosen = LineRequest { chosen: Some(sats(1_000)), ..line(EARLY, 1) };
    let order = OrderRequest { lines: vec![chosen], ..request(&[]) };
    assert_eq!(line_refusal(&order, |_| ()), (0, LineRefusal::AmountNotChoosable));
}

#[test]
fn an_order_is_granted_whole_or_refused_with_what_is_left_of_each_type_and_in_all() {
    let order = request(&[(REGULAR, 2), (EARLY, 3)]);
    let left = |ticket_type_id, requested, left| LineLeft { ticket_type_id, requested, left };
    let refusal = refused(&order, |all| {
        all.ticket_types[0].taken = 8;
        all.event.seats_taken = 40;
    });
    let lines = vec![left(REGULAR, 2, 10), left(EARLY, 3, 2)];
    assert_eq!(refusal, OrderRefusal::Seats(Shortage { event_left: 10, lines }));
    assert_eq!(refusal.to_string(), "line 2: 2 tickets of this type are left");
    // Either line alone fits the capacity, both together do not.
    let refusal = refused(&order, |all| all.event.seats_taken = 46);
    let lines = vec![left(REGULAR, 2, 4), left(EARLY, 3, 4)];
    assert_eq!(refusal, OrderRefusal::Seats(Shortage { event_left: 4, lines }));
    assert_eq!(refusal.to_string(), "4 tickets are left");
    let type_sold_out = refused(&order, |all| all.ticket_types[0].taken = 10);
    assert_eq!(type_sold_out.to_string(), "line 2: this ticket type is sold out");
    let sold_out = refused(&order, |all| all.event.seats_taken = 50);
    assert_eq!(sold_out.to_string(), "event is sold out");
}

#[test]
fn the_last_seats_are_sold_and_not_one_more() {
    let mut inventory = inventory();
    inventory.event.seats_taken = 47;
    assert!(try_place(inventory.clone(), &request(&[(EARLY, 1), (REGULAR, 2)])).is_ok());
    assert!(try_place(inventory, &request(&[(EARLY, 2), (REGULAR, 2)])).is_err());
}

#[test]
fn tickets_per_order_are_limited_by_the_shop_and_by_the_size_of_a_transaction() {
    let order = |quantity| request(&[(REGULAR, quantity), (EARLY, 1)]);
    let too_many = |limit, requested| OrderRefusal::TooManyPerOrder { limit, requested };
    assert!(try_place(inventory(), &order(7)).is_ok());
    assert_eq!(refusal(inventory(), &order(8)), too_many(8, 9));
    let unlimited = Inventory { limits: OrderLimits::default(), ..inventory() };
    assert!(try_place(unlimited.clone(), &order(40)).is_ok());
    assert_eq!(refusal(unlimited.clone(), &order(100)), too_many(100, 101));
    assert_eq!(refusal(unlimited, &order(u32::MAX)), too_many(100, u64::from(u32::MAX) + 1));
}

#[test]
fn tickets_per_buyer_are_limited_across_orders_by_account_confirmed_email_or_payer() {
    let email = BuyerKey::Email("a@b.example".into());
    let held = [
        (BuyerKey::Account(kernel::UserId::new(1)), 10),
        (email, 11),
        (BuyerKey::Payer("$zoe@wallet.example".into()), 12),
    ];
    let buyers = held.map(|(key, tickets)| (key, BuyerUsage { tickets, ..BuyerUsage::default() }));
    let all = Inventory { buyers: buyers.into(), ..inventory() };
    let order = |buyer, quantity| {
        let request = OrderRequest { buyer, ..request(&[(REGULAR, quantity)]) };
        try_place(all.clone(), &request).map(|_| ())
    };
    let too_many = |held, requested| Err(OrderRefusal::TooManyPerBuyer { limit: 12, held, requested });
    assert_eq!((order(account(1), 2), order(account(1), 3)), (Ok(()), too_many(10, 3)));
    let both = |buyer: Buyer| Buyer { payer_address: Some("$ZOE@wallet.example".into()), ..buyer };
    assert_eq!(order(both(guest("a@b.example", Some(now()))), 2), too_many(11, 2));
    assert_eq!(order(both(guest("a@b.example", None)), 1), too_many(12, 1), "unconfirmed: the payer counts");
    assert_eq!(order(guest("a@b.example", None), 8), Ok(()), "no buyer is identified");
    assert_eq!(order(account(2), 8), Ok(()));
}

#[test]
fn each_refusal_of_a_promo_code_reaches_the_buyer() {
    let order = with_code(&[(EARLY, 1)], "TENOFF");
    let promo_refusal = |change: fn(&mut PromoCode)| refused(&order, |all| change(&mut all.promo_codes[0]));
    let refused_as = OrderRefusal::Promo;
    assert_eq!(refusal(inventory(), &with_code(&[(EARLY, 1)], "NOPE")), refused_as(PromoRefusal::Unknown));
    assert_eq!(promo_refusal(|one| one.archived_at = Some(now())), refused_as(PromoRefusal::Unknown));
    assert_eq!(
        promo_refusal(|one| one.event_id = Some(EventId::new(2))),
        refused_as(PromoRefusal::NotForThisEvent)
    );
    assert_eq!(
        refusal(inventory(), &with_code(&[(SUPPORTER, 1)], "TENOFF")),
        refused_as(PromoRefusal::NotForTheseTypes)
    );
    let valid_from = now() + Duration::hours(1);
    assert_eq!(
        promo_refusal(|one| one.valid_from = Some(now() + Duration::hours(1))),
        refused_as(PromoRefusal::NotYet { valid_from })
    );
    assert_eq!(
        promo_refusal(|one| one.valid_until = Some(now())),
        refused_as(PromoRefusal::Expired { valid_until: now() })
    );
    assert_eq!(promo_refusal(|one| one.used = 5), refused_as(PromoRefusal::Exhausted));
    let used = BuyerUsage { tickets: 1, promo_uses: [(promo().id, 1)].into() };
    assert_eq!(
        refused(&order, |all| drop(all.buyers.insert(account(1).key().unwrap(), used))),
        refused_as(PromoRefusal::ExhaustedForBuyer { max: 1 })
    );
}

#[test]
fn a_code_with_uses_per_buyer_needs_a_buyer_unless_the_order_waits_for_one() {
    let order = |buyer| OrderRequest { buyer, ..with_code(&[(EARLY, 1)], "TENOFF") };
    let unknown = OrderRefusal::Promo(PromoRefusal::BuyerUnknown);
    assert_eq!(refusal(inventory(), &order(guest("a@b.example", None))), unknown);
    for known in [guest("a@b.example", Some(now())), payer("$zoe@wallet.example"), account(1)] {
        assert!(try_place(inventory(), &order(known)).is_ok());
    }
    let free = PromoCode { discount: events::Discount::Free, ..promo() };
    let free = Inventory { promo_codes: vec![free], ..inventory() };
    assert!(try_place(free, &order(guest("a@b.example", None))).is_ok(), "counted when it is confirmed");
}

#[test]
fn the_events_own_code_comes_before_one_for_all_events() {
    let own = PromoCode { code: code("GIFT"), ..promo() };
    let archived = PromoCode { id: PromoCodeId::new(9), archived_at: Some(now()), ..own.clone() };
    let foreign = PromoCode { id: PromoCodeId::new(8), event_id: Some(EventId::new(2)), ..own.clone() };
    let order = with_code(&[(EARLY, 1)], "GIFT");
    let used =
        |promo_codes| try_place(Inventory { promo_codes, ..inventory() }, &order).unwrap().order.promo_code;
    assert_eq!(used(vec![archived.clone(), foreign.clone(), gift(), own.clone()]), Some(own.id));
    assert_eq!(used(vec![archived.clone(), foreign.clone(), gift()]), Some(gift().id));
    let left = Inventory { promo_codes: vec![archived, foreign], ..inventory() };
    assert_eq!(refusal(left, &order), OrderRefusal::Promo(PromoRefusal::NotForThisEvent));
}

#[test]
fn a_total_beyond_all_bitcoin_is_refused_with_a_reason() {
    let all_bitcoin = TicketPrice::Fixed(Sats::new(2_100_000_000_000_000).unwrap());
    let two = refused(&request(&[(EARLY, 2)]), |all| all.ticket_types[0].price = all_bitcoin);
    assert_eq!(two, OrderRefusal::TotalTooLarge);
    let sum = refused(&request(&[(EARLY, 1), (REGULAR, 1)]), |all| all.ticket_types[0].price = all_bitcoin);
    assert_eq!(sum, OrderRefusal::TotalTooLarge);
    let converted = refused(&request(&[(DOLLARS, 1)]), |all| {
        let amount = CurrencyAmount { currency: usd(), minor_units: u64::MAX };
        all.ticket_types[4].price = TicketPrice::InCurrency(amount);
    });
    let reason = LineRefusal::PriceTooLarge;
    assert_eq!(converted, OrderRefusal::Line { line: 0, ticket_type_id: DOLLARS, reason });
}

#[test]
fn a_guest_leaves_a_contact_and_an_account_proves_its_address_for_free_tickets() {
    let free = |buyer| OrderRequest { buyer, ..request(&[(FREE, 1)]) };
    assert_eq!(refusal(inventory(), &free(Buyer::default())), OrderRefusal::EmailMissing);
    assert_eq!(refusal(inventory(), &free(payer("$zoe@wallet.example"))), OrderRefusal::EmailMissing);
    let unproved = OrderRequest { free_allowed: false, ..free(account(1)) };
    assert_eq!(refusal(inventory(), &unproved), OrderRefusal::EmailNotProved);
    let paid = |buyer| OrderRequest { buyer, free_allowed: false, ..request(&[(EARLY, 1)]) };
    assert_eq!(refusal(inventory(), &paid(Buyer::default())), OrderRefusal::BuyerMissing);
    for buyer in [account(1), payer("$zoe@wallet.example"), guest("a@b.example", None)] {
        assert!(try_place(inventory(), &paid(buyer)).is_ok());
    }
}

#[test]
fn personal_data_and_codes_are_not_printed() {
    let buyer = guest("zoe@mail.example", Some(now()));
    let printed = format!("{:?} {:?}", with_code(&[(EARLY, 1)], "TENOFF"), (&buyer, buyer.key()));
    assert!(!printed.contains("zoe") && !printed.contains("TENOFF"), "{printed}");
}
