//! Load on the real HTTP server, and the corresponding limits of the machine, in one run.

mod abuse;
pub(crate) mod driver;
pub(crate) mod limits;
pub(crate) mod scenario;
pub(crate) mod site;
pub(crate) mod usage;
mod wallet;

use crate::say;
use driver::Load;
use scenario::Scenario;
use site::Site;
use std::time::Duration;
use testkit::postgres::Cluster;

/// `SCENARIO [SECONDS] [CALLERS,…] [RATE]`; `BENCH_DATABASE=sqlite` selects the embedded store. False if a goal is missed.
pub async fn run(arguments: &[String]) -> bool {
    let name = arguments.first().map_or("hot", String::as_str);
    let seconds: u64 = arguments.get(1).map_or(5, |text| text.parse().expect("SECONDS is a number"));
    let callers = arguments.get(2).map_or("8,64,256", String::as_str);
    let callers: Vec<usize> =
        callers.split(',').map(|text| text.parse().expect("CALLERS are numbers")).collect();
    let rate: Option<f64> = arguments.get(3).map(|text| text.parse().expect("RATE is a number"));
    let embedded = std::env::var("BENCH_DATABASE").is_ok_and(|kind| kind == "sqlite");
    let cluster = (!embedded).then(|| Cluster::start(true));
    say(format!(
        "{name}, {}",
        if embedded { "SQLite, synchronous=FULL" } else { "Postgres, fsync and synchronous_commit on" }
    ));
    say(format!("load average {}", std::fs::read_to_string("/proc/loadavg").unwrap_or_default().trim()));
    if name == "abuse" {
        return abuse::run(cluster.as_ref(), Duration::from_secs(seconds)).await;
    }
    let site = Site::open(cluster.as_ref()).await;
    if name == "wallet" {
        for callers in callers {
            let load = Load { port: site.port, callers, time: Duration::from_secs(seconds), rate };
            let paid = wallet::drive(&site, &load).await;
            say(format!("from the order to the paid notification, c={callers:<4} {paid}"));
        }
        site.audit();
        return true;
    }
    let scenario = Scenario::prepare(name, &site).await;
    for callers in callers {
        let load = Load { port: site.port, callers, time: Duration::from_secs(seconds), rate };
        let drawn = site.drive(&load, &scenario.requests).await;
        say(format!("{name:<10} c={callers:<4} {drawn}"));
        scenario.check(&drawn.figures);
        scenario.limit(cluster.as_ref(), &load).await;
    }
    site.audit();
    true
}

/// A minimal server on the given port: `bench bare PORT`.
pub async fn bare(arguments: &[String]) {
    let port = arguments.first().and_then(|text| text.parse().ok()).expect("PORT is a number");
    limits::serve_bare(port).await;
}
