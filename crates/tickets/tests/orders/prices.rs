use crate::builders::*;
use chrono::Duration;
use events::{ExchangeRate, PromoCode, TicketPrice};
use kernel::{Locked, Msats, TicketTypeId, Timestamp};
use tickets::{
    Buyer, Inventory, Issuance, LineRefusal, LineRequest, OrderKind, OrderLimits, OrderRefusal, OrderRequest,
    OrderStatus, Placement, QUOTE_VALIDITY, Quote, ShownPrice, TicketStatus, place, quote,
};

fn prices(placement: &Placement) -> Vec<(TicketTypeId, u64)> {
    placement.tickets.iter().map(|ticket| (ticket.ticket_type_id, ticket.price.get())).collect()
}

fn quoted(request: &OrderRequest) -> Quote {
    quote(&inventory(), request, now()).unwrap()
}

fn with_quote(request: &OrderRequest) -> OrderRequest {
    OrderRequest { shown: Some(ShownPrice::Quote(quoted(request))), ..request.clone() }
}

fn repriced(inventory: Inventory, price: u64) -> Inventory {
    let ticket_types = inventory.ticket_types.into_iter().map(|mut one| {
        one.price = TicketPrice::Fixed(sats(price));
        one
    });
    Inventory { ticket_types: ticket_types.collect(), ..inventory }
}

#[test]
fn three_tickets_of_two_types_with_a_code_are_one_order_with_one_total() {
    let placement = placed(&with_code(&[(EARLY, 2), (SUPPORTER, 1)], "ten-off"));
    assert_eq!(prices(&placement), [(EARLY, 900), (EARLY, 900), (SUPPORTER, 500)]);
    assert_eq!(placement.order.total, sats(2_300));
    assert_eq!(placement.due, Msats::new(2_300_000).unwrap());
    assert_eq!((placement.issuance, placement.order.status), (Issuance::Payment, OrderStatus::Pending));
    assert_eq!(placement.order.hold_expires_at, Some(hold_end()));
    assert_eq!(placement.taken.seats, 3);
    assert_eq!(placement.taken.types, [(EARLY, 2), (SUPPORTER, 1)].into());
    assert_eq!(placement.taken.promo_code, Some(promo().id), "one use, whatever the number of tickets");
    let line = &placement.order.lines[0];
    assert_eq!((line.list_price, line.discount, line.quantity), (sats(1_000), sats(100), 2));
    assert!(placement.tickets.iter().all(|ticket| ticket.status == TicketStatus::Pending));
}

#[test]
fn the_discounted_price_of_each_ticket_is_rounded_up_not_that_of_the_line() {
    let odd = repriced(inventory(), 999);
    let placement = try_place(odd, &with_code(&[(EARLY, 3)], "TENOFF")).unwrap();
    // 899.1 sats.
    assert_eq!(prices(&placement), [(EARLY, 900); 3]);
    assert_eq!(placement.order.total, sats(2_700));
}

#[test]
fn sats_off_are_off_each_ticket_and_no_price_falls_below_zero() {
    let price = |price| {
        let placement = try_place(repriced(inventory(), price), &with_code(&[(CREW, 2)], "CREW")).unwrap();
        placement.order.total.get()
    };
    assert_eq!((price(700), price(100), price(30)), (1_200, 0, 0));
}

#[test]
fn a_chosen_amount_is_charged_and_discounted_from_what_the_buyer_chose() {
    let chosen = |amount: u64, code_text: Option<&str>| {
        let line = LineRequest { chosen: Some(sats(amount)), ..line(SUPPORTER, 2) };
        let request = OrderRequest { lines: vec![line], promo_code: code_text.map(code), ..request(&[]) };
        let half = PromoCode { discount: percent(50), ..gift() };
        try_place(Inventory { promo_codes: vec![half], ..inventory() }, &request)
    };
    assert_eq!(chosen(1_501, None).unwrap().order.total, sats(3_002));
    assert_eq!(chosen(1_501, Some("GIFT")).unwrap().order.total, sats(1_502), "2 × 750.5, rounded up");
    let refusal = chosen(499, Some("GIFT")).unwrap_err();
    let reason = LineRefusal::AmountTooSmall { min: sats(500) };
    assert_eq!(refusal, OrderRefusal::Line { line: 0, ticket_type_id: SUPPORTER, reason });
}

