//! Promo codes.

use super::{
    StoreUnderTest,
    orders::{fixed, place_one, placed, promo_text, sats, shop},
};
use crate::{
    builders::{add_event, add_user, at, in_session, new_event, noon},
    order_builders::{
        add_promo_code, add_ticket_type, new_promo_code, order_terms, place_order, place_request,
    },
};
use box_office::{PlaceOutcome, PlaceRefusal, PlaceRequest, Store};
use events::{Discount, Event, NewPromoCode, PromoCode, PromoRefusal, PromoTypes, TicketType};
use identity::User;
use kernel::PromoCodeId;
use std::sync::Arc;
use tickets::OrderRefusal;
use tokio::sync::Barrier;

fn with_code(event: &Event, user: &User, one: &TicketType, code: &str, number: u64) -> PlaceRequest {
    let mut request = place_request(event, user, &[(one, 1)], number);
    request.order.promo_code = Some(promo_text(code));
    request
}

fn refused(refusal: PromoRefusal) -> PlaceOutcome {
    PlaceOutcome::Refused(PlaceRefusal::Order(OrderRefusal::Promo(refusal)))
}

async fn used(store: &dyn Store, code: &PromoCode) -> u32 {
    let codes = store.promo_codes(code.event_id).await.unwrap();
    codes.iter().find(|one| one.id == code.id).unwrap().used
}

/// [`box_office::OrderWriter::add_promo_code`].
pub async fn promo_codes_round_trip(t: StoreUnderTest) {
    let event = add_event(&*t.store, &new_event(10, 10)).await;
    let one = add_ticket_type(&*t.store, &event, fixed(10)).await;
    let two = add_ticket_type(&*t.store, &event, fixed(20)).await;
    let new = NewPromoCode {
        discount: Discount::SatsOff(sats(5)),
        ticket_types: PromoTypes::Only([one.id, two.id].into()),
        max_uses: Some(3),
        max_uses_per_buyer: Some(1),
        valid_from: Some(at(-1)),
        valid_until: Some(at(60)),
        ..new_promo_code(Some(&event), "CREW")
    };
    let crew = add_promo_code(&*t.store, &new).await;
    let expected = PromoCode {
        id: crew.id,
        event_id: Some(event.id),
        code: new.code.clone(),
        discount: new.discount,
        ticket_types: new.ticket_types.clone(),
        max_uses: Some(3),
        used: 0,
        max_uses_per_buyer: Some(1),
        valid_from: new.valid_from,
        valid_until: new.valid_until,
        archived_at: None,
        created_at: noon(),
        updated_at: noon(),
    };
    assert_eq!(crew, expected);
    let gift = NewPromoCode { discount: Discount::Free, ..new_promo_code(None, "GIFT") };
    let gift = add_promo_code(&*t.store, &gift).await;
    let percent = add_promo_code(&*t.store, &new_promo_code(Some(&event), "TENOFF")).await;
    let store = t.outside().0;
    assert_eq!(store.promo_codes(Some(event.id)).await.unwrap(), [crew, percent]);
    assert_eq!(store.promo_codes(None).await.unwrap(), [gift]);
}

/// [`box_office::OrderWriter::delete_promo_code`] and [`box_office::OrderReader::promo_code`].
pub async fn promo_code_is_deleted_unless_an_order_names_it(t: StoreUnderTest) {
    let (event, early, _, user) = shop(&t, 10).await;
    let used = add_promo_code(&*t.store, &new_promo_code(Some(&event), "USED")).await;
    let named = NewPromoCode {
        ticket_types: PromoTypes::Only([early.id].into()),
        ..new_promo_code(Some(&event), "UNUSED")
    };
    let unused = add_promo_code(&*t.store, &named).await;
    place_order(&*t.orders, with_code(&event, &user, &early, "USED", 1)).await;
    let deleted = in_session(&*t.store, async |session| {
        let mut deleted = Vec::new();
        for id in [used.id, unused.id] {
            let code = session.promo_code_for_update(id).await.unwrap().unwrap();
            deleted.push(session.delete_promo_code(&code).await.unwrap());
        }
        deleted
    });
    assert_eq!(deleted.await, [false, true]);
    assert_eq!(t.store.promo_code(used.id).await.unwrap().map(|one| one.used), Some(1));
    assert_eq!(t.store.promo_code(unused.id).await.unwrap(), None);
}

