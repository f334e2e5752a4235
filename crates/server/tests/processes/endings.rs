//! Requests that do not end by themselves: each one leaves neither a socket nor a stream behind.

use crate::shop::{PASSWORD, Settings, Shop, insist, settings, tickets};
use futures_util::future::join_all;
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use server::http::{ROUTES, RouteEntry};
use std::{
    collections::BTreeSet,
    fs,
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
    time::timeout,
};

/// Generous: an end that does not come is the failure.
const TIMEOUT: Duration = Duration::from_secs(30);
/// Linux's number of the state `LISTEN` in `/proc/net/tcp`.
const LISTEN: &str = "0A";

/// A process with short deadlines, and a client that keeps no connection open.
struct Stage {
    shop: Shop,
    _data: tempfile::TempDir,
    port: u16,
    client: Client,
    token: String,
    ticket: i64,
}

impl Stage {
    async fn open(more: &[(&str, &str)]) -> Self {
        let data = tempfile::tempdir().unwrap();
        let directory = data.path().to_str().unwrap();
        let port = testkit::ports::free_ports();
        let mut settings: Settings = settings();
        settings.insert("PORT".to_owned(), port.to_string());
        settings.extend(more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let shop = Shop::start(&["up", "--data", directory], &settings);
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .no_proxy()
            .timeout(TIMEOUT)
            .pool_max_idle_per_host(0)
            .local_address(std::net::IpAddr::V4(Ipv4Addr::new(127, 0, 0, 9)))
            .build()
            .unwrap();
        let base = format!("http://127.0.0.1:{port}");
        insist(|| client.get(format!("{base}/ready")), StatusCode::OK).await;
        let made = tickets(&["admin", "admin@tickets.example", "--data", directory], &settings);
        assert!(made.status.success(), "{made:?}");
        let credentials = json!({ "email": "admin@tickets.example", "password": PASSWORD });
        let login = || client.post(format!("{base}/api/users/login")).json(&credentials);
        let me = insist(login, StatusCode::OK).await["data"].clone();
        let token = me["token"].as_str().unwrap().to_owned();
        let events = insist(|| client.get(format!("{base}/api/events")), StatusCode::OK).await;
        let order = json!({
            "event_id": events["data"][0]["id"], "user_id": me["user"]["id"],
            "uma_address": format!("$alice@localhost:{}", port + 1),
        });
        let buy = || client.post(format!("{base}/api/tickets/purchase")).bearer_auth(&token).json(&order);
        let bought = insist(buy, StatusCode::CREATED).await;
        let ticket = bought["data"]["ticket"]["id"].as_i64().unwrap();
        Self { shop, _data: data, port, client, token, ticket }
    }

    async fn connect(&self) -> TcpStream {
        self.connect_from(2).await
    }

    /// Another last byte is another network.
    async fn connect_from(&self, last: u8) -> TcpStream {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(SocketAddr::from(([127, 0, 0, last], 0))).unwrap();
        socket.connect(SocketAddr::from(([127, 0, 0, 1], self.port))).await.unwrap()
    }

    /// Sends this, and gives the connection.
    async fn send(&self, request: &str) -> TcpStream {
        let mut socket = self.connect().await;
        socket.write_all(request.as_bytes()).await.unwrap();
        socket
    }

    fn head(&self, method: &str, path: &str, more: &str) -> String {
        let token = &self.token;
        // A log-out would void the token of all other requests.
        let token = if path.ends_with("/logout") { "" } else { token };
        format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n{more}\r\n")
    }

    fn stream(&self) -> String {
        format!("/api/tickets/{}/events", self.ticket)
    }

    /// Sockets that the process has open on its port, apart from the listening one, as rows of `/proc/net/tcp`. The
    /// process itself calls from 127.0.0.1, the tests from other addresses.
    fn sockets(&self) -> Vec<String> {
        let process = format!("/proc/{}", self.shop.id());
        let ours: BTreeSet<String> = fs::read_dir(format!("{process}/fd"))
            .unwrap()
            .filter_map(|file| fs::read_link(file.ok()?.path()).ok())
            .filter_map(|link| Some(link.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.to_owned()))
            .collect();
        let table = fs::read_to_string(format!("{process}/net/tcp")).unwrap();
        let port = format!(":{:04X}", self.port);
        let on_port = |row: &&str| {
            let columns: Vec<&str> = row.split_whitespace().collect();
            let ourselves = columns[2].starts_with("0100007F");
            columns[1].ends_with(&port) && columns[3] != LISTEN && !ourselves && ours.contains(columns[9])
        };
        table.lines().skip(1).filter(on_port).map(str::to_owned).collect()
    }

    async fn number(&self, metric: &str) -> i64 {
        let url = format!("http://127.0.0.1:{}/metrics", self.port);
        let text = self.client.get(url).send().await.unwrap().text().await.unwrap();
        let line = text.lines().find_map(|line| line.strip_prefix(metric)?.strip_prefix(' ')).unwrap();
        line.parse().unwrap()
    }

    async fn is_healthy(&self) {
        let url = format!("http://127.0.0.1:{}/health", self.port);
        let answer = timeout(TIMEOUT, self.client.get(url).send()).await.unwrap().unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
    }

    /// Waits until nothing is open any more.
    async fn settles(&self) {
        let left = timeout(TIMEOUT, async {
            while self.number("live_streams").await > 0 || !self.sockets().is_empty() {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        });
        let (ended, sockets) = (left.await.is_ok(), self.sockets());
        assert!(ended, "left: {} streams, {sockets:#?}", self.number("live_streams").await);
    }
}

/// Reads until the other side closes; a reset is an end too.
async fn to_end(mut socket: TcpStream) -> String {
    let mut bytes = Vec::new();
    let end = timeout(TIMEOUT, socket.read_to_end(&mut bytes)).await;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    assert!(end.is_ok(), "the connection stays open after {text}");
    text
}

async fn until(socket: &mut TcpStream, end: &str) -> String {
    let mut text = String::new();
    let mut bytes = [0_u8; 4_096];
    while !text.contains(end) {
        let read = timeout(TIMEOUT, socket.read(&mut bytes)).await.unwrap().unwrap();
        assert!(read > 0, "closed after {text}");
        text.push_str(&String::from_utf8_lossy(&bytes[..read]));
    }
    text
}

/// Method, path, and whether it takes a body, of every route.
fn calls(ticket: i64) -> Vec<(String, String, bool)> {
    let document: Value = serde_json::from_str(&server::http::document().unwrap()).unwrap();
    let call = |route: &RouteEntry| {
        let id = if route.path.starts_with("/api/tickets/") { ticket } else { 999_999 };
        let parts = route.path.split('/').map(|part| match part {
            "{user}" => "tickets".to_owned(),
            "{payment_hash}" => "0".repeat(64),
            part if part.starts_with('{') => id.to_string(),
            part => part.to_owned(),
        });
        let path = parts.collect::<Vec<_>>().join("/");
        let described = &document["paths"][route.path][route.method.to_lowercase()];
        (route.method.to_owned(), path, !described["requestBody"].is_null())
    };
    ROUTES.iter().map(call).collect()
}

/// How a request announces its body.
#[derive(Debug, Clone, Copy)]
enum Announced {
    Length,
    Chunks,
    /// Neither length nor chunks: everything that follows is the body.
    WebSocket,
}

impl Announced {
    const ALL: [Self; 3] = [Self::Length, Self::Chunks, Self::WebSocket];

    const fn headers(self) -> &'static str {
        match self {
            Self::Length => "Content-Length: 1000\r\n",
            Self::Chunks => "Transfer-Encoding: chunked\r\n",
            Self::WebSocket => "Connection: Upgrade\r\nUpgrade: websocket\r\n",
        }
    }

    const fn first(self) -> &'static str {
        if matches!(self, Self::Chunks) { "1\r\n{\r\n" } else { "{" }
    }
}

