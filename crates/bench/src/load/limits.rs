//! Limits of this machine at the time of the run.

pub(crate) mod embedded;
pub(crate) mod sql;

use super::{
    driver::{Figures, Load, Requests, drive},
    usage::Usage,
};
use crate::{replica::free_port, say};
use actix_web::{App, HttpResponse, HttpServer, web};
use std::{
    process::{Child, Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};
use uma_protocol::{
    CurrencyCode, EncryptionKey, SigningKey, UmaAddress, VaspDomain, VaspKeys, payreq::PayRequestDraft,
};

/// Minimal server: an event as JSON, a page and an echo.
pub(crate) async fn serve_bare(port: u16) {
    let app = || {
        let event = || async {
            let event = serde_json::json!({
                "id": 1, "title": "A hot one", "description": "An evening to remember.".repeat(16), "capacity": 1_000_000,
            });
            HttpResponse::Ok().json(event)
        };
        let page = || async { HttpResponse::Ok().content_type("text/html; charset=utf-8").body(PAGE) };
        App::new()
            .route("/event", web::get().to(event))
            .route("/page", web::get().to(page))
            .route("/echo", web::post().to(|body: web::Bytes| async { HttpResponse::Ok().body(body) }))
    };
    HttpServer::new(app).bind(("127.0.0.1", port)).unwrap().run().await.unwrap();
}

static PAGE: &str = const {
    const FILLED: [u8; 8_192] = [b'x'; 8_192];
    match std::str::from_utf8(&FILLED) {
        Ok(page) => page,
        Err(_) => "",
    }
};

/// The minimal server as a separate process.
pub(crate) struct Bare {
    server: Child,
    port: u16,
}

impl Bare {
    pub(crate) async fn start() -> Self {
        let port = free_port();
        let server = Command::new(std::env::current_exe().unwrap())
            .args(["bare", &port.to_string()])
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        while tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Self { server, port }
    }

    /// Runs the load on the minimal server; also returns CPU milliseconds per response.
    pub(crate) async fn drive(&self, load: &Load, request: &[u8]) -> (Figures, f64) {
        let request = request.to_vec();
        let requests: Requests = Arc::new(move |_| request.clone());
        let before = Usage::of(&[self.server.id()]);
        let figures = drive(&Load { port: self.port, ..*load }, &requests).await;
        let cpu = Usage::of(&[self.server.id()]).cpu.saturating_sub(before.cpu);
        let each = figures.per_request(cpu);
        (figures, each)
    }
}

impl Drop for Bare {
    fn drop(&mut self) {
        drop(self.server.kill());
        drop(self.server.wait());
    }
}

/// Milliseconds in which one core signs and verifies a pay request.
pub(crate) fn signatures() -> f64 {
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
    1_000.0 / rate
}

/// A buyer's VASP that only publishes its keys.
pub(crate) struct Vasp {
    pub(crate) domain: VaspDomain,
    pub(crate) key: SigningKey,
}

impl Vasp {
    pub(crate) fn serve() -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let domain =
            VaspDomain::parse(&format!("localhost:{}", listener.local_addr().unwrap().port())).unwrap();
        let signing = || SigningKey::from_bytes(&[2; 32]).unwrap();
        let encryption = EncryptionKey::from_bytes(&[3; 32]).unwrap();
        let now = kernel::Clock::now(&server::system::SystemClock).timestamp();
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
