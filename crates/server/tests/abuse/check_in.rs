use crate::deployment::{Deployment, Store};
use futures_util::future::join_all;
use serde_json::json;

const SCANS: usize = 24;

/// One ticket is scanned by several gates concurrently.
pub(crate) async fn of_concurrent_scans_exactly_one_is_the_first(store: Store) {
    let deployment = Deployment::open(store, &[]).await;
    let event = deployment.event(5, 0).await;
    let gate = deployment.admin_client();
    let bought = gate.buy(event, deployment.admin.id).await.data().clone();
    let code = json!({ "ticket_code": bought["ticket"]["ticket_code"], "event_id": event });
    let scans = (0..SCANS).map(|_| gate.post("/api/admin/check-in", &code));
    let answers = join_all(scans).await;
    let first = |answer: &&crate::deployment::Reply| answer.data()["first_time"] == true;
    assert_eq!(answers.iter().filter(first).count(), 1, "{answers:?}");
    let admitted: std::collections::BTreeSet<_> =
        answers.iter().map(|answer| answer.data()["checked_in_at"].as_str().unwrap()).collect();
    assert_eq!(admitted.len(), 1, "all gates report the same first check-in: {admitted:?}");
}
