//! A sale whose process is killed at random times and restarted on the same data. Every purchase completes, and all seats and
//! satoshis are accounted for.

use crate::{
    process::{PASSWORD, ServerProcess, Settings, client, retry_until, run_cli, settings},
    test_server::BEYOND_THE_LEASE_SECS,
};
use kernel::Entropy;
use reqwest::StatusCode;
use serde_json::{Value, json};
use server::system::SystemEntropy;
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

const BUYERS: usize = 50;
const KILLS: usize = 5;

async fn buy(client: reqwest::Client, base: String, purchase_request: Value, key: usize) -> Value {
    let purchase = || {
        let request = client.post(format!("{base}/api/tickets/purchase"));
        request.header("Idempotency-Key", format!("buyer-{key}")).json(&purchase_request)
    };
    let bought = retry_until(purchase, StatusCode::CREATED).await["data"].clone();
    let token = bought["status_token"].as_str().unwrap();
    let status = format!("{base}/api/tickets/{}/status?token={token}", bought["ticket"]["id"]);
    loop {
        let seen = retry_until(|| client.get(&status), StatusCode::OK).await["data"].clone();
        if seen["ticket"]["payment_status"] != "pending" {
            return seen;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

fn random_below(end: u64) -> u64 {
    let mut bytes = [0_u8; 8];
    SystemEntropy.fill(&mut bytes).unwrap();
    u64::from_be_bytes(bytes) % end
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sale_completes_although_its_process_is_killed_repeatedly() {
    let data = tempfile::tempdir().unwrap();
    let directory = data.path().to_str().unwrap();
    let port = testkit::ports::free_ports();
    let mut settings = settings();
    settings.insert("SANDBOX_AUTO_APPROVE".to_owned(), "on".to_owned());
    settings.insert("PORT".to_owned(), port.to_string());
    let start = |settings: &Settings| ServerProcess::start(&["up", "--data", directory], settings);
    let base = format!("http://127.0.0.1:{port}");
    let client = client();
    let mut process = start(&settings);
    retry_until(|| client.get(format!("{base}/health")), StatusCode::OK).await;
    let made = run_cli(&["admin", "admin@tickets.example", "--data", directory], &settings);
    assert!(made.status.success(), "{made:?}");
    let credentials = json!({ "email": "admin@tickets.example", "password": PASSWORD });
    let login = || client.post(format!("{base}/api/users/login")).json(&credentials);
    let me = retry_until(login, StatusCode::OK).await["data"].clone();
    let events =
        retry_until(|| client.get(format!("{base}/api/events")), StatusCode::OK).await["data"].clone();
    let purchase_request = json!({
        "event_id": events[0]["id"], "user_id": me["user"]["id"], "uma_address": format!("$alice@localhost:{}", port + 1),
    });

    let done = Arc::new(AtomicUsize::new(0));
    let buyers: Vec<_> = (0..BUYERS)
        .map(|key| {
            let (client, base, purchase_request, done) =
                (client.clone(), base.clone(), purchase_request.clone(), Arc::clone(&done));
            tokio::spawn(async move {
                let seen = buy(client, base, purchase_request, key).await;
                done.fetch_add(1, Ordering::Relaxed);
                seen
            })
        })
        .collect();
    for kill in 1..=KILLS {
        // Any time of the sale, including its start.
        tokio::time::sleep(Duration::from_millis(50 + random_below(900))).await;
        drop(process);
        if kill == KILLS {
            // The leases of killed processes have expired, so that no purchase waits for them.
            settings.insert("TICKETS_CLOCK_SKEW_SECONDS".to_owned(), BEYOND_THE_LEASE_SECS.to_string());
        }
        process = start(&settings);
        retry_until(|| client.get(format!("{base}/health")), StatusCode::OK).await;
    }
    for buyer in buyers {
        assert_eq!(buyer.await.unwrap()["ticket"]["payment_status"], "paid");
    }
    assert_eq!(done.load(Ordering::Relaxed), BUYERS);

    let fresh = retry_until(login, StatusCode::OK).await["data"]["token"].as_str().unwrap().to_owned();
    let overview = || client.get(format!("{base}/api/admin/overview")).bearer_auth(&fresh);
    let overview = retry_until(overview, StatusCode::OK).await["data"].clone();
    let price = events[0]["price_sats"].as_u64().unwrap();
    let sold = overview["sold_today"].as_u64().unwrap();
    assert_eq!(overview["revenue_sats"], sold * price);
    assert_eq!(sold, u64::try_from(BUYERS).unwrap(), "one ticket per buyer");
    let audit = run_cli(&["audit", "--data", directory], &settings);
    assert!(audit.status.success(), "{}", String::from_utf8_lossy(&audit.stdout));
    drop(process);
}
