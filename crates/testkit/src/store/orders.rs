//! `box_office::Orders`.

use super::{StoreUnderTest, holds::seats_taken};
use crate::purchases::{HoldOutcome, HoldRequest, Purchases};
use crate::{
    SeededEntropy,
    builders::{add_event, add_user, at, hold_request, idempotency_key, new_event, noon, take},
    order_builders::{
        add_new_type, add_promo_code, add_ticket_type, new_promo_code, order_terms, place_order,
        place_request,
    },
};
use box_office::{
    OrderView, Orders, PlaceOutcome, PlaceRefusal, PlaceRequest, PlacedOrder, PurchaseRefusal, Store, Task,
};
use chrono::Duration;
use events::{CurrencyAmount, Event, NewTicketType, PromoCodeText, TicketPrice, TicketType};
use identity::User;
use kernel::{EventId, PromoCodeId, Sats, TicketTypeId, UserId};
use payments::Notice;
use std::{collections::BTreeMap, sync::Arc};
use tickets::{Buyer, GuestEmail, Issuance, LineRefusal, OrderRefusal, OrderStatus, TicketStatus};
use tokio::sync::Barrier;

pub(super) fn sats(amount: u64) -> Sats {
    Sats::new(amount).unwrap()
}

pub(super) fn fixed(amount: u64) -> TicketPrice {
    TicketPrice::Fixed(sats(amount))
}

pub(super) fn promo_text(code: &str) -> PromoCodeText {
    PromoCodeText::parse(code).unwrap()
}

pub(super) fn placed(outcome: &PlaceOutcome) -> &PlacedOrder {
    match outcome {
        PlaceOutcome::Placed(placed) => placed,
        other => panic!("no order: {other:?}"),
    }
}

pub(super) async fn place_one(orders: &dyn Orders, request: PlaceRequest) -> PlaceOutcome {
    orders.place_all(&order_terms(), &[request]).await.unwrap().pop().unwrap()
}

/// Seats by type, without the event's first one.
pub(super) async fn taken(store: &dyn Store, event: EventId) -> BTreeMap<TicketTypeId, u32> {
    let types = store.ticket_types(event).await.unwrap();
    types.into_iter().skip(1).map(|one| (one.id, one.taken)).collect()
}

/// A shop with an event of these seats, a type with a quota of 3 and one without, and an account.
pub(super) async fn shop(t: &StoreUnderTest, capacity: u32) -> (Event, TicketType, TicketType, User) {
    let event = add_event(&*t.store, &new_event(capacity, 10)).await;
    let early = NewTicketType {
        name: "Early bird".into(),
        price: fixed(1_000),
        quota: Some(3),
        ..NewTicketType::general_admission(event.id, Sats::ZERO, noon())
    };
    let early = add_new_type(&*t.store, &early).await;
    let regular = add_ticket_type(&*t.store, &event, fixed(3_000)).await;
    let user = add_user(&*t.store, 1).await;
    (event, early, regular, user)
}

/// [`Orders::place_all`].
pub async fn order_writes_lines_tickets_payment_and_counters(t: StoreUnderTest) {
    let (event, early, regular, user) = shop(&t, 10).await;
    let code = add_promo_code(&*t.store, &new_promo_code(Some(&event), "TENOFF")).await;
    let mut request = place_request(&event, &user, &[(&regular, 1), (&early, 2)], 1);
    request.order.promo_code = Some(promo_text("tenoff"));
    let order = place_order(&*t.orders, request.clone()).await;
    assert_eq!((order.order.total, order.order.promo_code), (sats(4_500), Some(code.id)));
    assert_eq!((order.order.status, order.issuance), (OrderStatus::Pending, Issuance::Payment));
    let prices: Vec<_> = order.tickets.iter().map(|one| (one.ticket_type_id, one.price.get())).collect();
    assert_eq!(prices, [(regular.id, 2_700), (early.id, 900), (early.id, 900)]);
    for (ticket, secrets) in order.tickets.iter().zip(&request.secrets) {
        assert_eq!((&ticket.ticket.code, ticket.ticket.status), (&secrets.code, TicketStatus::Pending));
    }
    let payment = order.payment.as_ref().unwrap();
    assert_eq!((payment.state.price.get(), payment.ticket_id), (4_500_000, order.tickets[0].ticket.id));
    assert_eq!(order.event.seats_taken, 3);
    let (store, _) = t.outside();
    assert_eq!(seats_taken(&*store, event.id).await, 3);
    assert_eq!(taken(&*store, event.id).await, [(early.id, 2), (regular.id, 1)].into());
    assert_eq!(store.promo_codes(Some(event.id)).await.unwrap()[0].used, 1);
    assert_eq!(store.order_of_ticket(order.tickets[2].ticket.id).await.unwrap(), Some(order.order.id));
    assert_eq!(store.ticket_view(payment.ticket_id).await.unwrap().unwrap().payment.as_ref(), Some(payment));
}

