use crate::builders::*;
use chrono::Duration;
use events::{Discount, Event, PromoCode, PromoRefusal};
use kernel::{Locked, Msats, TicketId};
use std::collections::BTreeSet;
use tickets::{
    BuyerKey, BuyerUsage, ConfirmRefusal, Inventory, Order, OrderError, OrderRefusal, OrderRequest,
    OrderStatus, OrderTicket, ReinstateRefusal, Reinstatement, ReleaseCause, TicketStatus, Transition,
    confirm, issue, reinstate, release,
};

const ALL_CAUSES: [ReleaseCause<'static>; 4] = [
    ReleaseCause::HoldEnded { before: chrono::DateTime::<chrono::Utc>::MAX_UTC },
    ReleaseCause::GivenUp,
    ReleaseCause::Cancelled,
    ReleaseCause::EventCancelled,
];

fn msats(amount: u64) -> Msats {
    Msats::new(amount).unwrap()
}

/// Two early tickets (900 sats), one regular one (2,700 sats) and a free one, with a code.
fn mixed() -> (Locked<Order>, Vec<OrderTicket>) {
    rows(placed(&with_code(&[(EARLY, 2), (REGULAR, 1), (FREE, 1)], "TENOFF")), 1, 1)
}

/// Writes a transition.
fn written(
    (order, tickets): (Locked<Order>, Vec<OrderTicket>),
    with: Transition,
) -> (Locked<Order>, Vec<OrderTicket>) {
    let status = |ticket: &OrderTicket| with.tickets.iter().find(|(id, _)| *id == ticket.id);
    let tickets = tickets.iter().map(|ticket| OrderTicket {
        status: status(ticket).map_or(ticket.status, |(_, status)| *status),
        ..*ticket
    });
    (order.map(|_| with.order), tickets.collect())
}

fn paid() -> (Locked<Order>, Vec<OrderTicket>) {
    let (order, tickets) = mixed();
    let issued = issue(&order, &tickets, now());
    written((order, tickets), issued)
}

fn ids(ids: &[i64]) -> BTreeSet<TicketId> {
    ids.iter().copied().map(TicketId::new).collect()
}

fn released(rows: &(Locked<Order>, Vec<OrderTicket>), cause: ReleaseCause<'_>) -> Transition {
    release(&rows.0, &rows.1, cause, now()).unwrap()
}

#[test]
fn an_unpaid_order_is_released_whole_with_its_promo_use_and_once() {
    for (cause, ticket, order) in [
        (ALL_CAUSES[0], TicketStatus::Expired, OrderStatus::Expired),
        (ALL_CAUSES[1], TicketStatus::Failed, OrderStatus::Failed),
        (ALL_CAUSES[2], TicketStatus::Cancelled, OrderStatus::Cancelled),
        (ALL_CAUSES[3], TicketStatus::Cancelled, OrderStatus::Cancelled),
    ] {
        let first = released(&mixed(), cause);
        assert!(first.tickets.iter().all(|(_, status)| *status == ticket), "{cause:?}");
        assert_eq!((first.tickets.len(), first.order.status, first.refund), (4, order, Msats::ZERO));
        assert_eq!(
            first.released,
            placed(&with_code(&[(EARLY, 2), (REGULAR, 1), (FREE, 1)], "TENOFF")).taken
        );
        let after = written(mixed(), first);
        for again in ALL_CAUSES {
            assert!(released(&after, again).is_empty() && released(&after, again).released.is_empty());
        }
    }
}

#[test]
fn a_hold_is_released_after_its_end_only() {
    let ended = |before| released(&mixed(), ReleaseCause::HoldEnded { before }).tickets.len();
    assert_eq!((ended(hold_end()), ended(hold_end() + Duration::seconds(1))), (0, 4));
}

#[test]
fn a_payment_issues_all_tickets_once() {
    let (order, tickets) = mixed();
    let issued = issue(&order, &tickets, now());
    assert_eq!((issued.order.status, issued.order.issued_at), (OrderStatus::Paid, Some(now())));
    assert!(issued.tickets.len() == 4 && issued.taken.is_empty() && issued.released.is_empty());
    let (order, tickets) = written((order, tickets), issued);
    assert!(issue(&order, &tickets, now()).is_empty());
    let expired = written(mixed(), released(&mixed(), ReleaseCause::GivenUp));
    assert!(issue(&expired.0, &expired.1, now()).is_empty());
}

#[test]
fn the_end_of_a_hold_a_cancellation_and_a_failure_leave_an_issued_order_alone() {
    for cause in &ALL_CAUSES[..3] {
        assert!(released(&paid(), *cause).is_empty(), "{cause:?}");
    }
}

