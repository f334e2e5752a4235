//! Outgoing orders in `payments::PaymentReader` and `payments::PaymentWriter`.

use super::{StoreUnderTest, payments::new_refund};
use crate::builders::{
    add_event, add_user, at, hold_request, in_session, msats, new_event, payment_hash, take,
};
use kernel::{PaymentId, RefundId};
use payments::{OrderStatus, OutgoingOrder, Payer, Payment, Refund};
use std::sync::Arc;

async fn payment(t: &StoreUnderTest, number: u64) -> Payment {
    let event = add_event(&*t.store, &new_event(50, 10)).await;
    let user = add_user(&*t.store, number).await;
    take(&*t.orders, hold_request(&event, &user, number)).await.payment.unwrap()
}

async fn refund(t: &StoreUnderTest, payment: &Payment) -> Refund {
    in_session(&*t.store, async |session| session.add_refund(&new_refund(payment, 5)).await.unwrap()).await
}

/// An order to a wallet over 10 000 msats.
pub(super) fn wallet_order(payment: &Payment, number: u64) -> OutgoingOrder {
    order(payment, None, number)
}

fn order(payment: &Payment, refund: Option<RefundId>, number: u64) -> OutgoingOrder {
    OutgoingOrder {
        payer: if refund.is_some() { Payer::Node } else { Payer::Wallet },
        payment_hash: payment_hash(number),
        payment_id: payment.id,
        refund_id: refund,
        bolt11: format!("lnbcrt{number}"),
        amount: msats(10_000),
        attempt: 1,
        ordered_at: at(1),
        expires_at: at(16),
        status: OrderStatus::Ordered,
        detail: String::new(),
        answered_at: None,
    }
}

/// [`payments::PaymentReader::refunds_since`].
pub async fn refunds_since_returns_changed_refunds_with_an_invoice(t: StoreUnderTest) {
    let payment = payment(&t, 1).await;
    let mut sent = Vec::new();
    for (number, minute) in [(1, 10), (2, 30), (3, 20)] {
        let refund = Refund {
            payment_hash: Some(payment_hash(number)),
            updated_at: at(minute),
            ..refund(&t, &payment).await
        };
        in_session(&*t.store, async |session| assert!(session.put_refund(&refund).await.unwrap())).await;
        sent.push(refund);
    }
    refund(&t, &payment).await;
    let since = async |minute: i64| t.outside().0.refunds_since(at(minute)).await.unwrap();
    assert_eq!(since(0).await, sent);
    assert_eq!(since(20).await, sent[1..]);
    assert_eq!(since(31).await, []);
}

/// [`payments::PaymentReader::outgoing_orders_of`], [`payments::PaymentWriter::outgoing_orders_for_update`] and
/// [`payments::PaymentWriter::add_outgoing_order`].
pub async fn outgoing_orders_are_read_newest_first(t: StoreUnderTest) {
    let (one, other) = (payment(&t, 1).await, payment(&t, 2).await);
    let refund = refund(&t, &one).await.id;
    let mut added = vec![order(&one, None, 3), order(&one, Some(refund), 1), order(&one, Some(refund), 2)];
    in_session(&*t.store, async |session| {
        for order in &added {
            assert!(session.add_outgoing_order(order).await.unwrap());
        }
        assert!(session.add_outgoing_order(&order(&other, None, 4)).await.unwrap());
        added.reverse();
        assert_eq!(session.outgoing_orders_for_update(one.id).await.unwrap(), added);
    })
    .await;
    assert_eq!(t.outside().0.outgoing_orders_of(one.id).await.unwrap(), added);
    assert_eq!(t.store.outgoing_orders_of(PaymentId::new(999)).await.unwrap(), []);
}

/// [`payments::PaymentWriter::add_outgoing_order`]: the values of the second order are ignored.
pub async fn payer_has_one_order_per_payment_hash(t: StoreUnderTest) {
    let (one, other) = (payment(&t, 1).await, payment(&t, 2).await);
    let refund = refund(&t, &one).await.id;
    let first = order(&one, None, 1);
    let add = async |order: OutgoingOrder| {
        in_session(&*t.store, async |session| session.add_outgoing_order(&order).await.unwrap()).await
    };
    assert!(add(first.clone()).await);
    assert!(!add(OutgoingOrder { status: OrderStatus::Failed, attempt: 2, ..first.clone() }).await);
    assert!(!add(order(&other, None, 1)).await);
    assert!(add(order(&one, Some(refund), 1)).await, "the node is a separate payer");
    assert_eq!(t.store.outgoing_orders_of(one.id).await.unwrap(), [order(&one, Some(refund), 1), first]);
    assert_eq!(t.store.outgoing_orders_of(other.id).await.unwrap(), []);
}

