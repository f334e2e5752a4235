//! Orders of three tickets of two types with a promo code, from their placing to their end.

use crate::{
    collecting::{connect, script_answers},
    harness::{BUYER, TestShop},
    receiving::{TestPayreq, payreq, test_payreq},
};
use box_office::{IdempotencyKey, Links, OrderDraft, OrderReceipt, OrderView, Proof, Settled};
use chrono::Duration;
use events::{Event, NewTicketType, PromoCodeText, TicketPrice};
use kernel::{Msats, Sats};
use payments::{Invoice, Notice, PaymentStatus, WalletAnswer};
use sandbox::{Call, Fault};
use testkit::{
    builders::noon,
    order_builders::{add_new_type, add_promo_code, new_promo_code},
};
use tickets::{Buyer, GuestEmail, LineRequest, OrderKind, OrderStatus, ShownPrice, TicketStatus};
use uma_protocol::ErrorCode;

/// Two early birds at 900 sats and a supporter at 2,700, with the discount.
const TOTAL: u64 = 4_500;

struct Sale {
    shop: TestShop,
    event: Event,
    draft: OrderDraft,
}

async fn sale(capacity: i64) -> Sale {
    let shop = TestShop::open().await;
    let event = shop.event(capacity, 2_100).await;
    let store = shop.office.store();
    let mut lines = Vec::new();
    for (name, price, quantity) in [("Early bird", 1_000, 2), ("Supporter", 3_000, 1)] {
        let price = TicketPrice::Fixed(Sats::new(price).unwrap());
        let general = NewTicketType::general_admission(event.id, Sats::ZERO, noon());
        let new = NewTicketType { name: name.into(), price, quota: Some(3), position: 1, ..general };
        let ticket_type_id = add_new_type(store, &new).await.id;
        lines.push(LineRequest { ticket_type_id, quantity, chosen: None });
    }
    add_promo_code(store, &new_promo_code(Some(&event), "TENOFF")).await;
    let buyer = Buyer {
        user_id: Some(shop.buyer.id()),
        email: None,
        payer_address: Some(BUYER.into()),
        ..Buyer::default()
    };
    let draft = OrderDraft {
        event_id: event.id,
        kind: OrderKind::Sale,
        organiser: None,
        lines,
        promo_code: Some(PromoCodeText::parse("tenoff").unwrap()),
        shown: None,
        buyer,
        holders: Vec::new(),
        email_proved: true,
        network: None,
        key: None,
    };
    Sale { shop, event, draft }
}

impl Sale {
    async fn place(&self) -> OrderReceipt {
        let receipt = self.shop.office.place_order(self.draft.clone()).await.unwrap();
        assert_eq!(receipt.view.payment.as_ref().map(|one| one.state.price), Some(sats(TOTAL)));
        receipt
    }

    async fn order(&self, receipt: &OrderReceipt) -> OrderView {
        self.shop.office.store().order(receipt.view.order.id).await.unwrap().unwrap()
    }

    /// Asserts that the order is in this state with all of its tickets, and that money and counters add up.
    async fn expect(
        &self,
        receipt: &OrderReceipt,
        status: OrderStatus,
        tickets: TicketStatus,
        money: PaymentStatus,
    ) {
        let view = self.order(receipt).await;
        assert_eq!((view.order.status, view.payment.unwrap().state.status), (status, money));
        assert!(view.tickets.iter().all(|one| one.ticket.status == tickets), "{:?}", view.tickets);
        self.recount().await;
    }

    async fn recount(&self) {
        let store = self.shop.office.store();
        let event = store.event(self.event.id).await.unwrap().unwrap();
        let types = store.ticket_types(event.id).await.unwrap();
        assert_eq!(types.iter().map(|one| one.taken).sum::<u32>(), event.seats_taken);
        let used = store.promo_codes(Some(event.id)).await.unwrap().pop().unwrap().used;
        assert_eq!(used, u32::from(types.iter().any(|one| one.name == "Supporter" && one.taken > 0)));
        self.shop.audit().await;
    }

    fn sent(&self) -> Vec<Notice> {
        self.shop.emails.sent.lock().unwrap().clone()
    }

