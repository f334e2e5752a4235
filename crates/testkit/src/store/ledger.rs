//! `box_office::Views::ledger`.

use super::{
    StoreUnderTest, orders,
    views::{paid_sale, payments_found, sale},
};
use crate::{
    builders::{
        add_event, add_user, at, attach, hold_request, in_session, msats, new_event, new_event_invoice,
        new_invoice, noon, payment_hash, prove, put_ticket, settle, take,
    },
    legacy,
    order_builders::{add_promo_code, new_promo_code, place_order, place_request},
};
use box_office::{Ledger, NewJob, PaymentQuery, Store, Task};
use events::Event;
use kernel::{Msats, PaymentId};
use payments::{Evidence, Invoice, InvoiceStatus, PaymentAnomaly, PaymentStatus};
use tickets::{Ticket, TicketStatus};

async fn ledger(store: &dyn Store) -> Ledger {
    store.ledger(noon()).await.unwrap()
}

/// [`box_office::Views::ledger`].
pub async fn consistent_ledger_balances(t: StoreUnderTest) {
    assert_eq!(ledger(&*t.store).await, Ledger::default());
    let event = add_event(&*t.store, &new_event(50, 10)).await;
    let free = add_event(&*t.store, &new_event(50, 0)).await;
    let user = add_user(&*t.store, 1).await;
    paid_sale(&t, &event, &user, 1, 1).await;
    let (over, invoice) = sale(&t, &event, &user, 2).await;
    settle(&*t.store, &over, &invoice, msats(12_000), at(1)).await;
    prove(&*t.store, &over, Evidence::Refunded { total: msats(1_500) }, at(2)).await;
    sale(&t, &event, &user, 3).await;
    let (cancelled, _) = sale(&t, &event, &user, 4).await;
    prove(&*t.store, &cancelled, Evidence::Cancelled, at(2)).await;
    take(&*t.orders, hold_request(&free, &user, 5)).await;
    let expected = Ledger {
        received: msats(22_000),
        kept: msats(20_000),
        refunded: msats(1_500),
        refundable: msats(500),
        ..Ledger::default()
    };
    assert_eq!(ledger(&*t.store).await, expected);
}

/// Every received msat is kept, refunded or shown as refundable.
pub async fn ledger_shows_money_without_a_ticket(t: StoreUnderTest) {
    let event = add_event(&*t.store, &new_event(1, 10)).await;
    let user = add_user(&*t.store, 1).await;
    let (late, invoice) = sale(&t, &event, &user, 1).await;
    prove(&*t.store, &late, Evidence::HoldLapsed, at(20)).await;
    sale(&t, &event, &user, 2).await;
    settle(&*t.store, &late, &invoice, msats(10_000), at(30)).await;
    let now = ledger(&*t.store).await;
    assert_eq!((now.received, now.kept, now.refundable), (msats(10_000), Msats::ZERO, msats(10_000)));
    let due = PaymentQuery { anomaly: Some(PaymentAnomaly::RefundDue), ..PaymentQuery::default() };
    assert_eq!(payments_found(&*t.store, &due).await, [late.payment.unwrap().id]);
}

/// [`Ledger::event_level`].
pub async fn ledger_shows_event_level_amounts(t: StoreUnderTest) {
    let event = add_event(&*t.store, &new_event(5, 10)).await;
    in_session(&*t.store, async |session| {
        let invoice = session.add_invoice(&new_event_invoice(&event, 1)).await.unwrap();
        let settled = Invoice {
            status: InvoiceStatus::Settled,
            settled: msats(5_000),
            settled_at: Some(noon()),
            ..invoice
        };
        session.put_invoice(&settled).await.unwrap();
    })
    .await;
    assert_eq!(ledger(&*t.store).await, Ledger { event_level: msats(5_000), ..Ledger::default() });
}

