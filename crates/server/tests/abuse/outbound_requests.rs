use crate::deployment::{Deployment, Store, TestClient};
use futures_util::{StreamExt, stream};
use reqwest::Method;
use sandbox::Call;
use serde_json::{Value, json};
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Instant,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

const REQUESTS: usize = 600;
const MAX_CONCURRENT_REQUESTS: usize = 32;
const INVOICES: usize = 2;
/// Seconds for which a response of the node, or a failed key lookup, is cached.
const CACHED_SECS: u64 = 5;
/// Shortest interval of the poller's own checks of an invoice, in seconds.
const POLL_INTERVAL_SECS: u64 = 10;

/// Starts a host without UMA keys; returns its port and request count.
async fn start_host_without_keys() -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let requests = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&requests);
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            count.fetch_add(1, Ordering::SeqCst);
            let _ = socket.read(&mut [0; 1_024]).await;
            let _ = socket
                .write_all(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
                .await;
        }
    });
    (port, requests)
}

async fn send_request(caller: TestClient<'_>, number: usize, orders: &[Value], port: u16) {
    let order = &orders[number / 3 % orders.len()]["uma_request"];
    let hash = order["payment_hash"].as_str().unwrap();
    match number % 3 {
        0 => {
            let callback =
                json!({ "payment_hash": hash, "status": "paid", "invoice_id": order["invoice_id"] });
            caller.post("/api/tickets/uma-callback", &callback).await.data();
        }
        1 => {
            let verified = caller.get(&format!("/api/lnurl/verify/{hash}")).await;
            assert_eq!(verified.body["settled"], json!(false), "{verified:?}");
        }
        _ => {
            let query = format!(
                "signature=30&vaspDomain=localhost:{port}&nonce={number}&timestamp=1&umaVersion=1.0\
                 &isSubjectToTravelRule=false"
            );
            let path = format!("/.well-known/lnurlp/$tickets?{query}");
            let refused = caller.send(Method::GET, &path, None, &[]).await;
            assert!(refused.status >= 400, "{refused:?}");
        }
    }
}

/// Anonymous calls from many networks name invoices and hosts that the server then queries.
pub(crate) async fn anonymous_calls_cause_few_requests_to_the_node_and_other_hosts(store: Store) {
    let deployment = Deployment::open(store, &[]).await;
    let event = deployment.event(9, 2_100).await;
    let mut orders = Vec::new();
    for number in 1..=INVOICES {
        let guest = deployment.from(&format!("192.0.2.{}", 10 + number));
        orders.push(guest.buy(event, deployment.admin.id).await.data().clone());
    }
    let (port, host_requests) = start_host_without_keys().await;
    let node_requests = || deployment.sandbox.shop().faults().calls(Call::Incoming);

    let (before, started) = (node_requests(), Instant::now());
    stream::iter(0..REQUESTS)
        .map(|number| {
            send_request(deployment.from(&format!("203.0.113.{}", number % 250)), number, &orders, port)
        })
        .buffer_unordered(MAX_CONCURRENT_REQUESTS)
        .collect::<()>()
        .await;
    let to_node = node_requests() - before;
    let seconds = started.elapsed().as_secs();

    let periods = |length: u64| usize::try_from(seconds / length).unwrap() + 2;
    let cached = periods(CACHED_SECS) * deployment.replicas();
    let node_limit = INVOICES * (cached + periods(POLL_INTERVAL_SECS));
    assert!(node_limit < REQUESTS / 10, "the run took too long for a meaningful limit: {seconds} s");
    assert!(
        (1..=node_limit).contains(&to_node),
        "{to_node} requests to the node in {seconds} s, limit {node_limit}"
    );
    let to_host = host_requests.load(Ordering::SeqCst);
    assert!((1..=cached).contains(&to_host), "{to_host} requests to a host in {seconds} s, limit {cached}");
}
