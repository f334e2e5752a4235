//! `box_office::OrderReader` and `box_office::OrderWriter`: ticket types and orders.

use super::{
    StoreUnderTest,
    holds::seats_taken,
    orders::{fixed, promo_text, sats, shop, taken},
};
use crate::{
    builders::{
        add_event, add_user, at, attach, hold_request, in_session, new_event, new_invoice, noon, prove_of,
        settle, take,
    },
    legacy,
    order_builders::{
        add_new_type, add_promo_code, add_ticket_type, new_promo_code, order_terms, place_order,
        place_request,
    },
    purchases::{HoldOutcome, HoldRequest, Purchases},
};
use events::{CurrencyAmount, NewTicketType, TicketPrice, TicketType, Visibility};
use kernel::{EventId, OrderId, TicketTypeId};
use payments::Evidence;
use std::sync::Arc;
use tickets::{BuyerKey, BuyerUsage, OrderStatus, ReleaseCause, TicketStatus};

fn full(event: EventId) -> NewTicketType {
    NewTicketType {
        event_id: event,
        name: "Crew ☂".into(),
        description: "Backstage".into(),
        price: TicketPrice::PayWhatYouWant { min: sats(500) },
        quota: Some(7),
        sale_starts_at: Some(at(-5)),
        sale_ends_at: Some(at(60)),
        min_per_order: 2,
        max_per_order: Some(5),
        visibility: Visibility::HiddenUntilCode,
        position: 1,
        created_at: noon(),
    }
}

/// [`box_office::OrderWriter::add_ticket_type`].
pub async fn ticket_types_round_trip(t: StoreUnderTest) {
    let event = add_event(&*t.store, &new_event(10, 10)).await;
    let new = full(event.id);
    let crew = add_new_type(&*t.store, &new).await;
    let expected = TicketType {
        id: crew.id,
        event_id: event.id,
        name: new.name.clone(),
        description: new.description.clone(),
        price: new.price,
        quota: new.quota,
        taken: 0,
        sale_starts_at: new.sale_starts_at,
        sale_ends_at: new.sale_ends_at,
        min_per_order: 2,
        max_per_order: Some(5),
        visibility: new.visibility,
        position: 1,
        archived_at: None,
        price_changed_at: None,
        created_at: noon(),
        updated_at: noon(),
    };
    assert_eq!(crew, expected);
    let dollars = CurrencyAmount { currency: order_terms().rates[0].currency, minor_units: 2_500 };
    let dollars = add_ticket_type(&*t.store, &event, TicketPrice::InCurrency(dollars)).await;
    let regular = add_ticket_type(&*t.store, &event, fixed(0)).await;
    let other = add_event(&*t.store, &new_event(10, 10)).await;
    add_ticket_type(&*t.store, &other, fixed(1)).await;
    let types = t.outside().0.ticket_types(event.id).await.unwrap();
    assert_eq!(types[1..], [dollars, regular, crew]);
    let [first, ..] = types.as_slice() else { panic!("no type") };
    let general = NewTicketType::general_admission(event.id, event.price, event.created_at);
    assert_eq!((&first.name, first.price, first.created_at), (&general.name, general.price, noon()));
}

/// [`box_office::OrderWriter::put_ticket_type`].
pub async fn put_ticket_type_overwrites_the_type_and_its_counter(t: StoreUnderTest) {
    let event = add_event(&*t.store, &new_event(10, 10)).await;
    let old = add_ticket_type(&*t.store, &event, fixed(10)).await;
    let new = full(event.id);
    let changed = TicketType {
        name: new.name,
        description: new.description,
        price: new.price,
        quota: new.quota,
        taken: 4,
        sale_starts_at: new.sale_starts_at,
        sale_ends_at: new.sale_ends_at,
        min_per_order: new.min_per_order,
        max_per_order: new.max_per_order,
        visibility: new.visibility,
        position: 9,
        archived_at: Some(at(1)),
        price_changed_at: Some(at(2)),
        updated_at: at(3),
        ..old
    };
    in_session(&*t.store, async |session| session.put_ticket_type(&changed).await.unwrap()).await;
    let mut session = t.store.begin().await.unwrap();
    let missing = TicketType { id: TicketTypeId::new(999), ..changed.clone() };
    assert_eq!(t.store.ticket_types(event.id).await.unwrap()[1..], [changed]);
    assert!(session.put_ticket_type(&missing).await.is_err());
}

