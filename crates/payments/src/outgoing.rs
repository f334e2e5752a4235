use crate::{hash::PaymentHash, lightning::OutgoingState};
use chrono::Duration;
use kernel::{Msats, PaymentId, RefundId, Timestamp, text};

/// A look-up that begins this long after an order's expiry is conclusive: clocks differ, and a call may still have been on its way.
pub const ORDER_EXPIRY_MARGIN: Duration = Duration::seconds(60);

/// [`OutgoingOrder::detail`] of an order that was certainly not paid before its expiry.
pub const EXPIRED_UNPAID: &str = "expired without being paid";
/// Maximum length of [`OutgoingOrder::detail`], in characters.
const MAX_DETAIL: usize = 200;

/// Pays an outgoing order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Payer {
    /// A buyer's connected wallet, paying our invoice (NIP-47).
    Wallet,
    /// Our node, paying a refund.
    Node,
}

impl Payer {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Wallet, Self::Node];

    /// The word in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Wallet => "wallet",
            Self::Node => "node",
        }
    }

    /// Reads [`Payer::as_str`] back.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|payer| payer.as_str() == word)
    }
}

/// The last answer to an outgoing order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OrderStatus {
    /// Ordered; in flight, or without a clear answer. The payer is asked, never ordered again.
    Ordered,
    /// The call certainly did not reach the payer: it may be ordered again.
    NotSent,
    /// Proved paid.
    Paid,
    /// Proved unpaid: refused, failed, or expired and then not found.
    Failed,
    /// Expired, and the payer still gives no clear answer: an admin has to find out.
    Unresolved,
}

impl OrderStatus {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Ordered, Self::NotSent, Self::Paid, Self::Failed, Self::Unresolved];

    /// The word in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ordered => "ordered",
            Self::NotSent => "not_sent",
            Self::Paid => "paid",
            Self::Failed => "failed",
            Self::Unresolved => "unresolved",
        }
    }

    /// Reads [`OrderStatus::as_str`] back.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == word)
    }

    /// Whether money may be on its way.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Ordered | Self::Unresolved)
    }
}

/// What a payer answered about an order. `attempt` is that of the call that was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OrderAnswer {
    /// Proof of payment: a preimage, or the payment's data.
    Paid,
    /// The call was refused for a reason on the adapter's closed list: this attempt did nothing.
    Refused {
        /// The refused attempt.
        attempt: u32,
        /// The payer's words.
        reason: String,
    },
    /// The call never left: this attempt did nothing.
    NotSent {
        /// The attempt that was not sent.
        attempt: u32,
        /// Why.
        reason: String,
    },
    /// A look-up by payment hash, or the payment's data: failed for good.
    Failed {
        /// The payer's words.
        reason: String,
    },
    /// A look-up by payment hash, or the payment's data: under way.
    InFlight,
    /// A look-up by payment hash found nothing.
    NotFound,
    /// Anything else: no answer, an answer that cannot be read, an error that is not on the closed list.
    Unclear {
        /// What is known of it.
        reason: String,
    },
}

impl From<&OutgoingState> for OrderAnswer {
    /// The answer of a look-up by payment hash.
    fn from(state: &OutgoingState) -> Self {
        match state {
            OutgoingState::InFlight => Self::InFlight,
            OutgoingState::Paid { .. } => Self::Paid,
            OutgoingState::Failed { reason } => Self::Failed { reason: reason.clone() },
            OutgoingState::Unknown => Self::NotFound,
        }
    }
}

/// A payment that a buyer's wallet or our node was ordered to make. Written before the call, unique by payer and payment hash,
/// and independent of how far collecting or refunding is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutgoingOrder {
    /// Ordered to pay.
    pub payer: Payer,
    /// The ordered payment.
    pub payment_hash: PaymentHash,
    /// The payment it collects or refunds.
    pub payment_id: PaymentId,
    /// Refund that it pays; `None` for an order to a buyer's wallet.
    pub refund_id: Option<RefundId>,
    /// The invoice to pay.
    pub bolt11: String,
    /// The invoice's amount.
    pub amount: Msats,
    /// Number of calls so far, the current one included.
    pub attempt: u32,
    /// Time of the latest call.
    pub ordered_at: Timestamp,
    /// Latest expiry of the invoice and of all requests to pay it: later, nothing new can be begun.
    pub expires_at: Timestamp,
    /// The last answer.
    pub status: OrderStatus,
    /// The payer's words, as [`text::foreign`] leaves them; empty at first.
    pub detail: String,
    /// Time of the last answer.
    pub answered_at: Option<Timestamp>,
}

/// What to do about an invoice that should be paid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OrderStep {
    /// Write this order, commit, then call.
    Order(OutgoingOrder),
    /// Ordered before: ask by payment hash.
    Ask(OutgoingOrder),
    /// Paid or failed for certain: nothing to call.
    Over(OutgoingOrder),
}

