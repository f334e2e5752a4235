//! Authorization of every route: requests without a token, with another user's, and with the authorised one.

mod orders;

use crate::app::{PASSWORD, PRICE, TestApp, TestUser};
use kernel::{EventId, Msats, Sats};
use reqwest::Method;
use sandbox::WebhookFault;
use serde_json::{Value, json};
use server::http::ROUTES;
use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicU32, Ordering},
};

const METRICS_TOKEN: &str = "a-token-for-metrics-0123456789abcdef";

/// Audience of a route.
#[derive(Debug, Clone, Copy)]
enum Audience {
    /// Public, with the reason. The JSON pointer is a field that only the owner sees.
    Public(&'static str, Option<&'static str>),
    /// Any valid token; the unauthorised case is a revoked one.
    Authenticated,
    /// The owner of the resource.
    Owner,
    /// Admins.
    Admin,
    /// The signer: no signature, a wrong signature, and a request of the real sender.
    Signer,
    /// Holders of the metrics token.
    MetricsToken,
}
use Audience::{Admin, Authenticated, MetricsToken, Owner, Public, Signer};

/// Statuses without a token, with another one, and for the audience.
type Case = (&'static str, Audience, [u16; 3]);

const DISCOVERY: Audience = Public("unknown wallets and VASPs read it", None);
const ON_SALE: Audience = Public("events are public", Some("/data/stream_url"));

const CASES: &[Case] = &[
    ("GET /.well-known/lnurlp/{user}", DISCOVERY, [200, 200, 200]),
    ("GET /.well-known/lnurlpubkey", DISCOVERY, [200, 200, 200]),
    ("GET /.well-known/uma-configuration", DISCOVERY, [200, 200, 200]),
    ("GET /api/lnurl/callback", DISCOVERY, [200, 200, 200]),
    ("GET /api/lnurl/verify/{payment_hash}", DISCOVERY, [200, 200, 200]),
    ("POST /api/lnurl/callback", Signer, [400, 400, 200]),
    ("POST /uma/payreq/{ticket_id}", Signer, [404, 404, 200]),
    ("POST /uma/payreq/event/{payment_hash}", Signer, [400, 400, 200]),
    ("POST /api/webhooks/payment", Signer, [400, 400, 200]),
    ("GET /api/config", Public("the web app reads it before a login", None), [200, 200, 200]),
    ("GET /health", Public("load balancers have no account", None), [200, 200, 200]),
    ("GET /ready", Public("load balancers have no account", None), [200, 200, 200]),
    ("GET /metrics", MetricsToken, [404, 404, 200]),
    ("GET /api/events", Public("events are public", Some("/data/0/stream_url")), [200, 200, 200]),
    ("GET /api/events/{id}", ON_SALE, [200, 200, 200]),
    ("POST /api/events/{id}/watch", Owner, [403, 403, 201]),
    (
        "GET /api/events/{id}/watch/live",
        Public("the secret of the session authenticates", None),
        [200, 200, 200],
    ),
    (
        "GET /api/stream/authorize",
        Public("the token of the viewer's request authorizes, and nothing else is answered", None),
        [403, 403, 403],
    ),
    (
        "POST /api/stream/authorize",
        Public("the token of the viewer's request authorizes, and nothing else is answered", None),
        [401, 401, 401],
    ),
    ("POST /api/users", Public("registration is open", None), [201, 201, 201]),
    ("POST /api/users/login", Public("the password authenticates", None), [200, 200, 200]),
    // The session is authorised; the token of the link is invalid.
    ("POST /api/users/verify-email", Authenticated, [401, 401, 400]),
    ("POST /api/users/password-reset", Public("the link is sent to the address", None), [202, 202, 202]),
    (
        "POST /api/users/password-reset/confirm",
        Public("the emailed token authenticates", None),
        [400, 400, 400],
    ),
    ("POST /api/users/login-link", Public("the link is sent to the address", None), [202, 202, 202]),
    ("POST /api/users/login-link/confirm", Public("the emailed token authenticates", None), [400, 400, 400]),
    ("GET /api/users/{id}", Public("the name is public", Some("/data/email")), [200, 200, 200]),
    ("PUT /api/users/{id}", Owner, [401, 403, 200]),
    ("DELETE /api/users/{id}", Owner, [401, 403, 200]),
    ("GET /api/users/{user_id}/tickets", Owner, [401, 403, 200]),
    ("GET /api/users/me", Authenticated, [401, 401, 200]),
    ("POST /api/users/logout", Authenticated, [401, 401, 200]),
    ("PUT /api/users/me/password", Authenticated, [401, 401, 200]),
    ("GET /api/users/me/nwc-connection", Authenticated, [401, 401, 200]),
    ("POST /api/users/me/nwc-connection", Authenticated, [401, 401, 200]),
    ("PUT /api/users/me/nwc-connection", Authenticated, [401, 401, 200]),
    ("DELETE /api/users/me/nwc-connection", Authenticated, [401, 401, 200]),
    // Guests name an account without a token; authenticated callers purchase for themselves only.
    ("POST /api/tickets/purchase", Owner, [201, 403, 201]),
    ("POST /api/tickets/validate", Public("the ticket code authenticates", None), [200, 200, 200]),
    ("POST /api/tickets/uma-callback", Public("it only triggers a check at the node", None), [200, 200, 200]),
    (
        "GET /api/tickets/{id}/status",
        Public("the payment status is public", Some("/data/ticket/ticket_code")),
        [200, 200, 200],
    ),
    ("GET /api/tickets/{id}/events", Public("as for the status", None), [200, 200, 200]),
    ("POST /api/tickets/{id}/cancel", Owner, [403, 403, 200]),
    ("POST /api/orders/quote", Public("prices are public", None), [200, 200, 200]),
    ("POST /api/orders", Public("guests order without an account", None), [201, 201, 201]),
    ("GET /api/orders/{id}", Owner, [404, 404, 200]),
    ("GET /api/orders/{id}/events", Owner, [404, 404, 200]),
    (
        "POST /api/orders/{id}/confirm",
        Public("the token of the mailed link authenticates", None),
        [404, 404, 404],
    ),
    ("POST /api/orders/{id}/cancel", Owner, [404, 404, 200]),
    ("POST /api/orders/{id}/refund", Owner, [404, 404, 409]),
    ("PATCH /api/orders/{id}/tickets/{ticket_id}", Owner, [404, 404, 200]),
    ("POST /api/orders/{id}/tickets/{ticket_id}/cancel", Owner, [404, 404, 409]),
    ("GET /api/users/{user_id}/orders", Owner, [401, 403, 200]),
    ("GET /api/payments/{invoice_id}/status", Owner, [401, 403, 200]),
    ("GET /api/admin/status", Admin, [401, 403, 200]),
    ("GET /api/admin/overview", Admin, [401, 403, 200]),
    ("GET /api/admin/node/balance", Admin, [401, 403, 200]),
    ("GET /api/admin/audit", Admin, [401, 403, 200]),
    ("GET /api/admin/jobs/dead", Admin, [401, 403, 200]),
    // Authorised: the job does not exist.
    ("POST /api/admin/jobs/{id}/revive", Admin, [401, 403, 404]),
    ("POST /api/admin/check-in", Admin, [401, 403, 200]),
    ("GET /api/admin/events", Admin, [401, 403, 200]),
    ("POST /api/admin/events", Admin, [401, 403, 201]),
    ("PUT /api/admin/events/{id}", Admin, [401, 403, 200]),
    ("DELETE /api/admin/events/{id}", Admin, [401, 403, 200]),
    ("POST /api/admin/events/{id}/cancel", Admin, [401, 403, 200]),
    ("POST /api/admin/events/{id}/uma-invoice", Admin, [401, 403, 201]),
    ("GET /api/admin/events/{id}/invoices", Admin, [401, 403, 200]),
    ("GET /api/admin/events/{id}/viewers", Admin, [401, 403, 200]),
    ("POST /api/admin/events/{id}/announcements", Admin, [401, 403, 201]),
    ("DELETE /api/admin/events/{id}/announcements", Admin, [401, 403, 200]),
    ("GET /api/admin/events/{id}/attendees", Admin, [401, 403, 200]),
    ("GET /api/admin/events/{id}/sales", Admin, [401, 403, 200]),
    ("POST /api/admin/events/{id}/complimentary", Admin, [401, 403, 201]),
    ("GET /api/admin/events/{id}/ticket-types", Admin, [401, 403, 200]),
    ("POST /api/admin/events/{id}/ticket-types", Admin, [401, 403, 201]),
    ("PUT /api/admin/events/{id}/ticket-types/order", Admin, [401, 403, 200]),
    ("PUT /api/admin/ticket-types/{id}", Admin, [401, 403, 200]),
    ("DELETE /api/admin/ticket-types/{id}", Admin, [401, 403, 200]),
    ("GET /api/admin/events/{id}/promo-codes", Admin, [401, 403, 200]),
    ("POST /api/admin/events/{id}/promo-codes", Admin, [401, 403, 201]),
    ("GET /api/admin/promo-codes", Admin, [401, 403, 200]),
    ("POST /api/admin/promo-codes", Admin, [401, 403, 201]),
    ("PUT /api/admin/promo-codes/{id}", Admin, [401, 403, 200]),
    ("DELETE /api/admin/promo-codes/{id}", Admin, [401, 403, 200]),
    ("GET /api/admin/payments", Admin, [401, 403, 200]),
    ("GET /api/admin/payments/pending", Admin, [401, 403, 200]),
    ("GET /api/admin/payments/{id}", Admin, [401, 403, 200]),
    ("POST /api/admin/payments/{id}/refund", Admin, [401, 403, 201]),
    ("POST /api/admin/tickets/{id}/refund", Admin, [401, 403, 202]),
    // Authorised: the refund does not exist.
    ("POST /api/admin/payments/{id}/refunds/{refund_id}/give-up", Admin, [401, 403, 404]),
    // Authorised: a paid payment cannot be retried.
    ("POST /api/admin/payments/{id}/retry", Admin, [401, 403, 400]),
    // Routes that are not in the OpenAPI document.
    ("POST /.well-known/uma-configuration", DISCOVERY, [200, 200, 200]),
    ("POST /uma/request", Public("always refused", None), [501, 501, 501]),
    ("GET /api/openapi.json", Public("the description is public", None), [200, 200, 200]),
    ("GET /api/docs", Public("redirects to the description", None), [308, 308, 308]),
    ("GET /sandbox/emails", Public("served to loopback only; see `emails`", None), [200, 200, 200]),
    ("GET /sandbox/letters", Public("served to loopback only; see `emails`", None), [200, 200, 200]),
    ("GET /events/{id}", Public("a public page", None), [200, 200, 200]),
    ("GET /events/{id}/watch", Public("a page without data", None), [200, 200, 200]),
    ("GET /events/{id}/poster.png", Public("the image of a public page", None), [200, 200, 200]),
];

/// Routes, with the reason where one is not in the OpenAPI document.
fn routes() -> impl Iterator<Item = (String, Option<&'static str>)> {
    ROUTES.iter().map(|route| (format!("{} {}", route.method, route.path), route.undocumented))
}

#[test]
fn every_route_has_exactly_one_authority_case() {
    let routed: BTreeSet<String> = routes().map(|(call, _)| call).collect();
    assert_eq!(routed.len(), ROUTES.len(), "a route is registered twice");
    let cases: BTreeSet<String> = CASES.iter().map(|(call, ..)| (*call).to_owned()).collect();
    assert_eq!(cases.len(), CASES.len(), "a route has two cases");
    let open: Vec<&str> =
        CASES.iter().filter_map(|case| if let Public(why, _) = case.1 { Some(why) } else { None }).collect();
    assert!(open.iter().all(|why| !why.is_empty()), "a route is public without a reason");
    let difference: Vec<_> = routed.symmetric_difference(&cases).collect();
    assert!(difference.is_empty(), "no case, or no such route: {difference:?}");
}

#[test]
fn every_route_is_documented_or_has_a_reason_why_not() {
    let document: Value = serde_json::from_str(&server::http::document().unwrap()).unwrap();
    let mut described = BTreeSet::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        for method in operations.as_object().unwrap().keys() {
            described.insert(format!("{} {path}", method.to_uppercase()));
        }
    }
    let routed: BTreeSet<String> =
        routes().filter(|(_, undocumented)| undocumented.is_none()).map(|(call, _)| call).collect();
    let difference: Vec<_> = described.symmetric_difference(&routed).collect();
    assert!(difference.is_empty(), "not documented, or not routed: {difference:?}");
    assert!(routes().all(|(_, why)| why.is_none_or(|why| !why.is_empty())), "undocumented without a reason");
}

