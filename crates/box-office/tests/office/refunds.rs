use crate::harness::{BUYER, TestShop, invoice_of, payment_id, payment_of, unreachable};
use box_office::{Receipt, RefundError};
use chrono::Duration;
use events::Event;
use payments::{NewRefund, PaymentStatus, Refund, RefundReason, RefundStatus};
use sandbox::{Call, Fault, InvoiceRecord, InvoiceState, PayFailure};
use std::{future::poll_fn, pin::pin, task::Poll};
use tickets::TicketStatus;
use uma_protocol::payer_data::DataOptions;

pub(crate) async fn paid(shop: &TestShop, event: &Event) -> Receipt {
    let receipt = shop.buy(event).await;
    shop.pay(&invoice_of(&receipt.view));
    shop.poll().await;
    receipt
}

pub(crate) async fn the_refund(shop: &TestShop, receipt: &Receipt) -> Refund {
    shop.office.store().refunds_of(payment_id(receipt)).await.unwrap().remove(0)
}

/// Total received by the buyer's node, in msats.
pub(crate) fn arrived(shop: &TestShop) -> u64 {
    let settled = |invoice: &InvoiceRecord| match invoice.state {
        InvoiceState::Settled { amount, .. } => amount.get(),
        InvoiceState::Open | InvoiceState::Cancelled => 0,
    };
    shop.payer.invoices().iter().map(settled).sum()
}

pub(crate) async fn run(shop: &TestShop) {
    for _ in 0..12 {
        shop.office.run_due_jobs().await.unwrap();
        shop.clock.advance(Duration::seconds(30));
    }
}

#[tokio::test]
async fn revoked_ticket_releases_its_seat_and_refunds_its_price() {
    let shop = TestShop::open().await;
    let event = shop.event(1, 2_100).await;
    let receipt = paid(&shop, &event).await;
    let nothing_due =
        shop.office.request_refund(Some(&shop.admin), payment_id(&receipt), Some(BUYER), false).await;
    assert!(matches!(nothing_due, Err(RefundError::NothingDue)));
    shop.office.request_refund(Some(&shop.admin), payment_id(&receipt), Some(BUYER), true).await.unwrap();
    run(&shop).await;
    let view = shop.view(receipt.view.ticket.id).await;
    assert_eq!(view.ticket.status, TicketStatus::Refunded);
    let state = payment_of(&view).state;
    assert_eq!(
        (state.status, state.refundable().get(), state.refunded.get()),
        (PaymentStatus::Refunded, 0, 2_100_000)
    );
    assert_eq!(the_refund(&shop, &receipt).await.status, RefundStatus::Paid);
    assert_eq!(arrived(&shop), 2_100_000);
    assert_eq!(shop.seats_taken(&event).await, 0);
    shop.audit().await;
}

#[tokio::test]
async fn concurrent_refund_requests_begin_one_refund() {
    let shop = TestShop::open().await;
    let event = shop.event(1, 2_100).await;
    let receipt = paid(&shop, &event).await;
    let requests = (0..5).map(|_| {
        let (office, admin, id) = (shop.office.clone(), shop.admin.clone(), payment_id(&receipt));
        tokio::spawn(async move { office.request_refund(Some(&admin), id, Some(BUYER), true).await.is_ok() })
    });
    let mut begun = 0;
    for request in requests.collect::<Vec<_>>() {
        begun += i32::from(request.await.unwrap());
    }
    assert_eq!(begun, 1);
    run(&shop).await;
    assert_eq!(arrived(&shop), 2_100_000);
    shop.audit().await;
}

#[tokio::test]
async fn refund_is_paid_once_despite_node_faults() {
    let faults = [
        (Call::Pay, Fault::Unavailable),
        (Call::Pay, Fault::LostRequest),
        (Call::Pay, Fault::LostAnswer),
        (Call::Outgoing, Fault::Unavailable),
        (Call::Outgoing, Fault::LostAnswer),
    ];
    for (call, fault) in faults {
        let shop = TestShop::open().await;
        let event = shop.event(1, 2_100).await;
        let receipt = paid(&shop, &event).await;
        shop.node.faults().next(call, fault.clone());
        shop.office.request_refund(Some(&shop.admin), payment_id(&receipt), Some(BUYER), true).await.unwrap();
        run(&shop).await;
        assert_eq!(the_refund(&shop, &receipt).await.status, RefundStatus::Paid, "{call:?} {fault:?}");
        assert_eq!(arrived(&shop), 2_100_000, "{call:?} {fault:?}");
        shop.audit().await;
    }
}