/// Rule of the suite; see [`crate::store`].
pub async fn placed_rows_equal_stored_rows(t: StoreUnderTest) {
    let (event, early, _, user) = shop(&t, 10).await;
    let dollars = CurrencyAmount { currency: order_terms().rates[0].currency, minor_units: 250 };
    let dollars = add_ticket_type(&*t.store, &event, TicketPrice::InCurrency(dollars)).await;
    let odd = noon() + Duration::nanoseconds(987_654_321);
    let mut request = place_request(&event, &user, &[(&dollars, 2), (&early, 1)], 1);
    (request.now, request.order.hold_expires_at) = (odd, odd);
    let order = place_order(&*t.orders, request).await;
    assert_eq!(order.order.lines[0].list_price, sats(2_500));
    assert!(order.order.lines[0].conversion.is_some());
    let id = order.order.id;
    let expected = OrderView { order: order.order, tickets: order.tickets, payment: order.payment };
    assert_eq!(t.store.order(id).await.unwrap(), Some(expected));
    assert_eq!(t.store.event(event.id).await.unwrap(), Some(order.event));
}

/// [`Orders::place_all`].
pub async fn free_order_is_issued_at_once_and_one_email_enqueued(t: StoreUnderTest) {
    let (event, .., user) = shop(&t, 10).await;
    let free = add_ticket_type(&*t.store, &event, fixed(0)).await;
    let order = place_order(&*t.orders, place_request(&event, &user, &[(&free, 2)], 1)).await;
    assert_eq!((order.order.status, order.issuance), (OrderStatus::Paid, Issuance::AtOnce));
    assert_eq!((order.payment, order.order.hold_expires_at), (None, None));
    let jobs = t.store.claim_jobs(noon(), at(1), 10).await.unwrap();
    let tasks: Vec<_> = jobs.into_iter().map(|job| job.task).collect();
    let tickets: Vec<_> = order.tickets.iter().map(|one| &one.ticket).collect();
    assert_eq!(tasks, [Task::notify(tickets[0].id, Notice::TicketIssued)]);
    assert!(tickets.iter().all(|one| one.status == TicketStatus::Paid && one.paid_at == Some(noon())));
}

/// [`Orders::place_all`].
pub async fn guest_order_has_no_account(t: StoreUnderTest) {
    let (event, early, _, user) = shop(&t, 10).await;
    let email = GuestEmail { address: "guest@example.com".into(), confirmed_at: None };
    let mut request = place_request(&event, &user, &[(&early, 1)], 1);
    request.order.buyer =
        Buyer { user_id: None, email: Some(email), payer_address: None, ..Buyer::default() };
    let order = place_order(&*t.orders, request.clone()).await;
    let stored = t.store.order(order.order.id).await.unwrap().unwrap();
    assert_eq!(stored.order.buyer, request.order.buyer);
    let ticket = &stored.tickets[0].ticket;
    assert_eq!((ticket.user_id, ticket.uma_address.as_str()), (None, ""));
    let free = add_ticket_type(&*t.store, &event, fixed(0)).await;
    request = PlaceRequest { order: request.order, ..place_request(&event, &user, &[], 2) };
    request.order.lines[0].ticket_type_id = free.id;
    let order = place_order(&*t.orders, request).await;
    assert_eq!(order.order.status, OrderStatus::AwaitingConfirmation);
    assert_eq!(order.tickets[0].ticket.status, TicketStatus::Pending);
}

