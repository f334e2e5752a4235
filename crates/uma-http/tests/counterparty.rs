//! Other VASPs over HTTP.
#![expect(clippy::unwrap_used, reason = "tests")]

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use common::{Scripted, Server, StoppedClock, client, json, long_timeout, sandboxed};
use tokio::io::AsyncWriteExt as _;
use tokio::sync::Semaphore;
use uma_http::{AddressRules, Clients, HttpCounterparty, Limits};
use uma_protocol::counterparty::verify_with_keys_of;
use uma_protocol::currency::CurrencyCode;
use uma_protocol::payer_data::DataOptions;
use uma_protocol::payreq::{PayRequestAmount, PayRequestDraft};
use uma_protocol::request::UmaRequestBody;
use uma_protocol::{
    Counterparty, CounterpartyError, ErrorCode, Freshness, LnurlpRequest, LookupFor, PayRequest,
    PaymentAddress, PublicKeyResponse, SigningKey, UmaAddress, UmaVersion, VaspDomain,
};

const NOW: i64 = 1_760_000_000;

fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32]).unwrap()
}

fn keys_json(seed: u8) -> String {
    let key = key(seed).public_key();
    PublicKeyResponse::bare(key, key, Some(NOW + 100)).to_json().unwrap()
}

fn counterparty() -> (HttpCounterparty, Arc<StoppedClock>) {
    let clock = Arc::new(StoppedClock(AtomicI64::new(NOW)));
    let stopped: Arc<dyn kernel::Clock> = clock.clone();
    (HttpCounterparty::new(Clients::shared(Arc::new(sandboxed(long_timeout()))), stopped), clock)
}

fn domain(server: &Server) -> VaspDomain {
    VaspDomain::parse(&format!("localhost:{}", server.address.port())).unwrap()
}

#[tokio::test]
async fn keys_are_fetched_again_after_their_expiry() {
    let server = Server::answering(|_| json("200 OK", &keys_json(1))).await;
    let (other, clock) = counterparty();
    for _ in 0..3 {
        let keys = other.public_keys(&domain(&server), Freshness::Cached, LookupFor::Order).await.unwrap();
        assert_eq!(*keys.signing_key(), key(1).public_key());
    }
    assert_eq!(server.requests(), 1);
    clock.0.store(NOW + 100, Ordering::SeqCst);
    other.public_keys(&domain(&server), Freshness::Cached, LookupFor::Order).await.unwrap();
    assert_eq!(server.requests(), 2);
    assert_eq!(server.seen.lock().unwrap().first().unwrap().line, "GET /.well-known/lnurlpubkey HTTP/1.1");
}

#[tokio::test]
async fn concurrent_lookups_of_the_same_keys_make_one_request() {
    let (arrived, gate) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
    let (signal, opened) = (Arc::clone(&arrived), Arc::clone(&gate));
    let server = Server::with(move |_, mut stream| {
        let (signal, opened) = (Arc::clone(&signal), Arc::clone(&opened));
        Box::pin(async move {
            signal.add_permits(1);
            opened.acquire().await.unwrap().forget();
            stream.write_all(&json("200 OK", &keys_json(1))).await.unwrap();
        })
    })
    .await;
    let (other, _) = counterparty();
    let (other, domain) = (Arc::new(other), domain(&server));
    let calls: Vec<_> = (0..20)
        .map(|_| {
            let (other, domain) = (Arc::clone(&other), domain.clone());
            tokio::spawn(async move {
                other.public_keys(&domain, Freshness::Cached, LookupFor::Order).await.map(drop)
            })
        })
        .collect();
    arrived.acquire().await.unwrap().forget();
    gate.add_permits(20);
    for call in calls {
        call.await.unwrap().unwrap();
    }
    assert_eq!(server.requests(), 1);
}