/// [`events::EventWriter::delete_event`].
pub async fn event_with_unused_types_and_codes_is_deleted(t: StoreUnderTest) {
    let event = add_event(&*t.store, &new_event(10, 10)).await;
    let one = add_ticket_type(&*t.store, &event, fixed(10)).await;
    let code = events::NewPromoCode {
        ticket_types: events::PromoTypes::Only([one.id].into()),
        ..new_promo_code(Some(&event), "CREW")
    };
    add_promo_code(&*t.store, &code).await;
    let deleted = in_session(&*t.store, async |session| session.delete_event(event.id).await.unwrap()).await;
    assert!(deleted);
    assert_eq!(t.store.ticket_types(event.id).await.unwrap(), []);
    assert_eq!(t.store.promo_codes(Some(event.id)).await.unwrap(), []);
}

/// [`box_office::OrderReader::ticket_types_of`] and [`box_office::OrderReader::ticket_type`].
pub async fn ticket_types_of_several_events_are_read_at_once(t: StoreUnderTest) {
    let mut events = Vec::new();
    for _ in 0..3 {
        events.push(add_event(&*t.store, &new_event(10, 10)).await);
    }
    let of_last = add_ticket_type(&*t.store, &events[2], fixed(30)).await;
    let second = add_new_type(&*t.store, &full(events[0].id)).await;
    let first = add_ticket_type(&*t.store, &events[0], fixed(10)).await;
    add_ticket_type(&*t.store, &events[1], fixed(20)).await;
    let store = t.outside().0;
    let read = store.ticket_types_of(&[events[2].id, events[0].id]).await.unwrap();
    let added = [&first, &second, &of_last].map(|one| one.id);
    let read: Vec<_> = read.into_iter().filter(|one| added.contains(&one.id)).collect();
    assert_eq!(read, [first, second, of_last.clone()]);
    assert_eq!(store.ticket_types_of(&[]).await.unwrap(), []);
    assert_eq!(store.ticket_type(of_last.id).await.unwrap(), Some(of_last));
    assert_eq!(store.ticket_type(TicketTypeId::new(999)).await.unwrap(), None);
}

/// [`box_office::OrderWriter::delete_ticket_type`].
pub async fn ticket_type_is_deleted_unless_an_order_or_a_code_names_it(t: StoreUnderTest) {
    let (event, early, regular, user) = shop(&t, 10).await;
    let unused = add_ticket_type(&*t.store, &event, fixed(30)).await;
    let code = events::NewPromoCode {
        ticket_types: events::PromoTypes::Only([regular.id].into()),
        ..new_promo_code(Some(&event), "CREW")
    };
    add_promo_code(&*t.store, &code).await;
    place_order(&*t.orders, place_request(&event, &user, &[(&early, 1)], 1)).await;
    let deleted = in_session(&*t.store, async |session| {
        let mut deleted = Vec::new();
        for one in [&early, &regular, &unused, &unused] {
            deleted.push(session.delete_ticket_type(one).await.unwrap());
        }
        deleted
    });
    assert_eq!(deleted.await, [false, false, true, false]);
    let left = t.store.ticket_types(event.id).await.unwrap();
    assert!(left.iter().any(|one| one.id == early.id) && left.iter().any(|one| one.id == regular.id));
    assert!(left.iter().all(|one| one.id != unused.id));
}

/// [`box_office::OrderWriter::order_for_update`].
pub async fn order_is_locked_with_its_tickets(t: StoreUnderTest) {
    let (event, early, regular, user) = shop(&t, 10).await;
    let placed =
        place_order(&*t.orders, place_request(&event, &user, &[(&regular, 2), (&early, 1)], 1)).await;
    let states: Vec<_> = placed.tickets.iter().map(box_office::OrderedTicket::state).collect();
    let id = placed.order.id;
    let mut session = t.store.begin().await.unwrap();
    let (order, tickets) = session.order_for_update(id).await.unwrap().unwrap();
    assert_eq!((&*order, &tickets), (&placed.order, &states));
    assert!(session.order_for_update(OrderId::new(999)).await.unwrap().is_none());
    let other = t.outside().0;
    let waiting = tokio::spawn(async move {
        let mut session = other.begin().await.unwrap();
        drop(session.order_for_update(id).await.unwrap().unwrap());
        session.rollback().await.unwrap();
    });
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
    assert!(!waiting.is_finished());
    session.commit().await.unwrap();
    waiting.await.unwrap();
}

