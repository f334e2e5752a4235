//! Who may do what: every route is tried without a token, with a foreign one, and with the rightful one.

use crate::app::{PASSWORD, PRICE, TestApp, TestUser};
use kernel::{EventId, Msats, Sats};
use reqwest::Method;
use sandbox::WebhookFault;
use serde_json::{Value, json};
use server::http::ROUTES;
use std::collections::BTreeSet;

const METRICS_TOKEN: &str = "a-token-for-those-who-watch-0123456789";

/// To whom a call belongs.
#[derive(Debug, Clone, Copy)]
enum Whose {
    /// Anybody's, for this reason. What is named is shown to its owner alone.
    Anybodys(&'static str, Option<&'static str>),
    /// For anybody with a token of their own; a void one is the foreign case.
    Ones,
    /// For the person it is about.
    Alices,
    /// For organisers.
    Organisers,
    /// For whoever signs: tried with nothing signed, with a wrong signature, and by its real sender.
    Signers,
    /// For whoever has the token for numbers.
    Watchers,
}
use Whose::{Alices, Anybodys, Ones, Organisers, Signers, Watchers};

/// Statuses for nobody, somebody else, and whom it belongs to.
type Case = (&'static str, Whose, [u16; 3]);

const DISCOVERY: Whose = Anybodys("wallets and VASPs that we never met read it", None);
const ON_SALE: Whose = Anybodys("a shop window", Some("/data/stream_url"));

const CASES: &[Case] = &[
    ("GET /.well-known/lnurlp/{user}", DISCOVERY, [200, 200, 200]),
    ("GET /.well-known/lnurlpubkey", DISCOVERY, [200, 200, 200]),
    ("GET /.well-known/uma-configuration", DISCOVERY, [200, 200, 200]),
    ("GET /api/lnurl/callback", DISCOVERY, [200, 200, 200]),
    ("GET /api/lnurl/verify/{payment_hash}", DISCOVERY, [200, 200, 200]),
    ("POST /api/lnurl/callback", Signers, [400, 400, 200]),
    ("POST /uma/payreq/{ticket_id}", Signers, [404, 404, 200]),
    ("POST /uma/payreq/event/{payment_hash}", Signers, [400, 400, 200]),
    ("POST /api/webhooks/payment", Signers, [400, 400, 200]),
    ("GET /api/config", Anybodys("the web app needs it before anybody logs in", None), [200, 200, 200]),
    ("GET /health", Anybodys("a load balancer has no account; it says up or down", None), [200, 200, 200]),
    ("GET /ready", Anybodys("a load balancer has no account; it says yes or no", None), [200, 200, 200]),
    ("GET /metrics", Watchers, [404, 404, 200]),
    ("GET /api/events", Anybodys("a shop window", Some("/data/0/stream_url")), [200, 200, 200]),
    ("GET /api/events/{id}", ON_SALE, [200, 200, 200]),
    ("POST /api/users", Anybodys("anybody may have an account", None), [201, 201, 201]),
    ("POST /api/users/login", Anybodys("the password is the authority", None), [200, 200, 200]),
    // Rightful: the session is accepted, but no such link was sent.
    ("POST /api/users/verify-email", Ones, [401, 401, 400]),
    ("POST /api/users/password-reset", Anybodys("the link is sent to the address", None), [202, 202, 202]),
    (
        "POST /api/users/password-reset/confirm",
        Anybodys("the emailed token is the authority", None),
        [400, 400, 400],
    ),
    ("GET /api/users/{id}", Anybodys("a name, as published", Some("/data/email")), [200, 200, 200]),
    ("PUT /api/users/{id}", Alices, [401, 403, 200]),
    ("DELETE /api/users/{id}", Alices, [401, 403, 200]),
    ("GET /api/users/{user_id}/tickets", Alices, [401, 403, 200]),
    ("GET /api/users/me", Ones, [401, 401, 200]),
    ("POST /api/users/logout", Ones, [401, 401, 200]),
    ("PUT /api/users/me/password", Ones, [401, 401, 200]),
    ("GET /api/users/me/nwc-connection", Ones, [401, 401, 200]),
    ("POST /api/users/me/nwc-connection", Ones, [401, 401, 200]),
    ("PUT /api/users/me/nwc-connection", Ones, [401, 401, 200]),
    ("DELETE /api/users/me/nwc-connection", Ones, [401, 401, 200]),
    // Nobody may buy for Alice without a token, as published; whoever has one, for themselves alone.
    ("POST /api/tickets/purchase", Alices, [201, 403, 201]),
    ("POST /api/tickets/validate", Anybodys("the code is the authority", None), [200, 200, 200]),
    ("POST /api/tickets/uma-callback", Anybodys("a hint to look, believed by nobody", None), [200, 200, 200]),
    (
        "GET /api/tickets/{id}/status",
        Anybodys("as published", Some("/data/ticket/ticket_code")),
        [200, 200, 200],
    ),
    ("GET /api/tickets/{id}/events", Anybodys("the same as the status", None), [200, 200, 200]),
    ("POST /api/tickets/{id}/cancel", Alices, [403, 403, 200]),
    ("GET /api/payments/{invoice_id}/status", Alices, [401, 403, 200]),
    ("GET /api/admin/status", Organisers, [401, 403, 200]),
    ("GET /api/admin/overview", Organisers, [401, 403, 200]),
    ("GET /api/admin/node/balance", Organisers, [401, 403, 200]),
    ("GET /api/admin/audit", Organisers, [401, 403, 200]),
    ("GET /api/admin/jobs/dead", Organisers, [401, 403, 200]),
    // Let in: there is no such job.
    ("POST /api/admin/jobs/{id}/revive", Organisers, [401, 403, 404]),
    ("POST /api/admin/check-in", Organisers, [401, 403, 200]),
    ("GET /api/admin/events", Organisers, [401, 403, 200]),
    ("POST /api/admin/events", Organisers, [401, 403, 201]),
    ("PUT /api/admin/events/{id}", Organisers, [401, 403, 200]),
    ("DELETE /api/admin/events/{id}", Organisers, [401, 403, 200]),
    ("POST /api/admin/events/{id}/cancel", Organisers, [401, 403, 200]),
    ("POST /api/admin/events/{id}/uma-invoice", Organisers, [401, 403, 201]),
    ("GET /api/admin/events/{id}/invoices", Organisers, [401, 403, 200]),
    ("GET /api/admin/events/{id}/attendees", Organisers, [401, 403, 200]),
    ("GET /api/admin/payments", Organisers, [401, 403, 200]),
    ("GET /api/admin/payments/pending", Organisers, [401, 403, 200]),
    ("GET /api/admin/payments/{id}", Organisers, [401, 403, 200]),
    ("POST /api/admin/payments/{id}/refund", Organisers, [401, 403, 201]),
    // Let in: there is no such refund.
    ("POST /api/admin/payments/{id}/refunds/{refund_id}/give-up", Organisers, [401, 403, 404]),
    // Let in: a paid payment cannot be retried.
    ("POST /api/admin/payments/{id}/retry", Organisers, [401, 403, 400]),
    // Not in the document.
    ("POST /.well-known/uma-configuration", DISCOVERY, [200, 200, 200]),
    ("POST /uma/request", Anybodys("always refused", None), [501, 501, 501]),
    ("GET /api/openapi.json", Anybodys("the description is public", None), [200, 200, 200]),
    ("GET /api/docs", Anybodys("leads to the description", None), [308, 308, 308]),
    ("GET /sandbox/letters", Anybodys("this machine is the authority; see `letters`", None), [200, 200, 200]),
    ("GET /events/{id}", Anybodys("a page for people and crawlers", None), [200, 200, 200]),
    ("GET /events/{id}/poster.png", Anybodys("the picture of that page", None), [200, 200, 200]),
];

/// Calls of the routing table, with the reason why one is not in the document.
fn routes() -> impl Iterator<Item = (String, Option<&'static str>)> {
    ROUTES.iter().map(|route| (format!("{} {}", route.method, route.path), route.undocumented))
}

#[test]
fn every_route_has_its_case_and_no_case_is_left_over() {
    let routed: BTreeSet<String> = routes().map(|(call, _)| call).collect();
    assert_eq!(routed.len(), ROUTES.len(), "a call is routed twice");
    let tried: BTreeSet<String> = CASES.iter().map(|(call, ..)| (*call).to_owned()).collect();
    assert_eq!(tried.len(), CASES.len(), "a call has two cases");
    let open: Vec<&str> = CASES
        .iter()
        .filter_map(|case| if let Anybodys(why, _) = case.1 { Some(why) } else { None })
        .collect();
    assert!(open.iter().all(|why| !why.is_empty()), "a call is open without a reason");
    let untried: Vec<_> = routed.symmetric_difference(&tried).collect();
    assert!(untried.is_empty(), "no case, or no such route: {untried:?}");
}

#[test]
fn every_route_is_described_or_says_why_it_is_not() {
    let document: Value = serde_json::from_str(&server::http::document().unwrap()).unwrap();
    let mut described = BTreeSet::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        for method in operations.as_object().unwrap().keys() {
            described.insert(format!("{} {path}", method.to_uppercase()));
        }
    }
    let routed: BTreeSet<String> =
        routes().filter(|(_, undocumented)| undocumented.is_none()).map(|(call, _)| call).collect();
    let odd: Vec<_> = described.symmetric_difference(&routed).collect();
    assert!(odd.is_empty(), "not described, or not routed: {odd:?}");
    assert!(routes().all(|(_, why)| why.is_none_or(|why| !why.is_empty())), "undocumented without a reason");
}