/// [`Orders::place_all`].
pub async fn order_outcomes_follow_request_order(t: StoreUnderTest) {
    let (one, _, of_one, user) = shop(&t, 100).await;
    let two = add_event(&*t.store, &new_event(100, 10)).await;
    let of_two = add_ticket_type(&*t.store, &two, fixed(7)).await;
    let requests: Vec<PlaceRequest> = (0..30)
        .map(|n| {
            let (event, ticket_type) = if n % 3 == 0 { (&two, &of_two) } else { (&one, &of_one) };
            place_request(event, &user, &[(ticket_type, 1 + u32::try_from(n).unwrap() % 3)], n)
        })
        .collect();
    let outcomes = t.orders.place_all(&order_terms(), &requests).await.unwrap();
    for (request, outcome) in requests.iter().zip(&outcomes) {
        let order = placed(outcome);
        assert_eq!(order.order.lines[0].ticket_type_id, request.order.lines[0].ticket_type_id);
        assert_eq!(order.tickets[0].ticket.code, request.secrets[0].code);
        assert_eq!(order.tickets.len(), usize::try_from(request.order.lines[0].quantity).unwrap());
    }
    assert_eq!(t.orders.place_all(&order_terms(), &[]).await.unwrap(), []);
}

/// [`Orders::place_all`].
pub async fn seats_are_granted_in_order_up_to_quota_and_capacity(t: StoreUnderTest) {
    let (event, early, regular, user) = shop(&t, 6).await;
    let request = |lines: &[(&TicketType, u32)], number| place_request(&event, &user, lines, number);
    let requests = [
        request(&[(&early, 2), (&regular, 1)], 1),
        request(&[(&early, 2)], 2),
        request(&[(&early, 1)], 3),
        request(&[(&regular, 3)], 4),
        request(&[(&regular, 2)], 5),
    ];
    let outcomes = t.orders.place_all(&order_terms(), &requests).await.unwrap();
    let granted: Vec<bool> =
        outcomes.iter().map(|outcome| matches!(outcome, PlaceOutcome::Placed(_))).collect();
    assert_eq!(granted, [true, false, true, false, true]);
    let PlaceOutcome::Refused(PlaceRefusal::Order(OrderRefusal::Seats(shortage))) = &outcomes[1] else {
        panic!("{:?}", outcomes[1])
    };
    assert_eq!((shortage.event_left, shortage.lines[0].left), (3, 1));
    assert_eq!(taken(&*t.store, event.id).await, [(early.id, 3), (regular.id, 3)].into());
    assert_eq!(seats_taken(&*t.store, event.id).await, 6);
}

/// [`Orders::place_all`].
pub async fn refused_order_takes_nothing(t: StoreUnderTest) {
    let (event, early, regular, user) = shop(&t, 10).await;
    let good = |number| place_request(&event, &user, &[(&regular, 1)], number);
    let mut unknown_event = good(1);
    unknown_event.event_id = EventId::new(999);
    let mut unknown_user = good(2);
    unknown_user.order.buyer.user_id = Some(UserId::new(999));
    let mut unknown_type = place_request(&event, &user, &[(&early, 1), (&regular, 1)], 3);
    unknown_type.order.lines[1].ticket_type_id = TicketTypeId::new(999);
    let requests = [unknown_event, good(4), unknown_user, good(5), unknown_type, good(6)];
    let outcomes = t.orders.place_all(&order_terms(), &requests).await.unwrap();
    let refused = |refusal| PlaceOutcome::Refused(refusal);
    assert_eq!(outcomes[0], refused(PlaceRefusal::UnknownEvent));
    assert_eq!(outcomes[2], refused(PlaceRefusal::UnknownUser));
    let line = OrderRefusal::Line {
        line: 1,
        ticket_type_id: TicketTypeId::new(999),
        reason: LineRefusal::UnknownType,
    };
    assert_eq!(outcomes[4], refused(line.into()));
    for index in [1, 3, 5] {
        placed(&outcomes[index]);
    }
    assert_eq!(taken(&*t.store, event.id).await, [(early.id, 0), (regular.id, 3)].into());
    assert_eq!(t.orders.place_all(&order_terms(), &requests[..1]).await.unwrap(), outcomes[..1]);
}

/// [`box_office::OrderReader::orders_finished`].
pub async fn several_tickets_need_a_finished_rollout(t: StoreUnderTest) {
    let Some(run_sql) = &t.run_sql else { return };
    assert!(t.store.orders_finished().await.unwrap(), "a new database");
    run_sql(crate::legacy::UNFINISHED.to_owned()).await;
    let event = add_event(&*t.store, &new_event(10, 10)).await;
    let regular = add_ticket_type(&*t.store, &event, fixed(10)).await;
    let user = add_user(&*t.store, 1).await;
    let request = |quantity| place_request(&event, &user, &[(&regular, quantity)], quantity.into());
    assert!(!t.store.orders_finished().await.unwrap());
    let refused = PlaceOutcome::Refused(PlaceRefusal::RolloutUnfinished);
    assert_eq!(place_one(&*t.orders, request(2)).await, refused);
    place_order(&*t.orders, request(1)).await;
    run_sql(crate::legacy::FINISHED.to_owned()).await;
    assert!(t.store.orders_finished().await.unwrap());
    place_order(&*t.orders, request(3)).await;
    assert_eq!(seats_taken(&*t.store, event.id).await, 4);
}