    async fn receive(&self, invoice: &Invoice, amount: u64) -> Settled {
        let proof = Proof::Node { amount: sats(amount), at: None };
        self.shop.office.settle(invoice.payment_hash, proof).await.unwrap()
    }
}

fn sats(amount: u64) -> Msats {
    Sats::new(amount).unwrap().to_msats()
}

#[tokio::test]
async fn order_is_paid_by_one_invoice_that_each_of_its_tickets_shows() {
    let sale = sale(10).await;
    let receipt = sale.place().await;
    let invoice = receipt.invoice.clone().unwrap();
    assert!(
        invoice.metadata.contains("2 × Early bird, 1 × Supporter – Late Show, ordered by"),
        "{invoice:?}"
    );
    for one in &receipt.view.tickets {
        assert_eq!(sale.shop.view(one.ticket.id).await.invoice.as_ref(), Some(&invoice));
    }
    sale.expect(&receipt, OrderStatus::Pending, TicketStatus::Pending, PaymentStatus::Pending).await;
    sale.shop.pay(&invoice);
    sale.shop.poll().await;
    sale.expect(&receipt, OrderStatus::Paid, TicketStatus::Paid, PaymentStatus::Paid).await;
    sale.shop.office.run_due_jobs().await.unwrap();
    assert_eq!(sale.sent(), [Notice::TicketIssued]);
    assert_eq!(sale.receive(&invoice, TOTAL).await, Settled::Recorded);
    sale.expect(&receipt, OrderStatus::Paid, TicketStatus::Paid, PaymentStatus::Paid).await;
}

#[tokio::test]
async fn key_and_repetition_return_the_same_order() {
    let mut sale = sale(10).await;
    let first = sale.place().await;
    assert_eq!(sale.place().await.view.order.id, first.view.order.id, "repeated");
    let key = IdempotencyKey { scope: "user/1".into(), key: "k".into(), fingerprint: [1; 32] };
    sale.draft.key = Some(key);
    sale.draft.lines[0].quantity = 1;
    let place = async || sale.shop.office.place_order(sale.draft.clone()).await.unwrap();
    let (keyed, again) = (place().await, place().await);
    assert_eq!((&keyed.view, &keyed.invoice), (&again.view, &again.invoice));
    assert_ne!(keyed.view.order.id, first.view.order.id);
    assert_eq!(sale.shop.seats_taken(&sale.event).await, 5);
}

#[tokio::test]
async fn part_of_the_price_issues_no_ticket_and_more_issues_all() {
    let sale = sale(10).await;
    let receipt = sale.place().await;
    let invoice = receipt.invoice.clone().unwrap();
    assert_eq!(sale.receive(&invoice, TOTAL - 1).await, Settled::Recorded);
    sale.expect(&receipt, OrderStatus::Pending, TicketStatus::Pending, PaymentStatus::Pending).await;
    assert_eq!(sale.receive(&invoice, TOTAL + 7).await, Settled::Issued);
    sale.expect(&receipt, OrderStatus::Paid, TicketStatus::Paid, PaymentStatus::Paid).await;
    let payment = sale.order(&receipt).await.payment.unwrap();
    assert_eq!(payment.state.refundable(), sats(7));
}

#[tokio::test]
async fn late_payment_takes_all_seats_or_none() {
    for others in [0, 1] {
        let sale = sale(3).await;
        let receipt = sale.place().await;
        assert_eq!(sale.shop.lapse().await, 1);
        sale.expect(&receipt, OrderStatus::Expired, TicketStatus::Expired, PaymentStatus::Expired).await;
        assert_eq!(sale.shop.seats_taken(&sale.event).await, 0);
        for _ in 0..others {
            sale.shop.buy(&sale.event).await;
        }
        let invoice = receipt.invoice.clone().unwrap();
        if others == 0 {
            assert_eq!(sale.receive(&invoice, TOTAL).await, Settled::Issued);
            sale.expect(&receipt, OrderStatus::Paid, TicketStatus::Paid, PaymentStatus::Paid).await;
        } else {
            assert_eq!(sale.receive(&invoice, TOTAL).await, Settled::Recorded);
            sale.expect(&receipt, OrderStatus::Expired, TicketStatus::Expired, PaymentStatus::Expired).await;
            assert_eq!(sale.order(&receipt).await.payment.unwrap().state.refundable(), sats(TOTAL));
        }
    }
}

