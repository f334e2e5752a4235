use crate::arena::{Arena, Store};
use futures_util::{StreamExt, stream};

const LIMIT: usize = 20;
const ASKED: usize = 200;

/// One network walks through the numbers of accounts and tickets.
pub(crate) async fn names_and_sales_are_not_counted_by_one_network(store: Store) {
    let arena = Arena::open(store, &[("RATE_FOREIGN_IDS", "20")]).await;
    let event = arena.event(50, 0).await;
    arena.organiser().buy(event, arena.admin.id).await.data();
    let stranger = arena.from("203.0.113.9");
    for (kind, end) in [("users", ""), ("tickets", "/status")] {
        let paths = (1..=ASKED).map(|id| format!("/api/{kind}/{id}{end}"));
        let statuses: Vec<u16> = stream::iter(paths)
            .map(|path| {
                let stranger = stranger.clone();
                async move { stranger.get(&path).await.status }
            })
            .buffer_unordered(16)
            .collect()
            .await;
        let answered = statuses.iter().filter(|status| [200, 404].contains(*status)).count();
        let refused = statuses.iter().filter(|status| **status == 429).count();
        assert!(answered <= LIMIT * arena.replicas(), "{kind}: {answered} of {ASKED} numbers were answered");
        assert_eq!(answered + refused, ASKED, "{kind}: {statuses:?}");
    }
    let other = arena.from("198.51.100.9").get(&format!("/api/users/{}", arena.admin.id)).await;
    assert!(other.data()["name"].is_string(), "other networks are served");
}
