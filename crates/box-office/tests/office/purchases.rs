use crate::harness::{TestShop, invoice_of, is_open, payment_of};
use box_office::{IdempotencyKey, Order, PurchaseError, PurchaseRefusal};
use chrono::Duration;
use events::EventPatch;
use kernel::{EventId, UserId};
use payments::{Bolt11, PaymentStatus};
use sandbox::{Call, Fault};
use sha2::{Digest, Sha256};
use tickets::TicketStatus;

#[tokio::test]
async fn paid_ticket_is_held_with_a_valid_invoice() {
    let shop = TestShop::open().await;
    let event = shop.event(10, 2_100).await;
    let receipt = shop.buy(&event).await;
    let view = shop.view(receipt.view.ticket.id).await;
    assert_eq!(view.ticket.status, TicketStatus::Pending);
    assert_eq!(shop.seats_taken(&event).await, 1);
    let invoice = invoice_of(&view);
    assert!(is_open(&invoice));
    let bolt11 = Bolt11::parse(&invoice.bolt11).unwrap();
    assert_eq!(bolt11.amount().unwrap().get(), 2_100_000);
    assert_eq!(bolt11.description_hash(), Some(Sha256::digest(&invoice.metadata).into()));
    assert!(shop.office.may_see(&view.ticket, None, Some(&receipt.status_token)));
    assert!(!shop.office.may_see(&view.ticket, None, Some("0123")));
}

#[tokio::test]
async fn free_ticket_is_paid_at_once_without_invoice_and_address() {
    let shop = TestShop::open().await;
    let event = shop.event(10, 0).await;
    let order = Order { uma_address: String::new(), ..shop.order(&event) };
    let receipt = shop.office.purchase(order).await.unwrap();
    assert_eq!(receipt.view.ticket.status, TicketStatus::Paid);
    assert_eq!((receipt.view.payment, receipt.view.invoice), (None, None));
    shop.office.run_due_jobs().await.unwrap();
    assert_eq!(*shop.emails.sent.lock().unwrap(), [payments::Notice::TicketIssued]);
}

#[tokio::test]
async fn refusals_store_nothing() {
    let shop = TestShop::open().await;
    let event = shop.event(1, 2_100).await;
    let refuse = async |order: Order| shop.office.purchase(order).await.unwrap_err();
    let refused = |error: &PurchaseError, refusal: PurchaseRefusal| matches!(error, PurchaseError::Refused(r) if *r == refusal);
    for address in ["", "alice@vasp.example", "$alice", "$al ice@vasp.example"] {
        let order = Order { uma_address: address.into(), ..shop.order(&event) };
        assert!(matches!(refuse(order).await, PurchaseError::BadAddress(_)), "{address}");
    }
    let unknown_event = Order { event_id: EventId::new(99), ..shop.order(&event) };
    assert!(refused(&refuse(unknown_event).await, PurchaseRefusal::UnknownEvent));
    let unknown_user = Order { user_id: UserId::new(99), ..shop.order(&event) };
    assert!(refused(&refuse(unknown_user).await, PurchaseRefusal::UnknownUser));
    assert_eq!(shop.seats_taken(&event).await, 0);
    shop.buy(&event).await;
    assert!(refused(&refuse(shop.order(&event)).await, PurchaseRefusal::SoldOut));
    let inactive = shop.event(1, 2_100).await;
    let off = EventPatch { is_active: Some(false), ..EventPatch::default() };
    shop.office.update_event(&shop.admin, inactive.id, &off).await.unwrap();
    assert!(refused(
        &refuse(shop.order(&inactive)).await,
        PurchaseRefusal::NotOnSale(events::NotOnSale::Inactive)
    ));
    let over = shop.event(1, 2_100).await;
    shop.clock.advance(Duration::hours(4));
    assert!(refused(&refuse(shop.order(&over)).await, PurchaseRefusal::NotOnSale(events::NotOnSale::Over)));
}

