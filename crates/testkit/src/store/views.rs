//! `box_office::Views`.

use super::{StoreUnderTest, outgoing::wallet_order, payments::new_refund};
use crate::builders::{
    add_event, add_user, at, attach, hold_request, in_session, msats, new_event, new_invoice, payment_hash,
    prove, settle, take,
};
use crate::purchases::{Hold, HoldRequest};
use box_office::{
    Attendee, CollectionUpdate, EventSales, InFlight, PaymentQuery, SalesPoint, Store, TicketView,
};
use events::Event;
use kernel::{EventId, Msats, Page, PaymentId, TicketId, UserId};
use payments::{
    Collection, CollectionState, Evidence, Invoice, InvoiceRole, NewInvoice, OrderStatus, OutgoingOrder,
    PaymentAnomaly, PaymentStatus, Refund, RefundStatus,
};
use tickets::{Holder, TicketQuery, TicketStatus};

pub(super) async fn payments_found(store: &dyn Store, query: &PaymentQuery) -> Vec<PaymentId> {
    let views = store.payment_views(query, Page::default()).await.unwrap();
    views.into_iter().map(|view| view.payment.unwrap().id).collect()
}

async fn found_by(store: &dyn Store, text: &str) -> Vec<PaymentId> {
    payments_found(store, &PaymentQuery { text: Some(text.into()), ..PaymentQuery::default() }).await
}

/// A hold of `event` by `user` with one invoice, both derived from `number`.
pub(super) async fn sale(
    t: &StoreUnderTest,
    event: &Event,
    user: &identity::User,
    number: u64,
) -> (Hold, Invoice) {
    let hold = take(&*t.orders, hold_request(event, user, number)).await;
    let payment = hold.payment.clone().unwrap();
    let invoice = attach(&*t.holds, new_invoice(&payment, number)).await;
    (hold, invoice)
}

pub(super) async fn paid_sale(
    t: &StoreUnderTest,
    event: &Event,
    user: &identity::User,
    number: u64,
    minute: i64,
) -> Hold {
    let (hold, invoice) = sale(t, event, user, number).await;
    settle(&*t.store, &hold, &invoice, invoice.amount, at(minute)).await;
    hold
}

/// [`box_office::Views::ticket_view`].
pub async fn ticket_view_joins_event_payment_and_invoice(t: StoreUnderTest) {
    let event = add_event(&*t.store, &new_event(5, 10)).await;
    let free = add_event(&*t.store, &new_event(5, 0)).await;
    let user = add_user(&*t.store, 1).await;
    let bare = take(&*t.orders, hold_request(&event, &user, 1)).await;
    let view = t.store.ticket_view(bare.ticket.id).await.unwrap();
    let expected = TicketView {
        holder: Holder::default(),
        ticket: bare.ticket,
        event: bare.event,
        payment: bare.payment,
        invoice: None,
    };
    assert_eq!(view, Some(expected));
    let (hold, invoice) = sale(&t, &event, &user, 2).await;
    let view = t.store.ticket_view(hold.ticket.id).await.unwrap();
    let expected = TicketView {
        holder: Holder::default(),
        ticket: hold.ticket,
        event: hold.event,
        payment: hold.payment,
        invoice: Some(invoice),
    };
    assert_eq!(view, Some(expected));
    let free_hold = take(&*t.orders, hold_request(&free, &user, 3)).await;
    let view = t.store.ticket_view(free_hold.ticket.id).await.unwrap().unwrap();
    assert_eq!(
        (view.ticket, view.event, view.payment, view.invoice),
        (free_hold.ticket, free_hold.event, None, None)
    );
    assert_eq!(t.store.ticket_view(TicketId::new(999)).await.unwrap(), None);
}

