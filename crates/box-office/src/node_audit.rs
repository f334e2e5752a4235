//! Compares refunds with the node's own list of outgoing payments, both ways.

use crate::Store;
use chrono::Duration;
use kernel::{Msats, RefundId, StoreError, Timestamp};
use payments::{
    Lightning, LightningError, NodePayment, NodePaymentStatus, PaymentHash, Refund, RefundStatus,
};
use std::{collections::BTreeMap, fmt};

/// Clocks of node and shop differ: the node's list begins this much earlier.
const CLOCK_SKEW: Duration = Duration::minutes(10);

/// How the books and the node differ on one payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Difference {
    /// The node paid, or is paying, what the books do not know.
    NotInBooks,
    /// The node paid, or is paying, what the books call failed.
    FailedInBooks,
    /// The node paid what the books call in flight. A running worker closes it within minutes.
    OpenInBooks,
    /// The books say paid or in flight; the node knows of no payment.
    NotOnNode,
    /// The books say paid or in flight; on the node every attempt failed.
    FailedOnNode,
    /// The books say paid; the node is still paying.
    OpenOnNode,
    /// Both paid, but not the same.
    Amount,
}

/// A payment on which the books and the node differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeDifference {
    /// In which way.
    pub difference: Difference,
    /// The payment; `None` if the node does not say which.
    pub payment_hash: Option<PaymentHash>,
    /// The refund; `None` if the books have none.
    pub refund: Option<RefundId>,
    /// The books' amount.
    pub booked: Msats,
    /// The node's amount, paid and in flight, without fees.
    pub sent: Msats,
}

impl fmt::Display for NodeDifference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.payment_hash {
            Some(hash) => write!(f, "payment {hash}: ")?,
            None => f.write_str("payment without a hash: ")?,
        }
        let (booked, sent) = (self.booked, self.sent);
        match self.difference {
            Difference::NotInBooks => write!(f, "the node sent {sent} msats, the books have no refund"),
            Difference::FailedInBooks => {
                write!(f, "the node sent {sent} msats, the books call the refund failed")
            }
            Difference::OpenInBooks => {
                write!(f, "the node sent {sent} msats, the books call the refund in flight")
            }
            Difference::NotOnNode => write!(f, "the books have {booked} msats, the node has no payment"),
            Difference::FailedOnNode => write!(f, "the books have {booked} msats, the node's payment failed"),
            Difference::OpenOnNode => write!(f, "the books say paid, the node's payment is in flight"),
            Difference::Amount => write!(f, "the books have {booked} msats, the node sent {sent} msats"),
        }?;
        match self.refund {
            Some(refund) => write!(f, " (refund {refund})"),
            None => Ok(()),
        }
    }
}

/// The books beside the node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeAudit {
    /// Refunds that the books call paid.
    pub booked: Msats,
    /// What the node sent, without fees.
    pub sent: Msats,
    /// On what they differ, by payment hash.
    pub differences: Vec<NodeDifference>,
}