#[test]
fn the_document_declares_which_routes_require_a_token() {
    let document: Value = serde_json::from_str(&server::http::document().unwrap()).unwrap();
    for (call, audience, _) in CASES {
        let (method, path) = call.split_once(' ').unwrap();
        let security = &document["paths"][path][method.to_lowercase()]["security"];
        match audience {
            Authenticated | Owner | Admin => {
                assert!(security.as_array().unwrap().contains(&json!({ "token": [] })), "{call}");
            }
            MetricsToken => {
                assert!(security.as_array().unwrap().contains(&json!({ "metrics": [] })), "{call}");
            }
            Public(..) | Signer => {
                // `null` for undocumented routes.
                let open = security.as_array().is_none_or(|all| all.is_empty() || all.contains(&json!({})));
                assert!(open, "{call}");
            }
        }
    }
}

/// Accounts, and resources owned by Alice.
struct Fixture {
    app: TestApp,
    admin: TestUser,
    alice: TestUser,
    other: TestUser,
    revoked: TestUser,
    event: i64,
    registrations: AtomicU32,
}

impl Fixture {
    async fn new() -> Self {
        let app = TestApp::open_with(&[("METRICS_TOKEN", METRICS_TOKEN)], false).await;
        let admin = app.admin().await;
        let (alice, other, revoked) =
            (app.register("alice").await, app.register("other").await, app.register("revoked").await);
        assert_eq!(app.post_as(&revoked, "/api/users/logout", &json!({})).await.status, 200);
        let event = app.add_event(&admin, PRICE, 1_000).await;
        Self { app, admin, alice, other, revoked, event, registrations: AtomicU32::new(0) }
    }