/// [`box_office::OrderWriter::inventory_for_update`].
pub async fn inventory_has_types_codes_and_usage_of_buyers(t: StoreUnderTest) {
    let (event, early, regular, user) = shop(&t, 10).await;
    let code = add_promo_code(&*t.store, &new_promo_code(None, "GIFT")).await;
    let unused = add_promo_code(&*t.store, &new_promo_code(Some(&event), "OTHER")).await;
    let mut request = place_request(&event, &user, &[(&regular, 2), (&early, 1)], 1);
    request.order.promo_code = Some(promo_text("GIFT"));
    place_order(&*t.orders, request).await;
    let (ann, bob) = (BuyerKey::Account(user.id), BuyerKey::Email("bob@example.com".into()));
    let (codes, buyers) = ([code.id].into(), [ann.clone(), bob.clone()].into());
    let terms = order_terms();
    let mut session = t.store.begin().await.unwrap();
    let missing = session.inventory_for_update(EventId::new(999), &codes, &buyers, &terms).await.unwrap();
    assert!(missing.is_none());
    let inventory =
        session.inventory_for_update(event.id, &codes, &buyers, &terms).await.unwrap().unwrap().into_inner();
    assert_eq!(
        (inventory.event.seats_taken, inventory.rates, inventory.limits),
        (3, terms.rates, terms.limits)
    );
    let taken: Vec<_> = inventory.ticket_types.iter().skip(1).map(|one| (one.id, one.taken)).collect();
    assert_eq!(taken, [(early.id, 1), (regular.id, 2)]);
    let used: Vec<_> = inventory.promo_codes.iter().map(|code| (code.id, code.used)).collect();
    assert_eq!(used, [(code.id, 1)]);
    assert_ne!(unused.id, code.id);
    let usage = BuyerUsage { tickets: 3, promo_uses: [(code.id, 1)].into() };
    assert_eq!(inventory.buyers.get(&ann), Some(&usage));
    assert_eq!(inventory.buyers.get(&bob).cloned().unwrap_or_default(), BuyerUsage::default());
    // The event is locked with it.
    let (orders, request) = (Arc::clone(&t.orders), place_request(&event, &user, &[(&regular, 1)], 2));
    let waiting = tokio::spawn(async move { place_order(&*orders, request).await });
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
    assert!(!waiting.is_finished());
    session.rollback().await.unwrap();
    waiting.await.unwrap();
}

/// [`box_office::OrderReader::order_of_ticket`].
pub async fn ticket_of_an_earlier_release_has_no_order(t: StoreUnderTest) {
    let Some(run_sql) = &t.run_sql else { return };
    run_sql(legacy::UNFINISHED.to_owned()).await;
    let event = add_event(&*t.store, &new_event(10, 10)).await;
    let user = add_user(&*t.store, 1).await;
    let ticket = take(&*t.orders, hold_request(&event, &user, 1)).await.ticket;
    assert!(t.store.order_of_ticket(ticket.id).await.unwrap().is_some());
    run_sql(legacy::without_orders()).await;
    assert_eq!(t.store.order_of_ticket(ticket.id).await.unwrap(), None);
    assert_eq!(t.store.order(OrderId::new(999)).await.unwrap(), None);
}

/// [`box_office::Orders::place_all`] while a replica of a release without types creates and edits events.
pub async fn event_of_an_earlier_release_is_sold_at_its_price(t: StoreUnderTest) {
    let Some(run_sql) = &t.run_sql else { return };
    run_sql(legacy::UNFINISHED.to_owned()).await;
    let event = add_event(&*t.store, &new_event(10, 10)).await;
    let user = add_user(&*t.store, 1).await;
    run_sql("DELETE FROM ticket_types".to_owned()).await;
    let first = take(&*t.orders, hold_request(&event, &user, 1)).await;
    assert_eq!(first.payment.unwrap().state.price, sats(10).to_msats());
    run_sql("UPDATE events SET price_sats = 20".to_owned()).await;
    let second = take(&*t.orders, hold_request(&event, &user, 2)).await;
    assert_eq!(second.payment.unwrap().state.price, sats(20).to_msats());
    assert_eq!(t.store.ticket_types(event.id).await.unwrap().len(), 1);
}