#[tokio::test]
async fn refund_in_flight_is_neither_failed_nor_sent_again() {
    let shop = TestShop::open().await;
    let event = shop.event(1, 2_100).await;
    let receipt = paid(&shop, &event).await;
    shop.payer.faults().hold_incoming(true);
    shop.office.request_refund(Some(&shop.admin), payment_id(&receipt), Some(BUYER), true).await.unwrap();
    run(&shop).await;
    assert_eq!(the_refund(&shop, &receipt).await.status, RefundStatus::Sending);
    assert_eq!(shop.payer.release_held().unwrap(), 1);
    run(&shop).await;
    assert_eq!(the_refund(&shop, &receipt).await.status, RefundStatus::Paid);
    assert_eq!(arrived(&shop), 2_100_000);
    shop.audit().await;
}

#[tokio::test]
async fn failed_refund_can_be_requested_again() {
    let shop = TestShop::open().await;
    let event = shop.event(1, 2_100).await;
    let receipt = paid(&shop, &event).await;
    shop.node.faults().fail_next_payment(PayFailure::NoRoute);
    shop.office.request_refund(Some(&shop.admin), payment_id(&receipt), Some(BUYER), true).await.unwrap();
    run(&shop).await;
    assert_eq!(the_refund(&shop, &receipt).await.status, RefundStatus::Failed);
    assert_eq!(payment_of(&shop.view(receipt.view.ticket.id).await).state.refundable().get(), 2_100_000);
    shop.office.request_refund(Some(&shop.admin), payment_id(&receipt), Some(BUYER), false).await.unwrap();
    run(&shop).await;
    assert_eq!(arrived(&shop), 2_100_000);
    shop.audit().await;
}

#[tokio::test]
async fn invoice_with_a_higher_amount_is_not_paid() {
    let shop = TestShop::open().await;
    let event = shop.event(1, 2_100).await;
    let receipt = paid(&shop, &event).await;
    *shop.vasp.wrong_amount.lock().unwrap() = Some(9_999_000);
    shop.office.request_refund(Some(&shop.admin), payment_id(&receipt), Some(BUYER), true).await.unwrap();
    run(&shop).await;
    let refund = the_refund(&shop, &receipt).await;
    assert_eq!((refund.status, arrived(&shop)), (RefundStatus::Failed, 0));
    shop.audit().await;
}

#[tokio::test]
async fn refund_gives_the_mandatory_payer_data_of_the_shop() {
    let shop = TestShop::open().await;
    let event = shop.event(1, 2_100).await;
    let receipt = paid(&shop, &event).await;
    let asked = DataOptions::default().with("name", true).with("identifier", true).with("email", false);
    *shop.vasp.payer_data.lock().unwrap() = asked;
    shop.office.request_refund(Some(&shop.admin), payment_id(&receipt), Some(BUYER), true).await.unwrap();
    run(&shop).await;
    assert_eq!(the_refund(&shop, &receipt).await.status, RefundStatus::Paid);
    let sent: serde_json::Value =
        serde_json::from_str(shop.vasp.received_payer_data.lock().unwrap().as_deref().unwrap()).unwrap();
    assert_eq!(sent, serde_json::json!({ "name": "Tickets by UMA", "identifier": "tickets@shop.example" }));
}