/// [`box_office::Views::tickets_by_id`]: equals single reads, in request order, duplicates included.
pub async fn tickets_by_id_match_single_reads(t: StoreUnderTest) {
    let event = add_event(&*t.store, &new_event(50, 10)).await;
    let user = add_user(&*t.store, 1).await;
    let paid = paid_sale(&t, &event, &user, 1, 1).await.ticket.id;
    let billed = sale(&t, &event, &user, 2).await.0.ticket.id;
    let bare = take(&*t.orders, hold_request(&event, &user, 3)).await.ticket.id;
    let requested = [bare, TicketId::new(999), paid, billed, paid, TicketId::new(-1)];
    let mut expected = Vec::new();
    for id in requested {
        expected.push(t.store.ticket_view(id).await.unwrap());
    }
    let ids: Vec<_> = expected.iter().map(|view| view.as_ref().map(|view| view.ticket.id)).collect();
    assert_eq!(ids, [Some(bare), None, Some(paid), Some(billed), Some(paid), None]);
    assert_eq!(t.outside().0.tickets_by_id(&requested).await.unwrap(), expected);
    assert_eq!(t.store.tickets_by_id(&[]).await.unwrap(), []);
}

/// [`box_office::Views::payment_view`].
pub async fn payment_view_equals_the_ticket_view(t: StoreUnderTest) {
    let event = add_event(&*t.store, &new_event(5, 10)).await;
    let user = add_user(&*t.store, 1).await;
    sale(&t, &event, &user, 1).await;
    let hold = paid_sale(&t, &event, &user, 2, 1).await;
    let view = t.store.payment_view(hold.payment.unwrap().id).await.unwrap();
    assert!(view.is_some());
    assert_eq!(view, t.store.ticket_view(hold.ticket.id).await.unwrap());
    assert_eq!(t.store.payment_view(PaymentId::new(999)).await.unwrap(), None);
}

/// [`box_office::Views::ticket_views`].
pub async fn ticket_views_are_filtered_and_paged(t: StoreUnderTest) {
    let (one, two) =
        (add_event(&*t.store, &new_event(50, 10)).await, add_event(&*t.store, &new_event(50, 0)).await);
    let (ann, ben) = (add_user(&*t.store, 1).await, add_user(&*t.store, 2).await);
    for number in 0..6 {
        let user = if number % 2 == 0 { &ann } else { &ben };
        paid_sale(&t, &one, user, number, 1).await;
        take(&*t.orders, hold_request(&two, user, 100 + number)).await;
    }
    let mut expected = Vec::new();
    for number in [104, 4, 102, 2, 100, 0] {
        let ticket = t.store.ticket_by_code(&crate::builders::code(number)).await.unwrap().unwrap();
        expected.push(t.store.ticket_view(ticket.id).await.unwrap().unwrap());
    }
    let of_ann = TicketQuery { user_id: Some(ann.id), ..TicketQuery::default() };
    let mut seen = Vec::new();
    for offset in [0, 4] {
        seen.extend(t.store.ticket_views(&of_ann, Page::new(Some(4), Some(offset))).await.unwrap());
    }
    assert_eq!(seen, expected);
    let free = TicketQuery { event_id: Some(two.id), ..of_ann };
    assert_eq!(t.store.ticket_views(&free, Page::default()).await.unwrap().len(), 3);
    assert_eq!(t.store.ticket_views(&TicketQuery::default(), Page::default()).await.unwrap().len(), 12);
    let none = TicketQuery { status: Some(TicketStatus::Refunded), ..of_ann };
    assert_eq!(t.store.ticket_views(&none, Page::default()).await.unwrap(), []);
}

