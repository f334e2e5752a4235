//! Quotas on outstanding seats in `box_office::Orders::place_all`.

use super::{
    StoreUnderTest,
    holds::{held, seats_taken},
};
use crate::builders::{
    add_event, add_user, at, attach, hold_request, in_session, new_event, new_invoice, noon, prove, settle,
    take,
};
use crate::purchases::{Hold, HoldOutcome, HoldRequest, Purchases};
use box_office::{HoldLimit, HoldLimits, NetworkHasher, NetworkTags, PurchaseRefusal, QuotaScope};
use events::Event;
use identity::User;
use payments::Evidence;
use std::sync::Arc;
use tickets::TicketStatus;

const ACCOUNTS: HoldLimits = HoldLimits { account: 3, ..HoldLimits::NONE };
const NETWORKS: HoldLimits = HoldLimits { network: 4, site_factor: 2, ..HoldLimits::NONE };

fn tags(event: &Event, address: &str) -> NetworkTags {
    NetworkHasher::new(&[1; 32]).tags(event.id, address.parse().unwrap())
}

fn from(event: &Event, user: &User, address: &str, number: u64) -> HoldRequest {
    HoldRequest { network: Some(tags(event, address)), limits: NETWORKS, ..hold_request(event, user, number) }
}

fn refused(scope: QuotaScope, allowed: u32) -> HoldOutcome {
    HoldOutcome::Refused(PurchaseRefusal::Limit(HoldLimit { scope, allowed, outstanding: allowed }))
}

fn count(outcomes: &[HoldOutcome]) -> usize {
    outcomes.iter().filter(|outcome| matches!(outcome, HoldOutcome::Held(_))).count()
}

async fn pay(t: &StoreUnderTest, hold: &Hold, number: u64) {
    let invoice = attach(&*t.holds, new_invoice(hold.payment.as_ref().unwrap(), number)).await;
    settle(&*t.store, hold, &invoice, invoice.amount, at(1)).await;
}

/// [`HoldLimits::account`]: unpaid and free seats count together, within a batch, in the store and across
/// replicas.
pub async fn account_quota_limits_outstanding_seats(t: StoreUnderTest) {
    let (ann, ben) = (add_user(&*t.store, 1).await, add_user(&*t.store, 2).await);
    for price in [10, 0] {
        let event = add_event(&*t.store, &new_event(50, price)).await;
        let other = add_event(&*t.store, &new_event(50, price)).await;
        let number = |number| number + 100 * price;
        let request = |event: &Event, user: &User, n| HoldRequest {
            limits: ACCOUNTS,
            ..hold_request(event, user, number(n))
        };
        let first = t.orders.hold_all(&[request(&event, &ann, 1), request(&event, &ann, 2)]).await.unwrap();
        assert_eq!(count(&first), 2);
        let requests = [
            request(&event, &ann, 3),
            request(&event, &ann, 4),
            request(&event, &ben, 5),
            request(&other, &ann, 6),
        ];
        let outcomes = t.both_orders()[1].hold_all(&requests).await.unwrap();
        assert_eq!((count(&outcomes), &outcomes[1]), (3, &refused(QuotaScope::Account, 3)));
        let unlimited = HoldRequest { limits: HoldLimits::NONE, ..request(&event, &ann, 7) };
        assert_eq!(count(&t.orders.hold_all(&[unlimited]).await.unwrap()), 1);
        assert_eq!(seats_taken(&*t.store, event.id).await, 5);
    }
}

