//! The guarded client against servers and resolvers that mean no good.

mod common;

use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use common::{Scripted, Server, client, http, json, patient, sandboxed};
use tokio::io::AsyncWriteExt as _;
use tokio::sync::Semaphore;
use uma_http::{AddressRules, FetchError, Limits};

fn impatient() -> Limits {
    Limits { timeout: Duration::from_millis(300), ..Limits::default() }
}

#[tokio::test]
async fn an_answer_comes_back_with_status_and_body() {
    let server = Server::answering(|_| json("404 Not Found", "{}")).await;
    let answer = sandboxed(patient()).get(&server.url("/x")).await.unwrap();
    assert_eq!((answer.status, answer.body.as_str()), (404, "{}"));
}

#[tokio::test]
async fn a_name_that_points_inside_is_refused_before_anything_is_sent() {
    let server = Server::answering(|_| json("200 OK", "{}")).await;
    for inside in
        ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "::ffff:127.0.0.1", "fe80::1", "100.64.0.1"]
    {
        let client = client(AddressRules::public(), Scripted::new(&[&[inside]]), patient());
        let url = format!("https://shop.example:{}/", server.address.port()).parse().unwrap();
        let refused = client.get(&url).await.unwrap_err();
        assert!(matches!(refused, FetchError::NotAllowed(_)), "{inside}: {refused:?}");
    }
    assert_eq!(server.requests(), 0);
}

#[tokio::test]
async fn one_bad_address_among_good_ones_spoils_the_name() {
    let client = client(AddressRules::public(), Scripted::new(&[&["1.1.1.1", "10.0.0.1"]]), patient());
    let refused = client.get(&"https://shop.example/".parse().unwrap()).await.unwrap_err();
    assert!(matches!(refused, FetchError::NotAllowed(_)));
}

#[tokio::test]
async fn a_connection_goes_to_what_was_checked_and_is_checked_anew_next_time() {
    let server = Server::answering(|_| json("200 OK", "{}")).await;
    let lying = Scripted::new(&[&["127.0.0.1"], &["10.0.0.1"]]);
    let client = client(AddressRules::sandbox(), Arc::clone(&lying), patient());
    assert_eq!(client.get(&server.url("/")).await.unwrap().status, 200);
    assert_eq!(lying.asked.load(Ordering::SeqCst), 1, "a second look-up could have been lied to");
    assert!(matches!(client.get(&server.url("/")).await, Err(FetchError::NotAllowed(_))));
    assert_eq!(server.requests(), 1);
}

#[tokio::test]
async fn without_tls_only_loopback_is_reached_and_only_in_the_sandbox() {
    let server = Server::answering(|_| json("200 OK", "{}")).await;
    let live = client(AddressRules::public(), Scripted::loopback(), patient());
    assert!(matches!(live.get(&server.url("/")).await, Err(FetchError::NotAllowed(_))));
    let sandbox = client(AddressRules::sandbox(), Scripted::new(&[&["1.1.1.1"]]), patient());
    assert!(matches!(sandbox.get(&server.url("/")).await, Err(FetchError::NotAllowed(_))));
    assert_eq!(server.requests(), 0);
}

#[tokio::test]
async fn redirects_on_the_same_origin_are_followed_but_not_for_ever() {
    let server = Server::answering(|line| {
        if line.contains("/there") {
            json("200 OK", "{}")
        } else {
            http("302 Found", "location: /there\r\n", b"")
        }
    })
    .await;
    assert_eq!(sandboxed(patient()).get(&server.url("/here")).await.unwrap().status, 200);
    let circle = Server::answering(|_| http("302 Found", "location: /again\r\n", b"")).await;
    assert!(matches!(sandboxed(patient()).get(&circle.url("/")).await, Err(FetchError::NotAllowed(_))));
    assert_eq!(circle.requests(), 3);
}

#[tokio::test]
async fn redirects_elsewhere_are_refused() {
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
        let refused = sandboxed(patient()).get(&server.url("/")).await;
        assert!(matches!(refused, Err(FetchError::NotAllowed(_))), "{location}: {refused:?}");
    }
    assert_eq!(inside.requests(), 0);
}

#[tokio::test]
async fn a_post_is_repeated_only_by_a_redirect_that_keeps_it() {
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
    let client = sandboxed(patient());
    assert!(matches!(client.post_json(&server.url("/lost"), "[1]").await, Err(FetchError::NotAllowed(_))));
    assert_eq!(client.post_json(&server.url("/kept"), "[1]").await.unwrap().status, 200);
    let seen = server.seen.lock().unwrap();
    let last = seen.last().unwrap();
    assert_eq!((last.line.as_str(), last.body.as_str()), ("POST /end HTTP/1.1", "[1]"));
}

#[tokio::test]
async fn a_server_that_never_answers_is_given_up() {
    let silent = Server::with(|_, stream| {
        Box::pin(async move {
            std::future::pending::<()>().await;
            drop(stream);
        })
    })
    .await;
    let given_up = sandboxed(impatient()).get(&silent.url("/")).await;
    assert!(matches!(given_up, Err(FetchError::Unreachable(_))), "{given_up:?}");
}

#[tokio::test]
async fn a_body_that_drips_is_given_up() {
    let dripping = Server::with(|_, mut stream| {
        Box::pin(async move {
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n").await.unwrap();
            while stream.write_all(b"a").await.is_ok() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        })
    })
    .await;
    let given_up = sandboxed(impatient()).get(&dripping.url("/")).await;
    assert!(matches!(given_up, Err(FetchError::Unreachable(_))), "{given_up:?}");
}

#[tokio::test]
async fn a_connection_that_breaks_off_is_no_answer() {
    let server = Server::answering(|_| http("200 OK", "content-length: 1000\r\n", b"half")).await;
    let broken = sandboxed(patient()).get(&server.url("/")).await;
    assert!(matches!(broken, Err(FetchError::Unreachable(_))), "{broken:?}");
}

#[tokio::test]
async fn long_answers_are_refused_however_they_come() {
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
        let refused = sandboxed(patient()).get(&server.url("/")).await;
        assert!(matches!(refused, Err(FetchError::TooLong)), "{refused:?}");
    }
    let just_fits = Server::answering(move |_| {
        http("200 OK", &format!("content-length: {limit}\r\n"), &vec![b'a'; limit])
    })
    .await;
    assert_eq!(sandboxed(patient()).get(&just_fits.url("/")).await.unwrap().body.len(), limit);
}

#[tokio::test]
async fn only_so_many_requests_go_to_one_host_at_a_time() {
    let (inside, most, gate) =
        (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)), Arc::new(Semaphore::new(0)));
    let (counted, peak, door) = (Arc::clone(&inside), Arc::clone(&most), Arc::clone(&gate));
    let server = Server::with(move |_, mut stream| {
        let (counted, peak, door) = (Arc::clone(&counted), Arc::clone(&peak), Arc::clone(&door));
        Box::pin(async move {
            peak.fetch_max(counted.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            door.acquire().await.unwrap().forget();
            counted.fetch_sub(1, Ordering::SeqCst);
            stream.write_all(&json("200 OK", "{}")).await.unwrap();
        })
    })
    .await;
    let client = Arc::new(sandboxed(Limits { per_host: 2, ..patient() }));
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
async fn an_error_does_not_repeat_the_url() {
    let url = "http://localhost:1/path?token=hunter2".parse().unwrap();
    let error = sandboxed(patient()).get(&url).await.unwrap_err();
    assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
}