#[test]
fn a_price_in_a_currency_keeps_its_rate_with_source_and_time() {
    let placement = placed(&request(&[(DOLLARS, 1)]));
    assert_eq!(placement.order.total, sats(25_000));
    let conversion = placement.order.lines[0].conversion.as_ref().unwrap();
    assert_eq!((&conversion.rate, conversion.amount.minor_units), (&rate(), 2_500));
}

#[test]
fn an_order_that_costs_nothing_is_issued_at_once_or_waits_for_a_guests_confirmation() {
    let free = |buyer: Buyer| {
        let placement = placed(&OrderRequest { buyer, ..with_code(&[(REGULAR, 2)], "GIFT") });
        assert_eq!(placement.due, Msats::ZERO);
        (
            placement.issuance,
            placement.order.status,
            placement.order.hold_expires_at,
            placement.tickets[1].status,
        )
    };
    let at_once = (Issuance::AtOnce, OrderStatus::Paid, None, TicketStatus::Paid);
    assert_eq!(free(account(1)), at_once);
    assert_eq!(free(guest("a@b.example", Some(now()))), at_once);
    let status = OrderStatus::AwaitingConfirmation;
    let waits = (Issuance::EmailConfirmation, status, Some(hold_end()), TicketStatus::Pending);
    assert_eq!(free(guest("a@b.example", None)), waits);
}

#[test]
fn a_quote_has_the_prices_that_the_order_is_placed_at() {
    let request = with_code(&[(EARLY, 2), (DOLLARS, 1)], "TENOFF");
    let quote = quoted(&request);
    let placement = placed(&with_quote(&request));
    assert_eq!((&placement.order.lines, placement.order.total), (&quote.lines, quote.total));
    assert_eq!(quote.expires_at, now() + QUOTE_VALIDITY);
    // A guest is asked for the contact when the order is placed.
    let nameless = OrderRequest { buyer: Buyer::default(), ..request };
    assert_eq!(quoted(&nameless).total, quote.total);
}

#[test]
fn a_quote_holds_its_prices_until_it_expires_and_is_then_only_a_shown_total() {
    let with_quote = with_quote(&request(&[(EARLY, 2), (DOLLARS, 1)]));
    let later = |inventory: &Inventory, now: Timestamp| {
        place(&Locked::by_store(inventory.clone()), &with_quote, now).map(|placement| placement.order.total)
    };
    let changed = Inventory { rates: vec![], ..repriced(inventory(), 4_000) };
    let end = now() + QUOTE_VALIDITY;
    assert_eq!(later(&changed, end - Duration::seconds(1)), Ok(sats(27_000)));
    let refusal = later(&changed, end).unwrap_err();
    assert!(matches!(refusal, OrderRefusal::PriceChanged { total, .. } if total == sats(12_000)));
    assert_eq!(later(&inventory(), end), Ok(sats(27_000)), "the same price as before");
}

#[test]
fn a_quote_holds_no_seats_and_no_window_of_sale() {
    let with_quote = with_quote(&request(&[(EARLY, 2)]));
    let place = |change: fn(&mut Inventory)| {
        let mut inventory = inventory();
        change(&mut inventory);
        try_place(inventory, &with_quote).unwrap_err()
    };
    assert!(matches!(place(|all| all.ticket_types[0].taken = 9), OrderRefusal::Seats(_)));
    assert!(matches!(
        place(|all| all.ticket_types[0].sale_ends_at = Some(now())),
        OrderRefusal::Line { reason: LineRefusal::NotOnSale(_), .. }
    ));
}

#[test]
fn a_quote_of_another_order_is_refused() {
    let quote = quoted(&with_code(&[(EARLY, 2), (SUPPORTER, 1)], "TENOFF"));
    let place = |request: OrderRequest, quote: Quote| {
        let request = OrderRequest { shown: Some(ShownPrice::Quote(quote)), ..request };
        try_place(inventory(), &request)
    };
    let same = with_code(&[(EARLY, 2), (SUPPORTER, 1)], "TENOFF");
    assert!(place(same.clone(), quote.clone()).is_ok());
    let mut higher = same.clone();
    higher.lines[1].chosen = Some(sats(501));
    let other_event = Quote { event_id: kernel::EventId::new(9), ..quote.clone() };
    for (request, quote) in [
        (with_code(&[(EARLY, 3), (SUPPORTER, 1)], "TENOFF"), quote.clone()),
        (with_code(&[(EARLY, 2)], "TENOFF"), quote.clone()),
        (request(&[(EARLY, 2), (SUPPORTER, 1)]), quote.clone()),
        (with_code(&[(EARLY, 2), (SUPPORTER, 1)], "GIFT"), quote.clone()),
        (higher, quote),
        (same, other_event),
    ] {
        assert_eq!(place(request, quote), Err(OrderRefusal::QuoteMismatch));
    }
}