/// [`payments::PaymentWriter::add_outgoing_order`]: the losing session reads the stored order.
pub async fn concurrent_replicas_add_an_order_once(t: StoreUnderTest) {
    let payment = payment(&t, 1).await;
    let second = t.outside().0;
    let tasks: Vec<_> = (0..8)
        .map(|n| {
            let store = Arc::clone(if n % 2 == 0 { &t.store } else { &second });
            let order = OutgoingOrder { expires_at: at(20 + n), ..order(&payment, None, 1) };
            tokio::spawn(async move {
                let mut session = store.begin().await.unwrap();
                let added = session.add_outgoing_order(&order).await.unwrap();
                let known = session.outgoing_orders_for_update(order.payment_id).await.unwrap();
                assert_eq!(known.len(), 1);
                assert_eq!(added, known == [order]);
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
}

/// [`payments::PaymentWriter::outgoing_orders_for_update`]: each session increments `attempt`.
pub async fn outgoing_order_lock_serialises_sessions(t: StoreUnderTest) {
    let payment = payment(&t, 1).await;
    let first = order(&payment, None, 1);
    in_session(&*t.store, async |session| session.add_outgoing_order(&first).await.unwrap()).await;
    let second = t.outside().0;
    let tasks: Vec<_> = (0..10)
        .map(|n| {
            let store = Arc::clone(if n % 2 == 0 { &t.store } else { &second });
            let id = payment.id;
            tokio::spawn(async move {
                let mut session = store.begin().await.unwrap();
                session.payment_for_update(id).await.unwrap();
                let mut order = session.outgoing_orders_for_update(id).await.unwrap().pop().unwrap();
                order.attempt += 1;
                session.put_outgoing_order(&order).await.unwrap();
                session.commit().await.unwrap();
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(
        t.store.outgoing_orders_of(payment.id).await.unwrap(),
        [OutgoingOrder { attempt: 11, ..first }]
    );
}

/// [`payments::PaymentWriter::put_outgoing_order`].
pub async fn put_outgoing_order_overwrites_attempt_times_status_and_detail(t: StoreUnderTest) {
    let payment = payment(&t, 1).await;
    let (first, beside) = (order(&payment, None, 1), order(&payment, None, 2));
    in_session(&*t.store, async |session| {
        session.add_outgoing_order(&first).await.unwrap();
        session.add_outgoing_order(&beside).await.unwrap();
    })
    .await;
    for status in OrderStatus::ALL {
        let changed = OutgoingOrder {
            attempt: 3,
            ordered_at: at(5),
            expires_at: at(20),
            status,
            detail: "wallet offline".into(),
            answered_at: Some(at(6)),
            ..first.clone()
        };
        let other = OutgoingOrder { bolt11: "x".into(), amount: msats(1), ..changed.clone() };
        in_session(&*t.store, async |session| session.put_outgoing_order(&other).await.unwrap()).await;
        assert_eq!(t.store.outgoing_orders_of(payment.id).await.unwrap(), [beside.clone(), changed]);
    }
    let mut session = t.store.begin().await.unwrap();
    assert!(session.put_outgoing_order(&order(&payment, None, 9)).await.is_err());
}

/// [`payments::PaymentReader::ordered_from_wallet`] and [`payments::PaymentWriter::ordered_from_wallet`].
pub async fn ordered_from_wallet_excludes_failed_and_unsent_orders(t: StoreUnderTest) {
    let event = add_event(&*t.store, &new_event(50, 10)).await;
    let (ann, ben) = (add_user(&*t.store, 1).await, add_user(&*t.store, 2).await);
    assert_eq!(t.store.ordered_from_wallet(ann.id, at(0)).await.unwrap(), msats(0));
    let cases = [
        (1, &ann, OrderStatus::Ordered, 5),
        (2, &ann, OrderStatus::Unresolved, 6),
        (3, &ann, OrderStatus::Paid, 7),
        (4, &ann, OrderStatus::Failed, 7),
        (5, &ann, OrderStatus::NotSent, 7),
        (6, &ann, OrderStatus::Paid, 4),
        (7, &ben, OrderStatus::Paid, 7),
    ];
    for (number, user, status, minute) in cases {
        let payment = take(&*t.orders, hold_request(&event, user, number)).await.payment.unwrap();
        let order = OutgoingOrder { status, ordered_at: at(minute), ..order(&payment, None, number) };
        in_session(&*t.store, async |session| assert!(session.add_outgoing_order(&order).await.unwrap()))
            .await;
    }
    assert_eq!(t.outside().0.ordered_from_wallet(ann.id, at(5)).await.unwrap(), msats(30_000));
    let seen = async |user, since| {
        in_session(&*t.store, async |session| session.ordered_from_wallet(user, since).await.unwrap()).await
    };
    assert_eq!(seen(ann.id, at(4)).await, msats(40_000));
    assert_eq!(seen(ben.id, at(0)).await, msats(10_000));
    assert_eq!(seen(ben.id, at(8)).await, msats(0));
}
