//! Authorization of requests to media servers, answered from memory.
//!
//! Reachable by anyone: without a valid token nothing is revealed or read from the store. Media servers send one request per
//! segment and viewer from one address, so no limit per address applies, and grants are not logged.

use crate::http::{
    body::Body,
    problem::{Problem, ProblemBody},
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, web};
use box_office::StreamTarget;
use serde::Deserialize;
use url::form_urlencoded;
use utoipa::ToSchema;

/// Path of both forms.
pub(in crate::http) const PATH: &str = "/api/stream/authorize";

/// Header in which nginx sends the original request target.
const ORIGINAL_URI: &str = "x-original-uri";

/// Actions of a media server that a viewer's token authorizes.
const READ_ACTIONS: [&str; 2] = ["read", "playback"];

/// Authorization request of `MediaMTX`. Other members are ignored.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct MediaServerRequest {
    /// Only reading can be authorized.
    #[schema(example = "read")]
    action: String,
    /// Name of the path.
    #[schema(example = "event7")]
    path: String,
    /// Query of the viewer's request.
    #[serde(default)]
    #[schema(example = "token=00")]
    query: String,
}

/// Value of `token` in a query.
fn token(query: &str) -> Option<String> {
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    pairs.find(|(name, _)| name == "token").map(|(_, value)| value.into_owned())
}

/// Authorize a request to a media server (nginx `auth_request`)
///
/// Reads the viewer's request target with the query parameter `token` from the header `X-Original-URI`.
#[utoipa::path(get, path = "/api/stream/authorize", tag = "operations", params(("X-Original-URI" = String, Header)), responses(
    (status = 204, description = "The token opens this address"), (status = 403, description = "The token does not open this address", body = ProblemBody)))]
pub(in crate::http) async fn authorize_stream(
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let target = request.headers().get(ORIGINAL_URI).and_then(|value| value.to_str().ok());
    let (path, query) = target.and_then(|target| target.split_once('?')).unwrap_or_default();
    let granted = match token(query) {
        Some(token) => state.office.authorizes_stream(&token, StreamTarget::Path(path)).await?,
        None => false,
    };
    Ok(if granted { HttpResponse::NoContent() } else { HttpResponse::Forbidden() }.finish())
}

/// Authorize a request to a media server (`MediaMTX`, `authHTTPAddress`)
#[utoipa::path(post, path = "/api/stream/authorize", tag = "operations", request_body = MediaServerRequest, responses(
    (status = 200, description = "The token opens this path"), (status = 401, description = "The token does not open this path", body = ProblemBody)))]
pub(in crate::http) async fn authorize_media_server(
    state: web::Data<State>,
    Body(request): Body<MediaServerRequest>,
) -> Result<HttpResponse, Problem> {
    let reads = READ_ACTIONS.contains(&request.action.as_str());
    let granted = match token(&request.query).filter(|_| reads) {
        Some(token) => state.office.authorizes_stream(&token, StreamTarget::Name(&request.path)).await?,
        None => false,
    };
    Ok(if granted { HttpResponse::Ok() } else { HttpResponse::Unauthorized() }.finish())
}
