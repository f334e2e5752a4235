//! Published purchases through `box_office::Orders`.

use super::{
    StoreUnderTest,
    race::{Race, UnlockedOrders, race},
};
use crate::purchases::{Hold, HoldOutcome, HoldRequest, Purchases};
use crate::{
    SeededEntropy,
    builders::{
        add_event, add_user, at, attach, change_price, code, hold_request, in_session, new_event,
        new_invoice, noon, prove, row_key, settle, take,
    },
};
use box_office::{Orders, PurchaseRefusal, Store, Task};
use chrono::Duration;
use events::{Event, EventQuery, NotOnSale};
use kernel::{EventId, Page, UserId};
use payments::{Collection, CollectionState, Evidence, KnownPayer, Notice, Payment, PaymentState};
use std::sync::Arc;
use tickets::{Ticket, TicketQuery, TicketStatus};

pub(super) async fn all_tickets(store: &dyn Store) -> Vec<Ticket> {
    let mut all = Vec::new();
    loop {
        let page = Page::new(Some(100), Some(u32::try_from(all.len()).unwrap()));
        let more = store.tickets(&TicketQuery::default(), page).await.unwrap();
        if more.is_empty() {
            return all;
        }
        all.extend(more);
    }
}

pub(super) fn held(outcome: &HoldOutcome) -> &Hold {
    match outcome {
        HoldOutcome::Held(hold) => hold,
        other => panic!("no seat: {other:?}"),
    }
}

pub(super) async fn seats_taken(store: &dyn Store, event: EventId) -> u32 {
    store.event(event).await.unwrap().unwrap().seats_taken
}

/// [`Orders::place_all`].
pub async fn hold_writes_seat_ticket_and_payment(t: StoreUnderTest) {
    let event = add_event(&*t.store, &new_event(5, 10)).await;
    let user = add_user(&*t.store, 1).await;
    for (number, authenticated) in [(1, true), (2, false)] {
        let request = HoldRequest { authenticated, ..hold_request(&event, &user, number) };
        let hold = take(&*t.orders, request.clone()).await;
        let ticket = Ticket {
            id: hold.ticket.id,
            event_id: event.id,
            order: hold.ticket.order,
            user_id: authenticated.then_some(user.id),
            code: code(number),
            link_key: Some(row_key(number)),
            status: TicketStatus::Pending,
            uma_address: "$alice@vasp.example".into(),
            hold_expires_at: Some(at(15)),
            checked_in_at: None,
            paid_at: None,
            created_at: noon(),
            updated_at: noon(),
        };
        let payment = Payment {
            id: hold.payment.as_ref().unwrap().id,
            ticket_id: ticket.id,
            event_id: event.id,
            state: PaymentState::awaiting(event.price.to_msats()),
            collection: Collection { state: CollectionState::Queued, detail: String::new() },
            wallet_allowed: authenticated,
            payer: KnownPayer::None,
            paid_at: None,
            created_at: noon(),
            updated_at: noon(),
        };
        assert_eq!(hold.ticket, ticket);
        assert_eq!(hold.payment.as_ref(), Some(&payment));
        assert_eq!(u64::from(hold.event.seats_taken), number);
        let view = t.outside().0.ticket_view(ticket.id).await.unwrap().unwrap();
        assert_eq!(
            (view.ticket, view.payment, view.event.seats_taken),
            (ticket, Some(payment), hold.event.seats_taken)
        );
    }
}

/// Rule of the suite; see [`crate::store`].
pub async fn returned_rows_equal_stored_rows(t: StoreUnderTest) {
    let event = add_event(&*t.store, &new_event(5, 10)).await;
    let user = add_user(&*t.store, 1).await;
    let odd = noon() + Duration::nanoseconds(987_654_321);
    let request = HoldRequest { now: odd, hold_expires_at: odd, ..hold_request(&event, &user, 1) };
    let hold = take(&*t.orders, request).await;
    let payment = hold.payment.clone().unwrap();
    assert_eq!(t.store.ticket(hold.ticket.id).await.unwrap(), Some(hold.ticket));
    assert_eq!(t.store.payment(payment.id).await.unwrap().as_ref(), Some(&payment));
    assert_eq!(t.store.event(event.id).await.unwrap(), Some(hold.event));
    let invoice = payments::NewInvoice { created_at: odd, expires_at: odd, ..new_invoice(&payment, 1) };
    let invoice = attach(&*t.holds, invoice).await;
    assert_eq!(t.store.invoice_by_hash(invoice.payment_hash).await.unwrap(), Some(invoice));
}

