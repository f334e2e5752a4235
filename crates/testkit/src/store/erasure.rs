//! `box_office::Erasure`, and its completion by `box_office::Queue`.

use super::StoreUnderTest;
use crate::builders::{
    add_event, add_user, attach, hold_request, in_session, new_event, new_invoice, noon, take,
};
use crate::purchases::HoldRequest;
use box_office::{Attachment, PushRequest, PushTurn, Store};
use events::Event;
use identity::User;
use kernel::UserId;
use payments::{NewInvoice, Payment, PaymentState, PaymentStatus};

const PAYER: &str = "$alice@vasp.example";
const NAMED: &str =
    r#"[["text/plain","Ticket: Late Show, ordered by Ann Example"],["text/identifier","$t@shop.example"]]"#;

/// An order with an invoice whose metadata names the account, and a pushed UMA Request.
async fn order(t: &StoreUnderTest, event: &Event, user: &User, number: u64) -> Payment {
    let payment = take(&*t.orders, hold_request(event, user, number)).await.payment.unwrap();
    let invoice = NewInvoice { metadata: NAMED.into(), ..new_invoice(&payment, number) };
    attach(&*t.holds, invoice).await;
    let request =
        PushRequest { payment_id: payment.id, payer: PAYER.into(), user_id: Some(user.id), at: noon() };
    t.store.claim_pushes(&[request], 100).await.unwrap();
    payment
}

async fn end(store: &dyn Store, payment: &Payment, status: PaymentStatus) {
    let state = PaymentState { status, ..payment.state.clone() };
    let ended = Payment { state, ..payment.clone() };
    in_session(store, async |session| session.put_payment(&ended).await.unwrap()).await;
}

async fn erase(store: &dyn Store, user: UserId) {
    in_session(store, async |session| {
        session.user_for_update(user).await.unwrap();
        session.holds_future_ticket(user, noon()).await.unwrap();
        session.erase_orders(user).await.unwrap();
        session.unlink_tickets(user).await.unwrap();
    })
    .await;
}

async fn is_named(store: &dyn Store, payment: &Payment) -> bool {
    let invoices = store.invoices_of(payment.id).await.unwrap();
    assert!(!invoices.is_empty());
    invoices.iter().any(|invoice| invoice.metadata.contains("Ann Example"))
}

/// Whether the push of a payment is stored: a pushed request gets its turn regardless of the limit.
async fn is_pushed(store: &dyn Store, payment: &Payment) -> bool {
    let request = PushRequest { payment_id: payment.id, payer: PAYER.into(), user_id: None, at: noon() };
    store.claim_pushes(&[request], 0).await.unwrap() == [PushTurn::Now]
}

/// [`box_office::Erasure::erase_orders`] and [`box_office::Queue::erase_ended_orders`].
pub async fn account_is_erased_from_ended_orders_and_later_from_pending_ones(t: StoreUnderTest) {
    let event = add_event(&*t.store, &new_event(10, 10)).await;
    let free = add_event(&*t.store, &new_event(10, 0)).await;
    let ann = add_user(&*t.store, 1).await;
    let (paid, pending) = (order(&t, &event, &ann, 1).await, order(&t, &event, &ann, 2).await);
    end(&*t.store, &paid, PaymentStatus::Paid).await;
    let seat = HoldRequest { uma_address: Some(PAYER.into()), ..hold_request(&free, &ann, 3) };
    let seat = take(&*t.orders, seat).await.ticket;
    assert_eq!(seat.uma_address, PAYER);
    erase(&*t.store, ann.id).await;
    let outside = t.outside().0;
    assert_eq!(outside.ticket(seat.id).await.unwrap().unwrap().uma_address, "");
    assert!(!is_named(&*outside, &paid).await && !is_pushed(&*outside, &paid).await);
    assert!(is_named(&*outside, &pending).await && is_pushed(&*outside, &pending).await);
    assert_eq!(outside.erase_ended_orders(100).await.unwrap(), 0);
    end(&*t.store, &pending, PaymentStatus::Expired).await;
    assert_eq!(outside.erase_ended_orders(100).await.unwrap(), 1);
    assert!(!is_named(&*t.store, &pending).await && !is_pushed(&*t.store, &pending).await);
    assert_eq!(t.store.erase_ended_orders(100).await.unwrap(), 0);
    // The payer address is kept as part of the financial record.
    assert_eq!(t.store.invoices_of(paid.id).await.unwrap()[0].uma_address, PAYER);
}

/// [`box_office::Erasure::erase_orders`].
pub async fn erasure_keeps_the_orders_of_other_accounts(t: StoreUnderTest) {
    let event = add_event(&*t.store, &new_event(10, 10)).await;
    let (ann, ben) = (add_user(&*t.store, 1).await, add_user(&*t.store, 2).await);
    let others = order(&t, &event, &ben, 1).await;
    order(&t, &event, &ann, 2).await;
    end(&*t.store, &others, PaymentStatus::Expired).await;
    erase(&*t.store, ann.id).await;
    assert!(is_named(&*t.store, &others).await && is_pushed(&*t.store, &others).await);
}

/// [`box_office::Queue::erase_ended_orders`]: "of at most `limit` orders", each with all of its invoices.
pub async fn ended_orders_are_erased_with_all_their_invoices_up_to_limit(t: StoreUnderTest) {
    let event = add_event(&*t.store, &new_event(10, 10)).await;
    let ann = add_user(&*t.store, 1).await;
    let orders = [order(&t, &event, &ann, 1).await, order(&t, &event, &ann, 2).await];
    for (number, payment) in (3..).zip(&orders) {
        let invoice = NewInvoice { metadata: NAMED.into(), ..new_invoice(payment, number) };
        let attachment = Attachment { payment_id: payment.id, invoice, watch_from: noon(), replace: true };
        t.holds.attach_all(&[attachment]).await.unwrap();
        assert_eq!(t.store.invoices_of(payment.id).await.unwrap().len(), 2);
    }
    erase(&*t.store, ann.id).await;
    for payment in &orders {
        end(&*t.store, payment, PaymentStatus::Expired).await;
    }
    for left in [1, 0] {
        assert_eq!(t.store.erase_ended_orders(1).await.unwrap(), 1);
        let mut named = 0;
        for payment in &orders {
            named += usize::from(is_named(&*t.store, payment).await);
        }
        assert_eq!(named, left);
    }
    assert_eq!(t.store.erase_ended_orders(1).await.unwrap(), 0);
}