/// [`TicketView::invoice`]: neither the newest nor a paid one.
pub async fn views_show_the_current_invoice(t: StoreUnderTest) {
    let event = add_event(&*t.store, &new_event(5, 10)).await;
    let user = add_user(&*t.store, 1).await;
    let (hold, old) = sale(&t, &event, &user, 9).await;
    let payment = hold.payment.clone().unwrap();
    let current = attach(&*t.holds, new_invoice(&payment, 1)).await;
    let extra = NewInvoice { role: InvoiceRole::Extra, uma_invoice: None, ..new_invoice(&payment, 2) };
    let extra = in_session(&*t.store, async |session| session.add_invoice(&extra).await.unwrap()).await;
    settle(&*t.store, &hold, &old, msats(4_000), at(1)).await;
    settle(&*t.store, &hold, &extra, msats(2_000), at(2)).await;
    let of_user = (user.id, Page::default());
    let views = [
        t.store.ticket_view(hold.ticket.id).await.unwrap().unwrap(),
        t.store.payment_view(payment.id).await.unwrap().unwrap(),
        t.store.tickets_of(&[of_user]).await.unwrap().remove(0).pop().unwrap(),
        t.store.ticket_views(&TicketQuery::default(), Page::default()).await.unwrap().pop().unwrap(),
        t.store.payment_views(&PaymentQuery::default(), Page::default()).await.unwrap().pop().unwrap(),
    ];
    for view in views {
        assert_eq!(view.invoice.as_ref(), Some(&current));
        assert_eq!(view.payment.unwrap().state.received(), msats(6_000));
    }
}

/// [`PaymentQuery::payer`].
pub async fn payments_are_filtered_by_payer(t: StoreUnderTest) {
    let event = add_event(&*t.store, &new_event(5, 10)).await;
    let user = add_user(&*t.store, 1).await;
    let mut of_alice = Vec::new();
    for (number, address) in [
        (1, "$alice@vasp.example"),
        (2, "$Alice@VASP.example"),
        (3, "$malice@vasp.example"),
        (4, "$alice@vasp.example.org"),
    ] {
        let request =
            HoldRequest { uma_address: Some(address.into()), ..hold_request(&event, &user, number) };
        let payment = take(&*t.orders, request).await.payment.unwrap().id;
        if number < 3 {
            of_alice.insert(0, payment);
        }
    }
    let query = |payer: &str| PaymentQuery { payer: Some(payer.into()), ..PaymentQuery::default() };
    assert_eq!(payments_found(&*t.store, &query("$ALICE@vasp.example")).await, of_alice);
    assert_eq!(payments_found(&*t.store, &query("%")).await, []);
}

/// [`box_office::Views::tickets_of`]: equals separate reads, independent of the other requests in the batch.
pub async fn tickets_of_returns_one_page_per_request(t: StoreUnderTest) {
    let (paid, free) =
        (add_event(&*t.store, &new_event(50, 10)).await, add_event(&*t.store, &new_event(50, 0)).await);
    let (ann, ben) = (add_user(&*t.store, 1).await, add_user(&*t.store, 2).await);
    take(&*t.orders, hold_request(&free, &ann, 1)).await;
    let (twice, invoice) = sale(&t, &paid, &ann, 2).await;
    attach(&*t.holds, new_invoice(twice.payment.as_ref().unwrap(), 3)).await;
    settle(&*t.store, &twice, &invoice, msats(4_000), at(1)).await;
    // Held, without an invoice yet.
    take(&*t.orders, hold_request(&paid, &ann, 4)).await;
    paid_sale(&t, &paid, &ben, 5, 1).await;
    let page = |limit, offset| Page::new(Some(limit), Some(offset));
    let requested = [
        (ann.id, page(2, 0)),
        (ben.id, page(2, 0)),
        (UserId::new(999), page(2, 0)),
        (ann.id, page(2, 1)),
        (ann.id, page(100, 0)),
        (ben.id, page(2, 0)),
        (ben.id, page(2, 0)),
        (ben.id, page(2, 1)),
    ];
    let mut expected = Vec::new();
    for (user, page) in requested {
        let query = TicketQuery { user_id: Some(user), ..TicketQuery::default() };
        expected.push(t.store.ticket_views(&query, page).await.unwrap());
    }
    let sizes: Vec<_> = expected.iter().map(Vec::len).collect();
    assert_eq!(sizes, [2, 1, 0, 2, 3, 1, 1, 0]);
    assert_eq!(t.outside().0.tickets_of(&requested).await.unwrap(), expected);
    assert_eq!(t.store.tickets_of(&[]).await.unwrap(), Vec::<Vec<_>>::new());
}