#[tokio::test]
async fn retry_holds_all_seats_again() {
    let sale = sale(3).await;
    let receipt = sale.place().await;
    sale.shop.lapse().await;
    let payment = receipt.view.payment.as_ref().unwrap().id;
    let invoice = sale.shop.office.retry(&sale.shop.admin, payment).await.unwrap().invoice.unwrap();
    assert!(invoice.metadata.contains("2 × Early bird, 1 × Supporter – Late Show"));
    sale.expect(&receipt, OrderStatus::Pending, TicketStatus::Pending, PaymentStatus::Pending).await;
    assert_eq!(sale.receive(&invoice, TOTAL).await, Settled::Issued);
    sale.expect(&receipt, OrderStatus::Paid, TicketStatus::Paid, PaymentStatus::Paid).await;
}

#[tokio::test]
async fn cancelling_any_ticket_of_an_unpaid_order_cancels_it() {
    let sale = sale(3).await;
    let receipt = sale.place().await;
    let last = receipt.view.tickets[2].ticket.id;
    sale.shop.office.cancel_ticket(last, Some(&sale.shop.buyer), None).await.unwrap();
    sale.expect(&receipt, OrderStatus::Cancelled, TicketStatus::Cancelled, PaymentStatus::Failed).await;
}

#[tokio::test]
async fn node_without_an_invoice_fails_the_whole_order() {
    let sale = sale(3).await;
    sale.shop.node.faults().next(Call::CreateInvoice, Fault::Unavailable);
    assert!(sale.shop.office.place_order(sale.draft.clone()).await.is_err());
    assert_eq!(sale.shop.seats_taken(&sale.event).await, 0);
    sale.recount().await;
    sale.place().await;
}

#[tokio::test]
async fn single_tickets_are_refunded_at_their_price() {
    let sale = sale(3).await;
    let receipt = sale.place().await;
    assert_eq!(sale.receive(receipt.invoice.as_ref().unwrap(), TOTAL).await, Settled::Issued);
    let ids: Vec<_> = receipt.view.tickets.iter().map(|one| one.ticket.id).collect();
    let refund = async |tickets: &[kernel::TicketId]| {
        let tickets = tickets.iter().copied().collect();
        sale.shop.office.refund_tickets(&sale.shop.admin, tickets, None).await
    };
    let one = refund(&ids[1..2]).await.unwrap().unwrap();
    assert_eq!((one.amount, one.destination.as_str()), (sats(900), BUYER));
    let view = sale.order(&receipt).await;
    let statuses: Vec<_> = view.tickets.iter().map(|one| one.ticket.status).collect();
    assert_eq!(statuses, [TicketStatus::Paid, TicketStatus::Refunded, TicketStatus::Paid]);
    let payment = view.payment.unwrap();
    assert_eq!((view.order.status, payment.state.status), (OrderStatus::Paid, PaymentStatus::Paid));
    assert_eq!((payment.state.kept(), payment.state.refundable()), (sats(3_600), sats(900)));
    sale.recount().await;
    assert!(refund(&ids[1..2]).await.is_err(), "it is revoked");
    let rest = refund(&[ids[0], ids[2]]).await.unwrap().unwrap();
    assert_eq!(rest.amount, sats(3_600));
    sale.expect(&receipt, OrderStatus::Refunded, TicketStatus::Refunded, PaymentStatus::Refunded).await;
    assert_eq!(sale.shop.seats_taken(&sale.event).await, 0);
}

#[tokio::test]
async fn cancelled_event_refunds_what_each_ticket_cost() {
    let sale = sale(3).await;
    let receipt = sale.place().await;
    assert_eq!(sale.receive(receipt.invoice.as_ref().unwrap(), TOTAL).await, Settled::Issued);
    sale.shop.office.cancel_event(&sale.shop.admin, sale.event.id).await.unwrap();
    for _ in 0..5 {
        sale.shop.office.run_due_jobs().await.unwrap();
        sale.shop.clock.advance(Duration::seconds(2));
    }
    let view = sale.order(&receipt).await;
    assert_eq!(view.order.status, OrderStatus::Refunded);
    assert!(view.tickets.iter().all(|one| one.ticket.status == TicketStatus::Refunded));
    let refunds = sale.shop.office.store().refunds_of(view.payment.unwrap().id).await.unwrap();
    assert_eq!(refunds.iter().map(|refund| refund.amount).collect::<Vec<_>>(), [sats(TOTAL)]);
    let cancelled = sale.sent().into_iter().filter(|one| matches!(one, Notice::EventCancelled { .. }));
    assert_eq!(cancelled.count(), 1);
    sale.recount().await;
}