/// [`box_office::OrderWriter::add_promo_code`].
pub async fn text_is_unique_per_event_and_among_codes_for_all_events(t: StoreUnderTest) {
    let one = add_event(&*t.store, &new_event(10, 10)).await;
    let two = add_event(&*t.store, &new_event(10, 10)).await;
    let codes = [Some(&one), Some(&two), None].map(|event| new_promo_code(event, "SAME"));
    let mut added = Vec::new();
    for code in &codes {
        added.push(add_promo_code(&*t.store, code).await);
    }
    in_session(&*t.store, async |session| {
        for code in &codes {
            assert_eq!(session.add_promo_code(code).await.unwrap(), None);
        }
        session.add_promo_code(&new_promo_code(None, "USABLE")).await.unwrap().unwrap();
    })
    .await;
    assert_eq!(t.store.promo_codes_named(&codes[0].code).await.unwrap(), added);
    assert_eq!(t.store.promo_codes(None).await.unwrap().len(), 2);
}

/// [`box_office::OrderWriter::put_promo_code`].
pub async fn put_promo_code_overwrites_terms_types_and_counter(t: StoreUnderTest) {
    let event = add_event(&*t.store, &new_event(10, 10)).await;
    let one = add_ticket_type(&*t.store, &event, fixed(10)).await;
    let old = add_promo_code(&*t.store, &new_promo_code(Some(&event), "CREW")).await;
    let only = PromoTypes::Only([one.id].into());
    for ticket_types in [only, PromoTypes::All] {
        let new = PromoCode {
            discount: Discount::Free,
            ticket_types,
            max_uses: Some(9),
            used: 4,
            max_uses_per_buyer: Some(2),
            valid_from: Some(at(1)),
            valid_until: Some(at(2)),
            archived_at: Some(at(3)),
            updated_at: at(4),
            ..old.clone()
        };
        in_session(&*t.store, async |session| {
            let locked = session.promo_code_for_update(old.id).await.unwrap().unwrap();
            session.put_promo_code(&locked.map(|_| new.clone())).await.unwrap();
            assert!(session.promo_code_for_update(PromoCodeId::new(999)).await.unwrap().is_none());
        })
        .await;
        assert_eq!(t.store.promo_codes(Some(event.id)).await.unwrap(), [new]);
    }
}

/// [`box_office::OrderWriter::promo_code_for_update`].
pub async fn promo_code_lock_serialises_sessions(t: StoreUnderTest) {
    let (event, _, regular, user) = shop(&t, 10).await;
    let code = add_promo_code(&*t.store, &new_promo_code(None, "GIFT")).await;
    let mut session = t.store.begin().await.unwrap();
    let locked = session.promo_code_for_update(code.id).await.unwrap().unwrap();
    let (orders, request) = (Arc::clone(&t.both_orders()[1]), with_code(&event, &user, &regular, "GIFT", 1));
    let waiting = tokio::spawn(async move { place_one(&*orders, request).await });
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
    assert!(!waiting.is_finished());
    let archived = locked.map(|code| PromoCode { archived_at: Some(noon()), ..code });
    session.put_promo_code(&archived).await.unwrap();
    session.commit().await.unwrap();
    assert_eq!(waiting.await.unwrap(), refused(PromoRefusal::Unknown));
}

/// [`box_office::OrderBatch::decide`].
pub async fn code_for_all_events_is_counted_over_the_events_of_a_batch(t: StoreUnderTest) {
    let (one, _, of_one, user) = shop(&t, 10).await;
    let two = add_event(&*t.store, &new_event(10, 10)).await;
    let of_two = add_ticket_type(&*t.store, &two, fixed(10)).await;
    let code = NewPromoCode { max_uses: Some(2), ..new_promo_code(None, "GIFT") };
    let code = add_promo_code(&*t.store, &code).await;
    let requests = [
        with_code(&one, &user, &of_one, "GIFT", 1),
        with_code(&two, &user, &of_two, "GIFT", 2),
        with_code(&one, &user, &of_one, "GIFT", 3),
    ];
    let outcomes = t.orders.place_all(&order_terms(), &requests).await.unwrap();
    placed(&outcomes[0]);
    placed(&outcomes[1]);
    assert_eq!(outcomes[2], refused(PromoRefusal::Exhausted));
    assert_eq!(used(&*t.store, &code).await, 2);
}

