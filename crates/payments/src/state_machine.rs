use crate::{
    hash::PaymentHash,
    notice::{Notice, notices},
    payment::{PaymentState, PaymentStatus},
};
use kernel::Msats;

/// Something that is known for certain about a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Evidence {
    /// Our node (or a preimage that hashes to `hash`) proves that `amount` was received on that invoice.
    Settled {
        /// The invoice.
        hash: PaymentHash,
        /// Total received on it so far.
        amount: Msats,
    },
    /// The hold's time and its grace are over.
    HoldLapsed,
    /// The node would not make an invoice, or an admin gave the payment up.
    GivenUp,
    /// The buyer gave the seat back.
    Cancelled,
    /// The organiser cancelled the event; the price of a paid ticket becomes refundable.
    EventCancelled,
    /// A seat was taken again for a new attempt.
    HeldAgain,
    /// An organiser takes all paid tickets back; their price becomes refundable.
    Revoked,
    /// An organiser takes some of the paid tickets back; their price becomes refundable.
    PartRevoked {
        /// Price of the tickets that stay valid.
        due: Msats,
    },
    /// Our node proves that `total` was refunded to the buyer in all.
    Refunded {
        /// Everything refunded so far, not just the last part: so that hearing it twice changes nothing.
        total: Msats,
    },
}

/// What happens to the tickets of the payment's order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TicketMove {
    /// Becomes paid; its seat was held already.
    Issue,
    /// Becomes paid and takes one of the free seats.
    IssueWithNewSeat,
    /// Becomes expired; the seat is released.
    Expire,
    /// Becomes failed; the seat is released.
    Fail,
    /// Becomes cancelled; the seat is released.
    Cancel,
    /// Becomes pending again; the caller has taken the seat.
    HoldAgain,
    /// Becomes refunded; the seat is released.
    Refund,
    /// Some tickets of the order become refunded, and their seats are released.
    RefundPart,
}

/// The new state, and what it means for the ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The payment from now on.
    pub state: PaymentState,
    /// What happens to the ticket, if anything.
    pub ticket: Option<TicketMove>,
    /// What the buyer is notified of.
    pub notices: Vec<Notice>,
}

/// The payment's event at the moment of a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct EventFacts {
    /// Whether a seat can be taken; it matters only for money that arrives for a ticket without one.
    pub seat_free: bool,
    /// Whether the organiser cancelled it.
    pub cancelled: bool,
}

/// Decides what evidence does to a payment. Total (every state takes every evidence), idempotent (the same evidence again
/// changes nothing), and indifferent to the order in which settlements become known.
pub fn decide(state: &PaymentState, evidence: Evidence, event: EventFacts) -> Decision {
    use PaymentStatus::{Expired, Failed, Paid, Pending, Refunded};
    let mut next = state.clone();
    let ticket = match (evidence, state.status) {
        (Evidence::Settled { hash, amount }, _) => {
            let known = next.settlements.entry(hash).or_insert(Msats::ZERO);
            *known = (*known).max(amount);
            issue_if_covered(&mut next, event.seat_free)
        }
        (Evidence::HeldAgain, Failed | Expired) => {
            next.status = Pending;
            issue_if_covered(&mut next, true).map(|_| TicketMove::Issue).or(Some(TicketMove::HoldAgain))
        }
        (Evidence::HoldLapsed, Pending) => Some(moved(&mut next, Expired, TicketMove::Expire)),
        (Evidence::GivenUp, Pending) => Some(moved(&mut next, Failed, TicketMove::Fail)),
        (Evidence::Cancelled | Evidence::EventCancelled, Pending) => {
            Some(moved(&mut next, Failed, TicketMove::Cancel))
        }
        (Evidence::Revoked | Evidence::EventCancelled, Paid) => {
            Some(moved(&mut next, Refunded, TicketMove::Refund))
        }
        (Evidence::PartRevoked { due }, Paid) if due < next.kept() => {
            next.revoked = next.price.saturating_sub(due);
            Some(TicketMove::RefundPart)
        }
        (Evidence::Refunded { total }, _) => {
            // A part's refund begins with its revocation, so what is refunded is its price first.
            let sent = total.saturating_sub(next.refunded).min(next.revoked_due());
            next.revoked_refunded = next.revoked_refunded.saturating_add(sent);
            next.refunded = next.refunded.max(total);
            None
        }
        (
            Evidence::HoldLapsed
            | Evidence::GivenUp
            | Evidence::Cancelled
            | Evidence::EventCancelled
            | Evidence::HeldAgain
            | Evidence::Revoked
            | Evidence::PartRevoked { .. },
            _,
        ) => None,
    };
    let notices = notices(state, &next, evidence, ticket, event);
    Decision { state: next, ticket, notices }
}