#[tokio::test]
async fn changed_keys_are_refetched_when_a_signature_fails() {
    let rotated = Arc::new(AtomicBool::new(false));
    let now_rotated = Arc::clone(&rotated);
    let server = Server::answering(move |_| {
        json("200 OK", &keys_json(if now_rotated.load(Ordering::SeqCst) { 2 } else { 1 }))
    })
    .await;
    let (other, clock) = counterparty();
    other.public_keys(&domain(&server), Freshness::Cached, LookupFor::Order).await.unwrap();
    rotated.store(true, Ordering::SeqCst);
    clock.0.store(NOW + 60, Ordering::SeqCst);
    let signature = key(2).sign(b"hello");
    verify_with_keys_of(&other, &domain(&server), LookupFor::Order, |key| key.verify(b"hello", &signature))
        .await
        .unwrap();
    assert_eq!(server.requests(), 2);

    for _ in 0..5 {
        let refused = verify_with_keys_of(&other, &domain(&server), LookupFor::Order, |key| {
            key.verify(b"forged", &signature)
        })
        .await;
        assert_eq!(refused.unwrap_err().code(), ErrorCode::InvalidSignature);
    }
    assert_eq!(server.requests(), 2, "forged messages must not cause further requests to the alleged sender");
}

#[tokio::test]
async fn unavailable_keys_are_a_424() {
    let server = Server::answering(|_| json("503 Service Unavailable", r#"{"reason":"no keys"}"#)).await;
    let (other, _) = counterparty();
    let failed =
        verify_with_keys_of(&other, &domain(&server), LookupFor::Order, |_| Ok(())).await.unwrap_err();
    assert_eq!((failed.code(), failed.http_status()), (ErrorCode::CounterpartyPubkeyFetchError, 424));
}

#[tokio::test]
async fn invoice_is_pushed_in_body_and_query() {
    let server = Server::answering(|_| json("200 OK", "")).await;
    let (other, _) = counterparty();
    other.push_invoice(&server.url("/push?x=1"), "uma1qqqq").await.unwrap();
    let seen = server.seen.lock().unwrap();
    let request = seen.first().unwrap();
    assert_eq!(request.line, "POST /push?x=1&invoice=uma1qqqq HTTP/1.1");
    let body: UmaRequestBody = serde_json::from_str(&request.body).unwrap();
    assert_eq!(body.invoice, "uma1qqqq");
}

#[tokio::test]
async fn refusal_keeps_its_status_and_code() {
    let body = r#"{"status":"ERROR","reason":"no such user","code":"USER_NOT_FOUND"}"#;
    let server = Server::answering(move |_| json("404 Not Found", body)).await;
    let (other, _) = counterparty();
    let refused = other.push_invoice(&server.url("/push"), "uma1").await.unwrap_err();
    assert!(!refused.is_retryable());
    let CounterpartyError::Refused { status, body } = refused else { unreachable!("{refused:?}") };
    assert_eq!((status, body.code.as_deref()), (404, Some("USER_NOT_FOUND")));
}

#[tokio::test]
async fn plain_lnurl_refusal_has_status_200() {
    let server = Server::answering(|_| json("200 OK", r#"{"status":"ERROR","reason":"sold out"}"#)).await;
    let (other, _) = counterparty();
    let request = PayRequest {
        amount: PayRequestAmount::Msats(21_000),
        convert: None,
        payer_data: None,
        payee_data: DataOptions::default(),
        comment: Some("front row".into()),
        invoice_uuid: None,
        settlement: None,
        major: 1,
    };
    let refused = other.pay_request(&server.url("/callback?ref=7"), &request).await.unwrap_err();
    assert!(matches!(refused, CounterpartyError::Refused { status: 200, .. }), "{refused:?}");
    let line = server.seen.lock().unwrap().first().unwrap().line.clone();
    assert_eq!(line, "GET /callback?ref=7&amount=21000&comment=front+row HTTP/1.1");
}

#[tokio::test]
async fn uma_pay_request_is_posted() {
    let server = Server::answering(|_| json("200 OK", r#"{"pr":"lnbc1","routes":[]}"#)).await;
    let (other, _) = counterparty();
    let payer = UmaAddress::parse("$alice@vasp.example").unwrap();
    let request = PayRequestDraft::new(payer, 21, CurrencyCode::sat()).sign("1", NOW, &key(1)).unwrap();
    let answer = other.pay_request(&server.url("/payreq"), &request).await.unwrap();
    assert_eq!(answer.pr, "lnbc1");
    let seen = server.seen.lock().unwrap();
    let posted = seen.first().unwrap();
    assert_eq!(posted.line, "POST /payreq HTTP/1.1");
    assert_eq!(PayRequest::parse(&posted.body).unwrap(), request);
}

#[tokio::test]
async fn response_412_lists_the_supported_versions() {
    let body =
        r#"{"status":"ERROR","reason":"no","code":"UNSUPPORTED_UMA_VERSION","supportedMajorVersions":"[0]"}"#;
    let server = Server::answering(move |_| json("412 Precondition Failed", body)).await;
    let (other, _) = counterparty();
    let receiver = UmaAddress::parse(&format!("$bob@{}", domain(&server))).unwrap();
    let request = LnurlpRequest::signed(
        &receiver,
        VaspDomain::parse("vasp.example").unwrap(),
        UmaVersion::V1,
        "5",
        NOW,
        &key(1),
    );
    let refused = other.lnurlp(&request).await.unwrap_err();
    let CounterpartyError::Refused { status: 412, body } = refused else { unreachable!("{refused:?}") };
    let next = UmaVersion::highest_common(&body.supported_major_versions.unwrap()).unwrap();
    assert_eq!(next, UmaVersion::V0);
    let line = server.seen.lock().unwrap().first().unwrap().line.clone();
    let path = line.split(' ').nth(1).unwrap();
    let (path, query) = path.split_once('?').unwrap();
    assert_eq!(LnurlpRequest::parse(path, query, receiver.domain()).unwrap(), request);
}

#[tokio::test]
async fn invalid_response_is_malformed_and_timeout_is_retryable() {
    let server = Server::answering(|_| json("200 OK", "<html>")).await;
    let (other, _) = counterparty();
    let malformed = other.configuration(&domain(&server)).await.unwrap_err();
    assert!(matches!(malformed, CounterpartyError::Malformed(_)) && !malformed.is_retryable());
    let nobody = VaspDomain::parse("localhost:1").unwrap();
    let silent = other.configuration(&nobody).await.unwrap_err();
    assert!(matches!(silent, CounterpartyError::Unreachable(_)) && silent.is_retryable(), "{silent:?}");
}

#[tokio::test]
async fn production_refuses_domains_with_ports_or_local_names() {
    let resolver = Scripted::new(&[&["1.1.1.1"]]);
    let guarded = client(AddressRules::public(), Arc::clone(&resolver), long_timeout());
    let clock = Arc::new(StoppedClock(AtomicI64::new(NOW)));
    let other = HttpCounterparty::new(Clients::shared(Arc::new(guarded)), clock);
    for odd in [
        "localhost",
        "localhost:8080",
        "127.0.0.1",
        "vasp.example:8443",
        "vasp.local",
        "vasp.internal",
        "8.8.8.8",
    ] {
        let domain = VaspDomain::parse(odd).unwrap();
        for refused in [
            other.configuration(&domain).await.map(drop),
            other.public_keys(&domain, Freshness::Cached, LookupFor::Order).await.map(drop),
            other
                .lnurlp(&LnurlpRequest::plain(PaymentAddress::parse(&format!("bob@{odd}")).unwrap()))
                .await
                .map(drop),
        ] {
            assert!(matches!(refused, Err(CounterpartyError::NotAllowed(_))), "{odd}: {refused:?}");
        }
    }
    assert_eq!(resolver.lookups.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn configuration_is_fetched_once_a_minute() {
    let published =
        r#"{"uma_major_versions": [1], "uma_request_endpoint": "https://vasp.example/uma/request"}"#;
    let server = Server::answering(|_| json("200 OK", published)).await;
    let (other, clock) = counterparty();
    for (later, asked) in [(0, 1), (59, 1), (60, 2)] {
        clock.0.store(NOW + later, Ordering::SeqCst);
        let configuration = other.configuration(&domain(&server)).await.unwrap();
        assert!(configuration.uma_request_endpoint.is_some());
        assert_eq!(server.requests(), asked);
    }
}

fn with_unauthenticated(limits: Limits) -> (Arc<HttpCounterparty>, Arc<StoppedClock>) {
    let clock = Arc::new(StoppedClock(AtomicI64::new(NOW)));
    let stopped: Arc<dyn kernel::Clock> = clock.clone();
    let unauthenticated = Arc::new(sandboxed(limits));
    let clients = Clients { unauthenticated, ..Clients::shared(Arc::new(sandboxed(long_timeout()))) };
    (Arc::new(HttpCounterparty::new(clients, stopped)), clock)
}

#[tokio::test]
async fn unauthenticated_lookups_never_block_orders() {
    let arrived = Arc::new(Semaphore::new(0));
    let signal = Arc::clone(&arrived);
    let silent = Server::with(move |_, stream| {
        let signal = Arc::clone(&signal);
        Box::pin(async move {
            signal.add_permits(1);
            std::future::pending::<()>().await;
            drop(stream);
        })
    })
    .await;
    let honest = Server::answering(|_| json("200 OK", &keys_json(1))).await;
    let (other, _) = with_unauthenticated(Limits { overall: 1, per_host: 1, waits: false, ..long_timeout() });
    let (one, silent) = (Arc::clone(&other), domain(&silent));
    let hanging = tokio::spawn(async move {
        one.public_keys(&silent, Freshness::Cached, LookupFor::Unauthenticated).await.map(drop)
    });
    arrived.acquire().await.unwrap().forget();
    // The only permit is taken: the next unauthenticated lookup fails at once, and does not block an order from the same domain.
    let refused = other.public_keys(&domain(&honest), Freshness::Cached, LookupFor::Unauthenticated).await;
    assert!(matches!(refused, Err(CounterpartyError::Unreachable(_))), "{refused:?}");
    assert_eq!(honest.requests(), 0);
    other.public_keys(&domain(&honest), Freshness::Cached, LookupFor::Order).await.unwrap();
    assert_eq!(honest.requests(), 1);
    hanging.abort();
}

#[tokio::test]
async fn unauthenticated_lookups_query_a_domain_once_in_five_seconds() {
    let broken = Server::answering(|_| json("500 Internal Server Error", "{}")).await;
    let key = key(1).public_key();
    // Its VASP forbids caching.
    let fleeting = PublicKeyResponse::bare(key, key, None).to_json().unwrap();
    let fickle = Server::answering(move |_| json("200 OK", &fleeting)).await;
    let (other, clock) = with_unauthenticated(long_timeout());
    for expected in 1..=2 {
        for _ in 0..200 {
            let ask = async |server| {
                other
                    .public_keys(&domain(server), Freshness::Cached, LookupFor::Unauthenticated)
                    .await
                    .map(drop)
            };
            assert!(ask(&broken).await.is_err());
            ask(&fickle).await.unwrap();
        }
        assert_eq!((broken.requests(), fickle.requests()), (expected, expected));
        clock.0.fetch_add(5, Ordering::SeqCst);
    }
}

#[tokio::test]
async fn failed_lookups_have_the_same_message() {
    let resolver = Scripted::new(&[&["10.0.0.1"], &["10.0.0.1"], &["10.0.0.1"], &["10.0.0.1"]]);
    let guarded = client(AddressRules::public(), resolver, long_timeout());
    let clock = Arc::new(StoppedClock(AtomicI64::new(NOW)));
    let live = HttpCounterparty::new(Clients::shared(Arc::new(guarded)), clock);
    let (local, _) = counterparty();
    let broken = Server::answering(|_| json("500 Internal Server Error", "{}")).await;
    let nonsense = Server::answering(|_| json("200 OK", "<html>")).await;
    let cases: [(&HttpCounterparty, VaspDomain); 6] = [
        (&live, VaspDomain::parse("database.internal").unwrap()),
        (&live, VaspDomain::parse("inside.example").unwrap()),
        (&live, VaspDomain::parse("localhost:8080").unwrap()),
        (&local, VaspDomain::parse("localhost:1").unwrap()),
        (&local, domain(&broken)),
        (&local, domain(&nonsense)),
    ];
    for (other, domain) in cases {
        let refused =
            verify_with_keys_of(other, &domain, LookupFor::Unauthenticated, |_| Ok(())).await.unwrap_err();
        assert_eq!(refused.code(), ErrorCode::CounterpartyPubkeyFetchError);
        assert_eq!(refused.to_string(), "the sender's public keys could not be fetched", "{domain}");
    }
}

/// 200 KiB of metadata, an image among them.
#[tokio::test]
async fn offer_with_an_image_is_read() {
    let image = "A".repeat(200 * 1024);
    let server = Server::answering(move |_| {
        let metadata = serde_json::json!([["text/plain", "Alice"], ["image/png;base64", image]]).to_string();
        let terms = serde_json::json!({
            "tag": "payRequest", "callback": "https://wallet.example/pay", "minSendable": 1_000,
            "maxSendable": 100_000, "metadata": metadata, "payerData": {"email": {"mandatory": true}},
        });
        json("200 OK", &terms.to_string())
    })
    .await;
    let clock = Arc::new(StoppedClock(AtomicI64::new(NOW)));
    let limits = Limits { timeout: long_timeout().timeout, ..Limits::lightning_addresses() };
    let other = HttpCounterparty::new(Clients::shared(Arc::new(sandboxed(limits))), clock);
    let alice = PaymentAddress::parse(&format!("alice@{}", domain(&server))).unwrap();
    let offer = other.lnurlp(&LnurlpRequest::plain(alice)).await.unwrap();
    assert_eq!(offer.terms.max_sendable_msats, 100_000);
    assert_eq!(offer.terms.payer_data, DataOptions::default().with("email", true));
}

/// Unusual but payable responses of Lightning address servers; the user name is requested in lower case (LUD-16).
#[tokio::test]
async fn unusual_plain_response_is_parsed_for_the_payment() {
    let terms = r#"{"tag": "payRequest", "callback": "https://wallet.example/pay", "minSendable": 1000.0, "maxSendable": 1e11,
        "metadata": "[[\"text/plain\",\"Alice\"]]", "commentAllowed": 255.0, "payerData": true}"#;
    let invoice = r#"{"pr": "lnbc1", "routes": [], "successAction": {"tag": "message", "message": null}, "disposable": "no"}"#;
    let server =
        Server::answering(move |line| json("200 OK", if line.contains("/pay") { invoice } else { terms }))
            .await;
    let (other, _) = counterparty();
    let alice = PaymentAddress::parse(&format!("Alice@{}", domain(&server))).unwrap();
    let offer = other.lnurlp(&LnurlpRequest::plain(alice)).await.unwrap();
    assert_eq!((offer.terms.min_sendable_msats, offer.terms.max_sendable_msats), (1_000, 100_000_000_000));
    assert_eq!(server.seen.lock().unwrap().first().unwrap().line, "GET /.well-known/lnurlp/alice HTTP/1.1");
    let request = PayRequest {
        amount: PayRequestAmount::Msats(2_000),
        convert: None,
        payer_data: None,
        payee_data: DataOptions::default(),
        comment: None,
        invoice_uuid: None,
        settlement: None,
        major: 1,
    };
    let callback = format!("http://{}/pay", domain(&server)).parse().unwrap();
    assert_eq!(other.pay_request(&callback, &request).await.unwrap().pr, "lnbc1");
}