/// [`Orders::place_all`].
pub async fn outcomes_follow_request_order(t: StoreUnderTest) {
    let (one, two) =
        (add_event(&*t.store, &new_event(100, 10)).await, add_event(&*t.store, &new_event(100, 20)).await);
    let (ann, ben) = (add_user(&*t.store, 1).await, add_user(&*t.store, 2).await);
    let requests: Vec<HoldRequest> = (0..60)
        .map(|n| hold_request(if n % 3 == 0 { &two } else { &one }, if n % 2 == 0 { &ann } else { &ben }, n))
        .collect();
    let outcomes = t.orders.hold_all(&requests).await.unwrap();
    assert_eq!(outcomes.len(), requests.len());
    for (request, outcome) in requests.iter().zip(&outcomes) {
        let hold = held(outcome);
        assert_eq!((hold.ticket.event_id, hold.event.id), (request.event_id, request.event_id));
        assert_eq!((&hold.ticket.code, hold.ticket.user_id), (&request.code, Some(request.user_id)));
        assert_eq!(t.store.ticket_by_code(&request.code).await.unwrap().as_ref(), Some(&hold.ticket));
    }
}

/// [`Orders::place_all`].
pub async fn seats_are_granted_in_order_up_to_capacity(t: StoreUnderTest) {
    let event = add_event(&*t.store, &new_event(3, 10)).await;
    let user = add_user(&*t.store, 1).await;
    let requests: Vec<HoldRequest> = (0..10).map(|n| hold_request(&event, &user, n)).collect();
    let outcomes = t.orders.hold_all(&requests).await.unwrap();
    let seats: Vec<u32> = outcomes[..3].iter().map(|outcome| held(outcome).event.seats_taken).collect();
    assert_eq!(seats, [1, 2, 3]);
    for outcome in &outcomes[3..] {
        assert_eq!(*outcome, HoldOutcome::Refused(PurchaseRefusal::SoldOut));
    }
    assert_eq!((seats_taken(&*t.store, event.id).await, all_tickets(&*t.store).await.len()), (3, 3));
}

/// [`Orders::place_all`].
pub async fn refused_request_does_not_affect_its_batch(t: StoreUnderTest) {
    let event = add_event(&*t.store, &new_event(5, 10)).await;
    let user = add_user(&*t.store, 1).await;
    let good = |number| hold_request(&event, &user, number);
    let outcomes = t
        .orders
        .hold_all(&[
            good(1),
            HoldRequest { event_id: EventId::new(999), ..good(2) },
            good(3),
            HoldRequest { user_id: UserId::new(999), ..good(4) },
            HoldRequest { uma_address: None, ..good(5) },
            good(6),
        ])
        .await
        .unwrap();
    let granted: Vec<bool> = outcomes.iter().map(|outcome| matches!(outcome, HoldOutcome::Held(_))).collect();
    assert_eq!(granted, [true, false, true, false, false, true]);
    assert_eq!((seats_taken(&*t.store, event.id).await, all_tickets(&*t.store).await.len()), (3, 3));
}

/// [`PurchaseRefusal`].
pub async fn refusals_have_distinct_reasons(t: StoreUnderTest) {
    let open = add_event(&*t.store, &new_event(5, 10)).await;
    let full = add_event(&*t.store, &new_event(1, 10)).await;
    let off = add_event(&*t.store, &new_event(5, 10)).await;
    let cancelled = add_event(&*t.store, &new_event(5, 10)).await;
    let (user, erased) = (add_user(&*t.store, 1).await, add_user(&*t.store, 2).await);
    in_session(&*t.store, async |session| {
        session.put_event(&Event { is_active: false, ..off.clone() }).await.unwrap();
        session.put_event(&Event { cancelled_at: Some(noon()), ..cancelled.clone() }).await.unwrap();
        assert!(session.put_user(&erased.erased(noon())).await.unwrap());
    })
    .await;
    take(&*t.orders, hold_request(&full, &user, 1)).await;
    let over = open.end_time;
    let cases = [
        (hold_request(&full, &user, 2), PurchaseRefusal::SoldOut),
        (hold_request(&off, &user, 3), PurchaseRefusal::NotOnSale(NotOnSale::Inactive)),
        (hold_request(&cancelled, &user, 4), PurchaseRefusal::NotOnSale(NotOnSale::Cancelled)),
        (
            HoldRequest { now: over, ..hold_request(&open, &user, 5) },
            PurchaseRefusal::NotOnSale(NotOnSale::Over),
        ),
        (
            HoldRequest { event_id: EventId::new(999), ..hold_request(&open, &user, 6) },
            PurchaseRefusal::UnknownEvent,
        ),
        (
            HoldRequest { user_id: UserId::new(999), ..hold_request(&open, &user, 7) },
            PurchaseRefusal::UnknownUser,
        ),
        (hold_request(&open, &erased, 8), PurchaseRefusal::UnknownUser),
        (HoldRequest { uma_address: None, ..hold_request(&open, &user, 9) }, PurchaseRefusal::AddressMissing),
    ];
    let requests: Vec<HoldRequest> = cases.iter().map(|(request, _)| request.clone()).collect();
    let outcomes = t.orders.hold_all(&requests).await.unwrap();
    let expected: Vec<HoldOutcome> =
        cases.iter().map(|(_, refusal)| HoldOutcome::Refused(refusal.clone())).collect();
    assert_eq!(outcomes, expected);
    assert_eq!(all_tickets(&*t.store).await.len(), 1);
}

