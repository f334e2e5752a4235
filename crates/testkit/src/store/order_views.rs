//! Reads across orders: sales, payments by number, and pages of orders.

use super::{
    StoreUnderTest,
    orders::{promo_text, sats, shop},
    views::payments_found,
};
use crate::{
    builders::{at, in_session, msats, noon, prove_of},
    order_builders::{add_promo_code, new_promo_code, place_order, place_request},
};
use box_office::{CodeSales, NewAudit, PaymentQuery, PlacedOrder, Store, TypeSales};
use kernel::{EventId, Msats, OrderId, Page, PaymentId, TicketId};
use payments::Evidence;
use tickets::{Buyer, Holder, OrderKind, ReleaseCause, issue, release};

/// Issues an order, then revokes some of its tickets.
async fn issue_and_revoke(store: &dyn Store, placed: &PlacedOrder, revoked: &[TicketId]) {
    let first = placed.tickets[0].ticket.id;
    let revoked = revoked.iter().copied().collect();
    for issues in [true, false] {
        in_session(store, async |session| {
            let inventory = session.inventory_of_ticket_for_update(first).await.unwrap().unwrap();
            let order = session.order_of_ticket_for_update(first).await.unwrap().unwrap();
            let states = order.states();
            let change = if issues {
                issue(&order.order, &states, at(1))
            } else {
                release(&order.order, &states, ReleaseCause::Revoked(&revoked), at(2)).unwrap()
            };
            session.put_transition(&order.order, &change, Some(&inventory)).await.unwrap();
        })
        .await;
    }
}

/// [`box_office::Views::sales_report`].
pub async fn sales_report_counts_valid_tickets_by_type_and_code(t: StoreUnderTest) {
    let (event, early, regular, user) = shop(&t, 20).await;
    let own = add_promo_code(&*t.store, &new_promo_code(Some(&event), "OWN")).await;
    let general = add_promo_code(&*t.store, &new_promo_code(None, "GENERAL")).await;
    add_promo_code(&*t.store, &new_promo_code(None, "UNUSED")).await;
    let mut request = place_request(&event, &user, &[(&early, 2), (&regular, 2)], 1);
    request.order.promo_code = Some(promo_text("GENERAL"));
    let sold = place_order(&*t.orders, request).await;
    issue_and_revoke(&*t.store, &sold, &[sold.tickets[0].ticket.id]).await;
    let mut request = place_request(&event, &user, &[(&regular, 1)], 2);
    request.order.promo_code = Some(promo_text("GENERAL"));
    let revoked = place_order(&*t.orders, request).await;
    issue_and_revoke(&*t.store, &revoked, &[revoked.tickets[0].ticket.id]).await;
    let payment = revoked.payment.as_ref().unwrap().id;
    let refunded = Evidence::Refunded { total: msats(2_700_000) };
    prove_of(&*t.store, revoked.tickets[0].ticket.id, payment, refunded, at(3)).await;
    // A pending order sells nothing yet.
    place_order(&*t.orders, place_request(&event, &user, &[(&early, 1)], 3)).await;
    let mut gift = place_request(&event, &user, &[(&regular, 3)], 4);
    (gift.order.kind, gift.order.buyer) = (OrderKind::Complimentary, Buyer::default());
    place_order(&*t.orders, gift).await;
    let report = t.outside().0.sales_report(event.id).await.unwrap();
    let of_type = |id| report.types.iter().find(|one| one.ticket_type_id == id).unwrap();
    let expected = TypeSales {
        ticket_type_id: early.id,
        name: "Early bird".into(),
        sold: 1,
        revenue: sats(900).to_msats(),
        complimentary: 0,
    };
    assert_eq!(*of_type(early.id), expected);
    let with_gift = of_type(regular.id);
    assert_eq!((with_gift.sold, with_gift.complimentary), (2, 3));
    assert_eq!(with_gift.revenue, sats(5_400).to_msats());
    let types = t.store.ticket_types(event.id).await.unwrap();
    let order: Vec<_> = report.types.iter().map(|one| one.ticket_type_id).collect();
    assert_eq!(order, types.iter().map(|one| one.id).collect::<Vec<_>>());
    let code = |id, code, orders, tickets, discount, revenue| CodeSales {
        promo_code_id: id,
        code: promo_text(code),
        orders,
        tickets,
        discount: sats(discount).to_msats(),
        revenue: sats(revenue).to_msats(),
    };
    let expected = [code(own.id, "OWN", 0, 0, 0, 0), code(general.id, "GENERAL", 1, 3, 700, 6_300)];
    assert_eq!(report.promo_codes, expected);
    assert_eq!(report.refunded, msats(2_700_000));
    let none = t.store.sales_report(EventId::new(999)).await.unwrap();
    assert_eq!((none.types, none.promo_codes, none.refunded), (vec![], vec![], Msats::ZERO));
}

