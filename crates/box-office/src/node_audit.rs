//! Compares recorded refunds with the node's list of outgoing payments, in both directions.

use crate::Store;
use chrono::Duration;
use kernel::{Msats, RefundId, StoreError, Timestamp};
use payments::{
    Lightning, LightningError, NodePayment, NodePaymentStatus, PaymentHash, Refund, RefundStatus,
};
use std::{collections::BTreeMap, fmt};

/// Tolerated clock skew between node and service: the node's list begins this much earlier.
const CLOCK_SKEW: Duration = Duration::minutes(10);

/// Kind of difference between a recorded refund and the node's payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Difference {
    /// The node paid, or is paying, without a recorded refund.
    NotRecorded,
    /// The node paid, or is paying; the refund is recorded as failed.
    RecordedFailed,
    /// The node paid; the refund is recorded as in flight. A running worker resolves it within minutes.
    RecordedInFlight,
    /// The refund is recorded as paid or in flight; the node has no payment.
    NotOnNode,
    /// The refund is recorded as paid or in flight; every attempt of the node failed.
    FailedOnNode,
    /// The refund is recorded as paid; the node's payment is in flight.
    InFlightOnNode,
    /// Both paid, with different amounts.
    Amount,
}

/// A payment on which records and node differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeDifference {
    /// Kind of difference.
    pub difference: Difference,
    /// Payment hash; `None` if the node does not report it.
    pub payment_hash: Option<PaymentHash>,
    /// The refund, if one is recorded.
    pub refund: Option<RefundId>,
    /// Recorded amount.
    pub recorded: Msats,
    /// Amount paid or in flight at the node, without fees.
    pub sent: Msats,
}

impl fmt::Display for NodeDifference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.payment_hash {
            Some(hash) => write!(f, "payment {hash}: ")?,
            None => f.write_str("payment without a hash: ")?,
        }
        let (recorded, sent) = (self.recorded, self.sent);
        match self.difference {
            Difference::NotRecorded => write!(f, "the node sent {sent} msats, no refund is recorded"),
            Difference::RecordedFailed => {
                write!(f, "the node sent {sent} msats, the refund is recorded as failed")
            }
            Difference::RecordedInFlight => {
                write!(f, "the node sent {sent} msats, the refund is recorded as in flight")
            }
            Difference::NotOnNode => write!(f, "{recorded} msats are recorded, the node has no payment"),
            Difference::FailedOnNode => {
                write!(f, "{recorded} msats are recorded, the node's payment failed")
            }
            Difference::InFlightOnNode => {
                write!(f, "the refund is recorded as paid, the node's payment is in flight")
            }
            Difference::Amount => write!(f, "{recorded} msats are recorded, the node sent {sent} msats"),
        }?;
        match self.refund {
            Some(refund) => write!(f, " (refund {refund})"),
            None => Ok(()),
        }
    }
}

/// Result of the comparison with the node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeAudit {
    /// Sum of the refunds recorded as paid.
    pub recorded: Msats,
    /// Sum of the node's payments, without fees.
    pub sent: Msats,
    /// Differences, ordered by payment hash.
    pub differences: Vec<NodeDifference>,
}

