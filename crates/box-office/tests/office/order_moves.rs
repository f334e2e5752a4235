//! Payment and order together, without a store: histories of evidence, decided by the payment and moved by [`OrderMove`].

use crate::order_inventory::inventory;
use box_office::{LockedOrder, OrderMove, OrderedTicket};
use chrono::Duration;
use events::PromoCodeText;
use kernel::{EventId, Locked, Msats, OrderId, TicketId, TicketTypeId, Timestamp, UserId};
use payments::{EventFacts, Evidence, PaymentHash, PaymentState, PaymentStatus, decide_beside_refunds};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use testkit::builders::{code, noon};
use tickets::{
    Buyer, Holder, Inventory, LineRequest, OrderKind, OrderRequest, OrderStatus, Reinstatement, Ticket,
    TicketStatus, place, reinstate,
};

/// What happens to one of the orders.
#[derive(Debug, Clone, Copy)]
enum Act {
    /// So many msats beyond the price settle in all on an invoice; negative if less.
    Settle(u8, i64),
    Lapse,
    GiveUp,
    Cancel,
    Retry,
    Revoke(u16),
    /// All that is refundable is on its way.
    BeginRefund,
    RefundArrives,
    RefundFails,
}

#[derive(Debug, Clone)]
enum Step {
    Place(Vec<(i64, u32)>, bool),
    Order(usize, Act),
    CancelEvent,
    Wait(i64),
    Capacity(u32),
    Quota(u32),
    MaxUses(u32),
}

struct Sale {
    rows: LockedOrder,
    money: PaymentState,
    /// The amount of the open refund.
    reserved: Msats,
    settled: BTreeMap<u8, u64>,
    sent_back: u64,
}

struct World {
    inventory: Locked<Inventory>,
    sales: Vec<Sale>,
    now: Timestamp,
}

impl World {
    fn place(&mut self, lines: &[(i64, u32)], promo: bool) {
        let lines = lines.iter().map(|(id, quantity)| LineRequest {
            ticket_type_id: TicketTypeId::new(*id),
            quantity: *quantity,
            chosen: None,
        });
        let request = OrderRequest {
            kind: OrderKind::Sale,
            lines: lines.collect(),
            promo_code: promo.then(|| PromoCodeText::parse("THIRD").unwrap()),
            shown: None,
            buyer: Buyer { user_id: Some(UserId::new(1)), ..Buyer::default() },
            free_allowed: true,
            hold_expires_at: self.now + Duration::minutes(10),
        };
        let Ok(placed) = place(&self.inventory, &request, self.now) else { return };
        if placed.due.is_zero() {
            return;
        }
        self.inventory.take(&placed.taken, None);
        let number = i64::try_from(self.sales.len()).unwrap();
        let tickets = placed.tickets.iter().zip(number * 100..).map(|(one, id)| OrderedTicket {
            ticket: Ticket {
                id: TicketId::new(id),
                event_id: EventId::new(1),
                order: None,
                user_id: None,
                code: code(id.unsigned_abs()),
                link_key: None,
                status: one.status,
                uma_address: String::new(),
                hold_expires_at: placed.order.hold_expires_at,
                checked_in_at: None,
                paid_at: None,
                created_at: self.now,
                updated_at: self.now,
            },
            ticket_type_id: one.ticket_type_id,
            price: one.price,
            holder: Holder::default(),
        });
        let tickets = tickets.collect();
        let order = Locked::by_store(placed.order.with_id(OrderId::new(number)));
        self.sales.push(Sale {
            rows: LockedOrder { order, tickets },
            money: PaymentState::awaiting(placed.due),
            reserved: Msats::ZERO,
            settled: BTreeMap::new(),
            sent_back: 0,
        });
    }