#[tokio::test]
async fn failed_refund_has_a_reason() {
    use RefundReason::{AddressRefused, AddressUnusable, AmountOutOfRange, InvoiceUnusable};
    type Break = fn(&TestShop);
    let malformed = |shop: &TestShop| {
        let error =
            uma_protocol::UmaError::new(uma_protocol::ErrorCode::ParseLnurlpResponseError, "tag is missing");
        let error = uma_protocol::counterparty::CounterpartyError::Malformed(error);
        shop.vasp.refusals.lock().unwrap().push_back(error);
    };
    let rude = |shop: &TestShop| {
        let body =
            serde_json::json!({ "status": "ERROR", "reason": "Daily\r\n\u{202e}limit \u{1b}[1mreached" });
        let body = serde_json::from_value(body).unwrap();
        let error = uma_protocol::counterparty::CounterpartyError::Refused { status: 403, body };
        shop.vasp.refusals.lock().unwrap().push_back(error);
    };
    let cases: [(Break, RefundReason, &str); 6] = [
        (rude, AddressRefused, "The address's server refused: Daily limit [1mreached."),
        (
            |shop| *shop.vasp.wrong_amount.lock().unwrap() = Some(9_999_000),
            InvoiceUnusable,
            "The address's invoice asks for 9999 sats, not 2100 sats.",
        ),
        (
            |shop| *shop.vasp.invoice_life.lock().unwrap() = Some(10),
            InvoiceUnusable,
            "The address's invoice has expired or is about to expire.",
        ),
        (
            |shop| *shop.vasp.invoice_life.lock().unwrap() = Some(7 * 86_400),
            InvoiceUnusable,
            "The address's invoice stays payable for more than a day.",
        ),
        (malformed, AddressUnusable, "The address's answer cannot be used: tag is missing."),
        (
            |shop| *shop.vasp.payer_data.lock().unwrap() = DataOptions::default().with("pubkey", true),
            AddressUnusable,
            "The refund cannot be sent: the address demands payer data that the shop does not have: pubkey.",
        ),
    ];
    for (breaks, reason, why) in cases {
        let shop = TestShop::open().await;
        let event = shop.event(1, 2_100).await;
        let receipt = paid(&shop, &event).await;
        breaks(&shop);
        shop.office.request_refund(Some(&shop.admin), payment_id(&receipt), Some(BUYER), true).await.unwrap();
        run(&shop).await;
        let refund = the_refund(&shop, &receipt).await;
        assert_eq!(refund.status, RefundStatus::Failed, "{why}");
        assert_eq!((refund.reason(), refund.sentence().as_deref()), (Some(reason), Some(why)));
    }
    // The address takes up to 100,000 sats.
    let shop = TestShop::open().await;
    let event = shop.event(1, 200_000).await;
    let receipt = paid(&shop, &event).await;
    shop.office.request_refund(Some(&shop.admin), payment_id(&receipt), Some(BUYER), true).await.unwrap();
    run(&shop).await;
    let refund = the_refund(&shop, &receipt).await;
    let why = "The address takes 1 sats to 100000 sats at once, not 200000 sats.";
    assert_eq!((refund.reason(), refund.sentence().as_deref()), (Some(AmountOutOfRange), Some(why)));
}

#[tokio::test]
async fn invoice_with_a_plain_description_is_paid() {
    let shop = TestShop::open().await;
    let event = shop.event(1, 2_100).await;
    let receipt = paid(&shop, &event).await;
    shop.vasp.plain_description.store(true, std::sync::atomic::Ordering::SeqCst);
    shop.office.request_refund(Some(&shop.admin), payment_id(&receipt), Some(BUYER), true).await.unwrap();
    run(&shop).await;
    assert_eq!((the_refund(&shop, &receipt).await.status, arrived(&shop)), (RefundStatus::Paid, 2_100_000));
}

#[tokio::test]
async fn unreachable_destination_is_retried() {
    let shop = TestShop::open().await;
    let event = shop.event(1, 2_100).await;
    let receipt = paid(&shop, &event).await;
    shop.vasp.refusals.lock().unwrap().extend([unreachable(), unreachable()]);
    shop.office.request_refund(Some(&shop.admin), payment_id(&receipt), Some(BUYER), true).await.unwrap();
    run(&shop).await;
    assert_eq!(the_refund(&shop, &receipt).await.status, RefundStatus::Paid);
    let nowhere =
        shop.office.request_refund(Some(&shop.admin), payment_id(&receipt), Some("nowhere"), false).await;
    assert!(matches!(nowhere, Err(RefundError::BadDestination)));
}

