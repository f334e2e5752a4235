use crate::deployment::{Deployment, Store};
use std::collections::BTreeSet;

const PRICE: u64 = 2_100;
const REQUESTS: u64 = 20;

/// Anonymous LNURL-pay requests for exactly the price of a pending order.
pub(crate) async fn anonymous_callers_do_not_replace_a_pending_orders_invoice(store: Store) {
    let deployment = Deployment::open(store, &[]).await;
    let event = deployment.event(9, PRICE).await;
    let bought = deployment.admin_client().buy(event, deployment.admin.id).await.data().clone();
    let current = &bought["uma_request"]["bolt11"];
    let mut extra = BTreeSet::new();
    for number in 1..=REQUESTS {
        let caller = deployment.from(&format!("203.0.113.{number}"));
        let answer = caller.get(&format!("/api/lnurl/callback?amount={}", PRICE * 1_000)).await;
        extra.extend(answer.body["pr"].as_str().map(str::to_owned));
    }
    assert!(extra.len() <= 1, "{} extra invoices for one order", extra.len());
    let path = format!("/api/tickets/{}/status", bought["ticket"]["id"]);
    let seen = deployment.admin_client().get(&path).await.data().clone();
    assert_eq!(&seen["payment"]["bolt11"], current, "the order still shows its own invoice");
    deployment.assert_audit_passes();
}
