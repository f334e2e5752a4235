//! What satoshis are about worth: told while it is known and fresh, and never waited for.

use crate::app::TestApp;
use chrono::Duration;
use serde_json::{Value, json};
use server::wiring::{PriceError, Prices};
use std::sync::{Arc, Mutex};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::Semaphore,
};

/// A price source that answers as it is told, after it was told to.
#[derive(Clone)]
struct Source {
    answer: Arc<Mutex<String>>,
    asked: Arc<Semaphore>,
    allowed: Arc<Semaphore>,
    url: String,
}

const ALWAYS: usize = 1_000;

impl Source {
    async fn start(body: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://127.0.0.1:{}/btc?key=secret", listener.local_addr().unwrap().port());
        let (asked, allowed) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(ALWAYS)));
        let source = Self { answer: Arc::default(), asked, allowed, url };
        source.answers("200 OK", body);
        let serving = source.clone();
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                tokio::spawn(serving.clone().serve(socket));
            }
        });
        source
    }

    fn answers(&self, status: &str, body: &str) {
        let length = body.len();
        *self.answer.lock().unwrap() =
            format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}");
    }

    async fn serve(self, mut socket: TcpStream) {
        let mut head = [0_u8; 4_096];
        let _ = socket.read(&mut head).await;
        self.asked.add_permits(1);
        let Ok(permit) = self.allowed.acquire().await else { return };
        permit.forget();
        let answer = self.answer.lock().unwrap().clone();
        let _ = socket.write_all(answer.as_bytes()).await;
    }
}

async fn shop(source: &Source, more: &[(&str, &str)]) -> (TestApp, Arc<Prices>) {
    let app = TestApp::with(&[&[("RATE_URL", source.url.as_str())], more].concat(), false).await;
    let prices = app.shop.runtime.prices.clone().unwrap();
    (app, prices)
}

async fn told(app: &TestApp) -> Value {
    app.get("/api/config").await.data()["rate"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rate_is_told_with_its_source_and_time_while_it_is_fresh() {
    let source = Source::start(r#"{"data":{"amount":"50000.00"}}"#).await;
    let (app, prices) = shop(&source, &[("RATE_POINTER", "/data/amount"), ("RATE_CURRENCY", "EUR")]).await;
    assert_eq!(told(&app).await, Value::Null, "nobody was asked yet");
    prices.refresh().await.unwrap();
    let read_at = app.now();
    let expected =
        json!({ "sats_per_unit": 2_000.0, "currency": "EUR", "source": "127.0.0.1", "at": read_at });
    assert_eq!(told(&app).await, expected, "and not the key in its address");
    app.clock.advance(Duration::minutes(15));
    assert_eq!(told(&app).await, expected);
    source.answers("503 Service Unavailable", "{}");
    prices.refresh().await.unwrap_err();
    assert_eq!(told(&app).await, expected, "a failure takes nothing away");
    app.clock.advance(Duration::seconds(1));
    assert_eq!(told(&app).await, Value::Null, "stale");
    source.answers("200 OK", r#"{"data":{"amount":100000}}"#);
    prices.refresh().await.unwrap();
    assert_eq!(told(&app).await["sats_per_unit"], 1_000.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_answers_nonsense_or_too_much_gives_no_rate() {
    let source = Source::start("").await;
    let (app, prices) = shop(&source, &[]).await;
    let huge = format!(r#"{{"price":50000,"padding":"{}"}}"#, "x".repeat(70_000));
    for (status, body) in [
        ("200 OK", ""),
        ("200 OK", "<html>50000</html>"),
        ("200 OK", r#"{"bitcoin":50000}"#),
        ("200 OK", r#"{"price":-1}"#),
        ("200 OK", r#"{"price":{"usd":50000}}"#),
        ("500 Internal Server Error", r#"{"price":50000}"#),
        ("302 Found\r\nLocation: http://127.0.0.2/", r#"{"price":50000}"#),
        ("200 OK", &huge),
    ] {
        source.answers(status, body);
        let refused = prices.refresh().await;
        assert!(refused.is_err(), "{status} {}", body.get(..60).unwrap_or(body));
        assert_eq!(told(&app).await, Value::Null);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_waits_for_a_slow_source_and_its_time_is_limited() {
    let source = Source::start(r#"{"price":50000}"#).await;
    source.allowed.forget_permits(ALWAYS);
    let (app, prices) = shop(&source, &[]).await;
    let asking = tokio::spawn({
        let prices = Arc::clone(&prices);
        async move { prices.refresh().await }
    });
    source.asked.acquire().await.unwrap().forget();
    assert_eq!(told(&app).await, Value::Null, "answered while the source is silent");
    source.allowed.add_permits(1);
    asking.await.unwrap().unwrap();
    assert_eq!(told(&app).await["sats_per_unit"], 2_000.0);
    // It never answers this one.
    assert!(matches!(prices.refresh().await, Err(PriceError::Fetch(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shop_that_works_reads_the_sandboxs_price_by_itself() {
    let without = TestApp::open().await;
    assert_eq!(told(&without).await, Value::Null);
    assert!(without.shop.runtime.prices.is_none());
    let url = format!("{}{}", without.sandbox().base_url(), sandbox::PRICE_PATH);
    let app = TestApp::with(&[("RATE_URL", &url)], true).await;
    let rate = app.until("a rate", async || Some(told(&app).await).filter(|rate| !rate.is_null())).await;
    assert_eq!((&rate["currency"], &rate["source"]), (&json!("USD"), &json!("localhost")));
    let worth = 100_000_000.0 / rate["sats_per_unit"].as_f64().unwrap();
    assert!((1_000.0..10_000_000.0).contains(&worth), "{worth}");
}
