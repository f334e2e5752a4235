use crate::deployment::{Deployment, Store};
use futures_util::{StreamExt, stream};

const LIMIT: usize = 20;
const REQUESTS: usize = 200;

/// One network requests account and ticket ids in sequence.
pub(crate) async fn one_network_cannot_enumerate_accounts_and_tickets(store: Store) {
    let deployment = Deployment::open(store, &[("RATE_FOREIGN_IDS", "20")]).await;
    let event = deployment.event(50, 0).await;
    deployment.admin_client().buy(event, deployment.admin.id).await.data();
    let attacker = deployment.from("203.0.113.9");
    for (kind, end) in [("users", ""), ("tickets", "/status")] {
        let paths = (1..=REQUESTS).map(|id| format!("/api/{kind}/{id}{end}"));
        let statuses: Vec<u16> = stream::iter(paths)
            .map(|path| {
                let attacker = attacker.clone();
                async move { attacker.get(&path).await.status }
            })
            .buffer_unordered(16)
            .collect()
            .await;
        let answered = statuses.iter().filter(|status| [200, 404].contains(*status)).count();
        let refused = statuses.iter().filter(|status| **status == 429).count();
        assert!(
            answered <= LIMIT * deployment.replicas(),
            "{kind}: {answered} of {REQUESTS} ids were answered"
        );
        assert_eq!(answered + refused, REQUESTS, "{kind}: {statuses:?}");
    }
    let other = deployment.from("198.51.100.9").get(&format!("/api/users/{}", deployment.admin.id)).await;
    assert!(other.data()["name"].is_string(), "other networks are not limited");
}