/// [`box_office::PlaceRequest::repeats_since`] for a purchase that an earlier release made.
pub async fn purchase_repeats_one_of_an_earlier_release(t: StoreUnderTest) {
    let Some(run_sql) = &t.run_sql else { return };
    run_sql(legacy::UNFINISHED.to_owned()).await;
    let event = add_event(&*t.store, &new_event(10, 10)).await;
    let user = add_user(&*t.store, 1).await;
    let purchase =
        |number| HoldRequest { repeats_since: Some(at(-1)), ..hold_request(&event, &user, number) };
    let first = take(&*t.orders, purchase(1)).await.ticket.id;
    run_sql(legacy::without_orders()).await;
    let priced = |price, number| HoldRequest { price: Some(sats(price)), ..purchase(number) };
    let outcomes = t.orders.hold_all(&[purchase(2), priced(10, 3)]).await.unwrap();
    assert_eq!(outcomes, [HoldOutcome::Repeated(first), HoldOutcome::Repeated(first)]);
    let elsewhere = HoldRequest { uma_address: Some("$bob@vasp.example".into()), ..purchase(4) };
    take(&*t.orders, elsewhere).await;
}

/// [`box_office::OrderWriter::order_of_ticket_for_update`] while a release without orders may run.
pub async fn ticket_of_an_earlier_release_gets_its_order_under_the_lock(t: StoreUnderTest) {
    let Some(run_sql) = &t.run_sql else { return };
    run_sql(legacy::UNFINISHED.to_owned()).await;
    let event = add_event(&*t.store, &new_event(10, 10)).await;
    let user = add_user(&*t.store, 1).await;
    let hold = take(&*t.orders, hold_request(&event, &user, 1)).await;
    let invoice = attach(&*t.holds, new_invoice(hold.payment.as_ref().unwrap(), 1)).await;
    run_sql(legacy::without_orders()).await;
    run_sql("DELETE FROM ticket_types".to_owned()).await;
    settle(&*t.store, &hold, &invoice, invoice.amount, at(1)).await;
    let ticket = t.store.ticket(hold.ticket.id).await.unwrap().unwrap();
    assert_eq!((ticket.status, ticket.order.unwrap().price), (TicketStatus::Paid, sats(10)));
    let order = t.store.order(ticket.order.unwrap().order_id).await.unwrap().unwrap();
    assert_eq!((order.order.status, order.order.total), (OrderStatus::Paid, sats(10)));
    assert_eq!(order.payment.unwrap().id, hold.payment.unwrap().id);
    assert_eq!(t.store.ticket_types(event.id).await.unwrap().len(), 1);
}

/// [`tickets::Order::copy_ticket`]: a release without orders changes the ticket alone.
pub async fn ticket_is_authoritative_until_the_rollout_is_finished(t: StoreUnderTest) {
    let Some(run_sql) = &t.run_sql else { return };
    run_sql(legacy::UNFINISHED.to_owned()).await;
    let event = add_event(&*t.store, &new_event(10, 10)).await;
    let user = add_user(&*t.store, 1).await;
    let hold = take(&*t.orders, hold_request(&event, &user, 1)).await;
    let invoice = attach(&*t.holds, new_invoice(hold.payment.as_ref().unwrap(), 1)).await;
    let expired = "UPDATE tickets SET payment_status = 'expired'; UPDATE payments SET status = 'expired'; \
        UPDATE events SET seats_taken = seats_taken - 1";
    run_sql(expired.to_owned()).await;
    settle(&*t.store, &hold, &invoice, invoice.amount, at(20)).await;
    let ticket = t.store.ticket(hold.ticket.id).await.unwrap().unwrap();
    let order = t.store.order(ticket.order.unwrap().order_id).await.unwrap().unwrap().order;
    assert_eq!((ticket.status, order.status), (TicketStatus::Paid, OrderStatus::Paid));
    assert_eq!(seats_taken(&*t.store, event.id).await, 1);
}

