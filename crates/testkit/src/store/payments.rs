//! `payments::PaymentReader` and `payments::PaymentWriter`.

use super::StoreUnderTest;
use crate::builders::{
    add_event, add_user, at, attach, hold_request, in_session, msats, new_event, new_event_invoice,
    new_invoice, payment_hash, settle, take,
};
use crate::purchases::Hold;
use box_office::Store;
use kernel::{EventId, Msats, Page, PaymentId, RefundId, TicketId};
use payments::{
    Collection, CollectionState, Invoice, InvoiceRole, InvoiceStatus, KnownPayer, NewInvoice, NewRefund,
    Payment, PaymentState, PaymentStatus, Refund, RefundStatus,
};
use std::{collections::BTreeMap, sync::Arc};

async fn hold(t: &StoreUnderTest, price_sats: u64) -> Hold {
    let event = add_event(&*t.store, &new_event(50, price_sats)).await;
    let user = add_user(&*t.store, price_sats).await;
    take(&*t.orders, hold_request(&event, &user, price_sats)).await
}

async fn stored_payment(store: &dyn Store, payment: &Payment) -> Payment {
    store.payment(payment.id).await.unwrap().unwrap()
}

/// The invoice after a retry has replaced it.
fn earlier(invoice: Invoice) -> Invoice {
    Invoice { role: InvoiceRole::Earlier, ..invoice }
}

/// [`payments::PaymentReader::payment`] and [`payments::PaymentReader::payment_of_ticket`].
pub async fn payment_is_read_by_id_and_by_ticket(t: StoreUnderTest) {
    let held = hold(&t, 10).await;
    hold(&t, 20).await;
    let payment = held.payment.unwrap();
    assert_eq!(t.store.payment(payment.id).await.unwrap().as_ref(), Some(&payment));
    assert_eq!(t.outside().0.payment_of_ticket(held.ticket.id).await.unwrap(), Some(payment));
    assert_eq!(t.store.payment(PaymentId::new(999)).await.unwrap(), None);
    assert_eq!(t.store.payment_of_ticket(TicketId::new(999)).await.unwrap(), None);
}

/// [`payments::PaymentReader::payment_of_ticket`].
pub async fn free_ticket_has_no_payment(t: StoreUnderTest) {
    let held = hold(&t, 0).await;
    assert_eq!(t.store.payment_of_ticket(held.ticket.id).await.unwrap(), None);
}

/// [`payments::PaymentReader::invoices_of`].
pub async fn invoices_of_a_payment_are_read_newest_first(t: StoreUnderTest) {
    let payment = hold(&t, 10).await.payment.unwrap();
    let other = hold(&t, 20).await.payment.unwrap();
    let mut expected = Vec::new();
    for number in [3, 1, 2] {
        expected = expected.into_iter().map(earlier).collect();
        expected.push(attach(&*t.holds, new_invoice(&payment, number)).await);
    }
    attach(&*t.holds, new_invoice(&other, 4)).await;
    expected.reverse();
    assert_eq!(t.store.invoices_of(payment.id).await.unwrap(), expected);
    assert_eq!(t.store.invoices_of(PaymentId::new(999)).await.unwrap(), []);
}

/// [`payments::PaymentReader::invoice_by_hash`].
pub async fn invoice_is_read_by_payment_hash(t: StoreUnderTest) {
    let payment = hold(&t, 10).await.payment.unwrap();
    let invoice = attach(&*t.holds, new_invoice(&payment, 1)).await;
    attach(&*t.holds, new_invoice(&payment, 2)).await;
    assert_eq!(t.store.invoice_by_hash(payment_hash(1)).await.unwrap(), Some(earlier(invoice)));
    assert_eq!(t.store.invoice_by_hash(payment_hash(3)).await.unwrap(), None);
    let hashes = [payment_hash(3), payment_hash(1), payment_hash(1)];
    let found = t.store.invoices_by_hash(&hashes).await.unwrap();
    let found: Vec<_> = found.into_iter().map(|found| found.map(|invoice| invoice.payment_hash)).collect();
    assert_eq!(found, [None, Some(payment_hash(1)), Some(payment_hash(1))]);
    assert_eq!(t.store.invoices_by_hash(&[]).await.unwrap(), []);
}