#[test]
fn what_asks_for_a_token_says_so() {
    let document: Value = serde_json::from_str(&server::http::document().unwrap()).unwrap();
    for (call, whose, _) in CASES {
        let (method, path) = call.split_once(' ').unwrap();
        let security = &document["paths"][path][method.to_lowercase()]["security"];
        match whose {
            Ones | Alices | Organisers => {
                assert!(security.as_array().unwrap().contains(&json!({ "token": [] })), "{call}");
            }
            Watchers => assert!(security.as_array().unwrap().contains(&json!({ "metrics": [] })), "{call}"),
            Anybodys(..) | Signers => {
                let open = security.as_array().is_none_or(|all| all.contains(&json!({})));
                assert!(open, "{call}");
            }
        }
    }
}

/// The people, and something of Alice's to get at.
struct World {
    app: TestApp,
    admin: TestUser,
    alice: TestUser,
    mallory: TestUser,
    gone: TestUser,
    event: i64,
}

impl World {
    async fn new() -> Self {
        let app = TestApp::with(&[("METRICS_TOKEN", METRICS_TOKEN)], false).await;
        let admin = app.admin().await;
        let (alice, mallory, gone) =
            (app.person("alice").await, app.person("mallory").await, app.person("gone").await);
        assert_eq!(app.post_as(&gone, "/api/users/logout", &json!({})).await.status, 200);
        let event = app.add_event(&admin, PRICE, 1_000).await;
        Self { app, admin, alice, mallory, gone, event }
    }

