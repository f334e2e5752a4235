use super::{
    Vasp,
    error::VaspError,
    faults::PushFault,
    store::{PaymentRequest, RequestState},
};
use crate::{
    Node,
    auth::Discovery,
    ledger::{Direction, Progress},
    node::NodeError,
};
use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web,
};
use kernel::{Msats, Sats};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::time::Duration;
use uma_protocol::{configuration::Configuration, error::ErrorBody, lnurlp::LNURLP_PATH};
use url::Url;

/// Maximal age of our keys at peers, in seconds.
const KEY_MAX_AGE_SECS: i64 = 300;
const MAX_BODY: usize = 64 * 1024;
const HISTORY: usize = 100;
/// Longer than any client waits.
const UNRESPONSIVE_DELAY: Duration = Duration::from_hours(1);

/// Path of a simulated bitcoin price, for shops that show fiat amounts.
pub const PRICE_PATH: &str = "/price";

type Shared = web::Data<Vasp>;

/// All routes: the page and its API, and the documents and endpoints of the protocols.
pub(crate) fn routes(config: &mut web::ServiceConfig) {
    config
        .app_data(web::PayloadConfig::new(MAX_BODY))
        .route(
            "/",
            web::get().to(async || asset("text/html; charset=utf-8", include_str!("assets/wallet.html"))),
        )
        .route(
            "/wallet.js",
            web::get().to(async || asset("text/javascript", include_str!("assets/wallet.js"))),
        )
        .route("/wallet.css", web::get().to(async || asset("text/css", include_str!("assets/wallet.css"))))
        .route(
            PRICE_PATH,
            web::get().to(async || HttpResponse::Ok().json(json!({ "price": 97_250.5, "currency": "USD" }))),
        )
        .route("/health", web::get().to(async || HttpResponse::Ok().json(json!({ "status": "healthy" }))))
        .route("/api/requests", web::get().to(overview))
        .route("/api/requests/{id}/approve", web::post().to(approve))
        .route("/api/requests/{id}/decline", web::post().to(decline))
        .route("/api/users/{user}/auto-approve", web::post().to(auto_approve))
        .route("/api/users/{user}/pay", web::post().to(pay))
        .route("/api/users/{user}/top-up", web::post().to(top_up))
        .route("/api/simulate", web::post().to(simulate))
        .route(Configuration::PATH, web::get().to(configuration))
        .route(Configuration::PATH, web::post().to(configuration))
        .route("/.well-known/lnurlpubkey", web::get().to(public_keys))
        .route(&format!("{LNURLP_PATH}{{user}}"), web::get().to(lnurlp))
        .route("/lnurl/{user}", web::get().to(plain_invoice))
        .route("/uma/payreq/{user}", web::post().to(payreq))
        .route("/uma/request", web::post().to(pushed));
}

pub(crate) fn asset(kind: &'static str, body: &'static str) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, kind))
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::REFERRER_POLICY, "no-referrer"))
        .insert_header((
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; \
             base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        ))
        .body(body)
}

fn error_reply(status: StatusCode, message: &str) -> HttpResponse {
    HttpResponse::build(status).json(json!({ "message": message }))
}

fn failure(error: &VaspError) -> HttpResponse {
    let status = match error {
        VaspError::NoSuchRequest | VaspError::NoSuchUser => StatusCode::NOT_FOUND,
        VaspError::Decided => StatusCode::CONFLICT,
        VaspError::World(_) => StatusCode::INTERNAL_SERVER_ERROR,
        VaspError::Protocol(_) | VaspError::Node(_) | VaspError::Payment(_) => {
            StatusCode::UNPROCESSABLE_ENTITY
        }
        VaspError::Refused { .. } | VaspError::Unreachable(_) => StatusCode::BAD_GATEWAY,
    };
    HttpResponse::build(status).json(json!({ "message": error.to_string(), "code": error.code() }))
}

/// Rejects cross-site requests, and host names that other sites point here (DNS rebinding).
pub(crate) fn foreign(vasp: &Vasp, request: &HttpRequest) -> Option<HttpResponse> {
    let text = |name: header::HeaderName| request.headers().get(name).and_then(|value| value.to_str().ok());
    let host = text(header::HOST).unwrap_or_default();
    let port = vasp.domain().port().map_or_else(String::new, |port| format!(":{port}"));
    let ours = ["localhost", "127.0.0.1", "[::1]", vasp.domain().host()];
    let foreign_host = !ours.iter().any(|name| host.eq_ignore_ascii_case(&format!("{name}{port}")));
    let foreign_origin = text(header::ORIGIN).is_some_and(|origin| {
        let bare = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
        bare.is_none_or(|bare| !bare.eq_ignore_ascii_case(host))
    });
    let site = text(header::HeaderName::from_static("sec-fetch-site"));
    let foreign_site = site.is_some_and(|site| site != "same-origin" && site != "none");
    let is_post = request.method() == actix_web::http::Method::POST;
    let form =
        is_post && !text(header::CONTENT_TYPE).is_some_and(|kind| kind.starts_with("application/json"));
    let refused = foreign_host || foreign_origin || foreign_site || form;
    refused.then(|| error_reply(StatusCode::FORBIDDEN, "Only this page may do that."))
}