    /// Decides and writes like a transition of the application service; returns whether anything changed.
    fn apply(&mut self, index: usize, evidence: Evidence, revoked: Option<&BTreeSet<TicketId>>) -> bool {
        let now = self.now;
        let sale = &mut self.sales[index];
        let late = matches!(sale.money.status, PaymentStatus::Failed | PaymentStatus::Expired);
        let states = sale.rows.states();
        let free = reinstate(&self.inventory, &sale.rows.order, &states, Reinstatement::Issued, now).is_ok();
        let lapsed = evidence == Evidence::HoldLapsed && !sale.rows.order.hold_ended(now);
        if (evidence == Evidence::HeldAgain && late && (!free || !sale.reserved.is_zero())) || lapsed {
            return false;
        }
        let paid = sale.rows.paid_tickets(None);
        let taken_back = sale.rows.paid_tickets(revoked);
        let evidence = match evidence {
            Evidence::Revoked if taken_back.is_empty() => return false,
            Evidence::Revoked if taken_back.len() < paid.len() => {
                let kept: Vec<_> = states.into_iter().filter(|one| !taken_back.contains(&one.id)).collect();
                Evidence::PartRevoked { due: sale.rows.order.due(&kept).unwrap() }
            }
            other => other,
        };
        let facts =
            EventFacts { seat_free: late && free, cancelled: self.inventory.event.cancelled_at.is_some() };
        let reserved =
            if matches!(evidence, Evidence::Settled { .. }) && sale.money.status != PaymentStatus::Paid {
                sale.reserved
            } else {
                Msats::ZERO
            };
        let decision = decide_beside_refunds(&sale.money, reserved, evidence, facts);
        let moved = match evidence {
            Evidence::PartRevoked { .. } => Some(payments::TicketMove::RefundPart),
            _ => decision.ticket,
        };
        let mut changed = decision.state != sale.money;
        sale.money = decision.state;
        if let Some(moved) = moved {
            changed = true;
            let hold_until = now + Duration::minutes(10);
            let order_move = OrderMove { moved, evidence, revoked, ended_before: now, hold_until, now };
            let transition = order_move.transition(Some(&self.inventory), &sale.rows).unwrap();
            self.inventory.release(&transition.released, None);
            self.inventory.take(&transition.taken, None);
            sale.rows.apply(&transition, now);
        }
        changed
    }

    fn act(&mut self, index: usize, act: Act) {
        let sale = &mut self.sales[index];
        let (evidence, revoked) = match act {
            Act::Settle(invoice, beyond) => {
                let due = i64::try_from(sale.rows.order.total.to_msats().get()).unwrap();
                let amount = (due + beyond).max(1).unsigned_abs();
                let known = sale.settled.entry(invoice).or_default();
                *known = amount.max(*known);
                let amount = Msats::new(amount).unwrap();
                (Evidence::Settled { hash: PaymentHash::new([invoice; 32]), amount }, None)
            }
            Act::Lapse => (Evidence::HoldLapsed, None),
            Act::GiveUp => (Evidence::GivenUp, None),
            Act::Cancel => (Evidence::Cancelled, None),
            Act::Retry => {
                // Holding again is a new attempt, not a repetition.
                self.apply(index, Evidence::HeldAgain, None);
                return;
            }
            Act::Revoke(mask) => {
                let tickets = sale.rows.tickets.iter().enumerate();
                let picked = tickets.filter(|(bit, _)| mask >> bit & 1 == 1).map(|(_, one)| one.ticket.id);
                (Evidence::Revoked, Some(picked.collect::<BTreeSet<_>>()))
            }
            Act::BeginRefund => {
                if sale.reserved.is_zero() {
                    sale.reserved = sale.money.refundable();
                }
                return;
            }
            Act::RefundArrives => {
                sale.sent_back += sale.reserved.get();
                sale.reserved = Msats::ZERO;
                (Evidence::Refunded { total: Msats::new(sale.sent_back).unwrap() }, None)
            }
            Act::RefundFails => {
                sale.reserved = Msats::ZERO;
                return;
            }
        };
        let surplus = self.sales[index].surplus();
        self.apply(index, evidence, revoked.as_ref());
        if revoked.is_some() {
            let sale = &self.sales[index];
            let taken_back = sale.rows.tickets.iter().filter(|one| one.ticket.status != TicketStatus::Paid);
            let prices: u64 = taken_back.map(|one| one.price.to_msats().get()).sum();
            assert!(sale.surplus() <= surplus + prices, "a part refund leaves more than the tickets' prices");
        }
        assert!(!self.apply(index, evidence, revoked.as_ref()), "{act:?} twice");
    }

    fn run(&mut self, step: &Step) {
        match step {
            Step::Place(lines, promo) => self.place(lines, *promo),
            Step::Order(index, act) => {
                if let Some(index) = index.checked_rem(self.sales.len()) {
                    self.act(index, *act);
                }
            }
            Step::CancelEvent => {
                self.inventory.event.cancelled_at = Some(self.now);
                for index in 0..self.sales.len() {
                    self.apply(index, Evidence::EventCancelled, None);
                    assert!(!self.apply(index, Evidence::EventCancelled, None), "cancelled twice");
                }
            }
            Step::Wait(minutes) => self.now += Duration::minutes(*minutes),
            Step::Capacity(seats) => {
                let taken = self.inventory.event.seats_taken;
                self.inventory.event.capacity = taken.max(*seats);
            }
            Step::Quota(seats) => {
                let taken = self.inventory.ticket_types[0].taken;
                self.inventory.ticket_types[0].quota = Some(taken.max(*seats));
            }
            Step::MaxUses(uses) => {
                let used = self.inventory.promo_codes[0].used;
                self.inventory.promo_codes[0].max_uses = Some(used.max(*uses));
            }
        }
        self.assert_consistent();
    }