    async fn paid(&self) -> Value {
        self.app.paid(&self.alice, self.event).await
    }

    async fn payment(&self) -> i64 {
        self.paid().await;
        let all = self.app.get_as(&self.admin, "/api/admin/payments").await;
        all.data()[0]["id"].as_i64().unwrap()
    }

    /// Path and body of a call on something of Alice's, made for it.
    async fn ask(&self, call: &str) -> (String, Value) {
        let (app, alice, event) = (&self.app, &self.alice, self.event);
        let path = call.split_once(' ').unwrap().1;
        let id = |path: &str, id: &dyn std::fmt::Display| path.replace("{id}", &id.to_string());
        match call {
            "GET /.well-known/lnurlp/{user}" => (path.replace("{user}", "tickets"), Value::Null),
            "GET /api/lnurl/callback" => (format!("{path}?amount=1000"), Value::Null),
            "POST /uma/payreq/{ticket_id}" => (path.replace("{ticket_id}", "1"), json!({})),
            "POST /uma/payreq/event/{payment_hash}" => {
                let made = format!("/api/admin/events/{event}/uma-invoice");
                let made = app.post_as(&self.admin, &made, &json!({})).await.data().clone();
                let hash = made["invoice"]["payment_hash"].as_str().unwrap();
                (path.replace("{payment_hash}", hash), json!({}))
            }
            "GET /api/lnurl/verify/{payment_hash}" => {
                let bought = app.buy(alice, event).await.data().clone();
                let hash = bought["uma_request"]["payment_hash"].as_str().unwrap();
                (path.replace("{payment_hash}", hash), json!({}))
            }
            "GET /api/events" => {
                self.paid().await;
                (path.to_owned(), Value::Null)
            }
            "GET /events/{id}" | "GET /events/{id}/poster.png" => (id(path, &event), Value::Null),
            "GET /api/events/{id}" => {
                self.paid().await;
                (id(path, &event), Value::Null)
            }
            "POST /api/users" => {
                (path.to_owned(), json!({ "email": "?", "name": "New", "password": PASSWORD }))
            }
            "POST /api/users/login" => {
                (path.to_owned(), json!({ "email": alice.email, "password": PASSWORD }))
            }
            "POST /api/users/verify-email" => (path.to_owned(), json!({ "token": "1-00" })),
            "POST /api/users/password-reset" => (path.to_owned(), json!({ "email": alice.email })),
            "POST /api/users/password-reset/confirm" => {
                (path.to_owned(), json!({ "token": "00", "password": PASSWORD }))
            }
            "PUT /api/users/me/password" => (
                path.to_owned(),
                json!({ "current_password": PASSWORD, "new_password": "another good password" }),
            ),
            "POST /api/users/me/nwc-connection" => {
                let uri = app.sandbox().vasp().connection("alice").unwrap();
                (path.to_owned(), json!({ "nwc_connection_uri": uri }))
            }
            "PUT /api/users/me/nwc-connection" => {
                let uri = app.sandbox().vasp().connection("alice").unwrap();
                let offer = json!({ "nwc_connection_uri": uri });
                assert_eq!(app.post_as(alice, "/api/users/me/nwc-connection", &offer).await.status, 200);
                (path.to_owned(), json!({ "budget_per_day_sats": 21_000 }))
            }
            "PUT /api/users/{id}" => (id(path, &alice.id), json!({ "email": alice.email, "name": "Alice" })),
            "GET /api/users/{id}" | "DELETE /api/users/{id}" => (id(path, &alice.id), Value::Null),
            "GET /api/users/{user_id}/tickets" => {
                (path.replace("{user_id}", &alice.id.to_string()), Value::Null)
            }
            "POST /api/tickets/purchase" => (path.to_owned(), app.purchase_request(event, alice.id)),
            "POST /api/tickets/validate" | "POST /api/admin/check-in" => {
                let code = self.paid().await["ticket"]["ticket_code"].clone();
                (path.to_owned(), json!({ "ticket_code": code, "event_id": event }))
            }
            "POST /api/tickets/uma-callback" => {
                let request = self.paid().await["uma_request"].clone();
                let body = json!({ "payment_hash": request["payment_hash"], "status": "paid", "invoice_id": request["invoice_id"] });
                (path.to_owned(), body)
            }
            "GET /api/tickets/{id}/status" | "GET /api/tickets/{id}/events" => {
                (id(path, &self.paid().await["ticket"]["id"]), Value::Null)
            }
            "POST /api/tickets/{id}/cancel" => {
                let bought = app.buy(alice, event).await.data().clone();
                (id(path, &bought["ticket"]["id"]), json!({}))
            }
            "GET /api/payments/{invoice_id}/status" => {
                let bought = self.paid().await;
                let invoice = bought["uma_request"]["invoice_id"].as_str().unwrap().to_owned();
                (path.replace("{invoice_id}", &invoice), Value::Null)
            }
            "POST /api/admin/events" => (path.to_owned(), app.event(PRICE, 5)),
            "PUT /api/admin/events/{id}" => (id(path, &event), json!({ "title": "Later Show" })),
            "DELETE /api/admin/events/{id}" | "POST /api/admin/events/{id}/cancel" => {
                let other = app.add_event(&self.admin, PRICE, 5).await;
                (id(path, &other), json!({}))
            }
            "POST /api/admin/payments/{id}/refund" => {
                (id(path, &self.payment().await), json!({ "revoke": true }))
            }
            "POST /api/admin/payments/{id}/refunds/{refund_id}/give-up" => {
                (id(path, &self.payment().await).replace("{refund_id}", "999999"), json!({}))
            }
            "GET /api/admin/payments/{id}" | "POST /api/admin/payments/{id}/retry" => {
                (id(path, &self.payment().await), json!({}))
            }
            "POST /api/admin/jobs/{id}/revive" => (id(path, &999_999), json!({})),
            _ if path.starts_with("/api/admin/events/{id}/") => (id(path, &event), json!({})),
            _ => (path.to_owned(), json!({})),
        }
    }

