//! `box_office::Holds`.

use super::{
    StoreUnderTest,
    race::{Race, Unguarded, race},
};
use crate::{
    SeededEntropy,
    builders::{
        add_event, add_user, at, attach, code, idempotency_key, in_session, new_event, new_invoice, noon,
        prove, settle, take, wish,
    },
};
use box_office::{
    AttachOutcome, Attachment, Hold, HoldOutcome, HoldRefusal, HoldRequest, Holds, IdempotencyKey, Store,
    Task,
};
use chrono::Duration;
use events::{Event, EventQuery, NotOnSale};
use kernel::{EventId, Page, PaymentId, TicketId, UserId};
use payments::{Collection, CollectionState, Evidence, InvoiceStatus, Payment, PaymentState};
use std::{collections::BTreeSet, sync::Arc};
use tickets::{Ticket, TicketQuery, TicketStatus};

async fn all_tickets(store: &dyn Store) -> Vec<Ticket> {
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

fn with_key(request: HoldRequest, key: IdempotencyKey) -> HoldRequest {
    HoldRequest { key: Some(key), ..request }
}

fn held(outcome: &HoldOutcome) -> &Hold {
    match outcome {
        HoldOutcome::Held(hold) => hold,
        other => panic!("no seat: {other:?}"),
    }
}

async fn seats_taken(store: &dyn Store, event: EventId) -> u32 {
    store.event(event).await.unwrap().unwrap().seats_taken
}

/// [`Holds::hold_all`].
pub async fn a_seat_is_claimed_and_its_ticket_and_payment_are_written(t: StoreUnderTest) {
    let event = add_event(&*t.store, &new_event(5, 10)).await;
    let user = add_user(&*t.store, 1).await;
    for (number, wallet_allowed) in [(1, true), (2, false)] {
        let request = HoldRequest { wallet_allowed, ..wish(&event, &user, number) };
        let hold = take(&*t.holds, request.clone()).await;
        let ticket = Ticket {
            id: hold.ticket.id,
            event_id: event.id,
            user_id: Some(user.id),
            code: code(number),
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
            wallet_allowed,
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

/// A rule of the suite; see the module.
pub async fn what_is_answered_is_what_is_kept(t: StoreUnderTest) {
    let event = add_event(&*t.store, &new_event(5, 10)).await;
    let user = add_user(&*t.store, 1).await;
    let odd = noon() + Duration::nanoseconds(987_654_321);
    let request = HoldRequest { now: odd, hold_expires_at: odd, ..wish(&event, &user, 1) };
    let hold = take(&*t.holds, request).await;
    let payment = hold.payment.clone().unwrap();
    assert_eq!(t.store.ticket(hold.ticket.id).await.unwrap(), Some(hold.ticket));
    assert_eq!(t.store.payment(payment.id).await.unwrap().as_ref(), Some(&payment));
    assert_eq!(t.store.event(event.id).await.unwrap(), Some(hold.event));
    let invoice = payments::NewInvoice { created_at: odd, expires_at: odd, ..new_invoice(&payment, 1) };
    let invoice = attach(&*t.holds, invoice).await;
    assert_eq!(t.store.invoice_by_hash(invoice.payment_hash).await.unwrap(), Some(invoice));
}

/// [`Holds::hold_all`].
pub async fn answers_come_in_the_order_of_the_requests(t: StoreUnderTest) {
    let (one, two) =
        (add_event(&*t.store, &new_event(100, 10)).await, add_event(&*t.store, &new_event(100, 20)).await);
    let (ann, ben) = (add_user(&*t.store, 1).await, add_user(&*t.store, 2).await);
    let requests: Vec<HoldRequest> = (0..60)
        .map(|n| wish(if n % 3 == 0 { &two } else { &one }, if n % 2 == 0 { &ann } else { &ben }, n))
        .collect();
    let outcomes = t.holds.hold_all(&requests).await.unwrap();
    assert_eq!(outcomes.len(), requests.len());
    for (request, outcome) in requests.iter().zip(&outcomes) {
        let hold = held(outcome);
        assert_eq!((hold.ticket.event_id, hold.event.id), (request.event_id, request.event_id));
        assert_eq!((&hold.ticket.code, hold.ticket.user_id), (&request.code, Some(request.user_id)));
        assert_eq!(t.store.ticket_by_code(&request.code).await.unwrap().as_ref(), Some(&hold.ticket));
    }
}

/// [`Holds::hold_all`].
pub async fn seats_are_granted_in_arrival_order_never_more_than_there_are(t: StoreUnderTest) {
    let event = add_event(&*t.store, &new_event(3, 10)).await;
    let user = add_user(&*t.store, 1).await;
    let requests: Vec<HoldRequest> = (0..10).map(|n| wish(&event, &user, n)).collect();
    let outcomes = t.holds.hold_all(&requests).await.unwrap();
    let seats: Vec<u32> = outcomes[..3].iter().map(|outcome| held(outcome).event.seats_taken).collect();
    assert_eq!(seats, [1, 2, 3]);
    for outcome in &outcomes[3..] {
        assert_eq!(*outcome, HoldOutcome::Refused(HoldRefusal::SoldOut));
    }
    assert_eq!((seats_taken(&*t.store, event.id).await, all_tickets(&*t.store).await.len()), (3, 3));
}

/// [`Holds::hold_all`].
pub async fn one_refused_request_fails_alone(t: StoreUnderTest) {
    let event = add_event(&*t.store, &new_event(5, 10)).await;
    let user = add_user(&*t.store, 1).await;
    let good = |number| wish(&event, &user, number);
    let outcomes = t
        .holds
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

/// [`HoldRefusal`].
pub async fn every_refusal_is_told_apart(t: StoreUnderTest) {
    let open = add_event(&*t.store, &new_event(5, 10)).await;
    let full = add_event(&*t.store, &new_event(1, 10)).await;
    let off = add_event(&*t.store, &new_event(5, 10)).await;
    let cancelled = add_event(&*t.store, &new_event(5, 10)).await;
    let (user, gone) = (add_user(&*t.store, 1).await, add_user(&*t.store, 2).await);
    in_session(&*t.store, async |session| {
        session.put_event(&Event { is_active: false, ..off.clone() }).await.unwrap();
        session.put_event(&Event { cancelled_at: Some(noon()), ..cancelled.clone() }).await.unwrap();
        assert!(session.put_user(&gone.erased(noon())).await.unwrap());
    })
    .await;
    take(&*t.holds, wish(&full, &user, 1)).await;
    let over = open.end_time;
    let cases = [
        (wish(&full, &user, 2), HoldRefusal::SoldOut),
        (wish(&off, &user, 3), HoldRefusal::NotOnSale(NotOnSale::Inactive)),
        (wish(&cancelled, &user, 4), HoldRefusal::NotOnSale(NotOnSale::Cancelled)),
        (HoldRequest { now: over, ..wish(&open, &user, 5) }, HoldRefusal::NotOnSale(NotOnSale::Over)),
        (HoldRequest { event_id: EventId::new(999), ..wish(&open, &user, 6) }, HoldRefusal::UnknownEvent),
        (HoldRequest { user_id: UserId::new(999), ..wish(&open, &user, 7) }, HoldRefusal::UnknownUser),
        (wish(&open, &gone, 8), HoldRefusal::UnknownUser),
        (HoldRequest { uma_address: None, ..wish(&open, &user, 9) }, HoldRefusal::AddressMissing),
    ];
    let requests: Vec<HoldRequest> = cases.iter().map(|(request, _)| request.clone()).collect();
    let outcomes = t.holds.hold_all(&requests).await.unwrap();
    let expected: Vec<HoldOutcome> =
        cases.iter().map(|(_, refusal)| HoldOutcome::Refused(*refusal)).collect();
    assert_eq!(outcomes, expected);
    assert_eq!(all_tickets(&*t.store).await.len(), 1);
}

/// [`Holds::hold_all`].
pub async fn a_free_events_ticket_is_paid_at_once_and_its_letter_is_enqueued(t: StoreUnderTest) {
    let event = add_event(&*t.store, &new_event(5, 0)).await;
    let user = add_user(&*t.store, 1).await;
    let hold = take(&*t.holds, HoldRequest { uma_address: None, ..wish(&event, &user, 1) }).await;
    assert_eq!((hold.ticket.status, hold.ticket.paid_at), (TicketStatus::Paid, Some(noon())));
    assert_eq!((hold.ticket.hold_expires_at, hold.ticket.uma_address.as_str()), (None, ""));
    assert_eq!((hold.payment, hold.event.seats_taken), (None, 1));
    let jobs = t.store.claim_jobs(noon(), at(1), 10).await.unwrap();
    let tasks: Vec<Task> = jobs.into_iter().map(|job| job.task).collect();
    assert_eq!(tasks, [Task::Mail { ticket_id: hold.ticket.id, letter: "ticket".into() }]);
    let with_address = take(&*t.holds, wish(&event, &user, 2)).await;
    assert_eq!(with_address.ticket.uma_address, "$alice@vasp.example");
    assert_eq!(t.store.ticket(with_address.ticket.id).await.unwrap(), Some(with_address.ticket));
}

/// [`Holds::hold_all`]: a replay is answered even when nobody could buy any more.
pub async fn a_key_seen_before_gives_the_same_ticket_again(t: StoreUnderTest) {
    let event = add_event(&*t.store, &new_event(1, 10)).await;
    let user = add_user(&*t.store, 1).await;
    let request = with_key(wish(&event, &user, 1), idempotency_key("once", 1));
    let first = take(&*t.holds, request.clone()).await.ticket.id;
    // A retry comes with a new code: the caller made one before asking.
    let retry = HoldRequest { code: code(2), ..request };
    let later = HoldRequest { code: code(3), now: event.end_time, ..retry.clone() };
    for holds in [&t.holds, &t.outside().1] {
        let outcomes = holds.hold_all(&[retry.clone(), later.clone()]).await.unwrap();
        assert_eq!(outcomes, [HoldOutcome::Replayed(first), HoldOutcome::Replayed(first)]);
    }
    assert_eq!((seats_taken(&*t.store, event.id).await, all_tickets(&*t.store).await.len()), (1, 1));
}

/// [`Holds::hold_all`].
pub async fn a_key_seen_earlier_in_the_batch_gives_the_same_ticket_again(t: StoreUnderTest) {
    let event = add_event(&*t.store, &new_event(5, 10)).await;
    let user = add_user(&*t.store, 1).await;
    let keyed = |number, key| with_key(wish(&event, &user, number), idempotency_key(key, 1));
    let outcomes = t
        .holds
        .hold_all(&[keyed(1, "a"), wish(&event, &user, 2), keyed(3, "a"), keyed(4, "b"), keyed(5, "a")])
        .await
        .unwrap();
    let (a, b) = (held(&outcomes[0]).ticket.id, held(&outcomes[3]).ticket.id);
    assert_eq!(outcomes[2], HoldOutcome::Replayed(a));
    assert_eq!(outcomes[4], HoldOutcome::Replayed(a));
    assert_ne!(a, b);
    assert_eq!((seats_taken(&*t.store, event.id).await, all_tickets(&*t.store).await.len()), (3, 3));
}

/// [`HoldRefusal::KeyReused`].
pub async fn a_key_with_another_request_is_refused(t: StoreUnderTest) {
    let event = add_event(&*t.store, &new_event(5, 10)).await;
    let user = add_user(&*t.store, 1).await;
    let keyed = |number, print| with_key(wish(&event, &user, number), idempotency_key("k", print));
    let outcomes = t.holds.hold_all(&[keyed(1, 1), keyed(2, 2)]).await.unwrap();
    let first = held(&outcomes[0]).ticket.id;
    assert_eq!(outcomes[1], HoldOutcome::Refused(HoldRefusal::KeyReused));
    let outcomes = t.holds.hold_all(&[keyed(3, 2), keyed(4, 1)]).await.unwrap();
    assert_eq!(outcomes, [HoldOutcome::Refused(HoldRefusal::KeyReused), HoldOutcome::Replayed(first)]);
    assert_eq!(seats_taken(&*t.store, event.id).await, 1);
}

/// [`IdempotencyKey::scope`].
pub async fn keys_of_different_callers_never_meet(t: StoreUnderTest) {
    let event = add_event(&*t.store, &new_event(5, 10)).await;
    let user = add_user(&*t.store, 1).await;
    let scoped = |number, scope: &str, key: &str| {
        with_key(
            wish(&event, &user, number),
            IdempotencyKey { scope: scope.into(), ..idempotency_key(key, 1) },
        )
    };
    let requests = [scoped(1, "a", "bc"), scoped(2, "ab", "c"), scoped(3, "A", "bc"), scoped(4, "", "é/🎫")];
    let outcomes = t.holds.hold_all(&requests).await.unwrap();
    let tickets: BTreeSet<TicketId> = outcomes.iter().map(|outcome| held(outcome).ticket.id).collect();
    assert_eq!(tickets.len(), 4);
}

/// A caller who was refused may try again with the same key.
pub async fn a_refused_request_does_not_use_up_its_key(t: StoreUnderTest) {
    let event = add_event(&*t.store, &new_event(1, 10)).await;
    let user = add_user(&*t.store, 1).await;
    let first = take(&*t.holds, wish(&event, &user, 1)).await;
    let keyed = with_key(wish(&event, &user, 2), idempotency_key("k", 1));
    let refused = t.holds.hold_all(&[keyed.clone(), keyed.clone()]).await.unwrap();
    assert_eq!(
        refused,
        [HoldOutcome::Refused(HoldRefusal::SoldOut), HoldOutcome::Refused(HoldRefusal::SoldOut)]
    );
    prove(&*t.store, &first, Evidence::HoldLapsed, at(20)).await;
    let outcomes = t.holds.hold_all(&[keyed]).await.unwrap();
    assert_eq!(held(&outcomes[0]).event.seats_taken, 1);
}

/// The same request sent twice at once, to two replicas.
pub async fn one_key_raced_by_two_handles_gives_one_ticket(t: StoreUnderTest) {
    let event = add_event(&*t.store, &new_event(50, 10)).await;
    let user = add_user(&*t.store, 1).await;
    let (_, second) = t.outside();
    let tasks: Vec<_> = (0..12)
        .map(|n| {
            let holds = Arc::clone(if n % 2 == 0 { &t.holds } else { &second });
            let request = with_key(wish(&event, &user, n), idempotency_key("k", 1));
            tokio::spawn(async move { holds.hold_all(&[request]).await.unwrap().pop().unwrap() })
        })
        .collect();
    let (mut fresh, mut tickets) = (0, BTreeSet::new());
    for task in tasks {
        tickets.insert(match task.await.unwrap() {
            HoldOutcome::Held(hold) => {
                fresh += 1;
                hold.ticket.id
            }
            HoldOutcome::Replayed(ticket) => ticket,
            HoldOutcome::Refused(refusal) => panic!("{refusal}"),
        });
    }
    assert_eq!((fresh, tickets.len()), (1, 1));
    assert_eq!((seats_taken(&*t.store, event.id).await, all_tickets(&*t.store).await.len()), (1, 1));
}

/// [`PaymentState::price`].
pub async fn the_price_is_frozen_when_the_seat_is_held(t: StoreUnderTest) {
    let event = add_event(&*t.store, &new_event(5, 10)).await;
    let user = add_user(&*t.store, 1).await;
    let first = take(&*t.holds, wish(&event, &user, 1)).await.payment.unwrap();
    let dearer = kernel::Sats::new(99).unwrap();
    in_session(&*t.store, async |session| {
        let now = session.event_for_update(event.id).await.unwrap().unwrap();
        session.put_event(&Event { price: dearer, ..now }).await.unwrap();
    })
    .await;
    let second = take(&*t.holds, wish(&event, &user, 2)).await.payment.unwrap();
    assert_eq!(t.store.payment(first.id).await.unwrap().unwrap().state.price, event.price.to_msats());
    assert_eq!(second.state.price, dearer.to_msats());
}

/// Nothing asked, nothing answered.
pub async fn an_empty_batch_is_answered_with_nothing(t: StoreUnderTest) {
    assert_eq!(t.holds.hold_all(&[]).await.unwrap(), []);
    assert_eq!(t.holds.attach_all(&[]).await.unwrap(), []);
}

/// The guard holds, and the harness would notice if it did not.
pub async fn the_last_seat_raced_by_many_callers_is_sold_once(t: StoreUnderTest) {
    let user = add_user(&*t.store, 1).await;
    let event = add_event(&*t.store, &new_event(1, 10)).await;
    let handles = [Arc::clone(&t.holds), t.outside().1];
    assert_eq!(race(&handles, &event, &user, 32).await, Race { held: 1, sold_out: 31 });
    assert_eq!((seats_taken(&*t.store, event.id).await, all_tickets(&*t.store).await.len()), (1, 1));
    let prey = add_event(&*t.store, &new_event(1, 10)).await;
    let unguarded: Arc<dyn Holds> = Arc::new(Unguarded::new(Arc::clone(&t.store), 8));
    assert_eq!(race(&[unguarded], &prey, &user, 8).await, Race { held: 8, sold_out: 0 });
}

/// [`Holds::hold_all`], by callers on two replicas.
pub async fn a_hot_event_raced_through_two_handles_is_never_oversold(t: StoreUnderTest) {
    let user = add_user(&*t.store, 1).await;
    let event = add_event(&*t.store, &new_event(50, 10)).await;
    let handles = [Arc::clone(&t.holds), t.outside().1];
    assert_eq!(race(&handles, &event, &user, 120).await, Race { held: 50, sold_out: 70 });
    assert_eq!((seats_taken(&*t.store, event.id).await, all_tickets(&*t.store).await.len()), (50, 50));
    let books = t.store.ledger(noon()).await.unwrap();
    assert_eq!((books.oversold, books.miscounted), (vec![], vec![]));
}

/// [`Holds::attach_all`].
pub async fn invoices_are_attached_and_collecting_and_watching_enqueued(t: StoreUnderTest) {
    let event = add_event(&*t.store, &new_event(5, 10)).await;
    let user = add_user(&*t.store, 1).await;
    let mut attachments = Vec::new();
    for number in 1..=3 {
        let payment = take(&*t.holds, wish(&event, &user, number)).await.payment.unwrap();
        attachments.push(Attachment { payment_id: payment.id, invoice: new_invoice(&payment, number) });
    }
    let outcomes = t.holds.attach_all(&attachments).await.unwrap();
    assert_eq!(outcomes.len(), 3);
    let mut expected = BTreeSet::new();
    for (attachment, outcome) in attachments.iter().zip(outcomes) {
        let AttachOutcome::Attached(invoice) = outcome else { panic!("not attached") };
        let new = &attachment.invoice;
        assert_eq!((invoice.payment_id, invoice.event_id), (Some(attachment.payment_id), event.id));
        assert_eq!((&invoice.invoice_id, invoice.payment_hash), (&new.invoice_id, new.payment_hash));
        assert_eq!(
            (&invoice.bolt11, invoice.amount, &invoice.metadata),
            (&new.bolt11, new.amount, &new.metadata)
        );
        assert_eq!((&invoice.uma_address, &invoice.uma_invoice), (&new.uma_address, &new.uma_invoice));
        assert_eq!((invoice.expires_at, invoice.created_at), (new.expires_at, new.created_at));
        assert_eq!(
            (invoice.status, invoice.settled.get(), invoice.settled_at),
            (InvoiceStatus::Open, 0, None)
        );
        assert_eq!(t.outside().0.invoices_of(attachment.payment_id).await.unwrap(), [*invoice]);
        expected.insert(format!("{:?}", Task::Collect { payment_id: attachment.payment_id }));
        expected.insert(format!("{:?}", Task::watch(new.payment_hash)));
    }
    let jobs = t.store.claim_jobs(noon(), at(1), 100).await.unwrap();
    assert_eq!(jobs.len(), 6);
    let tasks: BTreeSet<String> = jobs.into_iter().map(|job| format!("{:?}", job.task)).collect();
    assert_eq!(tasks, expected);
}

/// [`AttachOutcome::NotPending`].
pub async fn an_attachment_to_a_payment_that_is_not_pending_fails_alone(t: StoreUnderTest) {
    let event = add_event(&*t.store, &new_event(5, 10)).await;
    let user = add_user(&*t.store, 1).await;
    let gone = take(&*t.holds, wish(&event, &user, 1)).await;
    let good = take(&*t.holds, wish(&event, &user, 2)).await.payment.unwrap();
    prove(&*t.store, &gone, Evidence::HoldLapsed, at(20)).await;
    let gone = gone.payment.unwrap();
    let outcomes = t
        .holds
        .attach_all(&[
            Attachment { payment_id: gone.id, invoice: new_invoice(&gone, 1) },
            Attachment { payment_id: good.id, invoice: new_invoice(&good, 2) },
            Attachment { payment_id: PaymentId::new(999), invoice: new_invoice(&good, 3) },
        ])
        .await
        .unwrap();
    assert!(matches!(
        outcomes[..],
        [AttachOutcome::NotPending, AttachOutcome::Attached(_), AttachOutcome::NotPending]
    ));
    assert_eq!(t.store.invoices_of(gone.id).await.unwrap(), []);
    assert_eq!(t.store.invoices_of(good.id).await.unwrap().len(), 1);
    assert_eq!(t.store.claim_jobs(noon(), at(1), 10).await.unwrap().len(), 2);
}

/// A crash between commit and answer makes the caller attach again.
pub async fn an_attachment_given_twice_is_remembered_once(t: StoreUnderTest) {
    let event = add_event(&*t.store, &new_event(5, 10)).await;
    let user = add_user(&*t.store, 1).await;
    let payment = take(&*t.holds, wish(&event, &user, 1)).await.payment.unwrap();
    let attachment = Attachment { payment_id: payment.id, invoice: new_invoice(&payment, 1) };
    let first = t.holds.attach_all(&[attachment.clone(), attachment.clone()]).await.unwrap();
    let again = t.outside().1.attach_all(&[attachment]).await.unwrap();
    assert_eq!((&first[0], &first[0]), (&first[1], &again[0]));
    assert_eq!(t.store.invoices_of(payment.id).await.unwrap().len(), 1);
    assert_eq!(t.store.claim_jobs(noon(), at(1), 10).await.unwrap().len(), 2);
}

/// The two ways of writing an event's seats share one lock.
pub async fn batches_and_sessions_do_not_lose_each_others_seats(t: StoreUnderTest) {
    let event = add_event(&*t.store, &new_event(200, 10)).await;
    let user = add_user(&*t.store, 1).await;
    let mut holds = Vec::new();
    for number in 0..20 {
        holds.push(take(&*t.holds, wish(&event, &user, number)).await);
    }
    let (store, second) = t.outside();
    let buying: Vec<_> = (0..20)
        .map(|n| {
            let holds = Arc::clone(if n % 2 == 0 { &t.holds } else { &second });
            let requests = [wish(&event, &user, 100 + 2 * n), wish(&event, &user, 101 + 2 * n)];
            tokio::spawn(async move { holds.hold_all(&requests).await.unwrap() })
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

/// [`Event::seats_taken`]: recounted after random operations, the same ones on every run.
pub async fn counters_agree_with_the_rows_after_anything(t: StoreUnderTest) {
    let dice = SeededEntropy::new(7);
    let user = add_user(&*t.store, 1).await;
    for (capacity, price) in [(4, 10), (9, 5), (3, 0)] {
        add_event(&*t.store, &new_event(capacity, price)).await;
    }
    let events = t.store.events(&EventQuery::default(), Page::default()).await.unwrap();
    let pick = |end: usize| usize::try_from(dice.below(u64::try_from(end).unwrap())).unwrap();
    let (mut live, mut number): (Vec<(Hold, payments::Invoice)>, u64) = (Vec::new(), 0);
    for step in 0..150 {
        let now = at(step);
        match pick(6) {
            0..=2 => {
                let batch: Vec<HoldRequest> = (0..=pick(4))
                    .map(|_| {
                        number += 1;
                        HoldRequest { now, ..wish(&events[pick(events.len())], &user, number) }
                    })
                    .collect();
                for outcome in t.holds.hold_all(&batch).await.unwrap() {
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
                let amount = crate::builders::msats(1 + dice.below(2 * invoice.amount.get()));
                settle(&*t.store, hold, invoice, amount, now).await;
            }
            _ => {
                let evidence =
                    [Evidence::HoldLapsed, Evidence::Cancelled, Evidence::GivenUp, Evidence::Revoked];
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
    let books = t.store.ledger(noon()).await.unwrap();
    assert_eq!((books.oversold, books.miscounted, books.mismatched), (vec![], vec![], vec![]));
    let accounted = books.kept.get() + books.refunded.get() + books.refundable.get();
    assert_eq!(accounted, books.received.get());
    assert!(live.len() > 10, "the dice left nothing to test");
}
