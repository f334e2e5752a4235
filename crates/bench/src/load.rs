//! Load on the real HTTP server, and the limits that belong to it, in one run.

mod driver;
mod limits;
mod scenario;
mod usage;

use crate::{
    replica::{Replica, Settings, free_port, tickets},
    say,
    shop::{self, Organiser, client},
};
use driver::{Load, drive};
use scenario::Scenario;
use std::time::{Duration, Instant};
use testkit::postgres::Cluster;
use usage::Usage;

/// The shop under load: one process with its node inside, on a durable database.
struct Site {
    settings: Settings,
    replica: Replica,
    /// Loopback ports of the shop and of the pretend world.
    port: u16,
    world_port: u16,
    database: Option<String>,
    organiser: Organiser,
    program: std::path::PathBuf,
    _files: tempfile::TempDir,
}

impl Site {
    async fn open(cluster: Option<&Cluster>) -> Self {
        let program = std::env::current_exe().unwrap();
        let files = tempfile::tempdir().unwrap();
        let database = match cluster {
            Some(cluster) => Some(shop::database(cluster, "load").await),
            None => None,
        };
        let file = format!("sqlite://{}", files.path().join("shop.db").display());
        let (port, world_port) = (free_port(), free_port());
        let mut settings = shop::settings(port, database.as_deref().unwrap_or(&file));
        settings.insert("SANDBOX".to_owned(), "on".to_owned());
        settings.insert("SANDBOX_PORT".to_owned(), world_port.to_string());
        shop::prepare(&program, &settings);
        let begun = Instant::now();
        let replica = Replica::start(&program, settings.clone(), &files.path().join("log"));
        let client = client(Duration::from_secs(30));
        let base = format!("http://127.0.0.1:{port}");
        while client.get(format!("{base}/health")).send().await.is_err() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        say(format!(
            "start to first answer {:.0?}, then {:.0} MiB",
            begun.elapsed(),
            Usage::of(&[replica.id()]).mib
        ));
        let organiser = Organiser::log_in(&client, &base).await;
        Self { settings, replica, port, world_port, database, organiser, program, _files: files }
    }

    fn audit(&self) {
        let audit = tickets(&self.program, &self.settings, &["audit"]);
        let said = String::from_utf8_lossy(&audit.stdout);
        assert!(audit.status.success(), "{said}{}", String::from_utf8_lossy(&audit.stderr));
        say("audit: 0 oversold, the books agree");
    }
}

/// `SCENARIO [SECONDS] [CALLERS,…] [RATE]`; `BENCH_DATABASE=sqlite` takes the embedded store.
pub async fn run(words: &[String]) {
    let name = words.first().map_or("hot", String::as_str);
    let seconds: u64 = words.get(1).map_or(5, |word| word.parse().expect("SECONDS is a number"));
    let callers = words.get(2).map_or("8,64,256", String::as_str);
    let callers: Vec<usize> =
        callers.split(',').map(|word| word.parse().expect("CALLERS are numbers")).collect();
    let rate: Option<f64> = words.get(3).map(|word| word.parse().expect("RATE is a number"));
    let embedded = std::env::var("BENCH_DATABASE").is_ok_and(|kind| kind == "sqlite");
    let cluster = (!embedded).then(|| Cluster::start(true));
    say(format!(
        "{name}, {}",
        if embedded { "SQLite, synchronous=FULL" } else { "Postgres, fsync and synchronous_commit on" }
    ));
    say(format!("load average {}", std::fs::read_to_string("/proc/loadavg").unwrap_or_default().trim()));
    let site = Site::open(cluster.as_ref()).await;
    let scenario = Scenario::prepare(name, &site).await;
    let postgres = match &site.database {
        Some(url) => usage::postgres(url).await,
        None => Vec::new(),
    };
    for callers in callers {
        let before = (Usage::of(&[site.replica.id()]), Usage::of(&postgres));
        let load = Load { port: site.port, callers, time: Duration::from_secs(seconds), rate };
        let figures = drive(&load, &scenario.requests).await;
        let after = (Usage::of(&[site.replica.id()]), Usage::of(&postgres));
        say(format!("{name:<10} c={callers:<4} {figures}"));
        let per = |late: &Usage, early: &Usage| figures.per_request(late.cpu.saturating_sub(early.cpu));
        say(format!(
            "           server {:.3} ms CPU each, {:.0} MiB; database {:.3} ms CPU each, {:.0} MiB",
            per(&after.0, &before.0),
            after.0.mib,
            per(&after.1, &before.1),
            after.1.mib
        ));
        scenario.check(&figures);
        scenario.limit(cluster.as_ref(), &load).await;
    }
    site.audit();
}

/// The least a server can do, on the port named: `bench bare PORT`.
pub async fn bare(words: &[String]) {
    let port = words.first().and_then(|word| word.parse().ok()).expect("PORT is a number");
    limits::serve_bare(port).await;
}