    /// The status, and the body if it ends.
    async fn send(&self, call: &str, token: Option<&str>, path: &str, body: &Value) -> (u16, Value) {
        let method = Method::from_bytes(call.split_once(' ').unwrap().0.as_bytes()).unwrap();
        let mut request = self.app.request(method.clone(), path);
        if method != Method::GET && method != Method::DELETE {
            let mut body = body.clone();
            if call == "POST /api/users" {
                body["email"] = json!(format!("new{}@people.example", token.map_or(0, str::len)));
            }
            request = request.json(&body);
        }
        // Direct callers on this machine need no token for the metrics.
        if path == "/metrics" {
            request = request.header("X-Forwarded-For", "203.0.113.9");
        }
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        // A stream of events does not end.
        if path.ends_with("/events") && path.starts_with("/api/tickets/") {
            return (status, Value::Null);
        }
        (status, serde_json::from_str(&answer.text().await.unwrap()).unwrap_or(Value::Null))
    }

    fn answered(&self, call: &str, status: u16) -> bool {
        let (method, path) = call.split_once(' ').unwrap();
        let labels = format!("method=\"{method}\",route=\"{path}\",status=\"{status}\"");
        let numbers = self.app.shop.runtime.metrics.text().unwrap();
        String::from_utf8_lossy(&numbers).contains(&labels)
    }

