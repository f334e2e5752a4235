//! Requests that the client does not complete: none of them leaks a socket or a stream.

use crate::process::{PASSWORD, ServerProcess, Settings, retry_until, run_cli, settings};
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

/// Generous: only a connection that never closes fails the test.
const TIMEOUT: Duration = Duration::from_secs(30);
/// State `LISTEN` in `/proc/net/tcp`.
const LISTEN: &str = "0A";

/// A server with short deadlines, and a client without connection reuse.
struct TestServer {
    process: ServerProcess,
    _data: tempfile::TempDir,
    port: u16,
    client: Client,
    token: String,
    ticket: i64,
}

impl TestServer {
    async fn open(extra: &[(&str, &str)]) -> Self {
        let data = tempfile::tempdir().unwrap();
        let directory = data.path().to_str().unwrap();
        let port = testkit::ports::free_ports();
        let mut settings: Settings = settings();
        settings.insert("PORT".to_owned(), port.to_string());
        settings.extend(extra.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let process = ServerProcess::start(&["up", "--data", directory], &settings);
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .no_proxy()
            .timeout(TIMEOUT)
            .pool_max_idle_per_host(0)
            .local_address(std::net::IpAddr::V4(Ipv4Addr::new(127, 0, 0, 9)))
            .build()
            .unwrap();
        let base = format!("http://127.0.0.1:{port}");
        retry_until(|| client.get(format!("{base}/ready")), StatusCode::OK).await;
        let made = run_cli(&["admin", "admin@tickets.example", "--data", directory], &settings);
        assert!(made.status.success(), "{made:?}");
        let credentials = json!({ "email": "admin@tickets.example", "password": PASSWORD });
        let login = || client.post(format!("{base}/api/users/login")).json(&credentials);
        let me = retry_until(login, StatusCode::OK).await["data"].clone();
        let token = me["token"].as_str().unwrap().to_owned();
        let events = retry_until(|| client.get(format!("{base}/api/events")), StatusCode::OK).await;
        let order = json!({
            "event_id": events["data"][0]["id"], "user_id": me["user"]["id"],
            "uma_address": format!("$alice@localhost:{}", port + 1),
        });
        let buy = || client.post(format!("{base}/api/tickets/purchase")).bearer_auth(&token).json(&order);
        let bought = retry_until(buy, StatusCode::CREATED).await;
        let ticket = bought["data"]["ticket"]["id"].as_i64().unwrap();
        Self { process, _data: data, port, client, token, ticket }
    }

    async fn connect(&self) -> TcpStream {
        self.connect_from(2).await
    }

    /// Connects from 127.0.0.`last`: each address counts as a network.
    async fn connect_from(&self, last: u8) -> TcpStream {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(SocketAddr::from(([127, 0, 0, last], 0))).unwrap();
        socket.connect(SocketAddr::from(([127, 0, 0, 1], self.port))).await.unwrap()
    }

    /// Sends raw bytes and returns the open connection.
    async fn send(&self, request: &str) -> TcpStream {
        let mut socket = self.connect().await;
        socket.write_all(request.as_bytes()).await.unwrap();
        socket
    }

    fn head(&self, method: &str, path: &str, headers: &str) -> String {
        let token = &self.token;
        // A logout would revoke the token of all other requests.
        let token = if path.ends_with("/logout") { "" } else { token };
        format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n{headers}\r\n"
        )
    }

    fn stream(&self) -> String {
        format!("/api/tickets/{}/events", self.ticket)
    }

    /// Rows of `/proc/net/tcp` for accepted connections of the process. Rows from 127.0.0.1 are its own requests.
    fn sockets(&self) -> Vec<String> {
        let process = format!("/proc/{}", self.process.id());
        let inodes: BTreeSet<String> = fs::read_dir(format!("{process}/fd"))
            .unwrap()
            .filter_map(|file| fs::read_link(file.ok()?.path()).ok())
            .filter_map(|link| Some(link.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.to_owned()))
            .collect();
        let table = fs::read_to_string(format!("{process}/net/tcp")).unwrap();
        let port = format!(":{:04X}", self.port);
        let on_port = |row: &&str| {
            let columns: Vec<&str> = row.split_whitespace().collect();
            let own_request = columns[2].starts_with("0100007F");
            columns[1].ends_with(&port) && columns[3] != LISTEN && !own_request && inodes.contains(columns[9])
        };
        table.lines().skip(1).filter(on_port).map(str::to_owned).collect()
    }