    async fn paid(&self) -> Value {
        self.app.buy_paid(&self.alice, self.event).await
    }

    async fn payment(&self) -> i64 {
        self.paid().await;
        let all = self.app.get_as(&self.admin, "/api/admin/payments").await;
        all.data()[0]["id"].as_i64().unwrap()
    }

    /// [`Self::prepare`] for an event's pages and its stream.
    async fn prepare_event_page(&self, call: &str) -> (String, Value) {
        let event = self.event;
        let path = call.split_once(' ').unwrap().1;
        let of_event = path.replace("{id}", &event.to_string());
        match call {
            "POST /api/events/{id}/watch" => {
                self.paid().await;
                (of_event, json!({}))
            }
            "GET /api/events/{id}/watch/live" => {
                self.paid().await;
                let watch = format!("/api/events/{event}/watch");
                let opened = self.app.post_as(&self.alice, &watch, &json!({})).await;
                let session = opened.data()["session"].as_str().unwrap();
                (format!("{of_event}?session={session}"), Value::Null)
            }
            "GET /events/{id}" | "GET /events/{id}/watch" | "GET /events/{id}/poster.png" => {
                (of_event, Value::Null)
            }
            "GET /api/events/{id}" => {
                self.paid().await;
                (of_event, Value::Null)
            }
            "POST /api/stream/authorize" => {
                (path.to_owned(), json!({ "action": "read", "path": "e", "query": "" }))
            }
            "POST /api/admin/events/{id}/announcements" => (of_event, json!({ "text": "Doors are open" })),
            _ => Box::pin(self.prepare_order(call)).await,
        }
    }

