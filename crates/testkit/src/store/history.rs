//! Payment history: `payments::PaymentReader::payment_events` and its writers.

use super::StoreUnderTest;
use crate::builders::{
    add_event, add_user, at, hold_request, in_session, msats, new_event, payment_hash, take,
};
use kernel::UserId;
use payments::{Evidence, EvidenceOrigin, Payment, PaymentEvent, PaymentEventKind, PaymentStatus};

async fn a_payment(t: &StoreUnderTest, price_sats: u64) -> Payment {
    let event = add_event(&*t.store, &new_event(50, price_sats)).await;
    let user = add_user(&*t.store, price_sats).await;
    take(&*t.orders, hold_request(&event, &user, price_sats)).await.payment.unwrap()
}

async fn status(t: &StoreUnderTest, payment: &Payment) -> PaymentStatus {
    t.store.payment(payment.id).await.unwrap().unwrap().state.status
}

fn entry(payment: &Payment, evidence: Evidence, status: PaymentStatus, minute: i64) -> PaymentEvent {
    PaymentEvent::of_evidence(payment.id, evidence, status, at(minute))
}

/// [`payments::PaymentReader::payment_events`], [`payments::PaymentWriter::record_payment`] and
/// [`payments::PaymentWriter::add_payment_event`].
pub async fn payment_history_is_appended_and_read_in_order(t: StoreUnderTest) {
    let mut payment = a_payment(&t, 10).await;
    let other = a_payment(&t, 20).await;
    assert_eq!(t.store.payment_events(payment.id).await.unwrap(), []);
    let settled = Evidence::Settled { hash: payment_hash(1), amount: msats(10_000) };
    let mut expected = vec![
        entry(&payment, Evidence::HoldLapsed, PaymentStatus::Expired, 3),
        PaymentEvent { origin: EvidenceOrigin::Preimage, ..entry(&payment, settled, PaymentStatus::Paid, 2) },
    ];
    payment.state.status = PaymentStatus::Paid;
    in_session(&*t.store, async |session| {
        session.add_payment_event(&expected[0]).await.unwrap();
        session.record_payment(&payment, &expected[1]).await.unwrap();
        session.add_payment_event(&entry(&other, Evidence::GivenUp, PaymentStatus::Failed, 1)).await.unwrap();
    })
    .await;
    assert_eq!(t.outside().0.payment_events(payment.id).await.unwrap(), expected);
    assert_eq!(status(&t, &payment).await, PaymentStatus::Paid);
    // Rolled back: neither payment nor history changes.
    payment.state.status = PaymentStatus::Refunded;
    let revoked = PaymentEvent {
        actor: Some(UserId::new(7)),
        ..entry(&payment, Evidence::Revoked, PaymentStatus::Refunded, 4)
    };
    let mut session = t.store.begin().await.unwrap();
    session.record_payment(&payment, &revoked).await.unwrap();
    session.rollback().await.unwrap();
    assert_eq!(t.store.payment_events(payment.id).await.unwrap(), expected);
    assert_eq!(status(&t, &payment).await, PaymentStatus::Paid);
    // A later transition changes no earlier entry.
    in_session(&*t.store, async |session| session.record_payment(&payment, &revoked).await.unwrap()).await;
    expected.push(revoked);
    assert_eq!(t.store.payment_events(payment.id).await.unwrap(), expected);
}

/// [`payments::PaymentEventKind`] and [`payments::EvidenceOrigin`].
pub async fn payment_events_round_trip(t: StoreUnderTest) {
    let payment = a_payment(&t, 10).await;
    let mut expected = Vec::new();
    for kind in PaymentEventKind::ALL {
        for origin in EvidenceOrigin::ALL {
            let event =
                PaymentEvent { kind, origin, ..entry(&payment, Evidence::GivenUp, PaymentStatus::Failed, 1) };
            in_session(&*t.store, async |session| session.add_payment_event(&event).await.unwrap()).await;
            expected.push(event);
        }
    }
    assert_eq!(t.store.payment_events(payment.id).await.unwrap(), expected);
}