    /// Whoever really sends such a call does so.
    async fn as_its_sender(&self, call: &str) {
        let vasp = self.app.sandbox().vasp();
        match call {
            "POST /uma/payreq/{ticket_id}" => {
                let bought = self.app.buy(&self.alice, self.event).await.data().clone();
                self.app.approve(&bought).await;
            }
            "POST /api/lnurl/callback" => {
                let event = self.app.add_event(&self.admin, 4_242, 5).await;
                self.app.buy(&self.alice, event).await.data();
                // The wallet's owner pays by address instead.
                let request = async || self.app.sandbox().pending().pop();
                let request = self.app.until("the wallet's request", request).await;
                self.app.sandbox().decline(&request.id).unwrap();
                let amount: Msats = Sats::new(4_242).unwrap().to_msats();
                let shop = format!("$tickets@{}", self.app.config.http.domain);
                vasp.pay("alice", &shop, Some(amount), None).await.unwrap();
            }
            "POST /uma/payreq/event/{payment_hash}" => {
                let path = format!("/api/admin/events/{}/uma-invoice", self.event);
                self.app.post_as(&self.admin, &path, &json!({})).await.data();
                let store = &self.app.shop.runtime.database.store;
                let invoice = store.event_invoice(EventId::new(self.event)).await.unwrap().unwrap();
                vasp.pay("alice", &invoice.uma_invoice.unwrap(), None, None).await.unwrap();
            }
            "POST /api/webhooks/payment" => {
                self.app.sandbox().shop().faults().all_webhooks(WebhookFault::Keep);
                let bought = self.app.buy(&self.alice, self.event).await.data().clone();
                self.app.pay_bolt11(&bought).await;
                let kept = async || self.app.sandbox().world().kept_webhooks().pop();
                let (body, signature) = self.app.until("a webhook", kept).await;
                let request = self.app.request(Method::POST, "/api/webhooks/payment").body(body);
                self.app.send(request.header("lightspark-signature", signature)).await;
            }
            _ => panic!("nobody is known to sign {call}"),
        }
    }
}