/// [`PromoCode::max_uses_per_buyer`].
pub async fn uses_per_buyer_are_counted_over_orders(t: StoreUnderTest) {
    let (one, _, of_one, user) = shop(&t, 10).await;
    let other = add_user(&*t.store, 2).await;
    let two = add_event(&*t.store, &new_event(10, 10)).await;
    let of_two = add_ticket_type(&*t.store, &two, fixed(10)).await;
    let code = NewPromoCode { max_uses_per_buyer: Some(2), ..new_promo_code(None, "GIFT") };
    let code = add_promo_code(&*t.store, &code).await;
    let exhausted = refused(PromoRefusal::ExhaustedForBuyer { max: 2 });
    let requests = [
        with_code(&one, &user, &of_one, "GIFT", 1),
        with_code(&two, &user, &of_two, "GIFT", 2),
        with_code(&one, &user, &of_one, "GIFT", 3),
        with_code(&one, &other, &of_one, "GIFT", 4),
    ];
    let outcomes = t.orders.place_all(&order_terms(), &requests).await.unwrap();
    assert_eq!(outcomes[2], exhausted);
    for index in [0, 1, 3] {
        placed(&outcomes[index]);
    }
    let later = with_code(&two, &user, &of_two, "GIFT", 5);
    assert_eq!(place_one(&*t.both_orders()[1], later).await, exhausted);
    assert_eq!(used(&*t.store, &code).await, 3);
}

/// [`tickets::Inventory::promo_codes`].
pub async fn code_of_another_event_is_found_and_refused(t: StoreUnderTest) {
    let (one, _, of_one, user) = shop(&t, 10).await;
    let two = add_event(&*t.store, &new_event(10, 10)).await;
    add_promo_code(&*t.store, &new_promo_code(Some(&two), "CREW")).await;
    let request = |code, number| with_code(&one, &user, &of_one, code, number);
    assert_eq!(place_one(&*t.orders, request("CREW", 1)).await, refused(PromoRefusal::NotForThisEvent));
    assert_eq!(place_one(&*t.orders, request("NONE", 2)).await, refused(PromoRefusal::Unknown));
    let own = NewPromoCode { discount: Discount::Free, ..new_promo_code(Some(&one), "CREW") };
    add_promo_code(&*t.store, &own).await;
    let order = place_order(&*t.orders, request("crew", 3)).await;
    assert!(order.order.total.is_zero());
}

/// [`PromoCode::max_uses`].
pub async fn concurrent_replicas_never_use_a_code_too_often(t: StoreUnderTest) {
    let (one, _, of_one, user) = shop(&t, 50).await;
    let two = add_event(&*t.store, &new_event(50, 10)).await;
    let of_two = add_ticket_type(&*t.store, &two, fixed(10)).await;
    let code = NewPromoCode { max_uses: Some(5), ..new_promo_code(None, "GIFT") };
    let code = add_promo_code(&*t.store, &code).await;
    let start = Arc::new(Barrier::new(16));
    let tasks: Vec<_> = (0..16)
        .zip(t.both_orders().into_iter().cycle())
        .map(|(number, orders)| {
            // Events in both orders within batches of replicas: the lock order excludes a deadlock.
            let mut batch = vec![
                with_code(&one, &user, &of_one, "GIFT", 2 * number),
                with_code(&two, &user, &of_two, "GIFT", 2 * number + 1),
            ];
            if number % 4 < 2 {
                batch.reverse();
            }
            let start = Arc::clone(&start);
            tokio::spawn(async move {
                start.wait().await;
                orders.place_all(&order_terms(), &batch).await.unwrap()
            })
        })
        .collect();
    let mut granted = 0;
    for task in tasks {
        for outcome in task.await.unwrap() {
            match outcome {
                PlaceOutcome::Placed(_) => granted += 1,
                other => assert_eq!(other, refused(PromoRefusal::Exhausted)),
            }
        }
    }
    assert_eq!((granted, used(&*t.store, &code).await), (5, 5));
}