/// [`decide`] while open refunds have `reserved` of the money on its way back: it buys no ticket any more.
pub fn decide_beside_refunds(
    state: &PaymentState,
    reserved: Msats,
    evidence: Evidence,
    event: EventFacts,
) -> Decision {
    if reserved.is_zero() {
        return decide(state, evidence, event);
    }
    let spent = PaymentState { refunded: state.refunded.saturating_add(reserved), ..state.clone() };
    let Decision { state: next, ticket, notices } = decide(&spent, evidence, event);
    // Only a settlement is decided beside refunds, and it leaves `refunded` alone.
    Decision { state: PaymentState { refunded: state.refunded, ..next }, ticket, notices }
}

fn moved(state: &mut PaymentState, status: PaymentStatus, ticket: TicketMove) -> TicketMove {
    state.status = status;
    ticket
}

/// Issues the ticket when the amount received less refunds covers the price, and a seat is available.
fn issue_if_covered(state: &mut PaymentState, seat_free: bool) -> Option<TicketMove> {
    if state.received().saturating_sub(state.refunded) < state.price {
        return None;
    }
    match state.status {
        PaymentStatus::Pending => Some(moved(state, PaymentStatus::Paid, TicketMove::Issue)),
        PaymentStatus::Failed | PaymentStatus::Expired if seat_free => {
            state.late = true;
            Some(moved(state, PaymentStatus::Paid, TicketMove::IssueWithNewSeat))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{notice::RefundedTicket, payment::PaymentAnomaly};
    use proptest::prelude::*;

    const PRICE: u64 = 1_000;

    fn msats(amount: u64) -> Msats {
        Msats::new(amount).unwrap()
    }

    fn awaiting() -> PaymentState {
        PaymentState::awaiting(msats(PRICE))
    }

    fn settled(invoice: u8, amount: u64) -> Evidence {
        Evidence::Settled { hash: PaymentHash::new([invoice; 32]), amount: msats(amount) }
    }

    #[test]
    fn money_that_an_open_refund_sends_back_buys_no_ticket() {
        let expired = PaymentState { status: PaymentStatus::Expired, ..awaiting() };
        let free = EventFacts { seat_free: true, cancelled: false };
        let under = decide(&expired, settled(1, 600), free).state;
        let more = decide_beside_refunds(&under, msats(600), settled(2, 500), free);
        assert_eq!((more.ticket, more.state.refundable()), (None, msats(1_100)));
        let covered = decide_beside_refunds(&more.state, msats(600), settled(3, 500), free);
        assert_eq!(covered.ticket, Some(TicketMove::IssueWithNewSeat));
        assert_eq!((covered.state.refundable(), covered.state.refunded), (msats(600), Msats::ZERO));
    }

    fn evidence() -> impl Strategy<Value = Evidence> {
        prop_oneof![
            4 => (0_u8..3, 1_u64..2_500).prop_map(|(invoice, amount)| settled(invoice, amount)),
            1 => Just(Evidence::HoldLapsed),
            1 => Just(Evidence::GivenUp),
            1 => Just(Evidence::Cancelled),
            1 => Just(Evidence::EventCancelled),
            1 => Just(Evidence::HeldAgain),
            1 => Just(Evidence::Revoked),
            1 => (0_u64..PRICE).prop_map(|due| Evidence::PartRevoked { due: msats(due) }),
            1 => (0_u64..3_000).prop_map(|total| Evidence::Refunded { total: msats(total) }),
        ]
    }

    const FULL: EventFacts = EventFacts { seat_free: false, cancelled: false };
    const FREE: EventFacts = EventFacts { seat_free: true, cancelled: false };

    /// Applies evidence and keeps book of the seat as the ticket's moves say.
    fn run(all: &[(Evidence, bool)]) -> (PaymentState, i32) {
        let mut state = awaiting();
        let mut seats = 1;
        for (evidence, seat_free) in all {
            let decision = decide(&state, *evidence, EventFacts { seat_free: *seat_free, ..FULL });
            seats += match decision.ticket {
                // `HeldAgain` means that the caller took a seat just before.
                Some(TicketMove::Issue) if *evidence == Evidence::HeldAgain => 1,
                None | Some(TicketMove::Issue | TicketMove::RefundPart) => 0,
                Some(TicketMove::IssueWithNewSeat | TicketMove::HoldAgain) => 1,
                Some(TicketMove::Expire | TicketMove::Fail | TicketMove::Cancel | TicketMove::Refund) => -1,
            };
            state = decision.state;
        }
        (state, seats)
    }

    proptest! {
        #[test]
        fn the_same_evidence_twice_changes_nothing(all in prop::collection::vec((evidence(), any::<bool>()), 0..12), last in evidence(), seat_free: bool, cancelled: bool) {
            // Holding again after a lapse is a new attempt, not a repetition.
            let (state, _) = run(&all);
            let event = EventFacts { seat_free, cancelled };
            let once = decide(&state, last, event);
            let twice = decide(&once.state, last, event);
            prop_assert_eq!(&once.state, &twice.state);
            prop_assert_eq!(twice.ticket, None);
            prop_assert_eq!(twice.notices, vec![]);
        }

        #[test]
        fn a_ticket_takes_a_seat_exactly_while_pending_or_paid(all in prop::collection::vec((evidence(), any::<bool>()), 0..30)) {
            let (state, seats) = run(&all);
            let takes = matches!(state.status, PaymentStatus::Pending | PaymentStatus::Paid);
            prop_assert_eq!(seats, i32::from(takes));
        }

        #[test]
        fn no_msat_is_lost_or_invented(all in prop::collection::vec((evidence(), any::<bool>()), 0..30)) {
            let (state, _) = run(&all);
            let accounted = state.kept().get() + state.refunded.get() + state.refundable().get();
            // Refunds beyond the amount received are a loss, and stay visible as `refunded`.
            prop_assert!(accounted >= state.received().get());
            if state.refunded.get() + state.kept().get() <= state.received().get() {
                prop_assert_eq!(accounted, state.received().get());
            }
            let usual = matches!(state.anomaly(), PaymentAnomaly::None | PaymentAnomaly::Late);
            prop_assert_eq!(usual, state.refundable() == state.revoked_due());
        }

        #[test]
        fn settlements_in_any_order_with_a_lapse_anywhere_end_the_same(
            (settlements, shuffled) in prop::collection::vec((0_u8..3, 1_u64..2_500), 1..6)
                .prop_map(|list| list.into_iter().map(|(invoice, amount)| settled(invoice, amount)).collect::<Vec<_>>())
                .prop_flat_map(|list| (Just(list.clone()), Just(list).prop_shuffle())),
            lapse in 0_usize..6,
        ) {
            let with_lapse = |list: &[Evidence]| {
                let mut all: Vec<_> = list.iter().map(|evidence| (*evidence, true)).collect();
                all.insert(lapse.min(all.len()), (Evidence::HoldLapsed, true));
                run(&all).0
            };
            let (one, two) = (with_lapse(&settlements), with_lapse(&shuffled));
            prop_assert_eq!(&one.settlements, &two.settlements);
            prop_assert_eq!(one.status, two.status);
            prop_assert_eq!(one.refundable(), two.refundable());
        }
    }

    #[test]
    fn a_late_payment_gets_a_seat_or_is_due_back() {
        let expired = decide(&awaiting(), Evidence::HoldLapsed, FULL).state;
        let lucky = decide(&expired, settled(1, PRICE), FREE);
        assert_eq!(lucky.ticket, Some(TicketMove::IssueWithNewSeat));
        assert_eq!(lucky.state.anomaly(), PaymentAnomaly::Late);
        let unlucky = decide(&expired, settled(1, PRICE), FULL);
        assert_eq!(unlucky.ticket, None);
        assert_eq!(unlucky.state.anomaly(), PaymentAnomaly::RefundDue);
        assert_eq!(unlucky.state.refundable(), msats(PRICE));
    }

    #[test]
    fn price_of_revoked_tickets_is_refundable_once() {
        let paid = decide(&awaiting(), settled(1, PRICE + 7), FULL).state;
        let part = decide(&paid, Evidence::PartRevoked { due: msats(400) }, FULL);
        assert_eq!(part.ticket, Some(TicketMove::RefundPart));
        assert_eq!((part.state.kept(), part.state.refundable()), (msats(400), msats(607)));
        assert_eq!(part.notices, []);
        let again = decide(&part.state, Evidence::PartRevoked { due: msats(400) }, FULL);
        assert_eq!((&again.state, again.ticket), (&part.state, None));
        let rest = decide(&part.state, Evidence::Revoked, FULL).state;
        assert_eq!((rest.kept(), rest.refundable()), (Msats::ZERO, msats(PRICE + 7)));
        for state in [awaiting(), rest] {
            assert_eq!(decide(&state, Evidence::PartRevoked { due: msats(1) }, FULL).state, state);
        }
    }

    #[test]
    fn price_of_revoked_tickets_is_no_surplus() {
        let refunded =
            |state: &PaymentState, total| decide(state, Evidence::Refunded { total: msats(total) }, FULL);
        let revoked =
            |state: &PaymentState, due| decide(state, Evidence::PartRevoked { due: msats(due) }, FULL).state;
        let sent = |amount, ticket| Notice::RefundSent { amount: msats(amount), ticket };
        // One and two of three tickets.
        let paid = decide(&awaiting(), settled(1, PRICE), FULL).state;
        let one = revoked(&paid, 700);
        assert_eq!(
            (one.anomaly(), one.refundable(), one.kept()),
            (PaymentAnomaly::None, msats(300), msats(700))
        );
        let two = revoked(&one, 400);
        assert_eq!(
            (two.anomaly(), two.refundable(), two.price),
            (PaymentAnomaly::None, msats(600), msats(PRICE))
        );
        let first = refunded(&two, 300);
        assert_eq!(first.notices, [sent(300, RefundedTicket::OthersValid)]);
        let both = refunded(&first.state, 600);
        assert_eq!((both.state.anomaly(), both.state.refundable()), (PaymentAnomaly::None, Msats::ZERO));
        assert_eq!(refunded(&both.state, 600).notices, []);
        // A surplus beside a revoked ticket, and one that was refunded before it.
        let over = revoked(&decide(&awaiting(), settled(1, PRICE + 7), FULL).state, 700);
        assert_eq!((over.anomaly(), over.refundable()), (PaymentAnomaly::Over, msats(307)));
        let part = refunded(&over, 300).state;
        assert_eq!((part.anomaly(), part.refundable()), (PaymentAnomaly::Over, msats(7)));
        assert_eq!(refunded(&part, 307).notices, [sent(7, RefundedTicket::Valid)]);
        let mixed = [sent(300, RefundedTicket::OthersValid), sent(7, RefundedTicket::Valid)];
        assert_eq!(refunded(&over, 307).notices, mixed);
        let before = refunded(&decide(&awaiting(), settled(1, PRICE + 7), FULL).state, 7).state;
        assert_eq!(revoked(&before, 700).anomaly(), PaymentAnomaly::None);
        let twice = decide(&part, settled(2, PRICE), FULL).state;
        assert_eq!(twice.anomaly(), PaymentAnomaly::Duplicate);
        // Nothing is kept once only free tickets are left.
        let free = revoked(&paid, 0);
        assert_eq!(
            (free.status, free.kept(), free.anomaly()),
            (PaymentStatus::Paid, Msats::ZERO, PaymentAnomaly::None)
        );
    }

    #[test]
    fn over_under_and_duplicate_are_distinguished() {
        let over = decide(&awaiting(), settled(1, PRICE + 7), FULL).state;
        assert_eq!(
            (over.status, over.anomaly(), over.refundable()),
            (PaymentStatus::Paid, PaymentAnomaly::Over, msats(7))
        );
        let under = decide(&awaiting(), settled(1, PRICE - 7), FULL).state;
        assert_eq!((under.status, under.anomaly()), (PaymentStatus::Pending, PaymentAnomaly::Under));
        let paid = decide(&awaiting(), settled(1, PRICE), FULL).state;
        let twice = decide(&paid, settled(2, PRICE), FULL).state;
        assert_eq!((twice.anomaly(), twice.refundable()), (PaymentAnomaly::Duplicate, msats(PRICE)));
    }

    #[test]
    fn a_retry_after_the_money_came_issues_at_once() {
        let expired = decide(&awaiting(), Evidence::HoldLapsed, FULL).state;
        let due = decide(&expired, settled(1, PRICE), FULL).state;
        let again = decide(&due, Evidence::HeldAgain, FULL);
        assert_eq!((again.state.status, again.ticket), (PaymentStatus::Paid, Some(TicketMove::Issue)));
    }
}
