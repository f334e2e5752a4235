//! The guarded client against hostile servers and resolvers.

mod common;

use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use common::{Scripted, Server, client, http, json, long_timeout, sandboxed};
use tokio::io::AsyncWriteExt as _;
use tokio::sync::Semaphore;
use uma_http::{AddressRules, FetchError, Limits};

fn short_timeout() -> Limits {
    Limits { timeout: Duration::from_millis(300), ..Limits::default() }
}

#[tokio::test]
async fn response_has_status_and_body() {
    let server = Server::answering(|_| json("404 Not Found", "{}")).await;
    let answer = sandboxed(long_timeout()).get(&server.url("/x")).await.unwrap();
    assert_eq!((answer.status, answer.body.as_str()), (404, "{}"));
}

#[tokio::test]
async fn name_of_a_private_address_is_refused_before_connecting() {
    let server = Server::answering(|_| json("200 OK", "{}")).await;
    for inside in
        ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "::ffff:127.0.0.1", "fe80::1", "100.64.0.1"]
    {
        let client = client(AddressRules::public(), Scripted::new(&[&[inside]]), long_timeout());
        let url = format!("https://shop.example:{}/", server.address.port()).parse().unwrap();
        let refused = client.get(&url).await.unwrap_err();
        assert!(matches!(refused, FetchError::NotAllowed(_)), "{inside}: {refused:?}");
    }
    assert_eq!(server.requests(), 0);
}

#[tokio::test]
async fn one_refused_address_rejects_the_name() {
    let client = client(AddressRules::public(), Scripted::new(&[&["1.1.1.1", "10.0.0.1"]]), long_timeout());
    let refused = client.get(&"https://shop.example/".parse().unwrap()).await.unwrap_err();
    assert!(matches!(refused, FetchError::NotAllowed(_)));
}

#[tokio::test]
async fn connection_uses_the_checked_address_and_each_is_checked() {
    let server = Server::answering(|_| json("200 OK", "{}")).await;
    let lying = Scripted::new(&[&["127.0.0.1"], &["10.0.0.1"]]);
    let client = client(AddressRules::sandbox(), Arc::clone(&lying), long_timeout());
    assert_eq!(client.get(&server.url("/")).await.unwrap().status, 200);
    assert_eq!(lying.lookups.load(Ordering::SeqCst), 1, "a second lookup could return another address");
    assert!(matches!(client.get(&server.url("/")).await, Err(FetchError::NotAllowed(_))));
    assert_eq!(server.requests(), 1);
}

#[tokio::test]
async fn plain_http_is_allowed_for_sandbox_loopback_only() {
    let server = Server::answering(|_| json("200 OK", "{}")).await;
    let live = client(AddressRules::public(), Scripted::loopback(), long_timeout());
    assert!(matches!(live.get(&server.url("/")).await, Err(FetchError::NotAllowed(_))));
    let sandbox = client(AddressRules::sandbox(), Scripted::new(&[&["1.1.1.1"]]), long_timeout());
    assert!(matches!(sandbox.get(&server.url("/")).await, Err(FetchError::NotAllowed(_))));
    assert_eq!(server.requests(), 0);
}

#[tokio::test]
async fn same_origin_redirects_are_followed_up_to_a_limit() {
    let server = Server::answering(|line| {
        if line.contains("/there") {
            json("200 OK", "{}")
        } else {
            http("302 Found", "location: /there\r\n", b"")
        }
    })
    .await;
    assert_eq!(sandboxed(long_timeout()).get(&server.url("/here")).await.unwrap().status, 200);
    let circle = Server::answering(|_| http("302 Found", "location: /again\r\n", b"")).await;
    assert!(matches!(sandboxed(long_timeout()).get(&circle.url("/")).await, Err(FetchError::NotAllowed(_))));
    assert_eq!(circle.requests(), 3);
}