/// [`payments::PaymentReader::invoice_by_node_id`].
pub async fn invoice_is_read_by_node_id(t: StoreUnderTest) {
    let payment = hold(&t, 10).await.payment.unwrap();
    let invoice = earlier(attach(&*t.holds, new_invoice(&payment, 1)).await);
    attach(&*t.holds, new_invoice(&payment, 2)).await;
    let find = async |id: &str| t.store.invoice_by_node_id(id).await.unwrap();
    assert_eq!(find(&invoice.invoice_id).await.as_ref(), Some(&invoice));
    for nothing in [&*invoice.bolt11, "", "%", "LightsparkNode:00000", "LightsparkNode:00000_", "\0", "é"] {
        assert_eq!(find(nothing).await, None, "{nothing:?}");
    }
}

/// [`payments::PaymentReader::event_invoice`].
pub async fn newest_event_level_invoice_is_read(t: StoreUnderTest) {
    let held = hold(&t, 10).await;
    let payment = held.payment.clone().unwrap();
    let old = new_event_invoice(&held.event, 1);
    let new = new_event_invoice(&held.event, 2);
    let newest = in_session(&*t.store, async |session| {
        session.add_invoice(&old).await.unwrap();
        session.add_invoice(&new).await.unwrap()
    })
    .await;
    attach(&*t.holds, new_invoice(&payment, 3)).await;
    assert_eq!(newest.payment_id, None);
    assert_eq!(t.store.event_invoice(held.event.id).await.unwrap(), Some(newest));
    assert_eq!(t.store.event_invoice(EventId::new(999)).await.unwrap(), None);
}

/// [`payments::PaymentReader::event_invoices`].
pub async fn event_level_invoices_are_paged_newest_first(t: StoreUnderTest) {
    let held = hold(&t, 10).await;
    let other = hold(&t, 20).await.event;
    attach(&*t.holds, new_invoice(held.payment.as_ref().unwrap(), 9)).await;
    let mut expected = in_session(&*t.store, async |session| {
        session.add_invoice(&new_event_invoice(&other, 8)).await.unwrap();
        let mut added = Vec::new();
        for number in [3, 1, 2] {
            added.push(session.add_invoice(&new_event_invoice(&held.event, number)).await.unwrap());
        }
        let paid = Invoice {
            status: InvoiceStatus::Settled,
            settled: msats(7),
            settled_at: Some(at(1)),
            ..added[1].clone()
        };
        session.put_invoice(&paid).await.unwrap();
        added[1] = paid;
        added
    })
    .await;
    expected.reverse();
    let (store, _) = t.outside();
    assert_eq!(store.event_invoices(held.event.id, Page::default()).await.unwrap(), expected);
    let second = store.event_invoices(held.event.id, Page::new(Some(1), Some(1))).await.unwrap();
    assert_eq!(second, expected[1..2]);
    assert_eq!(store.event_invoices(EventId::new(999), Page::default()).await.unwrap(), []);
}

fn extra(payment: &Payment, number: u64) -> NewInvoice {
    NewInvoice { role: InvoiceRole::Extra, uma_invoice: None, ..new_invoice(payment, number) }
}

/// [`payments::PaymentWriter::invoices_in_session`] is complete under the payment's lock: of concurrent
/// sessions that check first, one adds.
pub async fn concurrent_sessions_add_one_extra_invoice(t: StoreUnderTest) {
    let payment = hold(&t, 10).await.payment.unwrap();
    let current = attach(&*t.holds, new_invoice(&payment, 99)).await;
    let (second, _) = t.outside();
    let tasks: Vec<_> = (0..10)
        .map(|number| {
            let store = Arc::clone(if number % 2 == 0 { &t.store } else { &second });
            let payment = payment.clone();
            tokio::spawn(async move {
                let mut session = store.begin().await.unwrap();
                session.payment_for_update(payment.id).await.unwrap();
                let known = session.invoices_in_session(payment.id).await.unwrap();
                tokio::task::yield_now().await;
                let added = !known.iter().any(|invoice| invoice.role == InvoiceRole::Extra);
                if added {
                    session.add_invoice(&extra(&payment, number)).await.unwrap();
                }
                session.commit().await.unwrap();
                added
            })
        })
        .collect();
    let mut added = 0;
    for task in tasks {
        added += u32::from(task.await.unwrap());
    }
    assert_eq!(added, 1);
    let invoices = t.store.invoices_of(payment.id).await.unwrap();
    assert_eq!(
        invoices.iter().map(|invoice| invoice.role).collect::<Vec<_>>(),
        [InvoiceRole::Extra, InvoiceRole::Current]
    );
    assert_eq!(Invoice::current(invoices), Some(current));
}