/// Why the books cannot be compared.
#[derive(Debug, thiserror::Error)]
pub enum NodeAuditError {
    /// The store failed.
    #[error("the books cannot be read")]
    Store(#[from] StoreError),
    /// The node does not list its payments.
    #[error("the node's payments cannot be listed")]
    Node(#[from] LightningError),
}

/// Compares the refunds that changed at or after `since` with the node's own list of outgoing payments.
pub async fn compare_with_node(
    store: &dyn Store,
    node: &dyn Lightning,
    since: Timestamp,
) -> Result<NodeAudit, NodeAuditError> {
    // A refund that changed since then may have been sent before.
    let recent = store.refunds_since(since).await?;
    let first = recent.iter().map(|refund| refund.created_at).min().unwrap_or(since).min(since);
    let begin = first.checked_sub_signed(CLOCK_SKEW).unwrap_or(first);
    // The node first: what it sends from now on is in the books before it is sent.
    let listed = node.outgoing_since(begin).await?;
    let refunds = store.refunds_since(begin).await?;
    Ok(compare(&refunds, &listed))
}

fn compare(refunds: &[Refund], listed: &[NodePayment]) -> NodeAudit {
    let mut of_node: BTreeMap<Option<PaymentHash>, Vec<&NodePayment>> = BTreeMap::new();
    for payment in listed {
        of_node.entry(payment.payment_hash).or_default().push(payment);
    }
    let total = |payments: &[&NodePayment], status: NodePaymentStatus| {
        let of_status = payments.iter().filter(|payment| payment.status == status);
        of_status.fold(Msats::ZERO, |sum, payment| sum.saturating_add(payment.amount))
    };
    let mut audit = NodeAudit { booked: Msats::ZERO, sent: Msats::ZERO, differences: Vec::new() };
    for refund in refunds {
        let attempts = of_node.remove(&refund.payment_hash);
        let found = attempts.as_deref().unwrap_or_default();
        let (paid, leaving) =
            (total(found, NodePaymentStatus::Paid), total(found, NodePaymentStatus::InFlight));
        let sent = paid.saturating_add(leaving);
        audit.sent = audit.sent.saturating_add(paid);
        if refund.status == RefundStatus::Paid {
            audit.booked = audit.booked.saturating_add(refund.amount);
        }
        let nothing = if found.is_empty() { Difference::NotOnNode } else { Difference::FailedOnNode };
        let difference = match refund.status {
            RefundStatus::Failed | RefundStatus::Requested => {
                (!sent.is_zero()).then_some(Difference::FailedInBooks)
            }
            RefundStatus::Sending | RefundStatus::Paid if sent.is_zero() => Some(nothing),
            RefundStatus::Sending => (!paid.is_zero()).then_some(Difference::OpenInBooks),
            RefundStatus::Paid if paid.is_zero() => Some(Difference::OpenOnNode),
            RefundStatus::Paid => (sent != refund.amount).then_some(Difference::Amount),
        };
        audit.differences.extend(difference.map(|difference| NodeDifference {
            difference,
            payment_hash: refund.payment_hash,
            refund: Some(refund.id),
            booked: refund.amount,
            sent,
        }));
    }
    for (payment_hash, payments) in of_node {
        let paid = total(&payments, NodePaymentStatus::Paid);
        let sent = paid.saturating_add(total(&payments, NodePaymentStatus::InFlight));
        audit.sent = audit.sent.saturating_add(paid);
        if !sent.is_zero() {
            audit.differences.push(NodeDifference {
                difference: Difference::NotInBooks,
                payment_hash,
                refund: None,
                booked: Msats::ZERO,
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
    fn every_difference_between_books_and_node_is_named_once() {
        use NodePaymentStatus::{Failed, InFlight, Paid};
        type Case<'a> = (Option<RefundStatus>, &'a [(u64, NodePaymentStatus)], Option<Difference>);
        let cases: [Case<'_>; 17] = [
            (Some(RefundStatus::Paid), &[(1_000, Paid)], None),
            (Some(RefundStatus::Paid), &[(1_000, Failed), (1_000, Paid)], None),
            (Some(RefundStatus::Paid), &[(1_000, Paid), (1_000, Paid)], Some(Difference::Amount)),
            (Some(RefundStatus::Paid), &[(999, Paid)], Some(Difference::Amount)),
            (Some(RefundStatus::Paid), &[(1_000, InFlight)], Some(Difference::OpenOnNode)),
            (Some(RefundStatus::Paid), &[(1_000, Failed)], Some(Difference::FailedOnNode)),
            (Some(RefundStatus::Paid), &[], Some(Difference::NotOnNode)),
            (Some(RefundStatus::Sending), &[(1_000, InFlight)], None),
            (Some(RefundStatus::Sending), &[(1_000, Paid)], Some(Difference::OpenInBooks)),
            (Some(RefundStatus::Sending), &[(1_000, Failed)], Some(Difference::FailedOnNode)),
            (Some(RefundStatus::Sending), &[], Some(Difference::NotOnNode)),
            (Some(RefundStatus::Failed), &[], None),
            (Some(RefundStatus::Failed), &[(1_000, Failed)], None),
            (Some(RefundStatus::Failed), &[(1_000, Paid)], Some(Difference::FailedInBooks)),
            (None, &[(500, Paid)], Some(Difference::NotInBooks)),
            (None, &[(500, InFlight)], Some(Difference::NotInBooks)),
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
    fn a_refund_that_was_paid_twice_is_named_with_its_hash_and_amount() {
        let refunds = [refund(1, RefundStatus::Failed), refund(2, RefundStatus::Paid)];
        let node = [listed(1, 1_000, NodePaymentStatus::Paid), listed(2, 1_000, NodePaymentStatus::Paid)];
        let audit = compare(&refunds, &node);
        assert_eq!((audit.booked, audit.sent), (msats(1_000), msats(2_000)));
        let said: Vec<String> = audit.differences.iter().map(ToString::to_string).collect();
        let expected = format!(
            "payment {}: the node sent 1000 msats, the books call the refund failed (refund 1)",
            "01".repeat(32)
        );
        assert_eq!(said, [expected]);
    }
}