/// [`box_office::Views::payment_views`] and [`PaymentQuery`].
pub async fn payment_views_are_paged_and_filtered(t: StoreUnderTest) {
    let (one, two) =
        (add_event(&*t.store, &new_event(50, 10)).await, add_event(&*t.store, &new_event(50, 10)).await);
    let user = add_user(&*t.store, 1).await;
    let free = add_event(&*t.store, &new_event(50, 0)).await;
    take(&*t.orders, hold_request(&free, &user, 50)).await;
    let pending = sale(&t, &one, &user, 1).await.0.payment.unwrap().id;
    let paid = paid_sale(&t, &one, &user, 2, 1).await.payment.unwrap().id;
    let (over, invoice) = sale(&t, &two, &user, 3).await;
    settle(&*t.store, &over, &invoice, msats(10_001), at(1)).await;
    let over = over.payment.unwrap().id;
    let (due, invoice) = sale(&t, &two, &user, 4).await;
    settle(&*t.store, &due, &invoice, msats(10_000), at(1)).await;
    prove(&*t.store, &due, Evidence::Revoked, at(2)).await;
    let due = due.payment.unwrap().id;
    let all = PaymentQuery::default();
    assert_eq!(payments_found(&*t.store, &all).await, [due, over, paid, pending]);
    let second = t.store.payment_views(&all, Page::new(Some(2), Some(1))).await.unwrap();
    assert_eq!(second.iter().map(|view| view.payment.as_ref().unwrap().id).collect::<Vec<_>>(), [over, paid]);
    let by_status = |status| PaymentQuery { status: Some(status), ..PaymentQuery::default() };
    assert_eq!(payments_found(&*t.store, &by_status(PaymentStatus::Pending)).await, [pending]);
    assert_eq!(payments_found(&*t.store, &by_status(PaymentStatus::Paid)).await, [over, paid]);
    let by_exception = |exception| PaymentQuery { anomaly: Some(exception), ..PaymentQuery::default() };
    assert_eq!(payments_found(&*t.store, &by_exception(PaymentAnomaly::Over)).await, [over]);
    assert_eq!(payments_found(&*t.store, &by_exception(PaymentAnomaly::RefundDue)).await, [due]);
    assert_eq!(payments_found(&*t.store, &by_exception(PaymentAnomaly::None)).await, [paid, pending]);
    assert_eq!(
        payments_found(&*t.store, &PaymentQuery { refundable: true, ..all.clone() }).await,
        [due, over]
    );
    let of_two = PaymentQuery { event_id: Some(two.id), ..all };
    assert_eq!(payments_found(&*t.store, &of_two).await, [due, over]);
    let both = PaymentQuery { status: Some(PaymentStatus::Paid), refundable: true, ..of_two };
    assert_eq!(payments_found(&*t.store, &both).await, [over]);
}

/// [`box_office::Views::count_payments`].
pub async fn payment_count_covers_all_pages(t: StoreUnderTest) {
    let count = async |query: &PaymentQuery| t.store.count_payments(query).await.unwrap();
    assert_eq!(count(&PaymentQuery::default()).await, 0);
    let event = add_event(&*t.store, &new_event(200, 10)).await;
    let user = add_user(&*t.store, 1).await;
    let many = u64::from(Page::MAX_LIMIT) + 1;
    for number in 0..many {
        sale(&t, &event, &user, number).await;
    }
    let (paid, invoice) = sale(&t, &event, &user, many).await;
    // A second invoice does not count the payment twice.
    attach(&*t.holds, new_invoice(paid.payment.as_ref().unwrap(), many + 1)).await;
    settle(&*t.store, &paid, &invoice, invoice.amount, at(1)).await;
    assert_eq!(count(&PaymentQuery::default()).await, many + 1);
    let by_status = |status| PaymentQuery { status: Some(status), ..PaymentQuery::default() };
    assert_eq!(count(&by_status(PaymentStatus::Pending)).await, many);
    assert_eq!(count(&by_status(PaymentStatus::Paid)).await, 1);
    let by_text = |text: &str| PaymentQuery { text: Some(text.into()), ..PaymentQuery::default() };
    assert_eq!(count(&by_text("lightsparknode:")).await, many + 1);
    assert_eq!(count(&by_text("\0")).await, 0);
}

