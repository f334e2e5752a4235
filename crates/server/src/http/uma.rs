//! LNURL and UMA endpoints, with the protocols' error form.

use super::{
    body::{Raw, is_object},
    path,
    problem::Problem,
    state::State,
};
use actix_web::{Error, HttpRequest, HttpResponse, ResponseError, http::StatusCode, http::header, web};
use box_office::ReceiveUmaError;
use kernel::TicketId;
use serde::{Deserialize, Serialize};
use std::fmt;
use uma_protocol::{
    ErrorCode, UmaError,
    error::ErrorBody,
    lnurlp::{LNURLP_PATH, LnurlpRequest},
};
use utoipa::{IntoParams, ToSchema};

/// Error response in the form of LNURL and UMA.
#[derive(Debug)]
pub(crate) struct Refusal {
    status: StatusCode,
    body: Box<ErrorBody>,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.body.reason)
    }
}

impl ResponseError for Refusal {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        HttpResponse::build(self.status).insert_header((header::CACHE_CONTROL, "no-store")).json(&self.body)
    }
}

impl From<UmaError> for Refusal {
    fn from(error: UmaError) -> Self {
        let status = StatusCode::from_u16(error.http_status()).unwrap_or(StatusCode::BAD_REQUEST);
        Self { status, body: Box::new(error.body()) }
    }
}

/// Converts errors of extractors: the status stays.
impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self { status: problem.status_code(), body: Box::new(ErrorBody::lnurl(problem.to_string())) }
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        tracing::debug!(%error, "invalid wallet query");
        let reason = "the query is invalid";
        Self { status: StatusCode::BAD_REQUEST, body: Box::new(ErrorBody::lnurl(reason)) }
    }
}

impl From<ReceiveUmaError> for Refusal {
    fn from(error: ReceiveUmaError) -> Self {
        let unavailable = |reason: &'static str| Self {
            status: StatusCode::SERVICE_UNAVAILABLE,
            body: Box::new(UmaError::new(ErrorCode::InternalError, reason).body()),
        };
        match error {
            ReceiveUmaError::Protocol(error) => error.into(),
            ReceiveUmaError::Node(error) => {
                tracing::warn!(%error, "invoice creation for a wallet failed");
                unavailable("the Lightning node is not available: try again in a minute")
            }
            ReceiveUmaError::Store(error) => {
                tracing::error!(%error, "wallet request failed");
                unavailable("not available: try again shortly")
            }
            ReceiveUmaError::Entropy(error) => {
                tracing::error!(%error, "wallet request failed");
                unavailable("not available: try again shortly")
            }
        }
    }
}

/// Error for an unmatched path below `/.well-known/lnurlp/`; `None` for other paths.
pub(super) fn not_found_response(path: &str, status: StatusCode) -> Option<HttpResponse> {
    let lnurl = path.starts_with(LNURLP_PATH) || path == LNURLP_PATH.trim_end_matches('/');
    lnurl.then(|| Refusal::from(Problem::of_status(status)).error_response())
}

impl Refusal {
    /// For plain LNURL wallets: HTTP 200, no code (LUD-06).
    fn plain(self) -> HttpResponse {
        HttpResponse::Ok()
            .insert_header((header::CACHE_CONTROL, "no-store"))
            .json(ErrorBody::lnurl(self.body.reason))
    }
}

fn json(body: String) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .content_type("application/json")
        .body(body)
}

fn text(body: &[u8]) -> Result<&str, Refusal> {
    if !is_object(body) {
        let reason = "the body is not a JSON object";
        return Err(UmaError::new(ErrorCode::ParsePayreqRequestError, reason).into());
    }
    std::str::from_utf8(body)
        .map_err(|_| UmaError::new(ErrorCode::ParsePayreqRequestError, "the body is not UTF-8").into())
}

/// Query of an order's payment link.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Reference {
    /// Ticket reference, from the order's payment link.
    ticket: Option<String>,
}

