//! A real invoice, like one of an order, at the node. It is not given out, and expires unpaid.

use super::{
    clocks,
    findings::{Findings, chain},
};
use kernel::Clock;
use payments::{Bolt11, IncomingState, InvoiceOrder, Lightning, Network, NodeInvoice};
use sha2::{Digest, Sha256};

/// Tolerated difference of an invoice's lifetime from that of the hold.
const MAX_LIFETIME_DIFFERENCE_SECS: i64 = 60;

/// What an invoice has that orders cannot use.
fn defects(order: &InvoiceOrder, made: &NodeInvoice, bolt11: &Bolt11) -> Vec<String> {
    let mut defects = Vec::new();
    if bolt11.amount() != Some(order.amount) {
        defects.push("it asks for another amount".to_owned());
    }
    if bolt11.payment_hash() != made.payment_hash {
        defects.push("the node reports another payment hash than the invoice has".to_owned());
    }
    match bolt11.description_hash() {
        None => defects.push("it has no description hash: wallets refuse it by LNURL and UMA".to_owned()),
        Some(hash) if hash != <[u8; 32]>::from(Sha256::digest(&order.metadata)) => {
            defects.push("its description hash is wrong: wallets refuse it by LNURL and UMA".to_owned());
        }
        Some(_) => {}
    }
    let lifetime = bolt11.expires_at().signed_duration_since(bolt11.created_at()).num_seconds();
    let hold = i64::from(order.expiry_secs);
    if lifetime.saturating_sub(hold).saturating_abs() > MAX_LIFETIME_DIFFERENCE_SECS {
        defects.push(format!("it can be paid for {lifetime} s, a seat is held for {hold} s (HOLD_MINUTES)"));
    }
    if bolt11.expires_at() != made.expires_at {
        defects.push("the node reports another expiry than the invoice has".to_owned());
    }
    defects
}

/// Makes an invoice, checks it as a payer's wallet would, and finds it again. `public` tells whether real money is expected.
pub(super) async fn check(
    findings: &mut Findings,
    node: &dyn Lightning,
    clock: &dyn Clock,
    order: &InvoiceOrder,
    public: bool,
) {
    let before = clock.now();
    let made = match node.create_invoice(order).await {
        Ok(made) => made,
        Err(error) => {
            return findings.fail("invoice", format!("nothing can be sold: {}", chain(&error)));
        }
    };
    let after = clock.now();
    let bolt11 = match Bolt11::parse(&made.bolt11) {
        Ok(bolt11) => bolt11,
        Err(error) => return findings.fail("invoice", format!("nothing can be sold: the node's is {error}")),
    };
    for defect in defects(order, &made, &bolt11) {
        findings.fail("invoice", defect);
    }
    match node.incoming(&made.invoice_id, made.payment_hash).await {
        Ok(IncomingState::Open) => findings.pass(
            "invoice",
            format!(
                "made and found again; this test invoice of {} sats expires unpaid at {}",
                order.amount.to_sats_floor(),
                bolt11.expires_at().to_rfc3339()
            ),
        ),
        Ok(IncomingState::Unknown) => findings.fail(
            "invoice",
            "the node does not find the invoice that it made: payments would not be noticed",
        ),
        Ok(IncomingState::Unpayable) => findings.fail("invoice", "the node reports it as expired at once"),
        Ok(IncomingState::Settled { .. }) => findings.fail("invoice", "the node reports it as paid at once"),
        Err(error) => findings.fail(
            "invoice",
            format!(
                "made, but its state cannot be read, so payments would not be noticed: {}",
                chain(&error)
            ),
        ),
    }
    if public && bolt11.network() != Some(Network::Mainnet) {
        findings.note("invoice", "the node is on a test network: tickets are sold for test money");
    }
    clocks::report(findings, "the node", clocks::ahead_secs(bolt11.created_at(), before, after));
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;
    use kernel::{Msats, Timestamp};
    use sandbox::{Call, Fault, Node, World};
    use std::sync::Arc;
    use testkit::{ManualClock, SeededEntropy};

    fn order() -> InvoiceOrder {
        InvoiceOrder {
            amount: Msats::new(1_000).unwrap(),
            metadata: r#"[["text/plain","Test"]]"#.to_owned(),
            expiry_secs: 900,
        }
    }

    /// A sandbox node whose clock is this far ahead of the shop's clock.
    fn node(ahead_secs: i64) -> (Arc<Node>, ManualClock) {
        let now = Timestamp::from_timestamp(1_790_000_000, 0).unwrap();
        let clock = Arc::new(ManualClock::at(now + TimeDelta::seconds(ahead_secs)));
        let world = World::open(None, clock, Arc::new(SeededEntropy::new(7))).unwrap();
        (world.node("shop", Msats::ZERO).unwrap(), ManualClock::at(now))
    }

    async fn warnings(node: &Node, clock: &ManualClock, public: bool) -> Vec<String> {
        let mut findings = Findings::silent();
        check(&mut findings, node, clock, &order(), public).await;
        findings.warnings().map(str::to_owned).collect()
    }

    #[tokio::test]
    async fn an_invoice_is_made_found_again_and_left_to_expire() {
        let (node, clock) = node(0);
        assert_eq!(warnings(&node, &clock, false).await, [""; 0]);
        let invoices = node.invoices();
        assert_eq!(invoices.len(), 1);
        let hash = hex::encode(Sha256::digest(order().metadata));
        assert_eq!(invoices.first().unwrap().description_hash.as_deref(), Some(hash.as_str()));
        assert_eq!((node.faults().calls(Call::CreateInvoice), node.faults().calls(Call::Incoming)), (1, 1));
    }

    #[tokio::test]
    async fn each_fault_of_the_node_is_named() {
        for (call, fault, said) in [
            (
                Call::CreateInvoice,
                Fault::Refuse("no channel".to_owned()),
                "nothing can be sold: the Lightning node refused: no channel",
            ),
            (Call::CreateInvoice, Fault::Unavailable, "nothing can be sold"),
            (Call::CreateInvoice, Fault::LostAnswer, "nothing can be sold"),
            (Call::CreateInvoice, Fault::WrongDescription, "its description hash is wrong"),
            (Call::Incoming, Fault::NotFound, "does not find the invoice that it made"),
            (Call::Incoming, Fault::Unavailable, "its state cannot be read"),
        ] {
            let (node, clock) = node(0);
            node.faults().next(call, fault.clone());
            let warnings = warnings(&node, &clock, false).await;
            assert!(
                matches!(&*warnings, [one] if one.contains("ERROR  invoice: ") && one.contains(said)),
                "{fault:?}: {warnings:?}"
            );
        }
    }

    #[tokio::test]
    async fn a_clock_that_differs_from_the_invoice_s_timestamp_is_an_error() {
        for (ahead, said) in [(600, "600 s ahead of the shop's"), (-600, "600 s behind the shop's")] {
            let (node, clock) = node(ahead);
            let warnings = warnings(&node, &clock, false).await;
            assert!(
                matches!(&*warnings, [one] if one.contains("ERROR  clock: ") && one.contains(said)),
                "{warnings:?}"
            );
        }
    }

    #[tokio::test]
    async fn test_money_on_a_public_domain_is_noted() {
        let (node, clock) = node(0);
        let warnings = warnings(&node, &clock, true).await;
        assert!(
            matches!(&*warnings, [one] if one.contains("note   invoice: ") && one.contains("test money")),
            "{warnings:?}"
        );
    }
}