/// [`Orders::place_all`].
pub async fn free_ticket_is_paid_at_once_and_its_email_enqueued(t: StoreUnderTest) {
    let event = add_event(&*t.store, &new_event(5, 0)).await;
    let user = add_user(&*t.store, 1).await;
    let hold = take(&*t.orders, HoldRequest { uma_address: None, ..hold_request(&event, &user, 1) }).await;
    assert_eq!((hold.ticket.status, hold.ticket.paid_at), (TicketStatus::Paid, Some(noon())));
    assert_eq!((hold.ticket.hold_expires_at, hold.ticket.uma_address.as_str()), (None, ""));
    assert_eq!((hold.payment, hold.event.seats_taken), (None, 1));
    let jobs = t.store.claim_jobs(noon(), at(1), 10).await.unwrap();
    let tasks: Vec<Task> = jobs.into_iter().map(|job| job.task).collect();
    assert_eq!(tasks, [Task::notify(hold.ticket.id, Notice::TicketIssued)]);
    let with_address = take(&*t.orders, hold_request(&event, &user, 2)).await;
    assert_eq!(with_address.ticket.uma_address, "$alice@vasp.example");
    assert_eq!(t.store.ticket(with_address.ticket.id).await.unwrap(), Some(with_address.ticket));
}

/// [`PaymentState::price`].
pub async fn price_is_fixed_when_the_seat_is_held(t: StoreUnderTest) {
    let event = add_event(&*t.store, &new_event(5, 10)).await;
    let user = add_user(&*t.store, 1).await;
    let first = take(&*t.orders, hold_request(&event, &user, 1)).await.payment.unwrap();
    let new_price = kernel::Sats::new(99).unwrap();
    change_price(&*t.store, event.id, new_price, noon()).await;
    let second = take(&*t.orders, hold_request(&event, &user, 2)).await.payment.unwrap();
    assert_eq!(t.store.payment(first.id).await.unwrap().unwrap().state.price, event.price.to_msats());
    assert_eq!(second.state.price, new_price.to_msats());
}

/// [`Orders::place_all`] and [`box_office::Holds::attach_all`] accept empty batches.
pub async fn empty_batch_returns_no_outcomes(t: StoreUnderTest) {
    assert_eq!(t.orders.hold_all(&[]).await.unwrap(), []);
    assert_eq!(t.holds.attach_all(&[]).await.unwrap(), []);
}

/// The lock prevents overselling, and the harness detects a store without it.
pub async fn concurrent_callers_buy_the_last_seat_once(t: StoreUnderTest) {
    let user = add_user(&*t.store, 1).await;
    let event = add_event(&*t.store, &new_event(1, 10)).await;
    let handles = t.both_orders();
    assert_eq!(race(&handles, &event, &user, 32).await, Race { held: 1, sold_out: 31 });
    assert_eq!((seats_taken(&*t.store, event.id).await, all_tickets(&*t.store).await.len()), (1, 1));
    let oversold = add_event(&*t.store, &new_event(1, 10)).await;
    let unlocked: Arc<dyn Orders> = Arc::new(UnlockedOrders::new(Arc::clone(&t.store), 8));
    assert_eq!(race(&[unlocked], &oversold, &user, 8).await, Race { held: 8, sold_out: 0 });
}