async fn walk(calls: impl Iterator<Item = &'static Case>) {
    let world = World::new().await;
    let mut faults = Vec::new();
    for (call, whose, wanted) in calls {
        let (path, body) = world.ask(call).await;
        // Where a call takes away what it is called with, somebody new does it.
        let spent = matches!(*call, "POST /api/users/logout" | "PUT /api/users/me/password");
        let one =
            if spent { world.app.person(&format!("spent{}", call.len())).await } else { world.alice.clone() };
        let (foreign, rightful) = match whose {
            Organisers => (world.alice.token.as_str(), world.admin.token.as_str()),
            Ones => (world.gone.token.as_str(), one.token.as_str()),
            Watchers => (world.admin.token.as_str(), METRICS_TOKEN),
            Anybodys(..) | Alices | Signers => (world.mallory.token.as_str(), one.token.as_str()),
        };
        let nobody = world.send(call, None, &path, &body).await;
        let other = world.send(call, Some(foreign), &path, &body).await;
        let own = if matches!(whose, Signers) {
            world.as_its_sender(call).await;
            (if world.answered(call, 200) { 200 } else { 0 }, Value::Null)
        } else {
            world.send(call, Some(rightful), &path, &body).await
        };
        if [nobody.0, other.0, own.0] != *wanted {
            faults.push(format!("{call}: {wanted:?} wanted, {nobody:?} {other:?} {own:?} seen"));
        }
        if let Anybodys(_, Some(secret)) = whose {
            let hidden = |seen: &Value| seen.pointer(secret).is_none_or(Value::is_null);
            if !hidden(&nobody.1) || !hidden(&other.1) || hidden(&own.1) {
                faults.push(format!("{call}: {secret} is for its owner alone"));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Erasing Alice ends her; it comes last.
fn ends(call: &str) -> bool {
    call == "DELETE /api/users/{id}"
}

#[tokio::test(flavor = "multi_thread")]
async fn every_call_is_its_owners_alone() {
    walk(CASES.iter().filter(|(call, whose, _)| !ends(call) && !matches!(whose, Signers))).await;
    walk(CASES.iter().filter(|(call, ..)| ends(call))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_signed_is_taken_from_its_signer_alone() {
    walk(CASES.iter().filter(|(_, whose, _)| matches!(whose, Signers))).await;
}

/// Whoever is not let in is not told what was wrong with the rest, either.
#[tokio::test(flavor = "multi_thread")]
async fn who_is_asking_comes_before_what_is_asked() {
    let world = World::new().await;
    for (call, whose, _) in CASES {
        let (path, _) = world.ask(call).await;
        let token = match whose {
            Organisers => &world.alice.token,
            Ones => &world.gone.token,
            _ => continue,
        };
        let wrong = json!({ "nonsense": true });
        let nobody = world.send(call, None, &path, &wrong).await;
        let other = world.send(call, Some(token), &path, &wrong).await;
        assert_eq!(nobody.0, 401, "{call}: {nobody:?}");
        assert!([401, 403].contains(&other.0), "{call}: {other:?}");
    }
}