#[tokio::test]
async fn order_without_an_address_is_paid_with_the_bolt11_and_pushed_nowhere() {
    let mut sale = sale(3).await;
    let email = GuestEmail { address: "guest@mail.example".into(), confirmed_at: None };
    sale.draft.buyer = Buyer { user_id: None, email: Some(email), payer_address: None, ..Buyer::default() };
    let receipt = sale.place().await;
    sale.shop.office.run_due_jobs().await.unwrap();
    assert_eq!(*sale.shop.vasp.pushed.lock().unwrap(), Vec::<String>::new());
    sale.shop.pay(receipt.invoice.as_ref().unwrap());
    sale.shop.poll().await;
    sale.expect(&receipt, OrderStatus::Paid, TicketStatus::Paid, PaymentStatus::Paid).await;
}

#[tokio::test]
async fn guest_without_confirmation_or_payment_gets_no_email_but_the_link() {
    for confirmed in [false, true] {
        let sale = guest_sale(confirmed).await;
        let expired = sale.place().await;
        sale.shop.office.run_due_jobs().await.unwrap();
        assert_eq!(sale.shop.emails.take_log(), ["guest@mail.example: placed"]);
        assert_eq!(sale.shop.lapse().await, 1);
        sale.shop.office.run_due_jobs().await.unwrap();
        assert_eq!(sale.sent().len(), usize::from(confirmed), "{:?}", sale.sent());
        // A late payment is the guest's money: the address gets the notice.
        sale.receive(expired.invoice.as_ref().unwrap(), 10).await;
        sale.shop.office.run_due_jobs().await.unwrap();
        assert_eq!(sale.sent().len(), 1 + usize::from(confirmed), "{:?}", sale.sent());

        let sale = guest_sale(confirmed).await;
        sale.place().await;
        sale.shop.office.cancel_event(&sale.shop.admin, sale.event.id).await.unwrap();
        sale.shop.office.run_due_jobs().await.unwrap();
        assert_eq!(sale.sent().len(), usize::from(confirmed), "{:?}", sale.sent());
    }
    let sale = guest_sale(false).await;
    let paid = sale.place().await;
    sale.receive(paid.invoice.as_ref().unwrap(), TOTAL).await;
    sale.shop.office.run_due_jobs().await.unwrap();
    assert_eq!(sale.sent(), [Notice::TicketIssued]);
}

/// The sale with a guest as its buyer.
async fn guest_sale(confirmed: bool) -> Sale {
    let mut sale = sale(10).await;
    let confirmed_at = confirmed.then(noon);
    let email = GuestEmail { address: "guest@mail.example".into(), confirmed_at };
    sale.draft.buyer = Buyer { user_id: None, email: Some(email), payer_address: None, ..Buyer::default() };
    sale
}

#[tokio::test]
async fn free_order_of_a_guest_expires_without_its_confirmation() {
    let mut sale = sale(3).await;
    let code = events::NewPromoCode {
        discount: events::Discount::Free,
        ..new_promo_code(Some(&sale.event), "GIFT")
    };
    add_promo_code(sale.shop.office.store(), &code).await;
    let email = GuestEmail { address: "guest@mail.example".into(), confirmed_at: None };
    sale.draft.buyer = Buyer { user_id: None, email: Some(email), payer_address: None, ..Buyer::default() };
    sale.draft.promo_code = Some(PromoCodeText::parse("gift").unwrap());
    let receipt = sale.shop.office.place_order(sale.draft.clone()).await.unwrap();
    assert_eq!((receipt.view.order.status, receipt.invoice), (OrderStatus::AwaitingConfirmation, None));
    assert_eq!(sale.shop.seats_taken(&sale.event).await, 3);
    assert_eq!(sale.shop.lapse().await, 1);
    let view = sale.shop.office.store().order(receipt.view.order.id).await.unwrap().unwrap();
    assert_eq!(view.order.status, OrderStatus::Expired);
    assert_eq!(sale.shop.seats_taken(&sale.event).await, 0);
    let used: Vec<_> = sale.shop.office.store().promo_codes(Some(sale.event.id)).await.unwrap();
    assert!(used.iter().all(|code| code.used == 0));
}