    async fn metric(&self, name: &str) -> i64 {
        let url = format!("http://127.0.0.1:{}/metrics", self.port);
        let text = self.client.get(url).send().await.unwrap().text().await.unwrap();
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')).unwrap();
        line.parse().unwrap()
    }

    async fn assert_healthy(&self) {
        let url = format!("http://127.0.0.1:{}/health", self.port);
        let answer = timeout(TIMEOUT, self.client.get(url).send()).await.unwrap().unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
    }

    /// Waits until all connections and streams are closed.
    async fn wait_until_idle(&self) {
        let idle = timeout(TIMEOUT, async {
            while self.metric("live_streams").await > 0 || !self.sockets().is_empty() {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        });
        let (ended, sockets) = (idle.await.is_ok(), self.sockets());
        assert!(ended, "still open: {} streams, {sockets:#?}", self.metric("live_streams").await);
    }
}

/// Reads until the server closes; a reset counts as closed.
async fn read_to_end(mut socket: TcpStream) -> String {
    let mut bytes = Vec::new();
    let end = timeout(TIMEOUT, socket.read_to_end(&mut bytes)).await;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    assert!(end.is_ok(), "the connection stays open after {text}");
    text
}

async fn read_until(socket: &mut TcpStream, end: &str) -> String {
    let mut text = String::new();
    let mut bytes = [0_u8; 4_096];
    while !text.contains(end) {
        let read = timeout(TIMEOUT, socket.read(&mut bytes)).await.unwrap().unwrap();
        assert!(read > 0, "closed after {text}");
        text.push_str(&String::from_utf8_lossy(&bytes[..read]));
    }
    text
}

/// Method, path and whether a body is expected, for every route.
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

/// Framing of a request body.
#[derive(Debug, Clone, Copy)]
enum Framing {
    Length,
    Chunks,
    /// No length and no chunks: all following bytes are the body.
    WebSocket,
}

impl Framing {
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

/// Response to a request whose body stops after its first byte.
async fn slow_body(server: &TestServer, method: &str, path: &str, framing: Framing) -> String {
    let headers = framing.headers();
    let head = server.head(method, path, &format!("Content-Type: application/json\r\n{headers}"));
    let mut socket = server.send(&format!("{head}{}", framing.first())).await;
    if path == server.stream() {
        return read_until(&mut socket, "event: status").await;
    }
    read_to_end(socket).await
}

async fn assert_request_ends(server: &TestServer, method: &str, path: &str, takes_body: bool) {
    // A HEAD response has no body: the connection serves the next request.
    let mut socket = server.send(&server.head("HEAD", path, "")).await;
    read_until(&mut socket, "\r\n\r\n").await;
    if socket.write_all(server.head("GET", "/health", "Connection: close\r\n").as_bytes()).await.is_ok() {
        let next = read_to_end(socket).await;
        assert!(next.starts_with("HTTP/1.1 200"), "after HEAD {path}: {next}");
    }
    // The client disconnects before and within the body, and within the response.
    drop(server.send(&server.head(method, path, "")).await);
    drop(server.send(&server.head(method, path, "Content-Length: 1000\r\n")).await);
    let mut started = server.send(&server.head("GET", path, "")).await;
    read_until(&mut started, "\r\n\r\n").await;
    drop(started);
    for framing in Framing::ALL {
        let answer = slow_body(server, method, path, framing).await;
        let late = answer.starts_with("HTTP/1.1 408");
        assert_eq!(late, takes_body, "{method} {path}, {framing:?}: {answer}");
        if late && path.starts_with("/api/") && !path.starts_with("/api/lnurl/") {
            assert!(answer.contains("\"type\":\"timeout\"") && answer.contains("\"code\":408"), "{answer}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_closes_for_head_slow_bodies_and_disconnects() {
    let server =
        TestServer::open(&[("REQUEST_TIMEOUT_SECONDS", "1"), ("STREAM_HEARTBEAT_SECONDS", "1")]).await;
    server.wait_until_idle().await;
    let calls = calls(server.ticket);
    let requests = calls
        .iter()
        .map(|(method, path, takes_body)| assert_request_ends(&server, method, path, *takes_body));
    let (_, ()) = tokio::join!(join_all(requests), server.assert_healthy());
    server.wait_until_idle().await;
    server.assert_healthy().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn head_requests_to_streams_and_slow_bodies_leak_no_connection() {
    let server = TestServer::open(&[("REQUEST_TIMEOUT_SECONDS", "2")]).await;
    server.wait_until_idle().await;
    let path = server.stream();
    let heads = (0..200).map(|_| async {
        let mut socket = server.send(&server.head("HEAD", &path, "")).await;
        let head = read_until(&mut socket, "\r\n\r\n").await;
        assert!(head.starts_with("HTTP/1.1 200"), "{head}");
        // The connection stays open: the server has to end the stream.
        socket
    });
    let open = join_all(heads).await;
    let streams = timeout(TIMEOUT, async {
        while server.metric("live_streams").await > 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    assert!(streams.await.is_ok(), "{} streams left", server.metric("live_streams").await);
    drop(open);
    let slow = (0..50).map(|_| async {
        let answer = slow_body(&server, "POST", "/api/users/login", Framing::Length).await;
        assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
        assert!(answer.to_lowercase().contains("connection: close"), "{answer}");
    });
    let (_, ()) = tokio::join!(join_all(slow), server.assert_healthy());
    server.wait_until_idle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_head_of_a_second_request_has_a_deadline() {
    let server = TestServer::open(&[("REQUEST_TIMEOUT_SECONDS", "1")]).await;
    let mut socket = server.send(&server.head("GET", "/api/events", "")).await;
    read_until(&mut socket, "\"data\"").await;
    socket.write_all(b"GET /api/events HTTP/1.1\r\nHost: ").await.unwrap();
    read_to_end(socket).await;
    let silent = server.connect().await;
    read_to_end(silent).await;
    server.wait_until_idle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_are_limited_and_health_checks_still_answered() {
    let server = TestServer::open(&[
        ("RATE_LIMITS", "on"),
        ("TICKETS_LIMIT_LOOPBACK", "on"),
        ("MAX_CONNECTIONS", "40"),
        ("CONNECTIONS_PER_NETWORK", "10"),
        ("REQUEST_TIMEOUT_SECONDS", "60"),
    ])
    .await;
    server.wait_until_idle().await;
    // A refused idle connection is closed at once.
    let mut open = Vec::new();
    for network in 2..=4 {
        for _ in 0..10 {
            open.push(server.connect_from(network).await);
        }
        // The metrics request itself is one more connection.
        while server.metric("http_connections").await <= i64::try_from(open.len()).unwrap() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let refused = read_to_end(server.connect_from(network).await).await;
        assert_eq!(refused, "", "the eleventh of network {network}");
    }
    assert!(server.metric("http_connections_refused_total").await >= 3);
    // 30 of 40: the last quarter is reserved for health checks.
    let get = async |path: &str| {
        let mut socket = server.connect_from(5).await;
        socket.write_all(server.head("GET", path, "Connection: close\r\n").as_bytes()).await.unwrap();
        read_to_end(socket).await
    };
    let busy = get("/api/events").await;
    assert!(busy.starts_with("HTTP/1.1 503") && busy.contains("\"type\":\"unavailable\""), "{busy}");
    // A refusal has CORS and security headers, is counted by route, and its body has a deadline too.
    for framing in Framing::ALL {
        let origin = "Origin: http://localhost:3000\r\n";
        let head = server.head("POST", "/api/users/login", &format!("{origin}{}", framing.headers()));
        let mut socket = server.connect_from(5).await;
        socket.write_all(format!("{head}{}", framing.first()).as_bytes()).await.unwrap();
        let refused = read_to_end(socket).await.to_lowercase();
        assert!(refused.starts_with("http/1.1 503"), "{framing:?}: {refused}");
        for header in [
            "access-control-allow-origin: http://localhost:3000",
            "content-security-policy: ",
            "x-request-id: ",
        ] {
            assert!(refused.contains(header), "{framing:?}: {refused}");
        }
    }
    let counted = "http_requests_total{method=\"POST\",route=\"/api/users/login\",status=\"503\"}";
    assert_eq!(server.metric(counted).await, 3);
    assert!(get("/health").await.starts_with("HTTP/1.1 200"));
    assert!(get("/ready").await.starts_with("HTTP/1.1 200"));
    drop(open);
    server.wait_until_idle().await;
    assert!(get("/api/events").await.starts_with("HTTP/1.1 200"));
}