#[tokio::test]
async fn cancelled_event_refunds_all_tickets_and_releases_all_seats() {
    let shop = TestShop::open().await;
    let event = shop.event(10, 2_100).await;
    for _ in 0..3 {
        paid(&shop, &event).await;
    }
    let waiting = shop.buy(&event).await;
    let plan = shop.office.plan_cancellation(event.id).await.unwrap().unwrap();
    assert_eq!((plan.tickets, plan.total.get()), (4, 6_300_000));
    shop.office.cancel_event(&shop.admin, event.id).await.unwrap();
    shop.office.cancel_event(&shop.admin, event.id).await.unwrap();
    run(&shop).await;
    assert_eq!(arrived(&shop), 6_300_000);
    assert_eq!(shop.view(waiting.view.ticket.id).await.ticket.status, TicketStatus::Cancelled);
    assert_eq!(shop.seats_taken(&event).await, 0);
    shop.audit().await;
}

#[tokio::test]
async fn ticket_is_revoked_only_with_its_refund() {
    let shop = TestShop::open().await;
    let event = shop.event(1, 2_100).await;
    let receipt = shop.buy(&event).await;
    // No payment was received, so nothing is refundable and nothing may change.
    let early = shop.office.request_refund(Some(&shop.admin), payment_id(&receipt), Some(BUYER), true).await;
    assert!(matches!(early, Err(RefundError::NothingDue)));
    assert_eq!(shop.view(receipt.view.ticket.id).await.ticket.status, TicketStatus::Pending);
    shop.pay(&invoice_of(&receipt.view));
    shop.poll().await;
    let wrong =
        shop.office.request_refund(Some(&shop.admin), payment_id(&receipt), Some("nowhere"), true).await;
    assert!(matches!(wrong, Err(RefundError::BadDestination)));
    assert_eq!(shop.view(receipt.view.ticket.id).await.ticket.status, TicketStatus::Paid);
    let begun =
        shop.office.request_refund(Some(&shop.admin), payment_id(&receipt), Some(BUYER), true).await.unwrap();
    assert_eq!(shop.view(receipt.view.ticket.id).await.ticket.status, TicketStatus::Refunded);
    assert_eq!(the_refund(&shop, &receipt).await.id, begun.id);
}

/// Drops the request after each number of polls, like a process that is killed.
#[tokio::test]
async fn interrupted_revocation_leaves_a_paid_ticket_or_a_refund() {
    let shop = TestShop::open().await;
    let event = shop.event(500, 2_100).await;
    let mut interrupted = 0;
    for polls in 1..500 {
        let receipt = paid(&shop, &event).await;
        let ended = {
            let id = payment_id(&receipt);
            let mut request = pin!(shop.office.request_refund(Some(&shop.admin), id, Some(BUYER), true));
            let mut left = polls;
            poll_fn(move |context| {
                if left == 0 {
                    return Poll::Ready(None);
                }
                left -= 1;
                request.as_mut().poll(context).map(Some)
            })
            .await
        };
        let refunds = shop.office.store().refunds_of(payment_id(&receipt)).await.unwrap().len();
        let status = shop.view(receipt.view.ticket.id).await.ticket.status;
        let consistent = [(TicketStatus::Paid, 0), (TicketStatus::Refunded, 1)];
        assert!(consistent.contains(&(status, refunds)), "{polls}: {status:?}, {refunds} refunds");
        match ended {
            None => interrupted += 1,
            Some(begun) => {
                begun.unwrap();
                break;
            }
        }
    }
    assert_ne!(interrupted, 0);
}

/// An open refund of the price, as an earlier release could leave behind.
#[tokio::test]
async fn ticket_with_an_open_refund_of_its_price_is_not_revoked() {
    let shop = TestShop::open().await;
    let event = shop.event(1, 2_100).await;
    let receipt = paid(&shop, &event).await;
    let refund = NewRefund {
        payment_id: payment_id(&receipt),
        amount: payment_of(&receipt.view).state.price,
        destination: BUYER.into(),
        requested_by: None,
        created_at: shop.office.now(),
    };
    let mut session = shop.office.store().begin().await.unwrap();
    session.add_refund(&refund).await.unwrap();
    session.commit().await.unwrap();
    let revoked =
        shop.office.request_refund(Some(&shop.admin), payment_id(&receipt), Some(BUYER), true).await;
    assert!(matches!(revoked, Err(RefundError::NothingDue)), "{revoked:?}");
    assert_eq!(shop.view(receipt.view.ticket.id).await.ticket.status, TicketStatus::Paid);
}