#[tokio::test]
async fn free_tickets_of_an_account_are_given_back_one_by_one_and_on_erasure() {
    let mut sale = sale(3).await;
    let code = events::NewPromoCode {
        discount: events::Discount::Free,
        ..new_promo_code(Some(&sale.event), "GIFT")
    };
    let code = add_promo_code(sale.shop.office.store(), &code).await;
    sale.draft.promo_code = Some(PromoCodeText::parse("gift").unwrap());
    let receipt = sale.shop.office.place_order(sale.draft.clone()).await.unwrap();
    assert_eq!(receipt.view.order.status, OrderStatus::Paid);
    let given = receipt.view.tickets[0].ticket.id;
    let buyer = &sale.shop.buyer;
    let view = sale.shop.office.cancel_ticket(given, Some(buyer), None).await.unwrap();
    assert_eq!(view.ticket.status, TicketStatus::Cancelled);
    assert!(sale.shop.office.cancel_ticket(given, Some(buyer), None).await.is_err());
    assert_eq!(sale.shop.seats_taken(&sale.event).await, 2);
    let used = async || {
        let codes = sale.shop.office.store().promo_codes(Some(sale.event.id)).await.unwrap();
        codes.into_iter().find(|one| one.id == code.id).unwrap().used
    };
    assert_eq!(used().await, 1);
    sale.shop.office.delete_user(buyer, buyer.id(), box_office::Origin::Unlimited).await.unwrap();
    assert_eq!((sale.shop.seats_taken(&sale.event).await, used().await), (0, 0));
    let order = sale.shop.office.store().order(receipt.view.order.id).await.unwrap().unwrap().order;
    assert_eq!((order.status, order.buyer.user_id), (OrderStatus::Cancelled, None));
}

#[tokio::test]
async fn pay_request_to_any_of_its_tickets_gets_the_orders_bolt11() {
    let sale = sale(10).await;
    let receipt = sale.place().await;
    let invoice = receipt.invoice.clone().unwrap();
    let links = Links::new(&[3; 32]);
    for (one, nonce) in receipt.view.tickets.iter().zip(["1", "2", "3"]) {
        let tag = links.payreq_tag(&one.ticket);
        let request = TestPayreq { sats: TOTAL, nonce, ..test_payreq() };
        let response = payreq(&sale.shop, one.ticket.id, &tag, &request).await.unwrap();
        assert_eq!(response.pr, invoice.bolt11);
    }
    let last = &receipt.view.tickets[2].ticket;
    let price_of_one = TestPayreq { sats: 2_700, nonce: "4", ..test_payreq() };
    let refused = payreq(&sale.shop, last.id, &links.payreq_tag(last), &price_of_one).await;
    assert_eq!(refused.unwrap_err(), ErrorCode::AmountOutOfRange);
}

#[tokio::test]
async fn connected_wallet_pays_an_order_once() {
    let sale = sale(10).await;
    connect(&sale.shop).await;
    let shown = Some(ShownPrice::Total(Sats::new(TOTAL).unwrap()));
    let draft = OrderDraft { shown, ..sale.draft.clone() };
    let receipt = sale.shop.office.place_order(draft).await.unwrap();
    let invoice = receipt.invoice.clone().unwrap();
    sale.shop.pay(&invoice);
    let preimage = sale.shop.payer.preimage_of(invoice.payment_hash).unwrap();
    script_answers(&sale.shop, [WalletAnswer::Paid(preimage)]);
    for _ in 0..2 {
        sale.shop.office.run_due_jobs().await.unwrap();
    }
    sale.expect(&receipt, OrderStatus::Paid, TicketStatus::Paid, PaymentStatus::Paid).await;
    assert!(sale.shop.vasp.pushed.lock().unwrap().is_empty());
    assert_eq!(sale.shop.wallet.paid.lock().unwrap().len(), 1);
}
