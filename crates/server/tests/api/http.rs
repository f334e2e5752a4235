use crate::app::{PASSWORD, TestApp};
use reqwest::Method;
use serde_json::json;
use std::{net::TcpStream, time::Duration};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

#[tokio::test(flavor = "multi_thread")]
async fn malformed_requests_have_the_error_format_of_the_api() {
    let app = TestApp::open().await;
    let users = |body: String| {
        app.request(Method::POST, "/api/users").header("Content-Type", "application/json").body(body)
    };
    app.send(users("{not json".into())).await.refused(400, "invalid");
    app.send(users(String::new())).await.refused(400, "invalid");
    app.send(users("[1,2]".into())).await.refused(400, "invalid");
    app.send(users(format!("\"{}\"", "x".repeat(70_000)))).await.refused(413, "too_large");
    // A chunked body without Content-Length.
    let mut socket = tokio::net::TcpStream::connect(app.shop.address()).await.unwrap();
    let head = "POST /api/users HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
    let chunk = format!("400\r\n{}\r\n", " ".repeat(1_024));
    let body = format!("{head}{}0\r\n\r\n", chunk.repeat(80));
    socket.write_all(body.as_bytes()).await.unwrap();
    let mut answer = String::new();
    let _ = socket.read_to_string(&mut answer).await;
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    let form = app.request(Method::POST, "/api/users").header("Content-Type", "text/xml").body("<a/>");
    app.send(form).await.refused(415, "unsupported_media_type");
    app.get("/api/nothing").await.refused(404, "not_found");
    app.get("/api/events/abc").await.refused(404, "not_found");
    app.get("/api/events/99999999999999999999").await.refused(404, "not_found");
    app.get("/api/events/-1").await.refused(404, "not_found");
    app.get("/api/tickets/x/status").await.refused(404, "not_found");
    app.send(app.request(Method::DELETE, "/api/events")).await.refused(405, "method_not_allowed");
    app.send(app.request(Method::PATCH, "/api/users/login")).await.refused(405, "method_not_allowed");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_listen_backlog_accepts_a_thousand_connections() {
    let mut config = TestApp::open().await.config;
    config.http.port = 0;
    let listener = server::shop::listen(&config).unwrap();
    let address = listener.local_addr().unwrap();
    // No server accepts yet. Without room in the backlog, the kernel drops the connection attempt, which times out.
    let connect = |_| TcpStream::connect_timeout(&address, Duration::from_secs(5));
    let connections: Result<Vec<_>, _> = (0..1_000).map(connect).collect();
    assert_eq!(connections.unwrap().len(), 1_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_through_a_proxy_are_counted_for_the_network_of_their_client() {
    let limits = [("RATE_LIMITS", "on"), ("TRUSTED_PROXIES", "127.0.0.1"), ("CONNECTIONS_PER_NETWORK", "2")];
    let app = TestApp::open_with(&limits, false).await;
    // The bodies do not arrive, so that the requests stay open.
    let mut open = Vec::new();
    for _ in 0..2 {
        let mut socket = tokio::net::TcpStream::connect(app.shop.address()).await.unwrap();
        let head = "POST /api/users/login HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 203.0.113.1\r\n\
            Expect: 100-continue\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n";
        socket.write_all(head.as_bytes()).await.unwrap();
        let mut answer = [0_u8; 12];
        socket.read_exact(&mut answer).await.unwrap();
        assert_eq!(&answer, b"HTTP/1.1 100");
        open.push(socket);
    }
    let get = async |path: &str, from: &str| {
        app.send(app.request(Method::GET, path).header("X-Forwarded-For", from)).await
    };
    app.until("both requests to count", async || {
        (get("/api/events", "203.0.113.1").await.status == 429).then_some(())
    })
    .await;
    get("/api/events", "203.0.113.1").await.refused(429, "network_limit");
    assert_eq!(get("/health", "203.0.113.1").await.status, 200);
    assert_eq!(get("/api/events", "203.0.113.2").await.status, 200, "another network");
    drop(open);
    app.until("both requests to end", async || {
        (get("/api/events", "203.0.113.1").await.status == 200).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_without_content_type_is_parsed_as_json() {
    let app = TestApp::open().await;
    let body = json!({ "email": "a@b.example", "name": "A", "password": PASSWORD }).to_string();
    assert_eq!(app.send(app.request(Method::POST, "/api/users").body(body)).await.status, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn json_with_a_form_content_type_is_accepted_without_an_origin_only() {
    let app = TestApp::open().await;
    let form = "application/x-www-form-urlencoded";
    let post = |name: &str, kind: Option<&str>, origin: Option<&str>| {
        let account = json!({ "email": format!("{name}@b.example"), "name": name, "password": PASSWORD });
        let mut request = app.request(Method::POST, "/api/users").body(account.to_string());
        for (header, value) in [("Content-Type", kind), ("Origin", origin)] {
            if let Some(value) = value {
                request = request.header(header, value);
            }
        }
        app.send(request)
    };
    assert_eq!(post("terminal", Some(form), None).await.status, 201, "curl -d sends a form content type");
    let own = format!("https://{}", app.config.http.domain);
    for origin in ["https://evil.example", "null", &own] {
        for kind in [Some(form), None, Some("text/plain"), Some("multipart/form-data; boundary=x")] {
            let refused = post("page", kind, Some(origin)).await;
            refused.refused(415, "unsupported_media_type");
        }
        assert_eq!(
            post(&format!("a{}", origin.len()), Some("application/json"), Some(origin)).await.status,
            201
        );
    }
    let real_form =
        app.request(Method::POST, "/api/users").header("Content-Type", form).body("email=a%40b.example");
    let refused = app.send(real_form).await;
    refused.refused(415, "unsupported_media_type");
    assert!(
        refused.body["message"].as_str().unwrap().contains("Content-Type: application/json"),
        "{refused:?}"
    );
    let invalid = app.request(Method::POST, "/api/users").header("Content-Type", form).body("{\"email\":7}");
    app.send(invalid).await.refused(400, "invalid");
}

#[tokio::test(flavor = "multi_thread")]
async fn cors_allows_credentials_for_configured_origins_only() {
    let app = TestApp::open_with(&[("CORS_ORIGINS", "https://shop.example.com")], false).await;
    let own = format!("https://{}", app.config.http.domain);
    for origin in ["http://localhost:3000", "https://shop.example.com", &own] {
        let request = app.request(Method::GET, "/api/events").header("Origin", origin);
        let reply = app.send(request).await;
        assert_eq!(reply.header("access-control-allow-origin"), origin);
        assert_eq!(reply.header("access-control-allow-credentials"), "true");
        let preflight = app
            .request(Method::OPTIONS, "/api/tickets/purchase")
            .header("Origin", origin)
            .header("Access-Control-Request-Method", "POST");
        let reply = app.send(preflight).await;
        assert_eq!(reply.status, 204);
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] {
            assert!(reply.header("access-control-allow-methods").contains(method));
        }
        for header in
            ["Content-Type", "Authorization", "X-Requested-With", "Accept", "Origin", "Idempotency-Key"]
        {
            assert!(reply.header("access-control-allow-headers").contains(header));
        }
    }
    for origin in
        ["https://evil.example", "http://localhost:3001", "null", "https://shop.example.com.evil.example"]
    {
        let reply = app.send(app.request(Method::GET, "/api/events").header("Origin", origin)).await;
        assert!(reply.headers.get("access-control-allow-origin").is_none(), "{origin}");
        assert!(reply.headers.get("access-control-allow-credentials").is_none(), "{origin}");
    }
    let wallet =
        app.request(Method::GET, "/.well-known/lnurlpubkey").header("Origin", "https://wallet.example");
    assert_eq!(app.send(wallet).await.header("access-control-allow-origin"), "*");
}

#[tokio::test(flavor = "multi_thread")]
async fn responses_have_security_headers() {
    let app = TestApp::open().await;
    for path in ["/", "/api/events", "/api/nothing"] {
        let reply = app.get(path).await;
        let policy = reply.header("content-security-policy");
        assert!(policy.contains("default-src 'self'") && policy.contains("script-src 'self';"), "{policy}");
        assert_eq!(reply.header("x-content-type-options"), "nosniff");
        assert_eq!(reply.header("x-frame-options"), "DENY");
        assert!(reply.header("referrer-policy").contains("strict-origin"));
        assert!(reply.header("x-request-id").len() >= 8);
    }
    let named = app.request(Method::GET, "/api/events").header("X-Request-Id", "my-own-name-1");
    assert_eq!(app.send(named).await.header("x-request-id"), "my-own-name-1");
}

#[tokio::test(flavor = "multi_thread")]
async fn hsts_is_sent_over_tls_only() {
    let app = TestApp::open_with(&[("TRUSTED_PROXIES", "127.0.0.0/8")], false).await;
    assert!(app.get("/api/events").await.headers.get("strict-transport-security").is_none());
    let behind = app.request(Method::GET, "/api/events").header("X-Forwarded-Proto", "https");
    assert!(app.send(behind).await.header("strict-transport-security").contains("max-age="));
}

#[tokio::test(flavor = "multi_thread")]
async fn responses_are_compressed_on_request() {
    let app = TestApp::open().await;
    let reply =
        app.send(app.request(Method::GET, "/api/openapi.json").header("Accept-Encoding", "gzip")).await;
    assert_eq!(reply.header("content-encoding"), "gzip");
}

#[tokio::test(flavor = "multi_thread")]
async fn health_readiness_metrics_and_configuration_are_served() {
    let app = TestApp::with_worker().await;
    let health = app.get("/health").await;
    assert_eq!((health.status, &health.body["status"]), (200, &json!("healthy")));
    assert_eq!(app.send(app.request(Method::HEAD, "/health")).await.status, 200);
    assert_eq!(app.get("/ready").await.status, 200);
    app.get("/api/events").await.data();
    let metrics = app.get("/metrics").await;
    assert!(
        metrics.text.contains("http_requests_total{method=\"GET\",route=\"/api/events\",status=\"200\"} 1"),
        "{}",
        metrics.text
    );
    for number in [
        "settlements_total 0",
        "holds 0",
        "payments_unknown{kind=\"purchase\"} 0",
        "payments_unknown{kind=\"refund\"} 0",
        "payments_refundable 0",
        "jobs_due 0",
        "jobs_dead 0",
        "job_lag_seconds 0",
        "live_streams 0",
    ] {
        assert!(metrics.text.lines().any(|line| line == number), "{number}: {}", metrics.text);
    }
    let proxied = app.request(Method::GET, "/metrics").header("X-Forwarded-For", "127.0.0.1");
    assert_eq!(app.send(proxied).await.status, 404, "forwarded requests are not local");
    let config = app.get("/api/config").await.data().clone();
    assert_eq!(
        (&config["sandbox"], &config["domain"]),
        (&json!(true), &json!(app.config.http.domain.as_str()))
    );
    assert!(config["sandbox_wallet_url"].as_str().unwrap().starts_with("http://localhost:"));
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_are_served_to_loopback_or_with_the_token() {
    let app = TestApp::open_with(&[("METRICS_TOKEN", "a-token-for-prometheus")], false).await;
    assert_eq!(app.get("/metrics").await.status, 200);
    // Forwarded by a proxy on loopback.
    let forwarded = || app.request(Method::GET, "/metrics").header("x-forwarded-for", "203.0.113.9");
    assert_eq!(app.send(forwarded()).await.status, 404);
    assert_eq!(app.send(forwarded().bearer_auth("another-token")).await.status, 404);
    assert_eq!(app.send(forwarded().bearer_auth("a-token-for-prometheus")).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_start_page_is_served_and_missing_files_are_not_found() {
    let app = TestApp::open().await;
    let page = app.get("/").await;
    assert!(page.header("content-type").starts_with("text/html"), "{page:?}");
    assert!(!page.text.contains("<script>"), "no inline scripts");
    assert_eq!(app.get("/assets/missing.js").await.status, 404);
    assert_eq!(app.get("/.env").await.status, 404);
    assert_eq!(app.get("/..%2f..%2fetc/passwd.txt").await.status, 404);
    assert_eq!(app.get("/api/docs").await.status, 308);
    assert!(app.get("/api/docs/").await.text.contains("swagger"));
}