    /// Creates the resource that a route needs; returns path and body of the request.
    async fn prepare(&self, call: &str) -> (String, Value) {
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
            "POST /api/users" => {
                (path.to_owned(), json!({ "email": "?", "name": "New", "password": PASSWORD }))
            }
            "POST /api/users/login" => {
                (path.to_owned(), json!({ "email": alice.email, "password": PASSWORD }))
            }
            "POST /api/users/verify-email" => (path.to_owned(), json!({ "token": "1-00" })),
            "POST /api/users/password-reset" | "POST /api/users/login-link" => {
                (path.to_owned(), json!({ "email": alice.email }))
            }
            "POST /api/users/login-link/confirm" => (path.to_owned(), json!({ "token": "00" })),
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
            "GET /api/users/{user_id}/tickets" | "GET /api/users/{user_id}/orders" => {
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
            _ => Box::pin(self.prepare_event_page(call)).await,
        }
    }

    /// Sends a request; returns the status, and the body unless it is a stream.
    async fn send(&self, call: &str, token: Option<&str>, path: &str, body: &Value) -> (u16, Value) {
        let method = Method::from_bytes(call.split_once(' ').unwrap().0.as_bytes()).unwrap();
        let mut request = self.app.request(method.clone(), path);
        if method != Method::GET && method != Method::DELETE {
            let mut body = body.clone();
            if call == "POST /api/users" {
                let number = self.registrations.fetch_add(1, Ordering::Relaxed);
                body["email"] = json!(format!("new{number}@people.example"));
            }
            request = request.json(&body);
        }
        // Direct callers on loopback need no token for metrics.
        if path == "/metrics" {
            request = request.header("X-Forwarded-For", "203.0.113.9");
        }
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        // A stream does not end.
        let streams = path.starts_with("/api/tickets/") || path.starts_with("/api/orders/");
        if status == 200 && (path.contains("/watch/live") || path.ends_with("/events") && streams) {
            return (status, Value::Null);
        }
        (status, serde_json::from_str(&answer.text().await.unwrap()).unwrap_or(Value::Null))
    }

