use crate::arena::{Arena, Store};
use futures_util::future::join_all;
use serde_json::json;

const SCANS: usize = 24;

/// One ticket is shown at many gates at the same moment.
pub(crate) async fn of_many_scans_at_once_exactly_one_is_the_first(store: Store) {
    let arena = Arena::open(store, &[]).await;
    let event = arena.event(5, 0).await;
    let gate = arena.organiser();
    let bought = gate.buy(event, arena.admin.id).await.data().clone();
    let code = json!({ "ticket_code": bought["ticket"]["ticket_code"], "event_id": event });
    let scans = (0..SCANS).map(|_| gate.post("/api/admin/check-in", &code));
    let answers = join_all(scans).await;
    let first = |answer: &&crate::arena::Reply| answer.data()["first_time"] == true;
    assert_eq!(answers.iter().filter(first).count(), 1, "{answers:?}");
    let admitted: std::collections::BTreeSet<_> =
        answers.iter().map(|answer| answer.data()["checked_in_at"].as_str().unwrap()).collect();
    assert_eq!(admitted.len(), 1, "all gates name the same first time: {admitted:?}");
}
