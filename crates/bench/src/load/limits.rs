//! What bounds the shop on this machine at this moment.

use super::driver::{Figures, Load, Requests, drive};
use crate::{replica::free_port, say, shop};
use actix_web::{App, HttpResponse, HttpServer, web};
use std::{
    collections::BTreeMap,
    process::{Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
use testkit::postgres::Cluster;
use tokio_postgres::NoTls;
use uma_protocol::{
    CurrencyCode, EncryptionKey, SigningKey, UmaAddress, VaspDomain, VaspKeys, payreq::PayRequestDraft,
};

/// An event as JSON and an echo, and nothing else.
pub(super) async fn serve_bare(port: u16) {
    let app = || {
        let event = || async {
            let event = serde_json::json!({
                "id": 1, "title": "A hot one", "description": "An evening to remember.".repeat(16), "capacity": 1_000_000,
            });
            HttpResponse::Ok().json(event)
        };
        App::new()
            .route("/event", web::get().to(event))
            .route("/echo", web::post().to(|body: web::Bytes| async { HttpResponse::Ok().body(body) }))
    };
    HttpServer::new(app).bind(("127.0.0.1", port)).unwrap().run().await.unwrap();
}

/// The same load on a server that does nothing.
pub(super) async fn bare(load: &Load, request: &[u8]) {
    let port = free_port();
    let mut server = Command::new(std::env::current_exe().unwrap())
        .args(["bare", &port.to_string()])
        .stdin(Stdio::null())
        .spawn()
        .unwrap();
    while tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_err() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let request = request.to_vec();
    let requests: Requests = Arc::new(move |_| request.clone());
    let figures = drive(&Load { port, ..*load }, &requests).await;
    say(format!("  limit    bare actix answer  {figures}"));
    server.kill().unwrap();
    server.wait().unwrap();
}

const STEPS: [&str; 4] = [
    "UPDATE events SET seats_taken = seats_taken + 1 WHERE id = 1 AND seats_taken < capacity",
    "INSERT INTO tickets (event_id, user_id, ticket_code, payment_status, uma_address, hold_expires_at, created_at, updated_at) \
        VALUES (1, NULL, $1, 'pending', '$a@b.example', now(), now(), now()) RETURNING id",
    "INSERT INTO payments (ticket_id, event_id, status, price_msats, created_at, updated_at) \
        VALUES ($1, 1, 'pending', 10000, now(), now()) RETURNING id",
    "INSERT INTO uma_request_invoices (payment_id, event_id, invoice_id, payment_hash, bolt11, amount_msats, metadata, \
        uma_address, expires_at, created_at) VALUES ($1, 1, $2, $3, $2, 10000, '', '$a@b.example', now(), now())",
];

/// What one writes first, on the same tables: one transaction for each purchase, and a connection for each buyer.
pub(super) async fn naive(cluster: &Cluster, load: &Load) {
    let url = shop::database(cluster, "naive").await;
    shop::prepare(&std::env::current_exe().unwrap(), &naive_settings(&url));
    let (admin, connection) = tokio_postgres::connect(&url, NoTls).await.unwrap();
    tokio::spawn(connection);
    let event = "INSERT INTO events (id, title, description, start_time, end_time, capacity, price_sats, stream_url, search_text, \
        created_at, updated_at) VALUES (1, 'x', 'x', now(), now() + interval '1 hour', 100000000, 10, 'x', 'x', now(), now())";
    admin.batch_execute(event).await.unwrap();
    let number = Arc::new(AtomicU64::new(0));
    let begun = Instant::now();
    let mut buyers = Vec::new();
    for _ in 0..load.callers {
        let (client, connection) = tokio_postgres::connect(&url, NoTls).await.unwrap();
        tokio::spawn(connection);
        buyers.push((client, Arc::clone(&number)));
    }
    let connected = begun.elapsed();
    let end = Instant::now() + load.time;
    let buyers: Vec<_> = buyers
        .into_iter()
        .map(|(client, number)| {
            tokio::spawn(async move {
                let mut steps = Vec::new();
                for step in STEPS {
                    steps.push(client.prepare(step).await.unwrap());
                }
                let mut took = Vec::new();
                while Instant::now() < end {
                    let begun = Instant::now();
                    let code = format!("{:064x}", number.fetch_add(1, Ordering::Relaxed));
                    client.batch_execute("BEGIN").await.unwrap();
                    client.execute(&steps[0], &[]).await.unwrap();
                    let ticket: i64 = client.query_one(&steps[1], &[&code]).await.unwrap().get(0);
                    let payment: i64 = client.query_one(&steps[2], &[&ticket]).await.unwrap().get(0);
                    client.execute(&steps[3], &[&payment, &code, &code]).await.unwrap();
                    client.batch_execute("COMMIT").await.unwrap();
                    took.push(begun.elapsed());
                }
                took
            })
        })
        .collect();
    let mut took = Vec::new();
    for buyer in buyers {
        took.extend(buyer.await.unwrap());
    }
    let figures = Figures::new(took, BTreeMap::new(), begun.elapsed().saturating_sub(connected));
    say(format!("  limit    naive SQL transaction, {} connections  {figures}", load.callers));
}

fn naive_settings(url: &str) -> crate::replica::Settings {
    let mut settings = shop::settings(free_port(), url);
    settings.insert("SANDBOX".to_owned(), "on".to_owned());
    settings.insert("SANDBOX_PORT".to_owned(), "0".to_owned());
    settings
}

/// How many signatures one core makes and checks.
pub(super) fn signatures() {
    let key = SigningKey::from_bytes(&[2; 32]).unwrap();
    let payer = UmaAddress::parse("$alice@wallet.example").unwrap();
    let public = key.public_key();
    let begun = Instant::now();
    let mut count = 0_u32;
    while begun.elapsed() < Duration::from_millis(500) {
        let draft = PayRequestDraft::new(payer.clone(), 21, CurrencyCode::sat());
        let request = draft.sign(count.to_string(), 1_760_000_000, &key).unwrap();
        request.uma_payer().unwrap().verify(&public).unwrap();
        count += 1;
    }
    let rate = f64::from(count) / begun.elapsed().as_secs_f64();
    say(format!("  limit    one signature made and one checked, one thread  {rate:>8.0}/s"));
}

/// A buyer's VASP of which there is no more than its published keys.
pub(super) struct Vasp {
    pub(super) domain: VaspDomain,
    pub(super) key: SigningKey,
}

impl Vasp {
    pub(super) fn serve() -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let domain =
            VaspDomain::parse(&format!("localhost:{}", listener.local_addr().unwrap().port())).unwrap();
        let signing = || SigningKey::from_bytes(&[2; 32]).unwrap();
        let encryption = EncryptionKey::from_bytes(&[3; 32]).unwrap();
        let now = kernel::Clock::now(&server::machine::SystemClock).timestamp();
        let day = 86_400;
        let keys = VaspKeys::issue(&domain, signing(), encryption, [[1; 16], [2; 16]], now - day, now + day)
            .unwrap();
        let published = keys.publish(now + day).to_json().unwrap();
        let app = move || {
            let published = published.clone();
            let keys = move || {
                let published = published.clone();
                async move { HttpResponse::Ok().content_type("application/json").body(published) }
            };
            App::new().route("/.well-known/lnurlpubkey", web::get().to(keys))
        };
        tokio::spawn(HttpServer::new(app).workers(1).disable_signals().listen(listener).unwrap().run());
        Self { domain, key: signing() }
    }
}
