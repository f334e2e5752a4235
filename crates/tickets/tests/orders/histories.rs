use crate::world::{Step, World};
use proptest::prelude::*;
use tickets::OrderStatus;

/// Type, quantity and chosen amount of each line.
type Lines = Vec<(i64, u32, Option<u64>)>;

fn lines() -> impl Strategy<Value = Lines> {
    let chosen = prop_oneof![3 => Just(None), 1 => (0_u64..5_000).prop_map(Some)];
    let kind = prop_oneof![4 => Just(1), 4 => Just(2), 1 => Just(3), 6 => 4_i64..=6, 1 => Just(7)];
    let quantity = prop_oneof![12 => 1_u32..=3, 1 => Just(0), 1 => Just(9)];
    prop::collection::vec((kind, quantity, chosen), 1..=3)
}

/// Requested lines with a code, which often applies to one of them.
fn order() -> impl Strategy<Value = (Lines, Option<&'static str>)> {
    let codes = prop_oneof![
        4 => Just(None),
        4 => Just(Some("TENOFF")),
        3 => Just(Some("GIFT")),
        3 => Just(Some("CREW")),
        1 => Just(Some("UNKNOWN")),
    ];
    (lines(), codes, 1_u32..3).prop_map(|(mut lines, code, quantity)| {
        if code == Some("CREW") {
            lines.truncate(1);
            lines.push((3, quantity, None));
        }
        (lines, code)
    })
}

fn step() -> impl Strategy<Value = Step> {
    let number = || any::<prop::sample::Index>().prop_map(|index| index.index(1_000));
    prop_oneof![
        12 => (order(), any::<u8>(), any::<bool>())
            .prop_map(|((lines, code), buyer, quoted)| Step::Place { lines, code, buyer, quoted }),
        1 => (lines(), any::<u8>()).prop_map(|(lines, buyer)| Step::Give { lines, buyer }),
        5 => number().prop_map(Step::Pay),
        2 => number().prop_map(Step::Confirm),
        3 => number().prop_map(Step::EndHold),
        1 => number().prop_map(Step::GiveUp),
        2 => number().prop_map(Step::Cancel),
        1 => number().prop_map(Step::HoldAgain),
        3 => (number(), any::<u8>()).prop_map(|(order, mask)| Step::Revoke(order, mask)),
        2 => (0_u8..15).prop_map(Step::Wait),
        1 => (1_i64..60).prop_map(Step::Capacity),
        1 => (1_i64..=6, prop::option::of(0_i64..20)).prop_map(|(one, quota)| Step::Quota(one, quota)),
        1 => (1_i64..=6, -1_i64..5_000).prop_map(|(one, price)| Step::Price(one, price)),
        1 => (1_i64..=6, any::<bool>()).prop_map(|(one, archived)| Step::Archive(one, archived)),
        1 => (1_i64..=3, prop::option::of(0_i64..6)).prop_map(|(one, max)| Step::MaxUses(one, max)),
    ]
}

/// A history, which sometimes ends with the cancellation of the event and what still arrives after it.
fn history() -> impl Strategy<Value = Vec<Step>> {
    let steps = || prop::collection::vec(step(), 1..60);
    prop_oneof![
        3 => steps(),
        1 => (steps(), prop::collection::vec(step(), 0..10))
            .prop_map(|(before, after)| before.into_iter().chain([Step::CancelEvent]).chain(after).collect()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn seats_quotas_uses_and_money_recount_exactly_after_every_step(history in history()) {
        let mut world = World::new();
        for step in &history {
            world.run(step);
        }
    }

    #[test]
    fn any_order_of_payments_and_ended_holds_sells_no_seat_twice(
        orders in prop::collection::vec((order(), any::<u8>()), 10..30),
        ends in Just((0_usize..60).collect::<Vec<_>>()).prop_shuffle(),
    ) {
        let mut world = World::new();
        for ((lines, code), buyer) in orders {
            world.run(&Step::Place { lines, code, buyer, quoted: false });
        }
        world.run(&Step::Wait(11));
        for end in ends {
            world.run(&if end % 2 == 0 { Step::EndHold(end / 2) } else { Step::Pay(end / 2) });
        }
    }
}

#[test]
fn the_model_reaches_every_status() {
    let place = |lines: &[(i64, u32)], code, buyer| Step::Place {
        lines: lines.iter().map(|(id, quantity)| (*id, *quantity, None)).collect(),
        code,
        buyer,
        quoted: true,
    };
    let mut world = World::new();
    for step in [
        place(&[(1, 2), (2, 1)], Some("TENOFF"), 0),
        place(&[(6, 1)], None, 4),
        place(&[(2, 1)], None, 1),
        place(&[(3, 1)], Some("CREW"), 1),
        place(&[(2, 2)], None, 5),
        place(&[(1, 1)], Some("GIFT"), 3),
        Step::Pay(0),
        Step::GiveUp(2),
        Step::Cancel(3),
        Step::Confirm(5),
        Step::Wait(11),
        Step::EndHold(4),
    ] {
        world.run(&step);
    }
    assert_eq!(world.orders(), 6);
    for status in OrderStatus::ALL {
        let missing = matches!(status, OrderStatus::Pending | OrderStatus::Refunded);
        assert_eq!(world.has(status), !missing, "{status:?}");
    }
    world.run(&Step::Pay(4));
    world.run(&Step::HoldAgain(2));
    assert!(world.has(OrderStatus::Pending) && !world.has(OrderStatus::Failed));
    world.run(&Step::CancelEvent);
    assert!(world.has(OrderStatus::Refunded) && !world.has(OrderStatus::Paid));
}