fn shown(vasp: &Vasp, request: &PaymentRequest) -> Value {
    let mut value = serde_json::to_value(request).unwrap_or_default();
    if let Some(fields) = value.as_object_mut() {
        fields.insert("amount_sats".to_owned(), json!(request.amount.map(Msats::to_sats_floor)));
        fields.remove("target").filter(|_| request.pushed).into_iter().for_each(|target| {
            fields.insert("uma_invoice".to_owned(), target);
        });
        if matches!(request.state, RequestState::Pending { .. }) && vasp.is_over(request) {
            fields.insert("state".to_owned(), json!("expired"));
        }
    }
    value
}

async fn overview(vasp: Shared, request: HttpRequest) -> HttpResponse {
    if let Some(refusal) = foreign(&vasp, &request) {
        return refusal;
    }
    let users: Vec<Value> = vasp
        .wallets()
        .iter()
        .map(|(name, node)| {
            let (available, in_flight) = node.purse();
            json!({
                "name": name,
                "display_name": super::display_name(name),
                "uma_address": format!("${name}@{}", vasp.domain()),
                "balance_sats": available.to_sats_floor(),
                "in_flight_sats": in_flight.to_sats_floor(),
                "auto_approve": vasp.auto_approves(name),
                "nwc_uri": vasp.connection(name),
            })
        })
        .collect();
    let received: Vec<Value> = vasp
        .wallets()
        .iter()
        .flat_map(|(name, node)| {
            let arrived = node.payments().into_iter().rev().filter(|payment| {
                payment.direction == Direction::Incoming && payment.progress == Progress::Settled
            });
            arrived.take(HISTORY).map(move |payment| {
                json!({
                    "id": payment.id,
                    "user": name,
                    "amount_sats": payment.amount.to_sats_floor(),
                    "at": payment.resolved_at,
                })
            })
        })
        .collect();
    let requests: Vec<Value> =
        vasp.requests().iter().take(HISTORY).map(|request| shown(&vasp, request)).collect();
    HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).json(json!({
        "domain": vasp.domain(),
        "shop_url": vasp.shop_url,
        "now": vasp.now(),
        "users": users,
        "requests": requests,
        "received": received,
    }))
}

async fn approve(vasp: Shared, request: HttpRequest, id: web::Path<String>) -> HttpResponse {
    if let Some(refusal) = foreign(&vasp, &request) {
        return refusal;
    }
    match vasp.clone().into_inner().approve(&id).await {
        Ok(request) => HttpResponse::Ok().json(shown(&vasp, &request)),
        Err(error) => failure(&error),
    }
}

async fn decline(vasp: Shared, request: HttpRequest, id: web::Path<String>) -> HttpResponse {
    if let Some(refusal) = foreign(&vasp, &request) {
        return refusal;
    }
    match vasp.decline(&id) {
        Ok(request) => HttpResponse::Ok().json(shown(&vasp, &request)),
        Err(error) => failure(&error),
    }
}

#[derive(Deserialize)]
struct Switch {
    on: bool,
}

async fn auto_approve(
    vasp: Shared,
    request: HttpRequest,
    user: web::Path<String>,
    body: web::Json<Switch>,
) -> HttpResponse {
    if let Some(refusal) = foreign(&vasp, &request) {
        return refusal;
    }
    match vasp.clone().into_inner().set_auto_approve(&user, body.on) {
        Ok(()) => HttpResponse::Ok().json(json!({ "auto_approve": body.on })),
        Err(error) => failure(&error),
    }
}

#[derive(Deserialize)]
struct Payment {
    to: String,
    amount_sats: Option<Sats>,
    comment: Option<String>,
}

async fn pay(
    vasp: Shared,
    request: HttpRequest,
    user: web::Path<String>,
    body: web::Json<Payment>,
) -> HttpResponse {
    if let Some(refusal) = foreign(&vasp, &request) {
        return refusal;
    }
    let amount = body.amount_sats.filter(|sats| !sats.is_zero()).map(Sats::to_msats);
    match vasp.clone().into_inner().pay(&user, &body.to, amount, body.comment.as_deref()).await {
        Ok(request) => HttpResponse::Ok().json(shown(&vasp, &request)),
        Err(error) => failure(&error),
    }
}

#[derive(Deserialize)]
struct TopUp {
    amount_sats: Sats,
}

async fn top_up(
    vasp: Shared,
    request: HttpRequest,
    user: web::Path<String>,
    body: web::Json<TopUp>,
) -> HttpResponse {
    if let Some(refusal) = foreign(&vasp, &request) {
        return refusal;
    }
    match vasp.top_up(&user, body.amount_sats.to_msats()) {
        Ok(()) => HttpResponse::Ok().json(json!({})),
        Err(error) => failure(&error),
    }
}