/// The answer to a request whose body stops after its first byte.
async fn slow_body(stage: &Stage, method: &str, path: &str, announced: Announced) -> String {
    let headers = announced.headers();
    let head = stage.head(method, path, &format!("Content-Type: application/json\r\n{headers}"));
    let mut socket = stage.send(&format!("{head}{}", announced.first())).await;
    if path == stage.stream() {
        return until(&mut socket, "event: status").await;
    }
    to_end(socket).await
}

async fn ends(stage: &Stage, method: &str, path: &str, takes_body: bool) {
    // The head alone: the connection is free for the next request.
    let mut socket = stage.send(&stage.head("HEAD", path, "")).await;
    until(&mut socket, "\r\n\r\n").await;
    if socket.write_all(stage.head("GET", "/health", "Connection: close\r\n").as_bytes()).await.is_ok() {
        let next = to_end(socket).await;
        assert!(next.starts_with("HTTP/1.1 200"), "after HEAD {path}: {next}");
    }
    // A hang-up before and within the body, and within the answer.
    drop(stage.send(&stage.head(method, path, "")).await);
    drop(stage.send(&stage.head(method, path, "Content-Length: 1000\r\n")).await);
    let mut begun = stage.send(&stage.head("GET", path, "")).await;
    until(&mut begun, "\r\n\r\n").await;
    drop(begun);
    for announced in Announced::ALL {
        let answer = slow_body(stage, method, path, announced).await;
        let late = answer.starts_with("HTTP/1.1 408");
        assert_eq!(late, takes_body, "{method} {path}, {announced:?}: {answer}");
        if late && path.starts_with("/api/") && !path.starts_with("/api/lnurl/") {
            assert!(answer.contains("\"type\":\"timeout\"") && answer.contains("\"code\":408"), "{answer}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_ends_for_head_slow_bodies_and_hang_ups() {
    let stage = Stage::open(&[("REQUEST_TIMEOUT_SECONDS", "1"), ("STREAM_HEARTBEAT_SECONDS", "1")]).await;
    stage.settles().await;
    let calls = calls(stage.ticket);
    let walk = calls.iter().map(|(method, path, takes_body)| ends(&stage, method, path, *takes_body));
    let (_, ()) = tokio::join!(join_all(walk), stage.is_healthy());
    stage.settles().await;
    stage.is_healthy().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn heads_of_a_stream_and_slow_bodies_leave_nothing_behind() {
    let stage = Stage::open(&[("REQUEST_TIMEOUT_SECONDS", "2")]).await;
    stage.settles().await;
    let path = stage.stream();
    let heads = (0..200).map(|_| async {
        let mut socket = stage.send(&stage.head("HEAD", &path, "")).await;
        let head = until(&mut socket, "\r\n\r\n").await;
        assert!(head.starts_with("HTTP/1.1 200"), "{head}");
        // The connection stays open: the stream has to end by itself.
        socket
    });
    let open = join_all(heads).await;
    let streams = timeout(TIMEOUT, async {
        while stage.number("live_streams").await > 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    assert!(streams.await.is_ok(), "{} streams left", stage.number("live_streams").await);
    drop(open);
    let slow = (0..50).map(|_| async {
        let answer = slow_body(&stage, "POST", "/api/users/login", Announced::Length).await;
        assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
        assert!(answer.to_lowercase().contains("connection: close"), "{answer}");
    });
    let (_, ()) = tokio::join!(join_all(slow), stage.is_healthy());
    stage.settles().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_head_of_a_later_request_has_a_deadline_too() {
    let stage = Stage::open(&[("REQUEST_TIMEOUT_SECONDS", "1")]).await;
    let mut socket = stage.send(&stage.head("GET", "/api/events", "")).await;
    until(&mut socket, "\"data\"").await;
    socket.write_all(b"GET /api/events HTTP/1.1\r\nHost: ").await.unwrap();
    to_end(socket).await;
    let never = stage.connect().await;
    to_end(never).await;
    stage.settles().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_are_limited_and_health_checks_are_answered_meanwhile() {
    let stage = Stage::open(&[
        ("RATE_LIMITS", "on"),
        ("TICKETS_LIMIT_LOOPBACK", "on"),
        ("MAX_CONNECTIONS", "40"),
        ("CONNECTIONS_PER_NETWORK", "10"),
        ("REQUEST_TIMEOUT_SECONDS", "60"),
    ])
    .await;
    stage.settles().await;
    // An idle connection that is refused is closed at once.
    let mut open = Vec::new();
    for network in 2..=4 {
        for _ in 0..10 {
            open.push(stage.connect_from(network).await);
        }
        // Beside the one that asks.
        while stage.number("http_connections").await <= i64::try_from(open.len()).unwrap() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let refused = to_end(stage.connect_from(network).await).await;
        assert_eq!(refused, "", "the eleventh of network {network}");
    }
    assert!(stage.number("http_connections_refused_total").await >= 3);
    // 30 of 40: the last quarter is for health checks.
    let ask = async |path: &str| {
        let mut socket = stage.connect_from(5).await;
        socket.write_all(stage.head("GET", path, "Connection: close\r\n").as_bytes()).await.unwrap();
        to_end(socket).await
    };
    let busy = ask("/api/events").await;
    assert!(busy.starts_with("HTTP/1.1 503") && busy.contains("\"type\":\"unavailable\""), "{busy}");
    // A refusal is as readable for web pages as any answer, is in the log by its name, and its body has a deadline too.
    for announced in Announced::ALL {
        let origin = "Origin: http://localhost:3000\r\n";
        let head = stage.head("POST", "/api/users/login", &format!("{origin}{}", announced.headers()));
        let mut socket = stage.connect_from(5).await;
        socket.write_all(format!("{head}{}", announced.first()).as_bytes()).await.unwrap();
        let refused = to_end(socket).await.to_lowercase();
        assert!(refused.starts_with("http/1.1 503"), "{announced:?}: {refused}");
        for header in [
            "access-control-allow-origin: http://localhost:3000",
            "content-security-policy: ",
            "x-request-id: ",
        ] {
            assert!(refused.contains(header), "{announced:?}: {refused}");
        }
    }
    let counted = "http_requests_total{method=\"POST\",route=\"/api/users/login\",status=\"503\"}";
    assert_eq!(stage.number(counted).await, 3);
    assert!(ask("/health").await.starts_with("HTTP/1.1 200"));
    assert!(ask("/ready").await.starts_with("HTTP/1.1 200"));
    drop(open);
    stage.settles().await;
    assert!(ask("/api/events").await.starts_with("HTTP/1.1 200"));
}
