//! Limits per buyer and quotas on outstanding seats in `box_office::Orders::place_all`.

use super::{
    StoreUnderTest,
    holds::seats_taken,
    orders::{fixed, placed, shop},
};
use crate::{
    builders::{add_user, at, in_session, noon},
    order_builders::{add_ticket_type, order_terms, place_order, place_request},
};
use box_office::{
    HoldLimit, HoldLimits, NetworkTags, OrderTerms, PlaceOutcome, PlaceRefusal, PlaceRequest, QuotaScope,
};
use chrono::Duration;
use events::{CurrencyAmount, TicketPrice, TicketType};
use tickets::{Buyer, GuestEmail, OrderLimits, OrderRefusal, ShownPrice, TicketStatus};

/// [`OrderLimits::per_buyer`]: by account, confirmed email address or payer, in the batch, the store and other replicas.
pub async fn buyer_limit_counts_tickets_of_all_orders(t: StoreUnderTest) {
    let (event, _, regular, user) = shop(&t, 50).await;
    let other = add_user(&*t.store, 2).await;
    let terms = OrderTerms { limits: OrderLimits { per_order: 0, per_buyer: 3 }, ..order_terms() };
    let payer = |address: &str| Buyer { payer_address: Some(address.into()), ..Buyer::default() };
    let email = |confirmed_at| Buyer {
        email: Some(GuestEmail { address: "guest@example.com".into(), confirmed_at }),
        ..Buyer::default()
    };
    let account = |id| Buyer { user_id: Some(id), ..payer("$alice@vasp.example") };
    let mut number = 0;
    for (buyer, same) in [
        (account(user.id), account(user.id)),
        (payer("$Guest@vasp.example"), payer("$guest@vasp.example")),
        (
            email(Some(noon())),
            Buyer { payer_address: Some("$bob@vasp.example".into()), ..email(Some(at(1))) },
        ),
    ] {
        let mut request = |buyer: &Buyer, quantity| {
            number += 1;
            let mut request = place_request(&event, &user, &[(&regular, quantity)], number);
            request.order.buyer = buyer.clone();
            request
        };
        let batch = [request(&buyer, 2), request(&same, 2), request(&same, 1)];
        let outcomes = t.orders.place_all(&terms, &batch).await.unwrap();
        let refused = |held, requested| {
            let refusal = OrderRefusal::TooManyPerBuyer { limit: 3, held, requested };
            PlaceOutcome::Refused(PlaceRefusal::Order(refusal))
        };
        assert_eq!(outcomes[1], refused(2, 2));
        placed(&outcomes[2]);
        let again = t.both_orders()[1].place_all(&terms, &[request(&same, 1)]).await.unwrap();
        assert_eq!(again, [refused(3, 1)]);
    }
    // A ticket that lost its seat does not count, and neither does an unconfirmed address.
    let first = t.store.order_of_ticket(kernel::TicketId::new(1)).await.unwrap();
    let ticket = t.store.order(first.unwrap()).await.unwrap().unwrap().tickets[0].ticket.clone();
    in_session(&*t.store, async |session| {
        let locked = session.ticket_for_update(ticket.id).await.unwrap().unwrap();
        let expired = tickets::Ticket { status: TicketStatus::Expired, ..ticket };
        session.put_ticket(&locked.map(|_| expired)).await.unwrap();
    })
    .await;
    let mut unconfirmed = place_request(&event, &user, &[(&regular, 3)], 100);
    unconfirmed.order.buyer = email(None);
    let requests = [
        place_request(&event, &user, &[(&regular, 1)], 101),
        place_request(&event, &other, &[(&regular, 3)], 102),
        unconfirmed,
    ];
    t.orders.place_all(&terms, &requests).await.unwrap().iter().for_each(|outcome| {
        placed(outcome);
    });
}

