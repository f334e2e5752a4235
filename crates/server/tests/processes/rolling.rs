//! Upgrades without a gap: replicas restarted one after another behind `deploy/Caddyfile`.

use crate::{
    shop::{Settings, Shop, client, insist, settings, tickets},
    stage::ADMIN,
};
use reqwest::{Client, StatusCode};
use serde_json::json;
use server::{config::Domain, demo::Secrets, wiring::SystemPorts};
use std::{
    collections::BTreeMap,
    path::Path,
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use testkit::{ports::free_ports, postgres::Cluster};

const CADDYFILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy/Caddyfile");
const CALLERS: usize = 8;
/// Each caller's pause between requests: the load is steady, not heavy.
const PAUSE: Duration = Duration::from_millis(20);

/// Killed when dropped.
struct Proxy(Child);

impl Drop for Proxy {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn proxy(directory: &Path, port: u16, replicas: &[u16]) -> Proxy {
    let tools = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/tools/bin");
    let path = format!("{tools}:{}", std::env::var("PATH").unwrap_or_default());
    let replicas: Vec<_> = replicas.iter().map(|port| format!("127.0.0.1:{port}")).collect();
    let mut caddy = Command::new("caddy");
    caddy.args(["run", "--adapter", "caddyfile", "--config", CADDYFILE]).env_clear().envs([
        ("PATH", path.as_str()),
        ("HOME", directory.to_str().unwrap()),
        ("CADDY_ADMIN", &format!("localhost:{}", free_ports())),
        ("DOMAIN", &format!("http://localhost:{port}")),
        ("REPLICAS", &replicas.join(" ")),
    ]);
    let started = caddy.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    Proxy(started.map_err(|error| format!("caddy: {error}; `.ci/tools` installs it")).unwrap())
}

fn replica(port: u16, database: &str, secrets: &Settings) -> (Shop, Settings) {
    let mut settings = settings();
    settings.extend(secrets.clone());
    for (name, value) in [
        ("BIND_ADDRESS", "127.0.0.1"),
        ("PORT", &port.to_string()),
        ("SANDBOX", "on"),
        ("SANDBOX_PORT", &(port + 1).to_string()),
        ("DATABASE_URL", database),
        ("MIGRATE_AT_START", "on"),
        ("ADMIN_EMAILS", ADMIN),
        ("TRUSTED_PROXIES", "127.0.0.1"),
        // As on a public domain.
        ("DRAIN_SECONDS", "5"),
    ] {
        settings.insert(name.to_owned(), value.to_owned());
    }
    (Shop::start(&["serve"], &settings), settings)
}

/// SIGTERM, until the process has ended.
async fn stop(mut shop: Shop) {
    let told = Command::new("kill").args(["-TERM", &shop.id().to_string()]).status().unwrap();
    assert!(told.success());
    while !shop.has_ended() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Reads and writes until `stopping` is set, and counts answers by status. 0 is no answer.
async fn call(client: Client, base: String, stopping: Arc<AtomicBool>, seen: Arc<Mutex<BTreeMap<u16, u32>>>) {
    let login = json!({ "email": "nobody@tickets.example", "password": "a wrong password" });
    let mut number = 0_u32;
    while !stopping.load(Ordering::Relaxed) {
        number += 1;
        let request = if number.is_multiple_of(4) {
            client.post(format!("{base}/api/users/login")).json(&login)
        } else {
            client.get(format!("{base}/api/events"))
        };
        let status = request.send().await.map_or(0, |answer| answer.status().as_u16());
        *seen.lock().unwrap().entry(status).or_default() += 1;
        tokio::time::sleep(PAUSE).await;
    }
}

async fn restarted_one_after_another(count: u16, database: &str) {
    let data = tempfile::tempdir().unwrap();
    let port = free_ports();
    let domain = format!("localhost:{port}");
    let mut secrets = Settings::from([("DOMAIN".to_owned(), domain.clone())]);
    let made = Secrets::make(&Domain::parse(&domain).unwrap(), &SystemPorts::default()).unwrap();
    secrets.extend(made.settings().map(|(name, value)| (name.to_owned(), value.expose().clone())));
    let ports: Vec<u16> = (0..count).map(|_| free_ports()).collect();
    let client = client();
    let mut replicas = Vec::new();
    for port in &ports {
        let (shop, settings) = replica(*port, database, &secrets);
        insist(|| client.get(format!("http://127.0.0.1:{port}/ready")), StatusCode::OK).await;
        if replicas.is_empty() {
            assert!(tickets(&["seed"], &settings).status.success());
        }
        replicas.push(shop);
    }
    let _proxy = proxy(data.path(), port, &ports);
    let base = format!("http://localhost:{port}");
    insist(|| client.get(format!("{base}/api/events")), StatusCode::OK).await;

    let (stopping, seen) = (Arc::new(AtomicBool::new(false)), Arc::default());
    let callers: Vec<_> = (0..CALLERS)
        .map(|_| {
            // A request may wait for the only replica.
            let patient = Client::builder().no_proxy().timeout(Duration::from_mins(1)).build().unwrap();
            tokio::spawn(call(patient, base.clone(), Arc::clone(&stopping), Arc::clone(&seen)))
        })
        .collect();
    for (at, port) in ports.iter().enumerate() {
        stop(replicas.remove(0)).await;
        let (shop, _) = replica(*port, database, &secrets);
        replicas.push(shop);
        insist(|| client.get(format!("http://127.0.0.1:{port}/ready")), StatusCode::OK).await;
        // The proxy sees the new one before the next one stops, as an operator would wait for.
        if at + 1 < ports.len() {
            tokio::time::sleep(Duration::from_secs(3)).await;
        }
    }
    stopping.store(true, Ordering::Relaxed);
    for caller in callers {
        caller.await.unwrap();
    }
    let seen: BTreeMap<u16, u32> = Arc::try_unwrap(seen).unwrap().into_inner().unwrap();
    let served = [200, 401];
    assert!(seen.keys().all(|status| served.contains(status)), "{count} replicas: {seen:?}");
    assert!(served.iter().all(|status| seen.contains_key(status)), "{seen:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_replicas_are_restarted_behind_the_shipped_proxy_without_a_failed_answer() {
    let cluster = Cluster::start(false);
    restarted_one_after_another(2, &cluster.url("postgres")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_only_replica_is_restarted_behind_the_shipped_proxy_without_a_failed_answer() {
    let data = tempfile::tempdir().unwrap();
    let file = format!("sqlite://{}", data.path().join("shop.db").display());
    restarted_one_after_another(1, &file).await;
}