#[test]
fn another_price_than_the_one_shown_is_never_charged() {
    let shown =
        |total| OrderRequest { shown: Some(ShownPrice::Total(sats(total))), ..request(&[(EARLY, 2)]) };
    assert!(try_place(inventory(), &shown(2_000)).is_ok());
    for total in [1_999, 2_001] {
        let refusal = try_place(inventory(), &shown(total)).unwrap_err();
        assert_eq!(refusal.to_string(), "the price has changed: it is 2000 sats now");
        let OrderRefusal::PriceChanged { total, lines } = refusal else { unreachable!() };
        assert_eq!((total, lines.len()), (sats(2_000), 1));
    }
}

#[test]
fn a_stale_rate_sells_no_type_in_its_currency_and_every_other_one() {
    let stale = ExchangeRate { at: now() - Duration::minutes(16), ..rate() };
    let stale = Inventory { rates: vec![stale], ..inventory() };
    let refusal = try_place(stale.clone(), &request(&[(EARLY, 1), (DOLLARS, 1)])).unwrap_err();
    let reason = LineRefusal::NotOnSale(events::TypeNotOnSale::NoRate { currency: usd() });
    assert_eq!(refusal, OrderRefusal::Line { line: 1, ticket_type_id: DOLLARS, reason });
    assert!(try_place(stale, &request(&[(EARLY, 1)])).is_ok());
}

#[test]
fn complimentary_tickets_take_seats_cost_nothing_and_are_issued_at_once() {
    let gift = OrderRequest {
        kind: OrderKind::Complimentary,
        buyer: guest("press@mail.example", None),
        free_allowed: false,
        ..request(&[(CREW, 2), (DOLLARS, 9)])
    };
    let mut closed =
        Inventory { rates: vec![], limits: OrderLimits { per_order: 4, per_buyer: 4 }, ..inventory() };
    closed.event.is_active = false;
    let placement = try_place(closed.clone(), &gift).unwrap();
    assert_eq!(
        (placement.issuance, placement.due, placement.taken.seats),
        (Issuance::AtOnce, Msats::ZERO, 11)
    );
    let refusal = |inventory: &Inventory, change: fn(&mut OrderRequest)| {
        let mut gift = gift.clone();
        change(&mut gift);
        try_place(inventory.clone(), &gift).unwrap_err()
    };
    assert_eq!(refusal(&closed, |gift| gift.promo_code = Some(code("CREW"))), OrderRefusal::NothingToPay);
    assert_eq!(refusal(&closed, |gift| gift.lines[0].chosen = Some(sats(9))), OrderRefusal::NothingToPay);
    let quoted = refusal(&inventory(), |gift| {
        let quote = quoted(&request(&[(EARLY, 1)]));
        gift.shown = Some(ShownPrice::Quote(quote));
    });
    assert_eq!(quoted, OrderRefusal::NothingToPay);
    // Tickets of named holders need no buyer.
    let without_buyer = OrderRequest { buyer: Buyer::default(), ..gift.clone() };
    assert_eq!(try_place(closed.clone(), &without_buyer).unwrap().issuance, Issuance::AtOnce);
    let mut archived = closed.clone();
    archived.ticket_types.iter_mut().find(|one| one.id == DOLLARS).unwrap().archived_at = Some(now());
    let reason = LineRefusal::NotOnSale(events::TypeNotOnSale::Archived);
    let line = OrderRefusal::Line { line: 1, ticket_type_id: DOLLARS, reason };
    assert_eq!(refusal(&archived, |_| ()), line);
    assert!(matches!(refusal(&closed, |gift| gift.lines[0].quantity = 6), OrderRefusal::Seats(_)));
    closed.event.cancelled_at = Some(now());
    let cancelled = OrderRefusal::EventNotOnSale(events::NotOnSale::Cancelled);
    assert_eq!(refusal(&closed, |_| ()), cancelled);
}
