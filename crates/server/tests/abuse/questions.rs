use crate::arena::{Arena, Store, TestClient};
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
const IN_PARALLEL: usize = 32;
const INVOICES: usize = 2;
/// Seconds for which an answer of the node, or a failed look-up of keys, is shared.
const SHARED_SECS: u64 = 5;
/// Questions of the shop's own watch for each invoice: one when it is made, then one in ten seconds at most.
const WATCH_SECS: u64 = 10;

/// A host that has no keys; the number of requests to it.
async fn keyless_host() -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            count.fetch_add(1, Ordering::SeqCst);
            let _ = socket.read(&mut [0; 1_024]).await;
            let _ = socket
                .write_all(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
                .await;
        }
    });
    (port, asked)
}

async fn ask(stranger: TestClient<'_>, number: usize, orders: &[Value], port: u16) {
    let order = &orders[number / 3 % orders.len()]["uma_request"];
    let hash = order["payment_hash"].as_str().unwrap();
    match number % 3 {
        0 => {
            let hint = json!({ "payment_hash": hash, "status": "paid", "invoice_id": order["invoice_id"] });
            stranger.post("/api/tickets/uma-callback", &hint).await.data();
        }
        1 => {
            let verified = stranger.get(&format!("/api/lnurl/verify/{hash}")).await;
            assert_eq!(verified.body["settled"], json!(false), "{verified:?}");
        }
        _ => {
            let query = format!(
                "signature=30&vaspDomain=localhost:{port}&nonce={number}&timestamp=1&umaVersion=1.0\
                 &isSubjectToTravelRule=false"
            );
            let path = format!("/.well-known/lnurlp/$tickets?{query}");
            let refused = stranger.send(Method::GET, &path, None, &[]).await;
            assert!(refused.status >= 400, "{refused:?}");
        }
    }
}

/// Strangers of many networks name invoices and hosts that the shop then asks about.
pub(crate) async fn strangers_make_the_shop_ask_its_node_and_other_hosts_seldom(store: Store) {
    let arena = Arena::open(store, &[]).await;
    let event = arena.event(9, 2_100).await;
    let mut orders = Vec::new();
    for number in 1..=INVOICES {
        let guest = arena.from(&format!("192.0.2.{}", 10 + number));
        orders.push(guest.buy(event, arena.admin.id).await.data().clone());
    }
    let (port, host_asked) = keyless_host().await;
    let node_asked = || arena.world.shop().faults().asked(Call::Incoming);

    let (before, begun) = (node_asked(), Instant::now());
    stream::iter(0..REQUESTS)
        .map(|number| ask(arena.from(&format!("203.0.113.{}", number % 250)), number, &orders, port))
        .buffer_unordered(IN_PARALLEL)
        .collect::<()>()
        .await;
    let asked = node_asked() - before;
    let seconds = begun.elapsed().as_secs();

    let periods = |length: u64| usize::try_from(seconds / length).unwrap() + 2;
    let shared = periods(SHARED_SECS) * arena.replicas();
    let node_limit = INVOICES * (shared + periods(WATCH_SECS));
    assert!(node_limit < REQUESTS / 10, "the shop was too slow to be asked often: {seconds} s");
    assert!(
        (1..=node_limit).contains(&asked),
        "{asked} questions to the node in {seconds} s, not {node_limit}"
    );
    let host = host_asked.load(Ordering::SeqCst);
    assert!((1..=shared).contains(&host), "{host} requests to a named host in {seconds} s, not {shared}");
}