impl OutgoingOrder {
    /// Decides from the order known under the lock whether `wanted` may be ordered. The same hash is ordered again only if no
    /// earlier call reached the payer.
    pub fn step(known: Option<&Self>, wanted: Self) -> OrderStep {
        match known {
            None => OrderStep::Order(Self {
                attempt: 1,
                status: OrderStatus::Ordered,
                detail: String::new(),
                answered_at: None,
                ..wanted
            }),
            Some(known) if known.status == OrderStatus::NotSent => OrderStep::Order(Self {
                attempt: known.attempt.saturating_add(1),
                ordered_at: wanted.ordered_at,
                expires_at: known.expires_at.max(wanted.expires_at),
                status: OrderStatus::Ordered,
                ..known.clone()
            }),
            Some(known) if known.status.is_open() => OrderStep::Ask(known.clone()),
            Some(known) => OrderStep::Over(known.clone()),
        }
    }

    /// Whether an answer to a question that was begun at `asked_at` comes after everything the order could still begin.
    pub fn is_expired(&self, asked_at: Timestamp) -> bool {
        self.expires_at.checked_add_signed(ORDER_EXPIRY_MARGIN).is_some_and(|end| end <= asked_at)
    }

    /// The order after an answer to a call or question that was begun at `asked_at`. Total, idempotent; `Paid` is final, and
    /// `Failed` ends only by proof of the contrary.
    #[must_use]
    pub fn after(&self, answer: &OrderAnswer, asked_at: Timestamp) -> Self {
        use OrderStatus as Status;
        let open = self.status.is_open();
        let (status, detail) = match answer {
            _ if self.status == Status::Paid => return self.clone(),
            OrderAnswer::Paid => (Status::Paid, ""),
            OrderAnswer::InFlight => (Status::Ordered, ""),
            // A refusal says nothing about another call.
            OrderAnswer::Refused { attempt, reason } if open && *attempt == self.attempt => {
                (Status::Failed, reason.as_str())
            }
            OrderAnswer::NotSent { attempt, reason } if open && *attempt == self.attempt => {
                (Status::NotSent, reason.as_str())
            }
            OrderAnswer::Failed { reason } => (Status::Failed, reason.as_str()),
            OrderAnswer::NotFound if self.status != Status::Failed && self.is_expired(asked_at) => {
                (Status::Failed, EXPIRED_UNPAID)
            }
            OrderAnswer::Unclear { reason } if open && self.is_expired(asked_at) => {
                (Status::Unresolved, reason.as_str())
            }
            OrderAnswer::NotFound if open => (self.status, "not found"),
            OrderAnswer::Unclear { reason } if open => (self.status, reason.as_str()),
            OrderAnswer::Refused { .. }
            | OrderAnswer::NotSent { .. }
            | OrderAnswer::NotFound
            | OrderAnswer::Unclear { .. } => return self.clone(),
        };
        let answered_at = self.answered_at.map_or(asked_at, |last| last.max(asked_at));
        let detail = text::foreign(detail, MAX_DETAIL);
        Self { status, detail, answered_at: Some(answered_at), ..self.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeZone;
    use proptest::prelude::*;

    fn second(second: i64) -> Timestamp {
        chrono::Utc.timestamp_opt(1_800_000_000 + second, 0).unwrap()
    }

    /// Expires at second 100.
    fn wanted(ordered_at: i64) -> OutgoingOrder {
        OutgoingOrder {
            payer: Payer::Node,
            payment_hash: PaymentHash::new([7; 32]),
            payment_id: PaymentId::new(1),
            refund_id: Some(RefundId::new(2)),
            bolt11: "lnbcrt1".to_owned(),
            amount: Msats::new(1_000).unwrap(),
            attempt: 1,
            ordered_at: second(ordered_at),
            expires_at: second(100),
            status: OrderStatus::Ordered,
            detail: String::new(),
            answered_at: None,
        }
    }

    fn answer() -> impl Strategy<Value = OrderAnswer> {
        let reason = || "words".to_owned();
        prop_oneof![
            Just(OrderAnswer::Paid),
            (1_u32..4).prop_map(move |attempt| OrderAnswer::Refused { attempt, reason: reason() }),
            (1_u32..4).prop_map(move |attempt| OrderAnswer::NotSent { attempt, reason: reason() }),
            Just(OrderAnswer::Failed { reason: "words".to_owned() }),
            Just(OrderAnswer::InFlight),
            Just(OrderAnswer::NotFound),
            Just(OrderAnswer::Unclear { reason: "words".to_owned() }),
        ]
    }

    fn history() -> impl Strategy<Value = Vec<(OrderAnswer, i64)>> {
        prop::collection::vec((answer(), 0_i64..300), 0..20)
    }

    fn run(all: &[(OrderAnswer, i64)]) -> OutgoingOrder {
        all.iter().fold(wanted(0), |order, (answer, at)| order.after(answer, second(*at)))
    }

    proptest! {
        #[test]
        fn the_same_answer_twice_changes_nothing(all in history(), last in answer(), at in 0_i64..300) {
            let once = run(&all).after(&last, second(at));
            prop_assert_eq!(&once, &once.after(&last, second(at)));
        }

        #[test]
        fn paid_needs_proof_and_is_final(all in history()) {
            let proved = all.iter().any(|(answer, _)| *answer == OrderAnswer::Paid);
            prop_assert_eq!(run(&all).status == OrderStatus::Paid, proved);
        }

        #[test]
        fn failed_needs_data_a_refusal_of_this_attempt_or_a_question_after_the_expiry(all in history()) {
            let margin = ORDER_EXPIRY_MARGIN.num_seconds();
            let proof = all.iter().any(|(answer, at)| match answer {
                OrderAnswer::Failed { .. } | OrderAnswer::Refused { attempt: 1, .. } => true,
                OrderAnswer::NotFound => *at >= 100 + margin,
                _ => false,
            });
            prop_assert!(proof || run(&all).status != OrderStatus::Failed);
        }

        #[test]
        fn an_order_whose_call_was_sent_is_never_ordered_again(all in history()) {
            let order = run(&all);
            let not_sent = all.iter().any(|(answer, _)| matches!(answer, OrderAnswer::NotSent { attempt: 1, .. }));
            let step = OutgoingOrder::step(Some(&order), wanted(50));
            prop_assert!(not_sent || !matches!(step, OrderStep::Order(_)), "{:?}", step);
        }

        #[test]
        fn an_order_without_proof_stays_open(all in prop::collection::vec((prop_oneof![
            Just(OrderAnswer::NotFound), Just(OrderAnswer::InFlight), Just(OrderAnswer::Unclear { reason: String::new() }),
        ], 0_i64..160), 0..20)) {
            let order = run(&all);
            prop_assert_eq!(order.status, OrderStatus::Ordered);
            prop_assert!(matches!(OutgoingOrder::step(Some(&order), wanted(50)), OrderStep::Ask(_)));
        }

        #[test]
        fn times_of_answers_do_not_go_back(all in history(), last in answer(), at in 0_i64..300) {
            let before = run(&all);
            prop_assert!(before.after(&last, second(at)).answered_at >= before.answered_at);
        }
    }

    #[test]
    fn a_call_that_was_not_sent_is_made_again_under_the_next_number() {
        let order =
            wanted(0).after(&OrderAnswer::NotSent { attempt: 1, reason: "away".to_owned() }, second(1));
        let OrderStep::Order(again) = OutgoingOrder::step(Some(&order), wanted(5)) else {
            panic!("{order:?}")
        };
        assert_eq!((again.attempt, again.status, again.ordered_at), (2, OrderStatus::Ordered, second(5)));
        let stale = again.after(&OrderAnswer::NotSent { attempt: 1, reason: String::new() }, second(6));
        assert_eq!(stale, again, "an answer to the first call says nothing about the second");
        let stale = again.after(&OrderAnswer::Refused { attempt: 1, reason: String::new() }, second(6));
        assert_eq!(stale, again);
    }

    #[test]
    fn a_payer_without_an_answer_after_the_expiry_is_left_to_an_admin() {
        let unclear = OrderAnswer::Unclear { reason: "timeout".to_owned() };
        let order = wanted(0).after(&unclear, second(160));
        assert_eq!((order.status, order.detail.as_str()), (OrderStatus::Unresolved, "timeout"));
        assert_eq!(order.after(&OrderAnswer::NotFound, second(161)).status, OrderStatus::Failed);
        assert_eq!(order.after(&OrderAnswer::InFlight, second(161)).status, OrderStatus::Ordered);
        assert_eq!(order.after(&OrderAnswer::Paid, second(161)).status, OrderStatus::Paid);
    }

    #[test]
    fn a_failed_order_that_is_found_paid_counts_as_paid() {
        let failed = wanted(0).after(&OrderAnswer::Failed { reason: "no route".to_owned() }, second(1));
        assert!(matches!(OutgoingOrder::step(Some(&failed), wanted(2)), OrderStep::Over(_)));
        assert_eq!(failed.after(&OrderAnswer::Paid, second(3)).status, OrderStatus::Paid);
        let unclear = OrderAnswer::Unclear { reason: "timeout".to_owned() };
        assert_eq!(failed.after(&unclear, second(3)), failed);
    }

    #[test]
    fn words_of_a_payer_are_one_visible_line() {
        let failed = OrderAnswer::Failed { reason: "no\nroute\u{202e}".to_owned() };
        assert_eq!(wanted(0).after(&failed, second(1)).detail, "no route");
    }

    #[test]
    fn words_are_read_back() {
        for status in OrderStatus::ALL {
            assert_eq!(OrderStatus::parse(status.as_str()), Some(status));
        }
        for payer in Payer::ALL {
            assert_eq!(Payer::parse(payer.as_str()), Some(payer));
        }
        assert_eq!(OrderStatus::parse("x"), None);
    }
}