/// [`PaymentQuery::text`]: ignores case, since QR codes use upper case.
pub async fn payment_search_matches_parts_of_ids_invoices_and_addresses(t: StoreUnderTest) {
    let event = add_event(&*t.store, &new_event(50, 10)).await;
    let user = add_user(&*t.store, 1).await;
    let mut ids = Vec::new();
    let mut tickets = Vec::new();
    for (number, address) in
        [(41, "$alice@vasp.example"), (42, "$bob@other.example"), (43, "$bobby@vasp.example")]
    {
        let hold_request =
            HoldRequest { uma_address: Some(address.into()), ..hold_request(&event, &user, number) };
        let hold = take(&*t.orders, hold_request).await;
        let payment = hold.payment.unwrap();
        let invoice = payments::NewInvoice { uma_address: address.into(), ..new_invoice(&payment, number) };
        attach(&*t.holds, invoice).await;
        ids.push(payment.id);
        tickets.push(hold.ticket.id);
    }
    let bare =
        HoldRequest { uma_address: Some("$carol@vasp.example".into()), ..hold_request(&event, &user, 44) };
    let bare = take(&*t.orders, bare).await.payment.unwrap().id;
    assert_eq!(found_by(&*t.store, "Node:000042").await, [ids[1]]);
    assert_eq!(found_by(&*t.store, "lightsparknode:").await, [ids[2], ids[1], ids[0]]);
    assert_eq!(found_by(&*t.store, "P000041QQ").await, [ids[0]]);
    let hash = payment_hash(43).to_hex();
    assert_eq!(found_by(&*t.store, &hash).await, [ids[2]]);
    assert_eq!(found_by(&*t.store, &hash[7..40].to_uppercase()).await, [ids[2]]);
    assert_eq!(found_by(&*t.store, "$bob").await, [ids[2], ids[1]]);
    assert_eq!(found_by(&*t.store, "@vasp.").await, [bare, ids[2], ids[0]]);
    assert_eq!(found_by(&*t.store, "$carol").await, [bare]);
    assert!(found_by(&*t.store, &ids[1].to_string()).await.contains(&ids[1]));
    assert!(found_by(&*t.store, &tickets[2].to_string()).await.contains(&ids[2]));
    let in_event = PaymentQuery {
        text: Some("$bob".into()),
        event_id: Some(EventId::new(999)),
        ..PaymentQuery::default()
    };
    assert_eq!(payments_found(&*t.store, &in_event).await, []);
    let second = attach(&*t.holds, new_invoice(&t.store.payment(ids[0]).await.unwrap().unwrap(), 45)).await;
    assert_eq!(found_by(&*t.store, &second.bolt11).await, [ids[0]]);
    assert_eq!(found_by(&*t.store, "Node:0000").await, [ids[2], ids[1], ids[0]]);
}

/// [`PaymentQuery::text`].
pub async fn payment_search_treats_wildcards_as_ordinary_characters(t: StoreUnderTest) {
    let event = add_event(&*t.store, &new_event(50, 10)).await;
    let user = add_user(&*t.store, 1).await;
    let odd =
        HoldRequest { uma_address: Some("$a_b%c@vasp.example".into()), ..hold_request(&event, &user, 1) };
    let odd = take(&*t.orders, odd).await.payment.unwrap().id;
    sale(&t, &event, &user, 2).await;
    for text in ["_", "%", "a_b%c"] {
        assert_eq!(found_by(&*t.store, text).await, [odd], "{text}");
    }
    for text in ["a_b_c", "\0", "\\", "'", "99999999999999999999", "-1", "\u{10FFFF}", "é"] {
        assert_eq!(found_by(&*t.store, text).await, [], "{text:?}");
    }
}