/// [`HoldLimits::account`].
pub async fn account_quota_counts_every_seat_of_an_order(t: StoreUnderTest) {
    let (event, _, regular, user) = shop(&t, 50).await;
    let free = add_ticket_type(&*t.store, &event, fixed(0)).await;
    let terms = OrderTerms { outstanding: HoldLimits { account: 4, ..HoldLimits::NONE }, ..order_terms() };
    let request = |lines: &[(&TicketType, u32)], number| place_request(&event, &user, lines, number);
    let batch =
        [request(&[(&regular, 2)], 1), request(&[(&free, 1), (&regular, 2)], 2), request(&[(&free, 2)], 3)];
    let outcomes = t.orders.place_all(&terms, &batch).await.unwrap();
    let refused = |outstanding| {
        let limit = HoldLimit { scope: QuotaScope::Account, allowed: 4, outstanding };
        PlaceOutcome::Refused(PlaceRefusal::Limit(limit))
    };
    assert_eq!(outcomes[1], refused(2));
    placed(&outcomes[2]);
    let later = t.both_orders()[1].place_all(&terms, &[request(&[(&regular, 1)], 4)]).await.unwrap();
    assert_eq!(later, [refused(4)]);
    assert_eq!(seats_taken(&*t.store, event.id).await, 4);
}

/// [`PlaceRequest::network`].
pub async fn network_is_stored_while_seats_are_outstanding(t: StoreUnderTest) {
    let (event, _, regular, user) = shop(&t, 50).await;
    let terms = OrderTerms { outstanding: HoldLimits { network: 3, ..HoldLimits::NONE }, ..order_terms() };
    let request = |quantity, number| PlaceRequest {
        network: Some(NetworkTags { network: [1; 16], site: None }),
        ..place_request(&event, &user, &[(&regular, quantity)], number)
    };
    let order = t.orders.place_all(&terms, &[request(3, 1)]).await.unwrap();
    let limit = HoldLimit { scope: QuotaScope::Network, allowed: 3, outstanding: 3 };
    let refused = [PlaceOutcome::Refused(PlaceRefusal::Limit(limit))];
    assert_eq!(t.orders.place_all(&terms, &[request(1, 2)]).await.unwrap(), refused);
    let ticket = placed(&order[0]).tickets[1].ticket.clone();
    in_session(&*t.store, async |session| {
        let locked = session.ticket_for_update(ticket.id).await.unwrap().unwrap();
        let paid = tickets::Ticket { status: TicketStatus::Paid, ..ticket };
        session.put_ticket(&locked.map(|_| paid)).await.unwrap();
    })
    .await;
    placed(&t.orders.place_all(&terms, &[request(1, 3)]).await.unwrap()[0]);
}

/// [`payments::Payment::wallet_allowed`].
pub async fn connected_wallet_is_allowed_for_a_shown_or_hour_old_price(t: StoreUnderTest) {
    let (event, _, regular, user) = shop(&t, 50).await;
    let changed = TicketType { price_changed_at: Some(noon() - Duration::minutes(30)), ..regular.clone() };
    in_session(&*t.store, async |session| session.put_ticket_type(&changed).await.unwrap()).await;
    let dollars = CurrencyAmount { currency: order_terms().rates[0].currency, minor_units: 250 };
    let dollars = add_ticket_type(&*t.store, &event, TicketPrice::InCurrency(dollars)).await;
    let stable = add_ticket_type(&*t.store, &event, fixed(10)).await;
    let mut number = 0;
    for (one, shown, guest, allowed) in [
        (&regular, false, false, false),
        (&regular, true, false, true),
        (&dollars, false, false, false),
        (&dollars, true, false, true),
        (&stable, false, false, true),
        (&stable, true, true, false),
    ] {
        number += 1;
        let mut request = place_request(&event, &user, &[(one, 1)], number);
        let price = one.price.list_price(None, &order_terms().rates, noon()).unwrap().sats;
        request.order.shown = shown.then_some(ShownPrice::Total(price));
        if guest {
            request.order.buyer.user_id = None;
        }
        let order = place_order(&*t.orders, request).await;
        assert_eq!(order.payment.unwrap().wallet_allowed, allowed, "case {number}");
    }
}