#[test]
fn a_single_ticket_is_refunded_with_its_price_after_the_discount() {
    let one = ids(&[3]);
    let refund = released(&paid(), ReleaseCause::Revoked(&one));
    assert_eq!(refund.tickets, [(TicketId::new(3), TicketStatus::Refunded)]);
    assert_eq!((refund.refund, refund.order.status), (msats(2_700_000), OrderStatus::Paid));
    assert_eq!(refund.released.types, [(REGULAR, 1)].into());
    assert_eq!(refund.released.promo_code, None, "other tickets keep the use");
    let (order, tickets) = written(paid(), refund);
    assert_eq!(order.due(&tickets), Ok(msats(1_800_000)));
    assert!(release(&order, &tickets, ReleaseCause::Revoked(&one), now()).unwrap().is_empty());
    let rest = release(&order, &tickets, ReleaseCause::Revoked(&ids(&[1, 2, 3, 4, 99])), now()).unwrap();
    assert_eq!((rest.refund, rest.order.status), (msats(1_800_000), OrderStatus::Refunded));
    assert_eq!(rest.released.promo_code, Some(promo().id), "the last seat releases the use");
    assert_eq!(rest.tickets[2], (TicketId::new(4), TicketStatus::Cancelled), "nothing to refund");
}

#[test]
fn an_order_that_is_not_issued_has_no_single_tickets_to_revoke() {
    assert!(released(&mixed(), ReleaseCause::Revoked(&ids(&[1]))).is_empty());
}

#[test]
fn a_cancelled_event_refunds_what_each_ticket_cost() {
    let cancelled = released(&paid(), ReleaseCause::EventCancelled);
    assert_eq!((cancelled.refund, cancelled.order.status), (msats(4_500_000), OrderStatus::Refunded));
    assert_eq!(cancelled.released.seats, 4);
    let free = rows(placed(&request(&[(FREE, 2)])), 1, 1);
    let cancelled = released(&free, ReleaseCause::EventCancelled);
    assert_eq!((cancelled.refund, cancelled.order.status), (Msats::ZERO, OrderStatus::Cancelled));
}

#[test]
fn a_late_payment_takes_all_seats_again_or_none() {
    let (order, tickets) = written(mixed(), released(&mixed(), ReleaseCause::GivenUp));
    let take = |change: fn(&mut Inventory)| {
        let mut all = inventory();
        change(&mut all);
        reinstate(&Locked::by_store(all), &order, &tickets, Reinstatement::Issued, now())
    };
    let issued = take(|_| ()).unwrap();
    assert_eq!((issued.order.status, issued.order.issued_at), (OrderStatus::Paid, Some(now())));
    assert_eq!((issued.taken.seats, issued.taken.promo_code), (4, Some(promo().id)));
    assert_eq!(issued.order.lines, order.lines, "at the old prices");
    // What was on sale when the order was placed stays paid for.
    assert!(take(|all| all.ticket_types[0].archived_at = Some(now())).is_ok());
    assert!(matches!(take(|all| all.event.seats_taken = 47), Err(ReinstateRefusal::Seats(_))));
    assert!(matches!(take(|all| all.ticket_types[0].taken = 9), Err(ReinstateRefusal::Seats(_))));
    assert_eq!(take(|all| all.event.cancelled_at = Some(now())), Err(ReinstateRefusal::EventCancelled));
    let exhausted = Err(ReinstateRefusal::Promo(PromoRefusal::Exhausted));
    assert_eq!(take(|all| all.promo_codes[0].used = 5), exhausted);
    let missing = Err(ReinstateRefusal::Promo(PromoRefusal::Unknown));
    assert_eq!(take(|all| all.promo_codes.clear()), missing);
}

#[test]
fn an_order_with_seats_or_one_that_was_issued_is_not_reinstated() {
    let refunded = written(paid(), released(&paid(), ReleaseCause::EventCancelled));
    let free = rows(placed(&request(&[(FREE, 1)])), 1, 1);
    let cancelled = written(rows(placed(&request(&[(FREE, 1)])), 1, 1), released(&free, ALL_CAUSES[3]));
    for (order, tickets) in [mixed(), paid(), refunded, cancelled] {
        let all = Locked::by_store(inventory());
        let refusal = reinstate(&all, &order, &tickets, Reinstatement::Issued, now());
        assert_eq!(refusal, Err(ReinstateRefusal::NotReleased));
    }
}

#[test]
fn a_new_attempt_to_pay_holds_the_seats_anew() {
    let (order, tickets) = written(mixed(), released(&mixed(), ReleaseCause::GivenUp));
    let until = hold_end() + Duration::hours(1);
    let all = Locked::by_store(inventory());
    let held = reinstate(&all, &order, &tickets, Reinstatement::Held { until }, now()).unwrap();
    assert_eq!((held.order.status, held.order.hold_expires_at), (OrderStatus::Pending, Some(until)));
    assert!(held.tickets.iter().all(|(_, status)| *status == TicketStatus::Pending));
}