/// [`box_office::PaymentQuery::text`].
pub async fn payments_are_found_by_any_number_of_their_order(t: StoreUnderTest) {
    let (event, early, regular, user) = shop(&t, 20).await;
    // Moves the numbers of tickets, orders and payments apart.
    let mut gift = place_request(&event, &user, &[(&regular, 9)], 1);
    (gift.order.kind, gift.order.buyer) = (OrderKind::Complimentary, Buyer::default());
    for number in [10, 11] {
        let gift = place_request(&event, &user, &[(&regular, 1)], number);
        place_order(&*t.orders, gift).await;
    }
    place_order(&*t.orders, gift).await;
    let placed =
        place_order(&*t.orders, place_request(&event, &user, &[(&early, 2), (&regular, 1)], 2)).await;
    let payment = placed.payment.as_ref().unwrap().id;
    let found = async |number: i64| -> Vec<PaymentId> {
        let query = PaymentQuery { text: Some(number.to_string()), ..PaymentQuery::default() };
        let found = payments_found(&*t.store, &query).await;
        assert_eq!(t.store.count_payments(&query).await.unwrap(), u64::try_from(found.len()).unwrap());
        found
    };
    for ticket in &placed.tickets {
        assert!(found(ticket.ticket.id.get()).await.contains(&payment));
    }
    for number in [placed.order.id.get(), payment.get()] {
        assert!(found(number).await.contains(&payment), "{number}");
    }
    assert_eq!(found(999_999).await, []);
}

/// [`box_office::OrderReader::orders`], and holders in [`box_office::Views`].
pub async fn orders_are_read_at_once_with_their_tickets(t: StoreUnderTest) {
    let (event, early, regular, user) = shop(&t, 10).await;
    let one = place_order(&*t.orders, place_request(&event, &user, &[(&early, 1), (&regular, 2)], 1)).await;
    let mut request = place_request(&event, &user, &[(&regular, 1)], 2);
    let ann = Holder { name: Some("Ann".into()), email: Some("ann@people.example".into()) };
    request.holders = vec![ann.clone()];
    let two = place_order(&*t.orders, request).await;
    place_order(&*t.orders, place_request(&event, &user, &[(&early, 1)], 3)).await;
    let store = t.outside().0;
    let ids = [two.order.id, OrderId::new(999), one.order.id, two.order.id];
    let expected = [(one.order, one.tickets), (two.order, two.tickets.clone())];
    assert_eq!(store.orders(&ids).await.unwrap(), expected);
    assert_eq!(store.orders(&[]).await.unwrap(), []);
    let ticket = two.tickets[0].ticket.id;
    assert_eq!(store.ticket_view(ticket).await.unwrap().unwrap().holder, ann);
    let pages = store.tickets_of(&[(user.id, Page::default())]).await.unwrap();
    let holders: Vec<_> = pages[0].iter().filter(|view| view.ticket.id == ticket).collect();
    assert_eq!(holders[0].holder, ann);
    prove_of(&*t.store, ticket, two.payment.unwrap().id, settled(), at(1)).await;
    let attendees = store.attendees(event.id, None, Page::default()).await.unwrap();
    assert_eq!(attendees.iter().map(|one| &one.holder).collect::<Vec<_>>(), [&ann]);
}

fn settled() -> Evidence {
    Evidence::Settled { hash: crate::builders::payment_hash(7), amount: msats(3_000_000) }
}

/// [`box_office::Orders::place_all`].
pub async fn complimentary_order_needs_no_buyer_and_is_audited(t: StoreUnderTest) {
    let (event, _, regular, user) = shop(&t, 10).await;
    let mut gift = place_request(&event, &user, &[(&regular, 2)], 1);
    (gift.order.kind, gift.order.buyer) = (OrderKind::Complimentary, Buyer::default());
    gift.organiser = Some(user.id);
    let placed = place_order(&*t.orders, gift).await;
    place_order(&*t.orders, place_request(&event, &user, &[(&regular, 1)], 2)).await;
    let entries = t.outside().0.audit_log(Page::default()).await.unwrap();
    let entries: Vec<_> = entries.into_iter().map(|one| one.entry).collect();
    let expected = NewAudit {
        actor: Some(user.id),
        action: "order.complimentary".into(),
        subject: format!("order/{}", placed.order.id),
        detail: format!("2 tickets of event {}", event.id),
        at: noon(),
    };
    assert_eq!(entries, [expected]);
    let stored = t.store.order(placed.order.id).await.unwrap().unwrap();
    assert_eq!((stored.order.buyer, stored.payment), (Buyer::default(), None));
}
