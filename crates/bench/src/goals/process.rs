//! Memory, and the time from start to the first response.

use super::{Bound::AtMost, Effort, Goal};
use crate::{
    load::{scenario::Scenario, site::Site},
    replica::Replica,
    say,
    shop::{self, client},
};
use std::time::{Duration, Instant};
use testkit::postgres::Cluster;

/// Goals 18 and 19.
pub(super) async fn memory_and_start(effort: Effort) -> Vec<Goal> {
    let cluster = Cluster::start(true);
    let (mut idle, mut busy, mut again, mut first) = (vec![], vec![], vec![], vec![]);
    {
        let site = Site::open_alone(&cluster).await;
        idle.push(site.idle.resident_mib);
        let mixed = Scenario::prepare("mixed", &site).await;
        let drawn = site.drive(&site.load(Duration::from_mins(1), 64), &mixed.requests).await;
        say(format!("  a minute of mixed load, c=64 {drawn}"));
        busy.push(site.resident_mib());
    }
    for _ in 0..effort.rounds {
        let url = shop::database(&cluster, "starting").await;
        first.push(start(&url).await);
        again.push(start(&url).await);
        say(format!("  first answer: empty database {:?} ms, again {:?} ms", first.last(), again.last()));
    }
    vec![
        Goal::of("18 resident MiB, idle", &idle, AtMost(25.0), AtMost(12.0)),
        Goal::of("18 resident MiB after a minute at c=64", &busy, AtMost(60.0), AtMost(30.0)),
        Goal::of("19 ms to the first answer, existing database", &again, AtMost(100.0), AtMost(40.0)),
        Goal::of("19 ms to the first answer, empty database", &first, AtMost(500.0), AtMost(150.0)),
    ]
}

/// Milliseconds until a shop that migrates its own database responds.
async fn start(url: &str) -> f64 {
    let port = crate::replica::free_port();
    let mut settings = shop::sandboxed(shop::settings(port, url), crate::replica::free_port());
    settings.insert("MIGRATE_AT_START".to_owned(), "on".to_owned());
    let files = tempfile::tempdir().unwrap();
    let client = client(Duration::from_secs(5));
    let begun = Instant::now();
    let _replica = Replica::start(&std::env::current_exe().unwrap(), settings, &files.path().join("log"));
    loop {
        let health = client.get(format!("http://127.0.0.1:{port}/health")).send().await;
        if health.is_ok_and(|answer| answer.status().is_success()) {
            return begun.elapsed().as_secs_f64() * 1_000.0;
        }
        assert!(begun.elapsed() < Duration::from_mins(1), "no answer");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}