/// Reason why the comparison failed.
#[derive(Debug, thiserror::Error)]
pub enum NodeAuditError {
    /// The store failed.
    #[error("the recorded refunds cannot be read")]
    Store(#[from] StoreError),
    /// The node cannot list its payments.
    #[error("the node's payments cannot be listed")]
    Node(#[from] LightningError),
}

/// Compares the refunds that changed at or after `since` with the node's list of outgoing payments.
pub async fn compare_with_node(
    store: &dyn Store,
    node: &dyn Lightning,
    since: Timestamp,
) -> Result<NodeAudit, NodeAuditError> {
    // A refund that changed since then may have been sent earlier.
    let recent = store.refunds_since(since).await?;
    let first = recent.iter().map(|refund| refund.created_at).min().unwrap_or(since).min(since);
    let begin = first.checked_sub_signed(CLOCK_SKEW).unwrap_or(first);
    // The node is read first: later payments are recorded before they are sent.
    let listed = node.outgoing_since(begin).await?;
    let refunds = store.refunds_since(begin).await?;
    Ok(compare(&refunds, &listed))
}

fn compare(refunds: &[Refund], listed: &[NodePayment]) -> NodeAudit {
    let mut by_hash: BTreeMap<Option<PaymentHash>, Vec<&NodePayment>> = BTreeMap::new();
    for payment in listed {
        by_hash.entry(payment.payment_hash).or_default().push(payment);
    }
    let total = |payments: &[&NodePayment], status: NodePaymentStatus| {
        let of_status = payments.iter().filter(|payment| payment.status == status);
        of_status.fold(Msats::ZERO, |sum, payment| sum.saturating_add(payment.amount))
    };
    let mut audit = NodeAudit { recorded: Msats::ZERO, sent: Msats::ZERO, differences: Vec::new() };
    for refund in refunds {
        let attempts = by_hash.remove(&refund.payment_hash);
        let found = attempts.as_deref().unwrap_or_default();
        let (paid, in_flight) =
            (total(found, NodePaymentStatus::Paid), total(found, NodePaymentStatus::InFlight));
        let sent = paid.saturating_add(in_flight);
        audit.sent = audit.sent.saturating_add(paid);
        if refund.status == RefundStatus::Paid {
            audit.recorded = audit.recorded.saturating_add(refund.amount);
        }
        let unpaid = if found.is_empty() { Difference::NotOnNode } else { Difference::FailedOnNode };
        let difference = match refund.status {
            RefundStatus::Failed | RefundStatus::Requested => {
                (!sent.is_zero()).then_some(Difference::RecordedFailed)
            }
            RefundStatus::Sending | RefundStatus::Paid if sent.is_zero() => Some(unpaid),
            RefundStatus::Sending => (!paid.is_zero()).then_some(Difference::RecordedInFlight),
            RefundStatus::Paid if paid.is_zero() => Some(Difference::InFlightOnNode),
            RefundStatus::Paid => (sent != refund.amount).then_some(Difference::Amount),
        };
        audit.differences.extend(difference.map(|difference| NodeDifference {
            difference,
            payment_hash: refund.payment_hash,
            refund: Some(refund.id),
            recorded: refund.amount,
            sent,
        }));
    }
    for (payment_hash, payments) in by_hash {
        let paid = total(&payments, NodePaymentStatus::Paid);
        let sent = paid.saturating_add(total(&payments, NodePaymentStatus::InFlight));
        audit.sent = audit.sent.saturating_add(paid);
        if !sent.is_zero() {
            audit.differences.push(NodeDifference {
                difference: Difference::NotRecorded,
                payment_hash,
                refund: None,
                recorded: Msats::ZERO,
                sent,
            });
        }
    }
    audit.differences.sort_by_key(|difference| difference.payment_hash);
    audit
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::PaymentId;

    fn msats(amount: u64) -> Msats {
        Msats::new(amount).unwrap()
    }

    fn refund(hash: u8, status: RefundStatus) -> Refund {
        Refund {
            id: RefundId::new(hash.into()),
            payment_id: PaymentId::new(1),
            amount: msats(1_000),
            destination: String::new(),
            status,
            bolt11: None,
            payment_hash: Some(PaymentHash::new([hash; 32])),
            fee: Msats::ZERO,
            error: String::new(),
            requested_by: None,
            created_at: Timestamp::default(),
            updated_at: Timestamp::default(),
        }
    }

    fn listed(hash: u8, amount: u64, status: NodePaymentStatus) -> NodePayment {
        NodePayment {
            id: String::new(),
            payment_hash: Some(PaymentHash::new([hash; 32])),
            amount: msats(amount),
            fee: Msats::ZERO,
            status,
            created_at: Timestamp::default(),
        }
    }

    #[test]
    fn every_difference_between_records_and_node_is_reported_once() {
        use NodePaymentStatus::{Failed, InFlight, Paid};
        type Case<'a> = (Option<RefundStatus>, &'a [(u64, NodePaymentStatus)], Option<Difference>);
        let cases: [Case<'_>; 17] = [
            (Some(RefundStatus::Paid), &[(1_000, Paid)], None),
            (Some(RefundStatus::Paid), &[(1_000, Failed), (1_000, Paid)], None),
            (Some(RefundStatus::Paid), &[(1_000, Paid), (1_000, Paid)], Some(Difference::Amount)),
            (Some(RefundStatus::Paid), &[(999, Paid)], Some(Difference::Amount)),
            (Some(RefundStatus::Paid), &[(1_000, InFlight)], Some(Difference::InFlightOnNode)),
            (Some(RefundStatus::Paid), &[(1_000, Failed)], Some(Difference::FailedOnNode)),
            (Some(RefundStatus::Paid), &[], Some(Difference::NotOnNode)),
            (Some(RefundStatus::Sending), &[(1_000, InFlight)], None),
            (Some(RefundStatus::Sending), &[(1_000, Paid)], Some(Difference::RecordedInFlight)),
            (Some(RefundStatus::Sending), &[(1_000, Failed)], Some(Difference::FailedOnNode)),
            (Some(RefundStatus::Sending), &[], Some(Difference::NotOnNode)),
            (Some(RefundStatus::Failed), &[], None),
            (Some(RefundStatus::Failed), &[(1_000, Failed)], None),
            (Some(RefundStatus::Failed), &[(1_000, Paid)], Some(Difference::RecordedFailed)),
            (None, &[(500, Paid)], Some(Difference::NotRecorded)),
            (None, &[(500, InFlight)], Some(Difference::NotRecorded)),
            (None, &[(500, Failed)], None),
        ];
        for (number, (status, attempts, expected)) in cases.into_iter().enumerate() {
            let refunds: Vec<Refund> = status.map(|status| refund(7, status)).into_iter().collect();
            let listed: Vec<NodePayment> =
                attempts.iter().map(|(amount, status)| listed(7, *amount, *status)).collect();
            let found = compare(&refunds, &listed).differences;
            let kinds: Vec<Difference> = found.iter().map(|one| one.difference).collect();
            assert_eq!(kinds, expected.into_iter().collect::<Vec<_>>(), "case {number}");
            if let Some(one) = found.first() {
                assert!(one.to_string().contains(&"07".repeat(32)), "{one}");
            }
        }
    }

    #[test]
    fn double_payment_is_reported_with_hash_and_amount() {
        let refunds = [refund(1, RefundStatus::Failed), refund(2, RefundStatus::Paid)];
        let node = [listed(1, 1_000, NodePaymentStatus::Paid), listed(2, 1_000, NodePaymentStatus::Paid)];
        let audit = compare(&refunds, &node);
        assert_eq!((audit.recorded, audit.sent), (msats(1_000), msats(2_000)));
        let reported: Vec<String> = audit.differences.iter().map(ToString::to_string).collect();
        let expected = format!(
            "payment {}: the node sent 1000 msats, the refund is recorded as failed (refund 1)",
            "01".repeat(32)
        );
        assert_eq!(reported, [expected]);
    }
}