/// A guest's free order with a code for one use per buyer.
fn unconfirmed() -> (Inventory, Locked<Order>, Vec<OrderTicket>) {
    let free = PromoCode { discount: Discount::Free, ..promo() };
    let inventory = Inventory { promo_codes: vec![free], ..inventory() };
    let buyer = guest("a@b.example", None);
    let order = OrderRequest { buyer, ..with_code(&[(EARLY, 2)], "TENOFF") };
    let (order, tickets) = rows(try_place(inventory.clone(), &order).unwrap(), 1, 1);
    (inventory, order, tickets)
}

#[test]
fn a_guests_free_order_is_issued_when_the_address_is_confirmed_and_once() {
    let (inventory, order, tickets) = unconfirmed();
    assert!(issue(&order, &tickets, now()).is_empty(), "no payment issues it");
    let inventory = Locked::by_store(inventory);
    let issued = confirm(&inventory, &order, &tickets, now()).unwrap();
    assert_eq!((issued.order.status, issued.order.hold_expires_at), (OrderStatus::Paid, None));
    assert_eq!(issued.order.buyer.key(), Some(BuyerKey::Email("a@b.example".into())));
    assert_eq!(issued.tickets.len(), 2);
    let (order, tickets) = written((order, tickets), issued);
    assert!(confirm(&inventory, &order, &tickets, now()).unwrap().is_empty());
}

#[test]
fn an_expired_order_is_not_confirmed_and_a_paid_one_needs_no_confirmation() {
    let (inventory, order, tickets) = unconfirmed();
    let inventory = Locked::by_store(inventory);
    let expired = release(&order, &tickets, ALL_CAUSES[0], now()).unwrap();
    let (order, tickets) = written((order, tickets), expired);
    assert_eq!(confirm(&inventory, &order, &tickets, now()), Err(ConfirmRefusal::NotAwaiting));
    let (order, tickets) = mixed();
    assert_eq!(confirm(&inventory, &order, &tickets, now()), Err(ConfirmRefusal::NotAwaiting));
}

#[test]
fn confirming_many_orders_with_one_address_stays_within_the_limits_of_a_buyer() {
    let (inventory, order, tickets) = unconfirmed();
    let with = |usage: BuyerUsage| {
        let buyers = [(BuyerKey::Email("a@b.example".into()), usage)].into();
        confirm(&Locked::by_store(Inventory { buyers, ..inventory.clone() }), &order, &tickets, now())
    };
    let tickets_held = |tickets| BuyerUsage { tickets, ..BuyerUsage::default() };
    assert!(with(tickets_held(10)).is_ok());
    let refusal = OrderRefusal::TooManyPerBuyer { limit: 12, held: 11, requested: 2 };
    assert_eq!(with(tickets_held(11)), Err(ConfirmRefusal::Limit(refusal)));
    let used = BuyerUsage { promo_uses: [(promo().id, 1)].into(), ..BuyerUsage::default() };
    let refusal = OrderRefusal::Promo(PromoRefusal::ExhaustedForBuyer { max: 1 });
    assert_eq!(with(used), Err(ConfirmRefusal::Limit(refusal)));
}

#[test]
fn a_ticket_without_a_line_is_an_error_and_releases_nothing() {
    let (order, mut tickets) = paid();
    tickets[1].ticket_type_id = CREW;
    let error = Err(OrderError::NoLine(TicketId::new(2)));
    assert_eq!(release(&order, &tickets, ReleaseCause::EventCancelled, now()), error);
    assert_eq!(order.due(&tickets), Err(OrderError::NoLine(TicketId::new(2))));
}

#[test]
fn a_batch_sees_the_seats_and_uses_that_its_earlier_orders_took() {
    let mut all = Locked::by_store(Inventory {
        event: Event { capacity: 3, ..event() },
        promo_codes: vec![PromoCode { max_uses: Some(1), ..promo() }],
        ..inventory()
    });
    let order = |buyer: i64| OrderRequest { buyer: account(buyer), ..with_code(&[(EARLY, 1)], "TENOFF") };
    let first = tickets::place(&all, &order(1), now()).unwrap();
    all.take(&first.taken, first.order.buyer.key().as_ref());
    assert_eq!((all.event.seats_taken, all.ticket_types[0].taken, all.promo_codes[0].used), (1, 1, 1));
    let exhausted = OrderRefusal::Promo(PromoRefusal::Exhausted);
    assert_eq!(tickets::place(&all, &order(2), now()), Err(exhausted));
    assert!(matches!(tickets::place(&all, &request(&[(REGULAR, 3)]), now()), Err(OrderRefusal::Seats(_))));
    all.release(&first.taken, first.order.buyer.key().as_ref());
    assert!(tickets::place(&all, &order(2), now()).is_ok());
}