impl Vasp {
    /// Adds test money.
    pub(crate) fn top_up(&self, user: &str, amount: Msats) -> Result<(), VaspError> {
        if amount.is_zero() {
            return Err(NodeError::AmountMissing.into());
        }
        let node = self.wallet(user)?;
        let text = crate::InvoiceText::Description("More test money".to_owned());
        let invoice = node.make_invoice(Some(amount), &text, 60)?;
        node.receive_without_payer(&invoice.bolt11, None)?;
        Ok(())
    }
}

#[derive(Deserialize)]
struct Simulated {
    bolt11: String,
}

/// Settles an invoice of the shop without a payer, like `tickets simulate-payment`.
async fn simulate(
    vasp: Shared,
    shop: web::Data<Node>,
    request: HttpRequest,
    body: web::Json<Simulated>,
) -> HttpResponse {
    if let Some(refusal) = foreign(&vasp, &request) {
        return refusal;
    }
    match shop.receive_without_payer(body.bolt11.trim(), None) {
        Ok(payment) => {
            let state = if payment.progress == Progress::InFlight { "paying" } else { "paid" };
            HttpResponse::Ok().json(json!({ "amount_sats": payment.amount.to_sats_floor(), "state": state }))
        }
        Err(error) => failure(&error.into()),
    }
}

/// The provider's configuration document, UMA Auth included.
#[derive(Serialize)]
struct Document {
    #[serde(flatten)]
    document: Configuration,
    #[serde(flatten)]
    discovery: Discovery,
}

async fn configuration(vasp: Shared) -> HttpResponse {
    let base_url = vasp.domain().base_url();
    let mut document =
        Configuration::own("Test wallet (test money)", Url::parse(&format!("{base_url}/uma/request")).ok());
    document.token_endpoint = Some(Discovery::token_endpoint(&base_url));
    document.revocation_endpoint = Some(Discovery::revocation_endpoint(&base_url));
    let discovery = Discovery::at(&base_url);
    HttpResponse::Ok()
        .insert_header((header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"))
        .json(Document { document, discovery })
}

async fn public_keys(vasp: Shared) -> HttpResponse {
    let expiry = vasp.now().timestamp().saturating_add(KEY_MAX_AGE_SECS);
    match vasp.keys.publish(expiry).to_json() {
        Ok(body) => HttpResponse::Ok().content_type("application/json").body(body),
        Err(error) => HttpResponse::ServiceUnavailable().json(error.body()),
    }
}

/// The error form of LNURL, with UMA's code and status.
fn protocol_error(error: &VaspError) -> HttpResponse {
    let error = error.to_uma();
    let status = StatusCode::from_u16(error.http_status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    HttpResponse::build(status).json(error.body())
}

fn answered(body: Result<String, VaspError>) -> HttpResponse {
    match body {
        Ok(body) => HttpResponse::Ok()
            .insert_header((header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"))
            .content_type("application/json")
            .body(body),
        Err(error) => protocol_error(&error),
    }
}

async fn lnurlp(vasp: Shared, request: HttpRequest) -> HttpResponse {
    let offer = vasp.offer(request.uri().path(), request.query_string()).await;
    answered(offer.and_then(|offer| Ok(offer.to_json()?)))
}

async fn plain_invoice(vasp: Shared, request: HttpRequest, user: web::Path<String>) -> HttpResponse {
    match vasp.invoice(&user, request.query_string()).and_then(|answer| Ok(answer.to_json()?)) {
        Ok(body) => answered(Ok(body)),
        // LNURL wallets parse errors with status 200 only.
        Err(error) => HttpResponse::Ok().json(ErrorBody::lnurl(error.to_string())),
    }
}

async fn payreq(vasp: Shared, request: HttpRequest, user: web::Path<String>, body: String) -> HttpResponse {
    let answer = vasp.answer_payreq(&user, request.query_string(), &body).await;
    answered(answer.and_then(|answer| Ok(answer.to_json()?)))
}

async fn pushed(vasp: Shared, request: HttpRequest, body: String) -> HttpResponse {
    let fault = vasp.faults().take_push();
    match fault {
        Some(PushFault::Silent) => tokio::time::sleep(UNRESPONSIVE_DELAY).await,
        Some(PushFault::Slow(time)) => tokio::time::sleep(time).await,
        Some(PushFault::Refuse(status)) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
            return HttpResponse::build(status).json(ErrorBody::lnurl("planned fault"));
        }
        Some(PushFault::TakeAndFail) | None => {}
    }
    match vasp.clone().into_inner().take_push(&body, request.query_string()).await {
        Ok(_) if fault == Some(PushFault::TakeAndFail) => HttpResponse::InternalServerError().finish(),
        Ok(request) => HttpResponse::Ok().json(json!({ "id": request.id })),
        Err(error) => protocol_error(&error),
    }
}