/// [`payments::PaymentWriter::retire_invoices`]; [`payments::PaymentWriter::put_invoice`] does not change the
/// role.
pub async fn invoices_of_one_role_are_retired(t: StoreUnderTest) {
    let payment = hold(&t, 10).await.payment.unwrap();
    let other = hold(&t, 20).await.payment.unwrap();
    let current = attach(&*t.holds, new_invoice(&payment, 1)).await;
    let (known, foreign) = in_session(&*t.store, async |session| {
        let known = session.add_invoice(&extra(&payment, 2)).await.unwrap();
        let foreign = session.add_invoice(&extra(&other, 3)).await.unwrap();
        session.retire_invoices(payment.id, InvoiceRole::Extra).await.unwrap();
        session.put_invoice(&known).await.unwrap();
        (known, foreign)
    })
    .await;
    let earlier = Invoice { role: InvoiceRole::Earlier, ..known };
    assert_eq!(t.store.invoices_of(payment.id).await.unwrap(), [earlier, current]);
    assert_eq!(t.store.invoices_of(other.id).await.unwrap(), [foreign]);
}

/// [`payments::PaymentWriter::put_payment`].
pub async fn put_payment_overwrites_state_collection_and_times(t: StoreUnderTest) {
    let payment = hold(&t, 10).await.payment.unwrap();
    let other = hold(&t, 20).await.payment.unwrap();
    let put = async |payment: &Payment| {
        in_session(&*t.store, async |session| session.put_payment(payment).await.unwrap()).await;
        assert_eq!(stored_payment(&*t.store, payment).await, *payment);
    };
    for status in PaymentStatus::ALL {
        put(&Payment { state: PaymentState { status, ..payment.state.clone() }, ..payment.clone() }).await;
    }
    for state in CollectionState::ALL {
        let detail = "the wallet said: “no” 💸".to_owned();
        put(&Payment { collection: Collection { state, detail }, ..payment.clone() }).await;
    }
    for payer in [KnownPayer::One("$bob@vasp.example".into()), KnownPayer::Several, KnownPayer::None] {
        put(&Payment { payer, ..payment.clone() }).await;
    }
    // The price is 0 when all valid tickets of an order are free.
    for price in [msats(77_001), Msats::ZERO] {
        let state = PaymentState {
            price,
            revoked: msats(9),
            refunded: msats(5),
            revoked_refunded: msats(3),
            late: true,
            ..payment.state.clone()
        };
        put(&Payment { state, paid_at: Some(at(1)), updated_at: at(2), ..payment.clone() }).await;
    }
    assert_eq!(stored_payment(&*t.store, &other).await, other);
}

/// [`payments::PaymentWriter::put_payment`] and [`payments::PaymentWriter::payment_for_update`].
pub async fn settlements_are_stored_on_the_invoices(t: StoreUnderTest) {
    let held = hold(&t, 10).await;
    let payment = held.payment.clone().unwrap();
    let one = attach(&*t.holds, new_invoice(&payment, 1)).await;
    let two = attach(&*t.holds, new_invoice(&payment, 2)).await;
    attach(&*t.holds, new_invoice(&payment, 3)).await;
    settle(&*t.store, &held, &one, msats(10_000), at(1)).await;
    settle(&*t.store, &held, &two, msats(4_000), at(2)).await;
    let now = stored_payment(&*t.store, &payment).await;
    let expected = BTreeMap::from([(payment_hash(1), msats(10_000)), (payment_hash(2), msats(4_000))]);
    assert_eq!(now.state.settlements, expected);
    assert_eq!((now.state.status, now.paid_at), (PaymentStatus::Paid, Some(at(1))));
    assert_eq!(now.state.refundable(), msats(4_000));
    let locked = in_session(&*t.store, async |session| {
        let without_settlements = Payment {
            state: PaymentState { settlements: BTreeMap::new(), ..now.state.clone() },
            ..now.clone()
        };
        session.put_payment(&without_settlements).await.unwrap();
        session.payment_for_update(payment.id).await.unwrap().unwrap()
    })
    .await;
    assert_eq!(locked, now);
}