#[tokio::test]
async fn redirects_to_other_origins_are_refused() {
    let inside = Server::answering(|_| json("200 OK", "{}")).await;
    let port = inside.address.port();
    for location in [
        format!("http://localhost:{port}/"),
        format!("http://127.0.0.1:{port}/"),
        "https://shop.example/".into(),
        "http://169.254.169.254/".into(),
        "file:///etc/passwd".into(),
        "//elsewhere.example/".into(),
    ] {
        let header = format!("location: {location}\r\n");
        let server = Server::answering(move |_| http("307 Temporary Redirect", &header, b"")).await;
        let refused = sandboxed(long_timeout()).get(&server.url("/")).await;
        assert!(matches!(refused, Err(FetchError::NotAllowed(_))), "{location}: {refused:?}");
    }
    assert_eq!(inside.requests(), 0);
}

/// Redirects to `to` with this status, in place of an answer.
async fn redirecting(status: &'static str, to: &str) -> Server {
    let header = format!("location: {to}\r\n");
    Server::answering(move |_| http(status, &header, b"")).await
}

#[tokio::test]
async fn lightning_addresses_are_redirected_to_other_hosts_three_times_at_most() {
    let limits = Limits { timeout: long_timeout().timeout, ..Limits::lightning_addresses() };
    let last = Server::answering(|_| json("200 OK", "{}")).await;
    let mut next = last.url("/end");
    for hops in 1..=4 {
        let server = redirecting("301 Moved Permanently", next.as_str()).await;
        next = server.url("/");
        let answer = sandboxed(limits).get(&next).await;
        assert_eq!(answer.is_ok(), hops <= 3, "{hops}: {answer:?}");
    }
    assert_eq!(last.requests(), 3);
    let posted = redirecting("307 Temporary Redirect", last.url("/end").as_str()).await;
    let refused = sandboxed(limits).post_json(&posted.url("/"), "{}").await;
    assert!(matches!(refused, Err(FetchError::NotAllowed(_))), "a body stays with its host: {refused:?}");
    assert_eq!(last.requests(), 3);
}

#[tokio::test]
async fn every_hop_of_a_redirected_lightning_address_is_checked() {
    let limits = Limits { timeout: long_timeout().timeout, ..Limits::lightning_addresses() };
    for location in [
        "http://169.254.169.254/latest",
        "https://10.0.0.1/",
        "https://[fd00::1]/",
        "http://1.1.1.1/",
        "https://user:word@localhost/",
        "file:///etc/passwd",
    ] {
        let server = redirecting("302 Found", location).await;
        let refused = sandboxed(limits).get(&server.url("/")).await;
        assert!(matches!(refused, Err(FetchError::NotAllowed(_))), "{location}: {refused:?}");
    }
    // The name of the second hop resolves to a private address.
    let named = redirecting("302 Found", "https://wallet.example/").await;
    let resolver = Scripted::new(&[&["127.0.0.1"], &["192.168.0.1"]]);
    let refused = client(AddressRules::sandbox(), resolver, limits).get(&named.url("/")).await;
    assert!(matches!(refused, Err(FetchError::NotAllowed(_))), "{refused:?}");
}

#[tokio::test]
async fn post_is_repeated_only_by_method_preserving_redirects() {
    let server = Server::answering(|line| {
        if line.contains("/kept") {
            http("307 Temporary Redirect", "location: /end\r\n", b"")
        } else if line.contains("/end") {
            json("200 OK", "{}")
        } else {
            http("302 Found", "location: /end\r\n", b"")
        }
    })
    .await;
    let client = sandboxed(long_timeout());
    assert!(matches!(client.post_json(&server.url("/lost"), "[1]").await, Err(FetchError::NotAllowed(_))));
    assert_eq!(client.post_json(&server.url("/kept"), "[1]").await.unwrap().status, 200);
    let seen = server.seen.lock().unwrap();
    let last = seen.last().unwrap();
    assert_eq!((last.line.as_str(), last.body.as_str()), ("POST /end HTTP/1.1", "[1]"));
}

