//! Exchange rate of the satoshi: published while it is fresh; requests never wait for its source.

use crate::app::TestApp;
use chrono::Duration;
use serde_json::{Value, json};
use server::wiring::{PriceError, Prices};
use std::sync::{Arc, Mutex};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::{Notify, watch},
};

/// A price source with a configurable response, sent while it is enabled.
#[derive(Clone)]
struct PriceSource {
    response: Arc<Mutex<String>>,
    requests: Arc<Notify>,
    enabled: Arc<watch::Sender<bool>>,
    url: String,
}

impl PriceSource {
    async fn start(body: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://127.0.0.1:{}/btc?key=secret", listener.local_addr().unwrap().port());
        let (requests, enabled) = (Arc::default(), Arc::new(watch::Sender::new(true)));
        let source = Self { response: Arc::default(), requests, enabled, url };
        source.respond_with("200 OK", body);
        let serving = source.clone();
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                tokio::spawn(serving.clone().serve(socket));
            }
        });
        source
    }

    fn respond_with(&self, status: &str, body: &str) {
        let length = body.len();
        *self.response.lock().unwrap() =
            format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}");
    }

    async fn serve(self, mut socket: TcpStream) {
        let mut head = [0_u8; 4_096];
        let _ = socket.read(&mut head).await;
        self.requests.notify_one();
        drop(self.enabled.subscribe().wait_for(|enabled| *enabled).await);
        let response = self.response.lock().unwrap().clone();
        let _ = socket.write_all(response.as_bytes()).await;
    }
}

async fn shop(source: &PriceSource, extra: &[(&str, &str)]) -> (TestApp, Arc<Prices>) {
    let app = TestApp::open_with(&[&[("RATE_URL", source.url.as_str())], extra].concat(), false).await;
    let prices = app.shop.runtime.prices.clone().unwrap();
    (app, prices)
}

async fn published_rate(app: &TestApp) -> Value {
    app.get("/api/config").await.data()["rate"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fresh_rate_is_published_with_its_source_and_time() {
    let source = PriceSource::start(r#"{"data":{"amount":"50000.00"}}"#).await;
    let (app, prices) = shop(&source, &[("RATE_POINTER", "/data/amount"), ("RATE_CURRENCY", "EUR")]).await;
    assert_eq!(published_rate(&app).await, Value::Null, "no request to the source yet");
    prices.refresh().await.unwrap();
    let read_at = app.now();
    let expected =
        json!({ "sats_per_unit": 2_000.0, "currency": "EUR", "source": "127.0.0.1", "at": read_at });
    assert_eq!(published_rate(&app).await, expected, "the source has no query, which may contain a key");
    app.clock.advance(Duration::minutes(15));
    assert_eq!(published_rate(&app).await, expected);
    source.respond_with("503 Service Unavailable", "{}");
    prices.refresh().await.unwrap_err();
    assert_eq!(published_rate(&app).await, expected, "a failed refresh keeps the last rate");
    app.clock.advance(Duration::seconds(1));
    assert_eq!(published_rate(&app).await, Value::Null, "stale");
    source.respond_with("200 OK", r#"{"data":{"amount":100000}}"#);
    prices.refresh().await.unwrap();
    assert_eq!(published_rate(&app).await["sats_per_unit"], 1_000.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn invalid_and_oversized_responses_give_no_rate() {
    let source = PriceSource::start("").await;
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
        source.respond_with(status, body);
        let refused = prices.refresh().await;
        assert!(refused.is_err(), "{status} {}", body.get(..60).unwrap_or(body));
        assert_eq!(published_rate(&app).await, Value::Null);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_source_delays_no_request_and_times_out() {
    let source = PriceSource::start(r#"{"price":50000}"#).await;
    source.enabled.send_replace(false);
    let (app, prices) = shop(&source, &[]).await;
    let refresh = tokio::spawn({
        let prices = Arc::clone(&prices);
        async move { prices.refresh().await }
    });
    source.requests.notified().await;
    assert_eq!(published_rate(&app).await, Value::Null, "the request does not wait for the source");
    source.enabled.send_replace(true);
    refresh.await.unwrap().unwrap();
    assert_eq!(published_rate(&app).await["sats_per_unit"], 2_000.0);
    source.enabled.send_replace(false);
    assert!(matches!(prices.refresh().await, Err(PriceError::Fetch(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_worker_fetches_the_rate_of_the_sandbox() {
    let without = TestApp::open().await;
    assert_eq!(published_rate(&without).await, Value::Null);
    assert!(without.shop.runtime.prices.is_none());
    let url = format!("{}{}", without.sandbox().base_url(), sandbox::PRICE_PATH);
    let app = TestApp::open_with(&[("RATE_URL", &url)], true).await;
    let rate =
        app.until("a rate", async || Some(published_rate(&app).await).filter(|rate| !rate.is_null())).await;
    assert_eq!((&rate["currency"], &rate["source"]), (&json!("USD"), &json!("localhost")));
    let price = 100_000_000.0 / rate["sats_per_unit"].as_f64().unwrap();
    assert!((1_000.0..10_000_000.0).contains(&price), "{price}");
}