/// Discover the LNURL-pay endpoint
///
/// An LNURL-pay response (LUD-06); with UMA's query parameters, a signed one (UMAD-04).
#[utoipa::path(get, path = "/.well-known/lnurlp/{user}", tag = "uma",
    params(("user" = String, Path, example = "tickets"), Reference), responses(
    (status = 200, body = Object), (status = 404, body = LnurlError), (status = 412, body = LnurlError)))]
pub(super) async fn lnurlp(
    state: web::Data<State>,
    request: HttpRequest,
    reference: Result<web::Query<Reference>, Error>,
) -> Result<HttpResponse, Refusal> {
    let reference = reference?;
    // A UMA request has its own parameters; ours are removed.
    let query: String = request
        .query_string()
        .split('&')
        .filter(|part| !part.starts_with("ticket=") && !part.is_empty())
        .collect::<Vec<_>>()
        .join("&");
    let uma = LnurlpRequest::is_uma(&query);
    let answered = state.office.lnurlp(request.path(), &query, reference.ticket.as_deref()).await;
    let answered = match answered {
        Ok(response) => response.to_json().map_err(ReceiveUmaError::from),
        Err(error) => Err(error),
    };
    match answered {
        Ok(body) => Ok(json(body)),
        Err(error) => {
            let refusal = Refusal::from(error);
            // VASPs evaluate the status, plain wallets the body.
            if uma || refusal.status == StatusCode::NOT_FOUND { Err(refusal) } else { Ok(refusal.plain()) }
        }
    }
}

/// Query of an LNURL callback.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct CallbackQuery {
    /// Ticket reference, from discovery's `callback`.
    #[serde(rename = "ref")]
    reference: Option<String>,
    /// Receiving user as addressed by the UMA payer, from discovery's `callback`.
    payee: Option<String>,
    /// Millisatoshis.
    #[param(value_type = u64)]
    #[expect(dead_code, reason = "read by the protocol, documented here")]
    amount: Option<String>,
}

/// Create an invoice (LUD-06)
///
/// Errors have HTTP status 200, as LNURL requires.
#[utoipa::path(get, path = "/api/lnurl/callback", tag = "uma", params(CallbackQuery), responses(
    (status = 200, description = "`{pr, routes: []}`, or `{status: \"ERROR\", reason}`", body = Object)))]
pub(super) async fn lnurl_callback(
    state: web::Data<State>,
    request: HttpRequest,
    query: Result<web::Query<CallbackQuery>, Error>,
) -> HttpResponse {
    let query = match query {
        Ok(query) => query,
        Err(error) => return Refusal::from(error).plain(),
    };
    let rest: String = request
        .query_string()
        .split('&')
        .filter(|part| !part.starts_with("ref=") && !part.starts_with("payee=") && !part.is_empty())
        .collect::<Vec<_>>()
        .join("&");
    let (reference, payee) = (query.reference.as_deref(), query.payee.as_deref());
    let answered = state.office.lnurl_callback(&rest, reference, payee).await;
    match answered.and_then(|response| Ok(response.to_json()?)) {
        Ok(body) => json(body),
        Err(error) => Refusal::from(error).plain(),
    }
}

/// Query of a pay request to the general callback.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct GeneralPayreqQuery {
    /// Receiving user as addressed by the payer, from discovery's `callback`.
    payee: Option<String>,
}

/// Pay request to the general callback, for the payer's only pending ticket with that price
#[utoipa::path(post, path = "/api/lnurl/callback", tag = "uma", params(GeneralPayreqQuery), request_body = Object, responses(
    (status = 200, body = Object), (status = "4XX", body = LnurlError)))]
pub(super) async fn general_payreq(
    state: web::Data<State>,
    query: Result<web::Query<GeneralPayreqQuery>, Error>,
    body: Result<Raw, Problem>,
) -> Result<HttpResponse, Refusal> {
    let (query, body) = (query?, body?.0);
    let response = state.office.general_payreq(text(&body)?, query.payee.as_deref()).await?;
    Ok(json(response.to_json()?))
}