/// [`Ledger::miscounted`].
pub async fn ledger_shows_miscounted_events(t: StoreUnderTest) {
    let (right, wrong) =
        (add_event(&*t.store, &new_event(5, 10)).await, add_event(&*t.store, &new_event(5, 10)).await);
    let user = add_user(&*t.store, 1).await;
    for (number, event) in [(1, &right), (2, &wrong)] {
        take(&*t.orders, hold_request(event, &user, number)).await;
    }
    in_session(&*t.store, async |session| {
        let event = session.event_for_update(wrong.id).await.unwrap().unwrap();
        session.put_event(&Event { seats_taken: 2, ..event }).await.unwrap();
    })
    .await;
    assert_eq!(ledger(&*t.store).await, Ledger { miscounted: vec![wrong.id], ..Ledger::default() });
}

/// [`Ledger::oversold`]: counted from the rows, independent of the counter.
pub async fn ledger_shows_oversold_events(t: StoreUnderTest) {
    let event = add_event(&*t.store, &new_event(1, 10)).await;
    let user = add_user(&*t.store, 1).await;
    let (lapsed, _) = sale(&t, &event, &user, 1).await;
    prove(&*t.store, &lapsed, Evidence::HoldLapsed, at(20)).await;
    sale(&t, &event, &user, 2).await;
    assert_eq!(ledger(&*t.store).await, Ledger::default());
    put_ticket(&*t.store, &lapsed.ticket).await;
    let now = ledger(&*t.store).await;
    assert_eq!((now.oversold, now.miscounted), (vec![event.id], vec![event.id]));
}

/// [`Ledger::mismatched`]: a cancelled ticket matches a failed or refunded payment, any other status matches
/// its equal.
pub async fn ledger_shows_tickets_that_contradict_their_payment(t: StoreUnderTest) {
    let event = add_event(&*t.store, &new_event(5, 10)).await;
    let user = add_user(&*t.store, 1).await;
    let (hold, _) = sale(&t, &event, &user, 1).await;
    let payment = hold.payment.clone().unwrap();
    for ticket_status in TicketStatus::ALL {
        for status in PaymentStatus::ALL {
            put_ticket(&*t.store, &Ticket { status: ticket_status, ..hold.ticket.clone() }).await;
            in_session(&*t.store, async |session| {
                let state = payments::PaymentState { status, ..payment.state.clone() };
                session.put_payment(&payments::Payment { state, ..payment.clone() }).await.unwrap();
            })
            .await;
            let matches = ticket_status.as_str() == status.as_str()
                || (ticket_status == TicketStatus::Cancelled
                    && matches!(status, PaymentStatus::Failed | PaymentStatus::Refunded));
            let expected = if matches { vec![] } else { vec![hold.ticket.id] };
            assert_eq!(ledger(&*t.store).await.mismatched, expected, "{ticket_status:?} {status:?}");
        }
    }
}

/// [`Ledger::oversold_types`], [`Ledger::miscounted_types`], [`Ledger::miscounted_codes`] and [`Ledger::contradictory_orders`].
pub async fn ledger_shows_types_codes_and_orders_that_contradict_their_rows(t: StoreUnderTest) {
    let Some(run_sql) = &t.run_sql else { return };
    let (event, early, regular, user) = orders::shop(&t, 10).await;
    let code = add_promo_code(&*t.store, &new_promo_code(Some(&event), "TENOFF")).await;
    let mut request = place_request(&event, &user, &[(&regular, 2), (&early, 1)], 1);
    request.order.promo_code = Some(orders::promo_text("tenoff"));
    let order = place_order(&*t.orders, request).await.order.id;
    let consistent = Ledger::default();
    assert_eq!(ledger(&*t.store).await, consistent);
    let types = || Ledger { miscounted_types: vec![regular.id], ..Ledger::default() };
    let oversold = || Ledger { oversold_types: vec![regular.id], ..Ledger::default() };
    let codes = || Ledger { miscounted_codes: vec![code.id], ..Ledger::default() };
    let orders = || Ledger { contradictory_orders: vec![order], ..Ledger::default() };
    let of_regular = format!("WHERE id = {}", regular.id);
    let cases = [
        ("ticket_types SET taken = taken", "+ 1", "- 1", of_regular.as_str(), types()),
        ("ticket_types SET quota =", "1", "NULL", of_regular.as_str(), oversold()),
        ("promo_codes SET used = used", "+ 1", "- 1", "", codes()),
        ("order_lines SET quantity = quantity", "+ 1", "- 1", "", orders()),
        ("order_lines SET discount_sats = discount_sats", "- 1", "+ 1", "", orders()),
        ("orders SET total_sats = total_sats", "+ 1", "- 1", "", orders()),
        ("orders SET status =", "'paid'", "'pending'", "", orders()),
        ("tickets SET price_msats = price_msats", "+ 1000", "- 1000", "", orders()),
        ("payments SET price_msats = price_msats", "+ 1000", "- 1000", "", orders()),
    ];
    for (change, wrong, right, rows, expected) in cases {
        run_sql(format!("UPDATE {change} {wrong} {rows}")).await;
        assert_eq!(ledger(&*t.store).await, expected, "{change} {wrong}");
        run_sql(legacy::UNFINISHED.to_owned()).await;
        assert_eq!(ledger(&*t.store).await, consistent, "another release may run: {change} {wrong}");
        run_sql(legacy::FINISHED.to_owned()).await;
        run_sql(format!("UPDATE {change} {right} {rows}")).await;
        assert_eq!(ledger(&*t.store).await, consistent, "{change} {right}");
    }
}