/// Only unpaid and free seats are outstanding.
pub async fn paid_expired_and_cancelled_seats_leave_the_quota(t: StoreUnderTest) {
    let event = add_event(&*t.store, &new_event(50, 10)).await;
    let user = add_user(&*t.store, 1).await;
    let limits = HoldLimits { account: 2, network: 2, ..NETWORKS };
    let request = |number| HoldRequest { limits, ..from(&event, &user, "198.51.100.7", number) };
    let mut open = vec![take(&*t.orders, request(1)).await, take(&*t.orders, request(2)).await];
    let ends = [None, Some(Evidence::HoldLapsed), Some(Evidence::Cancelled), Some(Evidence::GivenUp)];
    for (number, end) in (10..).step_by(10).zip(ends) {
        let full = t.orders.hold_all(&[request(number)]).await.unwrap();
        assert_eq!(full, [refused(QuotaScope::Account, 2)]);
        let hold = open.remove(0);
        match end {
            None => pay(&t, &hold, number).await,
            Some(evidence) => prove(&*t.store, &hold, evidence, at(1)).await,
        }
        open.push(take(&*t.orders, request(number + 1)).await);
    }
    let free = add_event(&*t.store, &new_event(50, 0)).await;
    let request = |number| HoldRequest { limits, ..from(&free, &user, "198.51.100.7", number) };
    let given = take(&*t.orders, request(101)).await;
    take(&*t.orders, request(102)).await;
    in_session(&*t.store, async |session| {
        let mut ticket = session.ticket_for_update(given.ticket.id).await.unwrap().unwrap();
        ticket.status = TicketStatus::Cancelled;
        session.put_ticket(&ticket).await.unwrap();
    })
    .await;
    let outcomes = t.orders.hold_all(&[request(103), request(104)]).await.unwrap();
    assert_eq!((count(&outcomes), &outcomes[1]), (1, &refused(QuotaScope::Account, 2)));
}

/// [`HoldLimits::per_network`], [`HoldLimits::per_site`].
pub async fn network_and_site_quotas_limit_outstanding_seats(t: StoreUnderTest) {
    let event = add_event(&*t.store, &new_event(100, 10)).await;
    let other = add_event(&*t.store, &new_event(100, 10)).await;
    let user = add_user(&*t.store, 1).await;
    let four: Vec<_> = (0..6).map(|n| from(&event, &user, "198.51.100.7", n)).collect();
    let outcomes = t.orders.hold_all(&four).await.unwrap();
    assert_eq!((count(&outcomes), &outcomes[4]), (4, &refused(QuotaScope::Network, 4)));
    let elsewhere = [
        from(&event, &user, "198.51.100.7", 10),
        from(&event, &user, "198.51.100.8", 11),
        from(&other, &user, "198.51.100.7", 12),
        HoldRequest { network: None, ..from(&event, &user, "198.51.100.7", 13) },
    ];
    let outcomes = t.both_orders()[1].hold_all(&elsewhere).await.unwrap();
    assert_eq!((count(&outcomes), &outcomes[0]), (3, &refused(QuotaScope::Network, 4)));
    // Three /64 networks of one /48 site; the site limit is twice the network limit.
    let site: Vec<_> =
        (0..12).map(|n| from(&event, &user, &format!("2001:db8:7:{:x}::{n:x}", n % 3), 20 + n)).collect();
    let outcomes = t.orders.hold_all(&site).await.unwrap();
    assert_eq!((count(&outcomes), &outcomes[11]), (8, &refused(QuotaScope::Network, 8)));
}

/// [`HoldLimits::payer`].
pub async fn payer_quota_limits_guests_per_address_and_network(t: StoreUnderTest) {
    let event = add_event(&*t.store, &new_event(100, 10)).await;
    let user = add_user(&*t.store, 1).await;
    let limits = HoldLimits { payer: 2, network: 50, ..HoldLimits::NONE };
    let guest = |network: &str, payer: &str, number| HoldRequest {
        authenticated: false,
        uma_address: Some(payer.into()),
        limits,
        ..from(&event, &user, network, number)
    };
    let outcomes = t
        .orders
        .hold_all(&[
            guest("198.51.100.7", "$a@vasp.example", 1),
            guest("198.51.100.7", "$a@vasp.example", 2),
            guest("198.51.100.7", "$a@vasp.example", 3),
            guest("198.51.100.7", "$b@vasp.example", 4),
            guest("198.51.100.8", "$a@vasp.example", 5),
            HoldRequest { authenticated: true, ..guest("198.51.100.7", "$a@vasp.example", 6) },
        ])
        .await
        .unwrap();
    assert_eq!((count(&outcomes), &outcomes[2]), (5, &refused(QuotaScope::Payer, 2)));
    let again = t.both_orders()[1].hold_all(&[guest("198.51.100.7", "$a@vasp.example", 7)]).await.unwrap();
    assert_eq!(again, [refused(QuotaScope::Payer, 2)]);
}