/// [`Orders::place_all`], called on two replicas.
pub async fn concurrent_replicas_never_oversell_an_event(t: StoreUnderTest) {
    let user = add_user(&*t.store, 1).await;
    let event = add_event(&*t.store, &new_event(50, 10)).await;
    let handles = t.both_orders();
    assert_eq!(race(&handles, &event, &user, 120).await, Race { held: 50, sold_out: 70 });
    assert_eq!((seats_taken(&*t.store, event.id).await, all_tickets(&*t.store).await.len()), (50, 50));
    let ledger = t.store.ledger(noon()).await.unwrap();
    assert_eq!((ledger.oversold, ledger.miscounted), (vec![], vec![]));
}

/// Batches and sessions update an event's seats under the same lock.
pub async fn batches_and_sessions_share_the_seat_lock(t: StoreUnderTest) {
    let event = add_event(&*t.store, &new_event(200, 10)).await;
    let user = add_user(&*t.store, 1).await;
    let mut holds = Vec::new();
    for number in 0..20 {
        holds.push(take(&*t.orders, hold_request(&event, &user, number)).await);
    }
    let (store, _) = t.outside();
    let [first, second] = t.both_orders();
    let buying: Vec<_> = (0..20)
        .map(|n| {
            let orders = Arc::clone(if n % 2 == 0 { &first } else { &second });
            let requests =
                [hold_request(&event, &user, 100 + 2 * n), hold_request(&event, &user, 101 + 2 * n)];
            tokio::spawn(async move { orders.hold_all(&requests).await.unwrap() })
        })
        .collect();
    for hold in &holds {
        prove(&*store, hold, Evidence::HoldLapsed, at(20)).await;
    }
    for task in buying {
        task.await.unwrap();
    }
    assert_eq!(seats_taken(&*t.store, event.id).await, 40);
    assert_eq!(t.store.ledger(noon()).await.unwrap().miscounted, []);
}

/// [`Event::seats_taken`]: recounted after deterministic pseudo-random operations.
pub async fn seat_counters_match_rows_after_random_operations(t: StoreUnderTest) {
    let random = SeededEntropy::new(7);
    let user = add_user(&*t.store, 1).await;
    for (capacity, price) in [(4, 10), (9, 5), (3, 0)] {
        add_event(&*t.store, &new_event(capacity, price)).await;
    }
    let events = t.store.events(&EventQuery::default(), Page::default()).await.unwrap();
    let pick = |end: usize| usize::try_from(random.below(u64::try_from(end).unwrap())).unwrap();
    let (mut live, mut number): (Vec<(Hold, payments::Invoice)>, u64) = (Vec::new(), 0);
    for step in 0..150 {
        let now = at(step);
        match pick(6) {
            0..=2 => {
                let batch: Vec<HoldRequest> = (0..=pick(4))
                    .map(|_| {
                        number += 1;
                        HoldRequest { now, ..hold_request(&events[pick(events.len())], &user, number) }
                    })
                    .collect();
                for outcome in t.orders.hold_all(&batch).await.unwrap() {
                    if let HoldOutcome::Held(hold) = outcome
                        && let Some(payment) = hold.payment.clone()
                    {
                        number += 1;
                        live.push((*hold, attach(&*t.holds, new_invoice(&payment, number)).await));
                    }
                }
            }
            _ if live.is_empty() => (),
            3 => {
                let (hold, invoice) = &live[pick(live.len())];
                let amount = crate::builders::msats(1 + random.below(2 * invoice.amount.get()));
                settle(&*t.store, hold, invoice, amount, now).await;
            }
            _ => {
                let evidence = [
                    Evidence::HoldLapsed,
                    Evidence::Cancelled,
                    Evidence::GivenUp,
                    Evidence::Revoked,
                    Evidence::EventCancelled,
                ];
                let (hold, _) = &live[pick(live.len())];
                prove(&*t.store, hold, evidence[pick(evidence.len())], now).await;
            }
        }
        let tickets = all_tickets(&*t.store).await;
        for event in &events {
            let rows = tickets.iter().filter(|x| x.event_id == event.id && x.status.takes_seat()).count();
            let counter = seats_taken(&*t.store, event.id).await;
            assert_eq!(usize::try_from(counter).unwrap(), rows, "event {} at step {step}", event.id);
            assert!(counter <= event.capacity);
        }
    }
    let ledger = t.store.ledger(noon()).await.unwrap();
    assert_eq!((ledger.oversold, ledger.miscounted, ledger.mismatched), (vec![], vec![], vec![]));
    let accounted = ledger.kept.get() + ledger.refunded.get() + ledger.refundable.get();
    assert_eq!(accounted, ledger.received.get());
    assert!(live.len() > 10, "too few live holds were generated");
}