/// [`box_office::Views::event_sales`].
pub async fn event_sales_cover_all_events_or_one(t: StoreUnderTest) {
    let one = add_event(&*t.store, &new_event(50, 10)).await;
    let two = add_event(&*t.store, &new_event(50, 0)).await;
    let none = add_event(&*t.store, &new_event(50, 10)).await;
    let user = add_user(&*t.store, 1).await;
    let first = paid_sale(&t, &one, &user, 1, 1).await;
    paid_sale(&t, &one, &user, 2, 1).await;
    sale(&t, &one, &user, 3).await;
    let (over, invoice) = sale(&t, &one, &user, 4).await;
    settle(&*t.store, &over, &invoice, msats(10_007), at(1)).await;
    let (lapsed, _) = sale(&t, &one, &user, 5).await;
    prove(&*t.store, &lapsed, Evidence::HoldLapsed, at(20)).await;
    take(&*t.orders, hold_request(&two, &user, 6)).await;
    in_session(&*t.store, async |session| {
        let mut ticket = session.ticket_for_update(first.ticket.id).await.unwrap().unwrap();
        ticket.checked_in_at = Some(at(9));
        session.put_ticket(&ticket).await.unwrap();
    })
    .await;
    let now = async |event: &Event| t.store.event(event.id).await.unwrap().unwrap();
    let of_one = EventSales {
        event: now(&one).await,
        sold: 3,
        held: 1,
        checked_in: 1,
        revenue: msats(30_000),
        refundable: msats(7),
    };
    let no_sales = |event| EventSales {
        event,
        sold: 0,
        held: 0,
        checked_in: 0,
        revenue: Msats::ZERO,
        refundable: Msats::ZERO,
    };
    let of_two = EventSales { sold: 1, ..no_sales(now(&two).await) };
    let of_none = no_sales(now(&none).await);
    let sales = async |event, page| t.store.event_sales(event, page).await.unwrap();
    assert_eq!(sales(None, Page::default()).await, [of_none, of_two.clone(), of_one.clone()]);
    assert_eq!(sales(None, Page::new(Some(1), Some(1))).await, [of_two]);
    assert_eq!(sales(Some(one.id), Page::default()).await, [of_one]);
    assert_eq!(sales(Some(EventId::new(999)), Page::default()).await, []);
}

/// [`box_office::Views::sales_series`]: oldest hour first; the end is exclusive.
pub async fn sales_series_groups_by_hour(t: StoreUnderTest) {
    let one = add_event(&*t.store, &new_event(50, 10)).await;
    let two = add_event(&*t.store, &new_event(50, 25)).await;
    let free = add_event(&*t.store, &new_event(50, 0)).await;
    let user = add_user(&*t.store, 1).await;
    for (number, event, minute) in
        [(1, &one, 0), (2, &one, 59), (3, &two, 60), (4, &one, 61), (5, &one, 180), (6, &one, 240)]
    {
        paid_sale(&t, event, &user, number, minute).await;
    }
    sale(&t, &one, &user, 7).await;
    take(&*t.orders, HoldRequest { now: at(62), ..hold_request(&free, &user, 8) }).await;
    let point = |minute, sold, revenue| SalesPoint { at: at(minute), sold, revenue: msats(revenue) };
    let series = async |event, from, to| t.store.sales_series(event, at(from), at(to)).await.unwrap();
    assert_eq!(
        series(None, 0, 240).await,
        [point(0, 2, 20_000), point(60, 3, 35_000), point(180, 1, 10_000)]
    );
    assert_eq!(
        series(Some(one.id), 1, 181).await,
        [point(0, 1, 10_000), point(60, 1, 10_000), point(180, 1, 10_000)]
    );
    assert_eq!(series(Some(one.id), 62, 180).await, []);
    assert_eq!(series(Some(free.id), 0, 500).await, [point(60, 1, 0)]);
}