/// Whether an invoice is settled (LUD-21).
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Verified {
    status: &'static str,
    settled: bool,
    #[schema(required = true)]
    preimage: Option<String>,
    pr: String,
}

/// Verification result, or an LNURL error with the same HTTP status.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum Verification {
    Found(Verified),
    #[expect(dead_code, reason = "written by `Refusal::plain`, documented here")]
    Refused(LnurlError),
}

/// Whether an invoice is settled (LUD-21)
#[utoipa::path(get, path = "/api/lnurl/verify/{payment_hash}", tag = "uma", params(("payment_hash" = String, Path)), responses(
    (status = 200, body = Verification)))]
pub(super) async fn lnurl_verify(state: web::Data<State>, hash: web::Path<String>) -> HttpResponse {
    match state.office.lnurl_verify(&hash).await {
        Ok((pr, settled)) => HttpResponse::Ok()
            .insert_header((header::CACHE_CONTROL, "no-store"))
            .json(Verification::Found(Verified { status: "OK", settled, preimage: None, pr })),
        Err(error) => Refusal::from(error).plain(),
    }
}

/// Query of a pay request; its tag is unguessable.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PayreqQuery {
    /// From the UMA Invoice's callback.
    #[serde(default)]
    t: String,
    /// Receiving user as addressed by the payer.
    payee: Option<String>,
}

/// Pay request for a ticket (UMAD-05)
#[utoipa::path(post, path = "/uma/payreq/{ticket_id}", tag = "uma", params(("ticket_id" = i64, Path), PayreqQuery),
    request_body = Object, responses(
    (status = 200, description = "A signed pay-request response (UMAD-06)", body = Object),
    (status = 400, body = LnurlError), (status = 401, body = LnurlError), (status = 404, body = LnurlError),
    (status = 424, body = LnurlError)))]
pub(super) async fn payreq(
    state: web::Data<State>,
    id: Result<path::Id, Problem>,
    query: Result<web::Query<PayreqQuery>, Error>,
    body: Result<Raw, Problem>,
) -> Result<HttpResponse, Refusal> {
    let (ticket, query, body) = (TicketId::new(id?.0), query?, body?.0);
    let response = state.office.payreq(ticket, &query.t, query.payee.as_deref(), text(&body)?).await?;
    Ok(json(response.to_json()?))
}

/// Pay request for an event invoice (UMAD-05)
#[utoipa::path(post, path = "/uma/payreq/event/{payment_hash}", tag = "uma", params(("payment_hash" = String, Path)),
    request_body = Object, responses((status = 200, body = Object), (status = "4XX", body = LnurlError)))]
pub(super) async fn event_payreq(
    state: web::Data<State>,
    hash: web::Path<String>,
    body: Result<Raw, Problem>,
) -> Result<HttpResponse, Refusal> {
    let response = state.office.event_payreq(&hash, text(&body?.0)?).await?;
    Ok(json(response.to_json()?))
}

/// Public keys (UMAD-02)
#[utoipa::path(get, path = "/.well-known/lnurlpubkey", tag = "uma", responses((status = 200, body = Object)))]
pub(super) async fn public_keys(state: web::Data<State>) -> Result<HttpResponse, Refusal> {
    Ok(json(state.office.public_keys().to_json()?))
}

/// UMA configuration (UMAD-10)
#[utoipa::path(get, path = "/.well-known/uma-configuration", tag = "uma", responses((status = 200, body = Object)))]
pub(super) async fn configuration(state: web::Data<State>) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(state.office.uma_configuration())
}

/// Rejects UMA Requests, since the shop sends no payments (UMAD-11).
pub(super) async fn request() -> Result<HttpResponse, Refusal> {
    Err(UmaError::new(ErrorCode::NotImplemented, "this shop takes payments and makes none").into())
}

/// The error form of LNURL and UMA.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LnurlError {
    /// Always `ERROR`.
    status: String,
    reason: String,
    /// UMA's code.
    code: Option<String>,
}