/// [`box_office::OrderWriter::put_transition`].
pub async fn transition_changes_order_tickets_and_counters(t: StoreUnderTest) {
    let (event, early, regular, user) = shop(&t, 10).await;
    add_promo_code(&*t.store, &new_promo_code(None, "GIFT")).await;
    let mut request = place_request(&event, &user, &[(&regular, 2), (&early, 1)], 1);
    request.order.promo_code = Some(promo_text("GIFT"));
    let placed = place_order(&*t.orders, request).await;
    let (ticket, payment) = (placed.tickets[0].ticket.id, placed.payment.unwrap().id);
    let invoice = attach(&*t.holds, new_invoice(&t.store.payment(payment).await.unwrap().unwrap(), 1)).await;
    let expected = async |status: OrderStatus, tickets: TicketStatus, seats: u32| {
        let view = t.outside().0.order(placed.order.id).await.unwrap().unwrap();
        assert_eq!(view.order.status, status);
        assert!(view.tickets.iter().all(|one| one.ticket.status == tickets), "{view:?}");
        assert_eq!(seats_taken(&*t.store, event.id).await, seats);
        let types = [(early.id, seats.min(1)), (regular.id, seats.min(2))].into();
        assert_eq!(taken(&*t.store, event.id).await, types);
        assert_eq!(t.store.promo_codes(None).await.unwrap()[0].used, seats.min(1));
        assert_eq!(t.store.ledger(noon()).await.unwrap().miscounted, []);
        view
    };
    expected(OrderStatus::Pending, TicketStatus::Pending, 3).await;
    prove_of(&*t.store, ticket, payment, Evidence::HoldLapsed, at(20)).await;
    expected(OrderStatus::Expired, TicketStatus::Expired, 0).await;
    prove_of(&*t.store, ticket, payment, Evidence::HeldAgain, at(30)).await;
    let held = expected(OrderStatus::Pending, TicketStatus::Pending, 3).await;
    assert!(held.tickets.iter().all(|one| one.ticket.hold_expires_at == Some(at(45))));
    let evidence = Evidence::Settled { hash: invoice.payment_hash, amount: invoice.amount };
    prove_of(&*t.store, placed.tickets[2].ticket.id, payment, evidence, at(31)).await;
    let paid = expected(OrderStatus::Paid, TicketStatus::Paid, 3).await;
    assert_eq!(paid.order.issued_at, Some(at(31)));
    assert!(paid.tickets.iter().all(|one| one.ticket.paid_at == Some(at(31))));
    for one in &paid.tickets {
        let view = t.store.ticket_view(one.ticket.id).await.unwrap().unwrap();
        assert_eq!(view.payment.as_ref(), paid.payment.as_ref());
        assert_eq!(t.store.payment_of_ticket(one.ticket.id).await.unwrap(), paid.payment);
    }
    prove_of(&*t.store, ticket, payment, Evidence::Revoked, at(32)).await;
    expected(OrderStatus::Refunded, TicketStatus::Refunded, 0).await;
}

/// [`box_office::check_transition_locks`].
pub async fn transition_of_seats_needs_the_event(t: StoreUnderTest) {
    let (event, _, regular, user) = shop(&t, 10).await;
    let placed = place_order(&*t.orders, place_request(&event, &user, &[(&regular, 2)], 1)).await;
    let mut session = t.store.begin().await.unwrap();
    let order = session.order_of_ticket_for_update(placed.tickets[1].ticket.id).await.unwrap().unwrap();
    assert_eq!((&*order.order, &order.tickets), (&placed.order, &placed.tickets));
    let change = tickets::release(&order.order, &order.states(), ReleaseCause::GivenUp, at(1)).unwrap();
    assert!(session.put_transition(&order.order, &change, None).await.is_err());
    session.rollback().await.unwrap();
    assert_eq!(seats_taken(&*t.store, event.id).await, 2);
}

/// [`tickets::TicketReader::lapsed_holds`].
pub async fn lapsed_order_is_read_once(t: StoreUnderTest) {
    let (event, early, regular, user) = shop(&t, 10).await;
    let request = place_request(&event, &user, &[(&regular, 2), (&early, 1)], 1);
    let placed = place_order(&*t.orders, request).await;
    let lapsed = t.store.lapsed_holds(at(16), 10).await.unwrap();
    assert_eq!(lapsed, [placed.tickets[0].ticket.clone()]);
}

/// [`box_office::Erasure::erase_orders`] and the unlinking of tickets.
pub async fn erased_account_is_unlinked_from_its_orders(t: StoreUnderTest) {
    let (event, _, regular, user) = shop(&t, 10).await;
    let free = add_ticket_type(&*t.store, &event, fixed(0)).await;
    let mut orders = Vec::new();
    for (number, one) in [(1, &regular), (2, &free)] {
        let placed = place_order(&*t.orders, place_request(&event, &user, &[(one, 2)], number)).await;
        orders.push(placed.order.id);
    }
    let buyers = async || {
        let mut buyers = Vec::new();
        for id in &orders {
            let buyer = t.store.order(*id).await.unwrap().unwrap().order.buyer;
            buyers.push((buyer.user_id, buyer.payer_address.is_some()));
        }
        buyers
    };
    in_session(&*t.store, async |session| session.unlink_unpaid_tickets(user.id).await.unwrap()).await;
    assert_eq!(buyers().await, [(None, true), (Some(user.id), true)]);
    in_session(&*t.store, async |session| {
        session.erase_orders(user.id).await.unwrap();
        session.unlink_tickets(user.id).await.unwrap();
    })
    .await;
    assert_eq!(buyers().await, [(None, true), (None, false)]);
}