/// [`Orders::place_all`].
pub async fn known_key_replays_its_order(t: StoreUnderTest) {
    let (event, _, regular, user) = shop(&t, 10).await;
    let request = |number, fingerprint| PlaceRequest {
        key: Some(idempotency_key("once", fingerprint)),
        ..place_request(&event, &user, &[(&regular, 2)], number)
    };
    let batch = [request(1, 1), request(2, 1), request(3, 2)];
    let outcomes = t.orders.place_all(&order_terms(), &batch).await.unwrap();
    let first = placed(&outcomes[0]).tickets[0].ticket.id;
    let again = [PlaceOutcome::Replayed(first), PlaceOutcome::Refused(PlaceRefusal::KeyReused)];
    assert_eq!(outcomes[1..], again);
    let later = t.both_orders()[1].place_all(&order_terms(), &batch[1..]).await.unwrap();
    assert_eq!(later, again);
    assert_eq!(seats_taken(&*t.store, event.id).await, 2);
    // Purchases and orders share the keys.
    let purchase =
        HoldRequest { key: Some(idempotency_key("purchase", 1)), ..hold_request(&event, &user, 4) };
    take(&*t.orders, purchase).await;
    let mut reused = request(5, 1);
    reused.key = Some(idempotency_key("purchase", 2));
    let other = place_request(&event, &user, &[(&regular, 1)], 6);
    let outcomes = t.orders.place_all(&order_terms(), &[reused, other]).await.unwrap();
    assert_eq!(outcomes[0], again[1]);
    placed(&outcomes[1]);
}

/// [`box_office::repeated_order`].
pub async fn repeated_order_returns_the_first_one(t: StoreUnderTest) {
    let (event, early, regular, user) = shop(&t, 20).await;
    let repeats = |lines: &[(&TicketType, u32)], number| PlaceRequest {
        repeats_since: Some(at(-1)),
        ..place_request(&event, &user, lines, number)
    };
    let batch = [repeats(&[(&regular, 2), (&early, 1)], 1), repeats(&[(&regular, 2), (&early, 1)], 2)];
    let outcomes = t.orders.place_all(&order_terms(), &batch).await.unwrap();
    let first = placed(&outcomes[0]).tickets[0].ticket.id;
    assert_eq!(outcomes[1], PlaceOutcome::Repeated(first));
    let second = &t.both_orders()[1];
    assert_eq!(place_one(&**second, batch[1].clone()).await, PlaceOutcome::Repeated(first));
    let mut coded = repeats(&[(&regular, 2), (&early, 1)], 3);
    coded.order.promo_code = Some(promo_text("NONE"));
    assert!(matches!(place_one(&**second, coded).await, PlaceOutcome::Refused(_)));
    for other in [repeats(&[(&regular, 2)], 4), repeats(&[(&early, 1), (&regular, 2)], 5)] {
        place_order(&**second, other).await;
    }
    let mut later = repeats(&[(&regular, 2), (&early, 1)], 6);
    later.repeats_since = Some(noon());
    assert!(matches!(place_one(&**second, later).await, PlaceOutcome::Placed(_)));
}

/// [`Orders::place_all`].
pub async fn concurrent_replicas_never_oversell_a_type(t: StoreUnderTest) {
    let (event, early, regular, user) = shop(&t, 12).await;
    let start = Arc::new(Barrier::new(16));
    let tasks: Vec<_> = (0..16_u32)
        .zip(t.both_orders().into_iter().cycle())
        .map(|(number, orders)| {
            let lines = [(&early, 1), (&regular, 1 + number % 3)];
            let request =
                place_request(&event, &user, &lines[usize::try_from(number % 2).unwrap()..], number.into());
            let start = Arc::clone(&start);
            tokio::spawn(async move {
                start.wait().await;
                place_one(&*orders, request).await
            })
        })
        .collect();
    let mut seats = 0;
    for task in tasks {
        match task.await.unwrap() {
            PlaceOutcome::Placed(order) => seats += order.tickets.len(),
            PlaceOutcome::Refused(PlaceRefusal::Order(OrderRefusal::Seats(_))) => (),
            other => panic!("neither an order nor sold out: {other:?}"),
        }
    }
    let counters = taken(&*t.store, event.id).await;
    assert!(counters[&early.id] <= 3 && seats_taken(&*t.store, event.id).await <= 12);
    assert_eq!(usize::try_from(counters.values().sum::<u32>()).unwrap(), seats);
    assert_eq!(t.store.ledger(noon()).await.unwrap().miscounted, []);
}

