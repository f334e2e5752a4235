//! Arbitrary histories of orders through the application service on SQLite, by two replicas.

use crate::{
    order_steps::{Amount, Edit, NodeFault, Step},
    order_world::{TYPES, World},
};
use proptest::prelude::*;

fn index() -> impl Strategy<Value = usize> {
    0_usize..64
}

fn place() -> impl Strategy<Value = Step> {
    let line = (0..TYPES, prop_oneof![8 => 1_u32..=3, 1 => 4_u32..=5]);
    let code = prop_oneof![3 => Just(None), 3 => Just(Some(0)), 2 => Just(Some(1)), 1 => Just(Some(2))];
    let lines = prop::collection::btree_map(line.0, line.1, 1..=3);
    (lines, code, any::<u8>(), prop::bool::weighted(0.1)).prop_map(|(lines, code, buyer, complimentary)| {
        Step::Place { lines: Vec::from_iter(lines), code, buyer, complimentary }
    })
}

fn settle() -> impl Strategy<Value = Step> {
    let amount = prop_oneof![
        6 => Just(Amount::Exact),
        2 => (1_u64..4_000_000).prop_map(Amount::Under),
        2 => (1_u64..4_000_000).prop_map(Amount::Over),
    ];
    (index(), index(), amount).prop_map(|(order, invoice, amount)| Step::Settle { order, invoice, amount })
}

fn edit() -> impl Strategy<Value = Step> {
    let edit = prop_oneof![
        2 => (1_i64..24).prop_map(Edit::Capacity),
        2 => (0..TYPES, prop::option::of(0_i64..9)).prop_map(|(one, quota)| Edit::Quota(one, quota)),
        2 => (0..TYPES, 0_i64..4_000).prop_map(|(one, price)| Edit::Price(one, price)),
        1 => (0..TYPES, any::<bool>()).prop_map(|(one, archived)| Edit::Archive(one, archived)),
        1 => (0..3_usize, prop::option::of(0_i64..5)).prop_map(|(one, max)| Edit::MaxUses(one, max)),
        1 => (0..3_usize, any::<bool>()).prop_map(|(one, archived)| Edit::ArchiveCode(one, archived)),
    ];
    edit.prop_map(Step::Edit)
}

fn step() -> impl Strategy<Value = Step> {
    let faults = prop_oneof![
        Just(NodeFault::NoInvoice),
        Just(NodeFault::PayUnavailable),
        Just(NodeFault::PayAnswerLost),
        Just(NodeFault::PayRefused),
        Just(NodeFault::DestinationUnreachable),
    ];
    prop_oneof![
        14 => place(),
        14 => settle(),
        2 => index().prop_map(Step::Confirm),
        4 => Just(Step::Lapse),
        2 => (1_i64..12).prop_map(Step::Wait),
        2 => index().prop_map(Step::Cancel),
        2 => (index(), index()).prop_map(|(order, ticket)| Step::CancelTicket(order, ticket)),
        3 => index().prop_map(Step::Retry),
        3 => (index(), any::<bool>()).prop_map(|(order, revoke)| Step::Refund { order, revoke }),
        6 => (index(), any::<u8>()).prop_map(|(order, mask)| Step::RefundTickets(order, mask)),
        2 => (index(), index()).prop_map(|(order, ticket)| Step::CheckIn(order, ticket)),
        4 => Just(Step::RunJobs),
        5 => edit(),
        2 => faults.prop_map(Step::Fault),
    ]
}

/// A history, which in one of four cases cancels the event before its last steps.
fn history<T: Strategy<Value = Step>>(
    step: impl Fn() -> T,
    length: usize,
) -> impl Strategy<Value = Vec<Step>> {
    let before = prop::collection::vec(step(), 1..length);
    let after = prop::option::weighted(0.25, prop::collection::vec(step(), 0..8));
    (before, after).prop_map(|(mut steps, after)| {
        if let Some(after) = after {
            steps.push(Step::CancelEvent);
            steps.extend(after);
        }
        steps
    })
}

fn run(test: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(test);
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 400, ..ProptestConfig::with_cases(12) })]

    #[test]
    fn seats_uses_and_money_recount_exactly_after_every_step(history in history(step, 50)) {
        run(async {
            let world = World::open().await;
            for step in &history {
                world.run_twice(step).await;
            }
            world.end().await;
        });
    }

    #[test]
    fn concurrent_steps_of_two_replicas_leave_no_order_half_granted(
        history in history(step, 50),
        other in history(step, 50),
    ) {
        run(async {
            let world = World::open().await;
            let mut other = other.iter();
            for step in &history {
                Box::pin(world.run_beside(step, other.next())).await;
            }
            world.end().await;
        });
    }
}

#[test]
fn a_history_reaches_every_kind_of_end() {
    run(async {
        let world = World::open().await;
        let place = |lines: &[(usize, u32)], code, buyer| Step::Place {
            lines: lines.to_vec(),
            code,
            buyer,
            complimentary: false,
        };
        let settle = |order, invoice, amount| Step::Settle { order, invoice, amount };
        for step in [
            place(&[(0, 2), (1, 1)], Some(0), 0),
            settle(0, 0, Amount::Over(700_000)),
            Step::RefundTickets(0, 0b001),
            Step::RunJobs,
            place(&[(1, 1)], None, 1),
            settle(1, 0, Amount::Under(1)),
            Step::Lapse,
            Step::Retry(1),
            settle(1, 1, Amount::Exact),
            settle(1, 0, Amount::Exact),
            place(&[(0, 1), (2, 2)], Some(1), 5),
            Step::Confirm(2),
            Step::CancelTicket(2, 1),
            place(&[(1, 2)], None, 2),
            Step::Cancel(3),
            settle(3, 0, Amount::Exact),
            Step::Refund { order: 3, revoke: true },
            Step::RunJobs,
            Step::CheckIn(0, 2),
        ] {
            world.run_twice(&step).await;
        }
        let statuses = world.statuses().await;
        assert_eq!(statuses, ["Paid", "Paid", "Paid", "Refunded"]);
        world.run_twice(&Step::CancelEvent).await;
        world.end().await;
        assert_eq!(world.statuses().await, ["Refunded", "Refunded", "Cancelled", "Refunded"]);
    });
}

#[test]
fn free_tickets_stay_valid_when_those_with_a_price_are_refunded() {
    run(async {
        let world = World::open().await;
        for step in [
            Step::Place { lines: vec![(1, 1), (2, 2)], code: None, buyer: 0, complimentary: false },
            Step::Settle { order: 0, invoice: 0, amount: Amount::Exact },
            Step::RefundTickets(0, 0b001),
        ] {
            world.run_twice(&step).await;
        }
        assert_eq!(world.statuses().await, ["Paid"]);
        world.run_twice(&Step::RunJobs).await;
        world.end().await;
        assert_eq!(world.statuses().await, ["Refunded"]);
    });
}