/// [`payments::PaymentWriter::add_invoice`].
pub async fn duplicate_invoice_returns_the_stored_one(t: StoreUnderTest) {
    let held = hold(&t, 10).await;
    let payment = held.payment.clone().unwrap();
    let invoice = attach(&*t.holds, new_invoice(&payment, 1)).await;
    settle(&*t.store, &held, &invoice, msats(10_000), at(1)).await;
    let known = t.store.invoice_by_hash(payment_hash(1)).await.unwrap().unwrap();
    let (again, usable) = in_session(&*t.store, async |session| {
        let other = NewInvoice { bolt11: "lnbcrt1other".into(), ..new_invoice(&payment, 1) };
        (
            session.add_invoice(&other).await.unwrap(),
            session.add_invoice(&new_invoice(&payment, 2)).await.unwrap(),
        )
    })
    .await;
    assert_eq!(again, known);
    assert_eq!(again.settled, msats(10_000));
    assert_ne!(usable.id, known.id);
    assert_eq!(t.store.invoices_of(payment.id).await.unwrap(), [usable, known]);
}

/// [`payments::PaymentWriter::put_invoice`]: all other columns are immutable.
pub async fn put_invoice_overwrites_status_settlement_and_uma_invoice(t: StoreUnderTest) {
    let payment = hold(&t, 10).await.payment.unwrap();
    let invoice = attach(&*t.holds, NewInvoice { uma_invoice: None, ..new_invoice(&payment, 1) }).await;
    assert_eq!(
        (invoice.status, invoice.settled, invoice.settled_at),
        (InvoiceStatus::Open, Msats::ZERO, None)
    );
    for (status, settled, settled_at) in [
        (InvoiceStatus::Unpaid, Msats::ZERO, None),
        (InvoiceStatus::Open, Msats::ZERO, None),
        (InvoiceStatus::Settled, msats(9_999), Some(at(3))),
        (InvoiceStatus::Settled, msats(10_000), Some(at(4))),
    ] {
        let changed =
            Invoice { status, settled, settled_at, uma_invoice: Some("uma1qqq".into()), ..invoice.clone() };
        in_session(&*t.store, async |session| session.put_invoice(&changed).await.unwrap()).await;
        assert_eq!(t.store.invoice_by_hash(payment_hash(1)).await.unwrap(), Some(changed));
    }
}

/// [`payments::PaymentWriter::put_invoice`]: an update from a stale read is ignored.
pub async fn put_invoice_never_lowers_settled_msats(t: StoreUnderTest) {
    let payment = hold(&t, 10).await.payment.unwrap();
    let open = attach(&*t.holds, new_invoice(&payment, 1)).await;
    let settled = |amount| Invoice {
        status: InvoiceStatus::Settled,
        settled: msats(amount),
        settled_at: Some(at(3)),
        ..open.clone()
    };
    let stale = Invoice { status: InvoiceStatus::Unpaid, ..open.clone() };
    let (second, _) = t.outside();
    for (store, invoice) in
        [(&t.store, settled(10_000)), (&second, stale), (&second, settled(9_000)), (&t.store, open.clone())]
    {
        in_session(&**store, async |session| session.put_invoice(&invoice).await.unwrap()).await;
        assert_eq!(t.store.invoice_by_hash(payment_hash(1)).await.unwrap(), Some(settled(10_000)));
    }
}