#[tokio::test]
async fn unresponsive_server_times_out() {
    let silent = Server::with(|_, stream| {
        Box::pin(async move {
            std::future::pending::<()>().await;
            drop(stream);
        })
    })
    .await;
    let given_up = sandboxed(short_timeout()).get(&silent.url("/")).await;
    assert!(matches!(given_up, Err(FetchError::Unreachable(_))), "{given_up:?}");
}

#[tokio::test]
async fn slow_body_times_out() {
    let dripping = Server::with(|_, mut stream| {
        Box::pin(async move {
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n").await.unwrap();
            while stream.write_all(b"a").await.is_ok() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        })
    })
    .await;
    let given_up = sandboxed(short_timeout()).get(&dripping.url("/")).await;
    assert!(matches!(given_up, Err(FetchError::Unreachable(_))), "{given_up:?}");
}

#[tokio::test]
async fn aborted_connection_is_an_error() {
    let server = Server::answering(|_| http("200 OK", "content-length: 1000\r\n", b"half")).await;
    let broken = sandboxed(long_timeout()).get(&server.url("/")).await;
    assert!(matches!(broken, Err(FetchError::Unreachable(_))), "{broken:?}");
}

#[tokio::test]
async fn long_responses_are_refused_in_any_encoding() {
    let limit = Limits::default().max_body;
    let announced = Server::answering(move |_| {
        http("200 OK", &format!("content-length: {}\r\n", limit + 1), &vec![b'a'; limit + 1])
    })
    .await;
    let endless = Server::with(|_, mut stream| {
        Box::pin(async move {
            stream.write_all(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n").await.unwrap();
            while stream.write_all(&[b'a'; 8192]).await.is_ok() {}
        })
    })
    .await;
    let packed = Server::answering(move |_| {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        gzip.write_all(&vec![0; 50 * limit]).unwrap();
        let body = gzip.finish().unwrap();
        assert!(body.len() < limit);
        http("200 OK", &format!("content-encoding: gzip\r\ncontent-length: {}\r\n", body.len()), &body)
    })
    .await;
    for server in [announced, endless, packed] {
        let refused = sandboxed(long_timeout()).get(&server.url("/")).await;
        assert!(matches!(refused, Err(FetchError::TooLong)), "{refused:?}");
    }
    let just_fits = Server::answering(move |_| {
        http("200 OK", &format!("content-length: {limit}\r\n"), &vec![b'a'; limit])
    })
    .await;
    assert_eq!(sandboxed(long_timeout()).get(&just_fits.url("/")).await.unwrap().body.len(), limit);
}

#[tokio::test]
async fn concurrent_requests_per_host_are_limited() {
    let (inside, most, gate) =
        (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)), Arc::new(Semaphore::new(0)));
    let (counted, peak, opened) = (Arc::clone(&inside), Arc::clone(&most), Arc::clone(&gate));
    let server = Server::with(move |_, mut stream| {
        let (counted, peak, opened) = (Arc::clone(&counted), Arc::clone(&peak), Arc::clone(&opened));
        Box::pin(async move {
            peak.fetch_max(counted.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            opened.acquire().await.unwrap().forget();
            counted.fetch_sub(1, Ordering::SeqCst);
            stream.write_all(&json("200 OK", "{}")).await.unwrap();
        })
    })
    .await;
    let client = Arc::new(sandboxed(Limits { per_host: 2, ..long_timeout() }));
    let calls: Vec<_> = (0..6)
        .map(|_| {
            let (client, url) = (Arc::clone(&client), server.url("/"));
            tokio::spawn(async move { client.get(&url).await.map(|answer| answer.status) })
        })
        .collect();
    while inside.load(Ordering::SeqCst) < 2 {
        tokio::task::yield_now().await;
    }
    gate.add_permits(6);
    for call in calls {
        assert_eq!(call.await.unwrap().unwrap(), 200);
    }
    assert_eq!(most.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn error_does_not_contain_the_url() {
    let url = "http://localhost:1/path?token=hunter2".parse().unwrap();
    let error = sandboxed(long_timeout()).get(&url).await.unwrap_err();
    assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
}