/// [`Orders::place_all`]: purchases of earlier releases and orders share the event's seats.
pub async fn holds_and_orders_share_the_seats(t: StoreUnderTest) {
    let (event, _, regular, user) = shop(&t, 4).await;
    place_order(&*t.orders, place_request(&event, &user, &[(&regular, 2)], 1)).await;
    take(&*t.orders, hold_request(&event, &user, 2)).await;
    let two = place_one(&*t.orders, place_request(&event, &user, &[(&regular, 2)], 3)).await;
    assert!(matches!(two, PlaceOutcome::Refused(PlaceRefusal::Order(OrderRefusal::Seats(_)))));
    take(&*t.orders, hold_request(&event, &user, 4)).await;
    let sold_out = t.orders.hold_all(&[hold_request(&event, &user, 5)]).await.unwrap();
    assert_eq!(sold_out, [HoldOutcome::Refused(PurchaseRefusal::SoldOut)]);
}

/// Counters of events, types and codes: recounted after deterministic pseudo-random batches.
pub async fn counters_match_rows_after_random_orders(t: StoreUnderTest) {
    let random = SeededEntropy::new(11);
    let pick = |end: u64| usize::try_from(random.below(end)).unwrap();
    let (one, early, regular, user) = shop(&t, 25).await;
    let two = add_event(&*t.store, &new_event(15, 10)).await;
    let of_two =
        [add_ticket_type(&*t.store, &two, fixed(9)).await, add_ticket_type(&*t.store, &two, fixed(0)).await];
    let everywhere = events::NewPromoCode { max_uses: Some(7), ..new_promo_code(None, "EVERYWHERE") };
    let codes = [
        add_promo_code(&*t.store, &everywhere).await.id,
        add_promo_code(&*t.store, &new_promo_code(Some(&one), "ONE")).await.id,
    ];
    let events = [(one, [early, regular]), (two, of_two)];
    let (mut orders, mut number) = (Vec::new(), 0);
    for _ in 0..25 {
        let batch: Vec<PlaceRequest> = (0..=pick(4))
            .map(|_| {
                number += 1;
                let (event, types) = &events[pick(2)];
                let quantity = 1 + u32::try_from(pick(2)).unwrap();
                let lines = [(&types[0], quantity), (&types[1], quantity)];
                let lines = if pick(2) == 0 { &lines[..] } else { &lines[1..] };
                let mut request = place_request(event, &user, lines, number);
                let codes = [None, Some("EVERYWHERE"), Some("ONE")];
                request.order.promo_code = codes[pick(3)].map(promo_text);
                request
            })
            .collect();
        for outcome in t.orders.place_all(&order_terms(), &batch).await.unwrap() {
            if let PlaceOutcome::Placed(order) = outcome {
                orders.push(t.store.order(order.order.id).await.unwrap().unwrap());
            }
        }
    }
    let count = |id: PromoCodeId| orders.iter().filter(|one| one.order.promo_code == Some(id)).count();
    for (event, _) in &events {
        let tickets = orders.iter().filter(|one| one.order.event_id == event.id).flat_map(|one| &one.tickets);
        let mut expected = BTreeMap::<_, u32>::new();
        tickets.for_each(|one| *expected.entry(one.ticket_type_id).or_default() += 1);
        let counters: BTreeMap<_, _> =
            taken(&*t.store, event.id).await.into_iter().filter(|(_, seats)| *seats > 0).collect();
        assert_eq!(counters, expected);
        assert_eq!(seats_taken(&*t.store, event.id).await, expected.values().sum::<u32>());
    }
    let mut used = t.store.promo_codes(None).await.unwrap();
    used.extend(t.store.promo_codes(Some(events[0].0.id)).await.unwrap());
    let used: Vec<_> = used.iter().map(|code| usize::try_from(code.used).unwrap()).collect();
    assert_eq!(used, codes.map(count));
    assert!(orders.len() > 10 && used[0] <= 7 && used[1] > 0, "{} orders, {used:?}", orders.len());
}