#[tokio::test]
async fn two_hundred_buyers_of_fifty_seats_get_fifty_holds() {
    let shop = TestShop::open().await;
    let event = shop.event(50, 2_100).await;
    let tries: Vec<_> = (0..200)
        .map(|_| {
            let (office, order) = (shop.office.clone(), shop.order(&event));
            tokio::spawn(async move { office.purchase(order).await })
        })
        .collect();
    let (mut held, mut sold_out) = (0, 0);
    for one in tries {
        match one.await.unwrap() {
            Ok(_) => held += 1,
            Err(PurchaseError::Refused(PurchaseRefusal::SoldOut)) => sold_out += 1,
            Err(other) => panic!("{other}"),
        }
    }
    assert_eq!((held, sold_out), (50, 150));
    assert_eq!(shop.seats_taken(&event).await, 50);
    shop.audit().await;
}

#[tokio::test]
async fn failed_invoice_creation_releases_the_seat() {
    let shop = TestShop::open().await;
    let event = shop.event(1, 2_100).await;
    for fault in [Fault::Unavailable, Fault::Refuse("no".into()), Fault::LostAnswer] {
        shop.node.faults().next(Call::CreateInvoice, fault);
        let error = shop.office.purchase(shop.order(&event)).await.unwrap_err();
        assert!(matches!(error, PurchaseError::Node(_)));
        assert_eq!(shop.seats_taken(&event).await, 0);
    }
    shop.buy(&event).await;
    shop.audit().await;
}

#[tokio::test]
async fn same_key_returns_the_same_ticket_and_a_different_request_is_refused() {
    let shop = TestShop::open().await;
    let event = shop.event(10, 2_100).await;
    let key = |fingerprint| {
        Some(IdempotencyKey { scope: "user/1".into(), key: "k".into(), fingerprint: [fingerprint; 32] })
    };
    let order = |fingerprint| Order { key: key(fingerprint), ..shop.order(&event) };
    let first = shop.office.purchase(order(1)).await.unwrap();
    let again = shop.office.purchase(order(1)).await.unwrap();
    assert_eq!(first.view.ticket.id, again.view.ticket.id);
    assert_eq!(first.view.invoice, again.view.invoice);
    let other = shop.office.purchase(order(2)).await.unwrap_err();
    assert!(matches!(other, PurchaseError::Refused(PurchaseRefusal::KeyReused)));
    assert_eq!(shop.seats_taken(&event).await, 1);
}

#[tokio::test]
async fn price_is_fixed_at_the_time_of_the_hold() {
    let shop = TestShop::open().await;
    let event = shop.event(10, 2_100).await;
    let receipt = shop.buy(&event).await;
    let increase = EventPatch { price_sats: Some(9_900), ..EventPatch::default() };
    shop.office.update_event(&shop.admin, event.id, &increase).await.unwrap();
    shop.pay(&invoice_of(&receipt.view));
    shop.poll().await;
    let payment = payment_of(&shop.view(receipt.view.ticket.id).await);
    assert_eq!((payment.state.status, payment.state.price.get()), (PaymentStatus::Paid, 2_100_000));
}

#[tokio::test]
async fn unreachable_address_holds_no_seat() {
    let shop = TestShop::open().await;
    let event = shop.event(3, 2_100).await;
    for address in [
        "$alice@192.0.2.7",
        "$alice@127.0.0.1",
        "$alice@vasp.example:8443",
        "$alice@shop.example",
        "$alice@SHOP.example",
        "$alice@localhost",
        "$alice@printer.local",
    ] {
        let order = Order { uma_address: address.into(), ..shop.order(&event) };
        let refused = shop.office.purchase(order).await;
        assert!(matches!(refused, Err(PurchaseError::BadAddress(_))), "{address}: {refused:?}");
    }
    assert_eq!(shop.seats_taken(&event).await, 0);
}