    fn has_response(&self, call: &str, status: u16) -> bool {
        let (method, path) = call.split_once(' ').unwrap();
        let labels = format!("method=\"{method}\",route=\"{path}\",status=\"{status}\"");
        let numbers = self.app.shop.runtime.metrics.text().unwrap();
        String::from_utf8_lossy(&numbers).contains(&labels)
    }

    /// Makes the real sender send the signed request.
    async fn send_signed(&self, call: &str) {
        let vasp = self.app.sandbox().vasp();
        match call {
            "POST /uma/payreq/{ticket_id}" => {
                let bought = self.app.buy(&self.alice, self.event).await.data().clone();
                self.app.approve(&bought).await;
            }
            "POST /api/lnurl/callback" => {
                let event = self.app.add_event(&self.admin, 4_242, 5).await;
                self.app.buy(&self.alice, event).await.data();
                // The payer pays to the shop's UMA address instead.
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
            _ => panic!("no signer of {call}"),
        }
    }
}

async fn check_cases(calls: impl Iterator<Item = &'static Case>) {
    let fixture = Box::pin(Fixture::new()).await;
    let mut failures = Vec::new();
    for (call, audience, expected) in calls {
        let (path, body) = Box::pin(fixture.prepare(call)).await;
        // Routes that revoke their own token get a new account.
        let revokes = matches!(*call, "POST /api/users/logout" | "PUT /api/users/me/password");
        let user = if revokes {
            fixture.app.register(&format!("revoked{}", call.len())).await
        } else {
            fixture.alice.clone()
        };
        let (foreign, authorised) = match audience {
            Admin => (fixture.alice.token.as_str(), fixture.admin.token.as_str()),
            Authenticated => (fixture.revoked.token.as_str(), user.token.as_str()),
            MetricsToken => (fixture.admin.token.as_str(), METRICS_TOKEN),
            Public(..) | Owner | Signer => (fixture.other.token.as_str(), user.token.as_str()),
        };
        let anonymous = fixture.send(call, None, &path, &body).await;
        let other = fixture.send(call, Some(foreign), &path, &body).await;
        let own = if matches!(audience, Signer) {
            Box::pin(fixture.send_signed(call)).await;
            (if fixture.has_response(call, 200) { 200 } else { 0 }, Value::Null)
        } else {
            fixture.send(call, Some(authorised), &path, &body).await
        };
        if [anonymous.0, other.0, own.0] != *expected {
            failures.push(format!("{call}: expected {expected:?}, received {anonymous:?} {other:?} {own:?}"));
        }
        if let Public(_, Some(secret)) = audience {
            let hidden = |body: &Value| body.pointer(secret).is_none_or(Value::is_null);
            if !hidden(&anonymous.1) || !hidden(&other.1) || hidden(&own.1) {
                failures.push(format!("{call}: {secret} is visible to others or not to its owner"));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// Deletes Alice's account, so that it must run last.
fn deletes_alice(call: &str) -> bool {
    call == "DELETE /api/users/{id}"
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_grants_access_to_its_audience_only() {
    check_cases(
        CASES.iter().filter(|(call, audience, _)| !deletes_alice(call) && !matches!(audience, Signer)),
    )
    .await;
    check_cases(CASES.iter().filter(|(call, ..)| deletes_alice(call))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn signed_requests_are_accepted_from_their_signer_only() {
    check_cases(CASES.iter().filter(|(_, audience, _)| matches!(audience, Signer))).await;
}

/// An unauthorised request is not validated further.
#[tokio::test(flavor = "multi_thread")]
async fn authorization_is_checked_before_the_body() {
    let fixture = Box::pin(Fixture::new()).await;
    for (call, audience, _) in CASES {
        let (path, _) = Box::pin(fixture.prepare(call)).await;
        let token = match audience {
            Admin => &fixture.alice.token,
            Authenticated => &fixture.revoked.token,
            _ => continue,
        };
        let invalid = json!({ "nonsense": true });
        let anonymous = fixture.send(call, None, &path, &invalid).await;
        let other = fixture.send(call, Some(token), &path, &invalid).await;
        assert_eq!(anonymous.0, 401, "{call}: {anonymous:?}");
        assert!([401, 403].contains(&other.0), "{call}: {other:?}");
    }
}