/// [`HoldLimits::payer`]: addresses that differ in case are one payer, in the batch and in the store.
pub async fn payer_quota_ignores_case(t: StoreUnderTest) {
    let event = add_event(&*t.store, &new_event(100, 10)).await;
    let user = add_user(&*t.store, 1).await;
    let limits = HoldLimits { payer: 2, network: 50, ..HoldLimits::NONE };
    let guest = |payer: &str, number| HoldRequest {
        authenticated: false,
        uma_address: Some(payer.into()),
        limits,
        ..from(&event, &user, "198.51.100.7", number)
    };
    let batch = [guest("$A@VASP.example", 1), guest("$a@vasp.example", 2), guest("$a@Vasp.Example", 3)];
    let outcomes = t.orders.hold_all(&batch).await.unwrap();
    assert_eq!((count(&outcomes), &outcomes[2]), (2, &refused(QuotaScope::Payer, 2)));
    for payer in ["$a@vasp.example", "$A@vasp.EXAMPLE"] {
        let again = t.both_orders()[1].hold_all(&[guest(payer, 4)]).await.unwrap();
        assert_eq!(again, [refused(QuotaScope::Payer, 2)], "{payer}");
    }
}

/// [`Event::network_limit`].
pub async fn event_raises_or_lifts_the_network_limit(t: StoreUnderTest) {
    let event = add_event(&*t.store, &new_event(20, 10)).await;
    let user = add_user(&*t.store, 1).await;
    let set = async |limit| {
        in_session(&*t.store, async |session| {
            let now = session.event_for_update(event.id).await.unwrap().unwrap();
            session.put_event(&Event { network_limit: limit, ..now }).await.unwrap();
        })
        .await;
    };
    let request = |first: u64, many: u64| -> Vec<_> {
        (first..first + many).map(|n| from(&event, &user, "198.51.100.7", n)).collect()
    };
    assert_eq!(count(&t.orders.hold_all(&request(0, 5)).await.unwrap()), 4);
    set(Some(6)).await;
    let outcomes = t.both_orders()[1].hold_all(&request(10, 4)).await.unwrap();
    assert_eq!((count(&outcomes), &outcomes[2]), (2, &refused(QuotaScope::Network, 6)));
    set(Some(0)).await;
    assert_eq!(count(&t.orders.hold_all(&request(20, 14)).await.unwrap()), 14);
}

/// Concurrent requests of one network on two replicas get at most 20 % of 500 seats.
pub async fn concurrent_replicas_share_the_network_quota(t: StoreUnderTest) {
    let event = add_event(&*t.store, &new_event(500, 10)).await;
    let limits = HoldLimits { account: 10, payer: 10, network: 40, network_percent: 20, site_factor: 2 };
    let mut users = Vec::new();
    for number in 0..16 {
        users.push(add_user(&*t.store, number).await);
    }
    let [first, second] = t.both_orders();
    let tasks: Vec<_> = (0..16_u64)
        .zip(users)
        .map(|(n, user)| {
            let holds = Arc::clone(if n % 2 == 0 { &first } else { &second });
            let requests: Vec<_> = (0..12)
                .map(|i| HoldRequest { limits, ..from(&event, &user, "198.51.100.7", n * 100 + i) })
                .collect();
            tokio::spawn(async move { holds.hold_all(&requests).await.unwrap() })
        })
        .collect();
    let mut held = 0;
    for task in tasks {
        held += count(&task.await.unwrap());
    }
    assert_eq!((held, seats_taken(&*t.store, event.id).await), (100, 100));
}

/// [`box_office::Queue::erase_networks`].
pub async fn network_tags_of_past_events_are_cleared(t: StoreUnderTest) {
    let free = add_event(&*t.store, &new_event(50, 0)).await;
    let user = add_user(&*t.store, 1).await;
    let request = |number| from(&free, &user, "2001:db8:7:1::1", number);
    let outcomes = t.orders.hold_all(&[request(1), request(2), request(3), request(4)]).await.unwrap();
    for outcome in &outcomes {
        assert_eq!(held(outcome).ticket.status, TicketStatus::Paid);
    }
    assert_eq!(t.store.erase_networks(noon(), 10).await.unwrap(), 0);
    assert_eq!(t.orders.hold_all(&[request(5)]).await.unwrap(), [refused(QuotaScope::Network, 4)]);
    assert_eq!(t.store.erase_networks(free.end_time, 3).await.unwrap(), 3);
    assert_eq!(t.store.erase_networks(free.end_time, 3).await.unwrap(), 1);
    assert_eq!(t.store.erase_networks(free.end_time, 3).await.unwrap(), 0);
    assert_eq!(count(&t.orders.hold_all(&[request(6)]).await.unwrap()), 1);
}