/// [`box_office::Views::attendees`].
pub async fn attendees_are_paid_tickets_with_their_accounts(t: StoreUnderTest) {
    let event = add_event(&*t.store, &new_event(50, 10)).await;
    let other = add_event(&*t.store, &new_event(50, 10)).await;
    let (ann, ben) = (add_user(&*t.store, 1).await, add_user(&*t.store, 2).await);
    let first = paid_sale(&t, &event, &ann, 1, 1).await.ticket.id;
    let second = paid_sale(&t, &event, &ben, 2, 1).await.ticket.id;
    let third = paid_sale(&t, &event, &ann, 3, 1).await.ticket.id;
    sale(&t, &event, &ann, 4).await;
    paid_sale(&t, &other, &ann, 5, 1).await;
    in_session(&*t.store, async |session| {
        session.unlink_tickets(ben.id).await.unwrap();
        assert!(session.put_user(&ben.erased(at(9))).await.unwrap());
    })
    .await;
    let mut expected = Vec::new();
    for (id, user) in [(first, Some(&ann)), (second, None), (third, Some(&ann))] {
        expected.push(Attendee {
            ticket: t.store.ticket(id).await.unwrap().unwrap(),
            holder: Holder::default(),
            name: user.map(|user| user.name.clone()),
            email: user.map(|user| user.email.as_ref().unwrap().as_str().to_owned()),
        });
    }
    let mut seen = Vec::new();
    for offset in [0, 2] {
        seen.extend(t.store.attendees(event.id, None, Page::new(Some(2), Some(offset))).await.unwrap());
    }
    assert_eq!(seen, expected);
    assert_eq!(t.store.attendees(event.id, Some(first), Page::default()).await.unwrap(), expected[1..]);
    assert_eq!(t.store.attendees(EventId::new(999), None, Page::default()).await.unwrap(), []);
}

/// [`box_office::Views::in_flight`].
pub async fn in_flight_counts_open_holds_orders_and_refunds(t: StoreUnderTest) {
    assert_eq!(t.store.in_flight().await.unwrap(), InFlight::default());
    let event = add_event(&*t.store, &new_event(50, 10)).await;
    let free = add_event(&*t.store, &new_event(50, 0)).await;
    let user = add_user(&*t.store, 1).await;
    take(&*t.orders, hold_request(&free, &user, 1)).await;
    paid_sale(&t, &event, &user, 2, 1).await;
    let (held, paying, lapsed) = (
        sale(&t, &event, &user, 3).await.0,
        sale(&t, &event, &user, 4).await.0,
        sale(&t, &event, &user, 5).await.0,
    );
    let update = |hold: &Hold| CollectionUpdate {
        payment_id: hold.payment.as_ref().unwrap().id,
        invoice: None,
        push_refused: false,
        collection: Collection { state: CollectionState::WalletPaying, detail: String::new() },
        at: at(1),
    };
    t.holds.update_collections(&[update(&paying), update(&lapsed)]).await.unwrap();
    // An order is in flight until it has a final result, whatever the state of payment and collection.
    for (number, hold, status) in [
        (91, &paying, OrderStatus::Ordered),
        (92, &lapsed, OrderStatus::Unresolved),
        (93, &held, OrderStatus::Failed),
    ] {
        let order = wallet_order(hold.payment.as_ref().unwrap(), number);
        let order = OutgoingOrder { status, ..order };
        in_session(&*t.store, async |session| assert!(session.add_outgoing_order(&order).await.unwrap()))
            .await;
    }
    prove(&*t.store, &lapsed, Evidence::HoldLapsed, at(20)).await;
    let (over, invoice) = sale(&t, &event, &user, 6).await;
    settle(&*t.store, &over, &invoice, msats(10_007), at(1)).await;
    let over = over.payment.unwrap();
    in_session(&*t.store, async |session| {
        for status in [RefundStatus::Sending, RefundStatus::Failed] {
            let refund = session.add_refund(&new_refund(&over, 1)).await.unwrap();
            assert!(session.put_refund(&Refund { status, ..refund }).await.unwrap());
        }
    })
    .await;
    let expected = InFlight { held: 2, paying: 2, refunding: 1, refundable: 1 };
    assert_eq!(t.outside().0.in_flight().await.unwrap(), expected);
    prove(&*t.store, &held, Evidence::Cancelled, at(2)).await;
    assert_eq!(t.store.in_flight().await.unwrap(), InFlight { held: 1, ..expected });
}