/// [`payments::PaymentWriter::payment_for_update`]: each session increments `refunded`.
pub async fn payment_lock_serialises_sessions(t: StoreUnderTest) {
    let payment = hold(&t, 10).await.payment.unwrap();
    let (second, _) = t.outside();
    let tasks: Vec<_> = (0..20)
        .map(|n| {
            let store = Arc::clone(if n % 2 == 0 { &t.store } else { &second });
            tokio::spawn(async move {
                let mut session = store.begin().await.unwrap();
                let mut payment = session.payment_for_update(payment.id).await.unwrap().unwrap();
                tokio::task::yield_now().await;
                payment.state.refunded = payment.state.refunded.saturating_add(msats(1));
                session.put_payment(&payment).await.unwrap();
                session.commit().await.unwrap();
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(stored_payment(&*t.store, &payment).await.state.refunded, msats(20));
}

/// Amounts are not rounded.
pub async fn amounts_up_to_the_bitcoin_supply_round_trip(t: StoreUnderTest) {
    let held = hold(&t, 2_100_000_000_000_000).await;
    let payment = held.payment.clone().unwrap();
    let all = msats(2_100_000_000_000_000_000);
    assert_eq!(payment.state.price, all);
    let invoice = attach(&*t.holds, new_invoice(&payment, 1)).await;
    settle(&*t.store, &held, &invoice, all, at(1)).await;
    let now = stored_payment(&*t.store, &payment).await;
    assert_eq!((now.state.received(), now.state.kept(), now.state.refundable()), (all, all, Msats::ZERO));
}

pub(super) fn new_refund(payment: &Payment, amount: u64) -> NewRefund {
    NewRefund {
        payment_id: payment.id,
        amount: msats(amount),
        destination: "$alice@vasp.example".into(),
        requested_by: None,
        created_at: at(1),
    }
}

/// [`payments::PaymentWriter::add_refund`], [`payments::PaymentWriter::refunds_for_update`] and
/// [`payments::PaymentReader::refunds_of`].
pub async fn refunds_are_stored_as_requested_and_read_newest_first(t: StoreUnderTest) {
    let held = hold(&t, 10).await;
    let (payment, other) = (held.payment.clone().unwrap(), hold(&t, 20).await.payment.unwrap());
    let by = held.ticket.user_id;
    let added = in_session(&*t.store, async |session| {
        session.add_refund(&new_refund(&other, 1)).await.unwrap();
        let mut added = Vec::new();
        for (amount, requested_by) in [(3_000, None), (2_000, by)] {
            let new = NewRefund { requested_by, ..new_refund(&payment, amount) };
            added.insert(0, session.add_refund(&new).await.unwrap());
        }
        assert_eq!(session.refunds_for_update(payment.id).await.unwrap(), added);
        added
    })
    .await;
    let expected = Refund {
        id: added[0].id,
        payment_id: payment.id,
        amount: msats(2_000),
        destination: "$alice@vasp.example".into(),
        status: RefundStatus::Requested,
        bolt11: None,
        payment_hash: None,
        fee: Msats::ZERO,
        error: String::new(),
        requested_by: by,
        created_at: at(1),
        updated_at: at(1),
    };
    assert_eq!(added[0], expected);
    assert_eq!(t.outside().0.refunds_of(payment.id).await.unwrap(), added);
    assert_eq!(t.store.refunds_of(PaymentId::new(999)).await.unwrap(), []);
}

/// [`payments::PaymentWriter::put_refund`].
pub async fn put_refund_overwrites_status_invoice_fee_and_error(t: StoreUnderTest) {
    let payment = hold(&t, 10).await.payment.unwrap();
    let refund =
        in_session(&*t.store, async |session| session.add_refund(&new_refund(&payment, 5)).await.unwrap())
            .await;
    for status in RefundStatus::ALL {
        let changed = Refund {
            status,
            bolt11: Some("lnbcrt1refund".into()),
            payment_hash: Some(payment_hash(7)),
            fee: msats(3),
            error: "wallet offline".into(),
            updated_at: at(9),
            ..refund.clone()
        };
        in_session(&*t.store, async |session| assert!(session.put_refund(&changed).await.unwrap())).await;
        assert_eq!(t.store.refunds_of(payment.id).await.unwrap(), [changed]);
    }
    in_session(&*t.store, async |session| assert!(session.put_refund(&refund).await.unwrap())).await;
    assert_eq!(t.store.refunds_of(payment.id).await.unwrap(), [refund]);
}

/// [`Refund::payment_hash`] and [`payments::PaymentWriter::put_refund`]: two refunds of one invoice would
/// count one outgoing payment twice.
pub async fn payment_hash_of_a_refund_is_unique(t: StoreUnderTest) {
    let payment = hold(&t, 10).await.payment.unwrap();
    let (one, two) = in_session(&*t.store, async |session| {
        let one = session.add_refund(&new_refund(&payment, 1)).await.unwrap();
        (one, session.add_refund(&new_refund(&payment, 2)).await.unwrap())
    })
    .await;
    let sending = |refund: &Refund| Refund { payment_hash: Some(payment_hash(7)), ..refund.clone() };
    in_session(&*t.store, async |session| assert!(session.put_refund(&sending(&one)).await.unwrap())).await;
    let mut session = t.store.begin().await.unwrap();
    assert!(!session.put_refund(&sending(&two)).await.unwrap(), "a result, not an error");
    session.rollback().await.unwrap();
    assert_eq!(t.store.refunds_of(payment.id).await.unwrap(), [two.clone(), sending(&one)]);
    let mut session = t.store.begin().await.unwrap();
    assert!(session.put_refund(&Refund { id: RefundId::new(999), ..two }).await.is_err());
}
