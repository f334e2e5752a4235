//! Upgrades without downtime: rolling restart of replicas behind `deploy/Caddyfile`.

use crate::{
    process::{ServerProcess, Settings, client, retry_until, run_cli, settings},
    test_server::ADMIN,
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
const CLIENTS: usize = 8;
/// Interval between the requests of one client.
const REQUEST_INTERVAL: Duration = Duration::from_millis(20);

/// A Caddy process, killed when dropped.
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

fn replica(port: u16, database: &str, secrets: &Settings) -> (ServerProcess, Settings) {
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
        // The default of a public domain.
        ("DRAIN_SECONDS", "5"),
    ] {
        settings.insert(name.to_owned(), value.to_owned());
    }
    (ServerProcess::start(&["serve"], &settings), settings)
}

/// Sends SIGTERM and waits until the process has exited.
async fn stop(mut process: ServerProcess) {
    let signalled = Command::new("kill").args(["-TERM", &process.id().to_string()]).status().unwrap();
    assert!(signalled.success());
    while !process.has_ended() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Sends requests until `stopping` is set and counts responses by status; 0 means no response.
async fn send_requests(
    client: Client,
    base: String,
    stopping: Arc<AtomicBool>,
    seen: Arc<Mutex<BTreeMap<u16, u32>>>,
) {
    let login = json!({ "email": "unknown@tickets.example", "password": "a wrong password" });
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
        tokio::time::sleep(REQUEST_INTERVAL).await;
    }
}

async fn restart_all(count: u16, database: &str) {
    let data = tempfile::tempdir().unwrap();
    let port = free_ports();
    let domain = format!("localhost:{port}");
    let mut secrets = Settings::from([("DOMAIN".to_owned(), domain.clone())]);
    let made = Secrets::generate(&Domain::parse(&domain).unwrap(), &SystemPorts::default()).unwrap();
    secrets.extend(made.settings().map(|(name, value)| (name.to_owned(), value.expose().clone())));
    let ports: Vec<u16> = (0..count).map(|_| free_ports()).collect();
    let client = client();
    let mut replicas = Vec::new();
    for port in &ports {
        let (process, settings) = replica(*port, database, &secrets);
        retry_until(|| client.get(format!("http://127.0.0.1:{port}/ready")), StatusCode::OK).await;
        if replicas.is_empty() {
            assert!(run_cli(&["seed"], &settings).status.success());
        }
        replicas.push(process);
    }
    let _proxy = proxy(data.path(), port, &ports);
    let base = format!("http://localhost:{port}");
    retry_until(|| client.get(format!("{base}/api/events")), StatusCode::OK).await;

    let (stopping, seen) = (Arc::new(AtomicBool::new(false)), Arc::default());
    let clients: Vec<_> = (0..CLIENTS)
        .map(|_| {
            // A request waits while the only replica restarts.
            let patient = Client::builder().no_proxy().timeout(Duration::from_mins(1)).build().unwrap();
            tokio::spawn(send_requests(patient, base.clone(), Arc::clone(&stopping), Arc::clone(&seen)))
        })
        .collect();
    for (at, port) in ports.iter().enumerate() {
        stop(replicas.remove(0)).await;
        let (process, _) = replica(*port, database, &secrets);
        replicas.push(process);
        retry_until(|| client.get(format!("http://127.0.0.1:{port}/ready")), StatusCode::OK).await;
        // The proxy must detect the new replica before the next one stops.
        if at + 1 < ports.len() {
            tokio::time::sleep(Duration::from_secs(3)).await;
        }
    }
    stopping.store(true, Ordering::Relaxed);
    for client in clients {
        client.await.unwrap();
    }
    let seen: BTreeMap<u16, u32> = Arc::try_unwrap(seen).unwrap().into_inner().unwrap();
    let served = [200, 401];
    assert!(seen.keys().all(|status| served.contains(status)), "{count} replicas: {seen:?}");
    assert!(served.iter().all(|status| seen.contains_key(status)), "{seen:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_replicas_restart_behind_the_shipped_proxy_without_a_failed_request() {
    let cluster = Cluster::start(false);
    restart_all(2, &cluster.url("postgres")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_single_replica_restarts_behind_the_shipped_proxy_without_a_failed_request() {
    let data = tempfile::tempdir().unwrap();
    let file = format!("sqlite://{}", data.path().join("shop.db").display());
    restart_all(1, &file).await;
}
