//! The shop under load.

use super::{
    driver::{Figures, Load, Requests, drive},
    usage::{self, Usage},
};
use crate::{
    replica::{Replica, Settings, free_port, tickets},
    say,
    shop::{self, Organiser, client},
};
use sandbox::Sandbox;
use server::system::SystemClock;
use std::{
    fmt,
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};
use testkit::postgres::Cluster;

/// A site that uses less than a tenth of a core for this long is idle.
const REST: Duration = Duration::from_secs(1);

/// One process on a durable database.
pub(crate) struct Site {
    pub(crate) settings: Settings,
    pub(crate) replica: Replica,
    /// Loopback ports of the shop and of the sandbox.
    pub(crate) port: u16,
    pub(crate) world_port: u16,
    pub(crate) database: Option<String>,
    pub(crate) organiser: Organiser,
    /// Usage of the process before the first request.
    pub(crate) idle: Usage,
    postgres: Vec<u32>,
    program: PathBuf,
    /// The sandbox, if the node is in another process than the server.
    _world: Option<Sandbox>,
    _files: tempfile::TempDir,
}

/// A load and the resources it used.
pub(crate) struct MeasuredLoad {
    pub(crate) figures: Figures,
    /// CPU milliseconds of the server per request.
    pub(crate) server_ms: f64,
    pub(crate) database_ms: f64,
    /// KiB of the database's write-ahead log per request.
    pub(crate) logged_kib: f64,
    /// MiB of the server afterwards.
    pub(crate) mib: f64,
}

impl fmt::Display for MeasuredLoad {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { figures, server_ms, database_ms, logged_kib, mib } = self;
        write!(
            f,
            "{figures}; each: CPU of server {server_ms:.3} ms, of database {database_ms:.3} ms, log {logged_kib:.1} KiB; {mib:.0} MiB"
        )
    }
}

impl Site {
    /// With the node inside.
    pub(crate) async fn open(cluster: Option<&Cluster>) -> Self {
        Self::open_with(cluster, &[]).await
    }

    /// With the node inside, and additional settings.
    pub(crate) async fn open_with(cluster: Option<&Cluster>, extra: &[(&str, &str)]) -> Self {
        let extra = extra.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Self::start(cluster, extra.collect(), None).await
    }

    /// With an external node, as in production, so that the node's memory is not counted.
    pub(crate) async fn open_alone(cluster: &Cluster) -> Self {
        let world = shop::world(Arc::new(SystemClock)).await;
        Self::start(Some(cluster), Settings::new(), Some(world)).await
    }

    async fn start(cluster: Option<&Cluster>, extra: Settings, world: Option<Sandbox>) -> Self {
        let program = std::env::current_exe().unwrap();
        let files = tempfile::tempdir().unwrap();
        let database = match cluster {
            Some(cluster) => Some(shop::database(cluster, "load").await),
            None => None,
        };
        let file = format!("sqlite://{}", files.path().join("shop.db").display());
        let port = free_port();
        let world_port = world.as_ref().map_or_else(free_port, |world| world.address().port());
        let mut settings = shop::settings(port, database.as_deref().unwrap_or(&file));
        if let Some(world) = &world {
            shop::receive_outside(&mut settings, world);
            shop::send_webhooks(world, &format!("http://127.0.0.1:{port}"));
        } else {
            settings = shop::sandboxed(settings, world_port);
        }
        settings.extend(extra);
        shop::prepare(&program, &settings);
        let begun = Instant::now();
        let replica = Replica::start(&program, settings.clone(), &files.path().join("log"));
        let client = client(Duration::from_secs(30));
        let base = format!("http://127.0.0.1:{port}");
        while client.get(format!("{base}/health")).send().await.is_err() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let idle = Usage::of(&[replica.id()]);
        say(format!("start to first answer {:.0?}, then {:.0} MiB", begun.elapsed(), idle.mib));
        let organiser = Organiser::log_in(&client, &base).await;
        let postgres = match &database {
            Some(url) => usage::postgres(url).await,
            None => Vec::new(),
        };
        Self {
            settings,
            replica,
            port,
            world_port,
            database,
            organiser,
            idle,
            postgres,
            program,
            _world: world,
            _files: files,
        }
    }

    /// Runs a load and measures the resources it used.
    pub(crate) async fn drive(&self, load: &Load, requests: &Requests) -> MeasuredLoad {
        let usage = || (Usage::of(&[self.replica.id()]), Usage::of(&self.postgres));
        let (before, logged) = (usage(), self.logged().await);
        let figures = drive(load, requests).await;
        let (after, logged) = (usage(), self.logged().await - logged);
        let each = |late: &Usage, early: &Usage| figures.per_request(late.cpu.saturating_sub(early.cpu));
        MeasuredLoad {
            server_ms: each(&after.0, &before.0),
            database_ms: each(&after.1, &before.1),
            logged_kib: f64::from(u32::try_from(logged / 1_024).unwrap()) / figures.count().max(1.0),
            mib: after.0.mib,
            figures,
        }
    }

    async fn logged(&self) -> i64 {
        match &self.database {
            Some(url) => usage::logged(url).await,
            None => 0,
        }
    }

    /// A closed-loop load.
    pub(crate) fn load(&self, time: Duration, callers: usize) -> Load {
        Load { port: self.port, callers, time, rate: None }
    }

    /// Waits until background work of the last load is done, so that it does not disturb the next one.
    pub(crate) async fn rest(&self) {
        let begun = Instant::now();
        let mut last = self.cpu();
        loop {
            tokio::time::sleep(REST).await;
            let now = self.cpu();
            if now.saturating_sub(last) < REST / 10 {
                break;
            }
            last = now;
        }
        say(format!("  (remaining background work took {:.0?})", begun.elapsed()));
    }

    fn cpu(&self) -> Duration {
        Usage::of(&[self.replica.id()]).cpu + Usage::of(&self.postgres).cpu
    }

    pub(crate) fn resident_mib(&self) -> f64 {
        Usage::of(&[self.replica.id()]).resident_mib
    }

    /// The shop's own audit.
    pub(crate) fn audit(&self) {
        let audit = tickets(&self.program, &self.settings, &["audit"]);
        let said = String::from_utf8_lossy(&audit.stdout);
        assert!(audit.status.success(), "{said}{}", String::from_utf8_lossy(&audit.stderr));
        say("audit: 0 oversold, all accounts agree");
    }
}