/// [`Ledger::detached_payments`].
pub async fn ledger_shows_payments_without_a_ticket_and_invoices_without_a_payment(t: StoreUnderTest) {
    let Some(run_sql) = &t.run_sql else { return };
    let event = add_event(&*t.store, &new_event(5, 10)).await;
    let user = add_user(&*t.store, 1).await;
    let payment = take(&*t.orders, hold_request(&event, &user, 1)).await.payment.unwrap();
    attach(&*t.holds, new_invoice(&payment, 1)).await;
    let missing = PaymentId::new(payment.id.get() + 1_000);
    let cases = [
        ("payments SET ticket_id = ticket_id", payment.id),
        ("uma_request_invoices SET payment_id = payment_id", missing),
    ];
    for (change, detached) in cases {
        run_sql(format!("UPDATE {change} + 1000")).await;
        let expected = Ledger { detached_payments: vec![detached], ..Ledger::default() };
        assert_eq!(ledger(&*t.store).await, expected, "{change}");
        run_sql(format!("UPDATE {change} - 1000")).await;
        assert_eq!(ledger(&*t.store).await, Ledger::default(), "{change}");
    }
}

/// [`Ledger::overdue_holds`] and [`Ledger::overdue_jobs`].
pub async fn ledger_counts_overdue_holds_and_jobs(t: StoreUnderTest) {
    let event = add_event(&*t.store, &new_event(5, 10)).await;
    let user = add_user(&*t.store, 1).await;
    take(&*t.orders, hold_request(&event, &user, 1)).await;
    let lapsed = take(&*t.orders, hold_request(&event, &user, 2)).await;
    prove(&*t.store, &lapsed, Evidence::HoldLapsed, at(15)).await;
    let job = |minute| NewJob { task: Task::watch(payment_hash(1)), run_at: at(minute), key: None };
    in_session(&*t.store, async |session| {
        for minute in [1, 2, 3, 4] {
            session.enqueue(&job(minute)).await.unwrap();
        }
    })
    .await;
    let done = t.store.claim_jobs(at(2), at(9), 2).await.unwrap();
    assert!(super::queue::finish(&*t.store, &done[0], &box_office::JobEnd::Done).await);
    let overdue = async |minute| {
        let ledger = t.store.ledger(at(minute)).await.unwrap();
        (ledger.overdue_holds, ledger.overdue_jobs)
    };
    assert_eq!(overdue(1).await, (0, 0));
    // One of the two claimed jobs is done; the leased one is unfinished.
    assert_eq!(overdue(4).await, (0, 2));
    assert_eq!(overdue(15).await, (0, 3));
    assert_eq!(overdue(16).await, (1, 3));
}