    fn assert_consistent(&self) {
        let Inventory { event, ticket_types, promo_codes, .. } = &*self.inventory;
        let seats = |id: Option<TicketTypeId>| {
            let tickets = self.sales.iter().flat_map(|sale| &sale.rows.tickets);
            let taken = tickets.filter(|one| one.ticket.status.takes_seat());
            taken.filter(|one| id.is_none_or(|id| one.ticket_type_id == id)).count()
        };
        assert_eq!(usize::try_from(event.seats_taken).unwrap(), seats(None));
        assert!(event.seats_taken <= event.capacity);
        for one in ticket_types {
            assert_eq!(usize::try_from(one.taken).unwrap(), seats(Some(one.id)));
            assert!(one.quota.is_none_or(|quota| one.taken <= quota));
        }
        let holding =
            self.sales.iter().filter(|sale| sale.rows.order.promo_code.is_some() && sale.seats() > 0);
        assert_eq!(usize::try_from(promo_codes[0].used).unwrap(), holding.count());
        assert!(promo_codes[0].max_uses.is_none_or(|max| promo_codes[0].used <= max));
        self.sales.iter().for_each(Sale::assert_consistent);
    }
}

impl Sale {
    fn seats(&self) -> usize {
        self.rows.tickets.iter().filter(|one| one.ticket.status.takes_seat()).count()
    }

    /// Refundable without a refund under way.
    fn surplus(&self) -> u64 {
        self.money.refundable().get().checked_sub(self.reserved.get()).unwrap()
    }

    fn assert_consistent(&self) {
        let statuses: Vec<_> = self.rows.tickets.iter().map(|one| one.ticket.status).collect();
        let whole = statuses.iter().all(|status| *status == statuses[0]);
        let (order, money) = (&self.rows.order, &self.money);
        assert!(whole || order.issued_at.is_some(), "half granted: {statuses:?}");
        let valid = self.rows.tickets.iter().filter(|one| one.ticket.status == TicketStatus::Paid);
        let due: u64 = valid.map(|one| one.price.to_msats().get()).sum();
        let is_valid = statuses.contains(&TicketStatus::Paid);
        assert_eq!(is_valid, order.status == OrderStatus::Paid);
        assert_eq!(is_valid, money.status == PaymentStatus::Paid);
        assert_eq!(statuses.contains(&TicketStatus::Pending), money.status == PaymentStatus::Pending);
        assert_eq!(money.kept().get(), if is_valid { due } else { 0 });
        let received: u64 = self.settled.values().sum();
        assert_eq!((money.received().get(), money.refunded.get()), (received, self.sent_back));
        assert_eq!(received, money.kept().get() + self.sent_back + money.refundable().get());
        self.surplus();
    }
}

fn step() -> impl Strategy<Value = Step> {
    let beyond = || prop_oneof![4 => Just(0_i64), 1 => -3_000_000_i64..0, 1 => 1_i64..3_000_000];
    let act = prop_oneof![
        8 => (0_u8..3, beyond()).prop_map(|(invoice, beyond)| Act::Settle(invoice, beyond)),
        4 => Just(Act::Lapse),
        1 => Just(Act::GiveUp),
        2 => Just(Act::Cancel),
        2 => Just(Act::Retry),
        4 => any::<u16>().prop_map(Act::Revoke),
        3 => Just(Act::BeginRefund),
        3 => Just(Act::RefundArrives),
        1 => Just(Act::RefundFails),
    ];
    prop_oneof![
        6 => (prop::collection::btree_map(1_i64..=3, 1_u32..=3, 1..=3), any::<bool>())
            .prop_map(|(lines, promo)| Step::Place(Vec::from_iter(lines), promo)),
        20 => (0_usize..64, act).prop_map(|(order, act)| Step::Order(order, act)),
        3 => (1_i64..12).prop_map(Step::Wait),
        1 => (1_u32..14).prop_map(Step::Capacity),
        1 => (0_u32..6).prop_map(Step::Quota),
        1 => (0_u32..4).prop_map(Step::MaxUses),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn payment_and_order_never_contradict_each_other(
        before in prop::collection::vec(step(), 1..80),
        after in prop::option::weighted(0.3, prop::collection::vec(step(), 0..20)),
    ) {
        let mut world = World { inventory: Locked::by_store(inventory()), sales: Vec::new(), now: noon() };
        for step in &before {
            world.run(step);
        }
        if let Some(after) = after {
            world.run(&Step::CancelEvent);
            for step in &after {
                world.run(step);
            }
        }
    }
}
