//! Lists: keyset pages and counts.

use super::{
    StoreUnderTest,
    views::{paid_sale, sale},
};
use crate::builders::{add_event, add_user, at, in_session, new_event, new_event_invoice, noon, prove};
use box_office::{NewAudit, PaymentQuery, TicketView};
use kernel::Page;
use payments::{Evidence, PaymentStatus};
use tickets::{TicketQuery, TicketStatus};

/// [`PaymentQuery::below`] and [`TicketQuery::below`]: each row appears once, even if rows are added or leave
/// the list between pages.
pub async fn keyset_pages_miss_no_rows(t: StoreUnderTest) {
    let event = add_event(&*t.store, &new_event(50, 10)).await;
    let user = add_user(&*t.store, 1).await;
    let mut sales = Vec::new();
    for number in 1..=6 {
        sales.push(sale(&t, &event, &user, number).await.0);
    }
    let query = PaymentQuery { status: Some(PaymentStatus::Pending), ..PaymentQuery::default() };
    let two = Page::new(Some(2), None);
    let number = |view: &TicketView| view.payment.as_ref().unwrap().id;
    let first: Vec<_> = t.store.payment_views(&query, two).await.unwrap().iter().map(number).collect();
    // The newest payment leaves the list, and another one is added.
    prove(&*t.store, &sales[5], Evidence::HoldLapsed, at(20)).await;
    sale(&t, &event, &user, 7).await;
    let next = PaymentQuery { below: first.last().copied(), ..query };
    let second = t.store.payment_views(&next, two).await.unwrap();
    let all = |index: usize| sales[index].payment.as_ref().unwrap().id;
    assert_eq!((first, second.iter().map(number).collect()), (vec![all(5), all(4)], vec![all(3), all(2)]));
    let tickets = TicketQuery { below: Some(sales[3].ticket.id), ..TicketQuery::default() };
    let seen = t.store.ticket_views(&tickets, two).await.unwrap();
    let ids: Vec<_> = seen.iter().map(|view| view.ticket.id).collect();
    assert_eq!(ids, [sales[2].ticket.id, sales[1].ticket.id]);
}

/// [`box_office::Views::count_tickets`], [`box_office::Views::count_audit`] and
/// [`payments::PaymentReader::count_event_invoices`].
pub async fn list_counts_cover_all_pages(t: StoreUnderTest) {
    let event = add_event(&*t.store, &new_event(200, 10)).await;
    let other = add_event(&*t.store, &new_event(50, 10)).await;
    let (ann, ben) = (add_user(&*t.store, 1).await, add_user(&*t.store, 2).await);
    let many = u64::from(Page::MAX_LIMIT) + 1;
    for number in 0..many {
        sale(&t, &event, &ann, number).await;
    }
    paid_sale(&t, &other, &ben, many, 1).await;
    let count = async |query: TicketQuery| t.outside().0.count_tickets(&query).await.unwrap();
    assert_eq!(count(TicketQuery::default()).await, many + 1);
    assert_eq!(count(TicketQuery { user_id: Some(ann.id), ..TicketQuery::default() }).await, many);
    let paid =
        TicketQuery { event_id: Some(other.id), status: Some(TicketStatus::Paid), ..TicketQuery::default() };
    assert_eq!(count(paid).await, 1);
    let entries = t.store.count_audit().await.unwrap();
    in_session(&*t.store, async |session| {
        let entry = NewAudit {
            actor: None,
            action: "event.update".into(),
            subject: "event/1".into(),
            detail: String::new(),
            at: noon(),
        };
        session.audit(&entry).await.unwrap();
        let invoice = new_event_invoice(&other, 900);
        session.add_invoice(&invoice).await.unwrap();
    })
    .await;
    assert_eq!(t.store.count_audit().await.unwrap(), entries + 1);
    assert_eq!(t.store.count_event_invoices(other.id).await.unwrap(), 1);
    assert_eq!(
        t.store.count_event_invoices(event.id).await.unwrap(),
        0,
        "invoices of payments are not event-level"
    );
}
