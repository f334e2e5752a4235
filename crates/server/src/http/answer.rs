//! The success envelope, and answers that browsers may ask about again cheaply.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, http::header};
use serde::Serialize;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

/// Success with something to return.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Answer<T> {
    /// A sentence for people.
    pub(crate) message: String,
    /// What was asked for.
    pub(crate) data: T,
}

/// Success with nothing to return.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Done {
    /// A sentence for people.
    pub(crate) message: String,
}

/// 200 with data.
pub(crate) fn ok<T: Serialize>(message: &str, data: T) -> HttpResponse {
    with_status(StatusCode::OK, message, data)
}

/// 201 with data.
pub(crate) fn created<T: Serialize>(message: &str, data: T) -> HttpResponse {
    with_status(StatusCode::CREATED, message, data)
}

/// 200 with a message only.
pub(crate) fn done(message: &str) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(Done { message: message.to_owned() })
}

fn with_status<T: Serialize>(status: StatusCode, message: &str, data: T) -> HttpResponse {
    HttpResponse::build(status)
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(Answer { message: message.to_owned(), data })
}

/// 200 with data that changes seldom: 304 when the client has it already. Seats change at any moment, so nothing is
/// taken from a cache without asking.
pub(crate) fn fresh<T: Serialize>(
    request: &HttpRequest,
    message: &str,
    data: T,
    total: Option<u64>,
) -> Result<HttpResponse, serde_json::Error> {
    let body = serde_json::to_vec(&Answer { message: message.to_owned(), data })?;
    let digest = Sha256::digest(&body);
    let tag = format!("W/\"{}\"", hex::encode(digest.get(..12).unwrap_or_default()));
    let known = request
        .headers()
        .get(header::IF_NONE_MATCH)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.split(',').any(|candidate| candidate.trim() == tag));
    let mut response = if known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    response
        .insert_header((header::ETAG, tag))
        .insert_header((header::CACHE_CONTROL, "private, no-cache"))
        .append_header((header::VARY, "Authorization"));
    if let Some(total) = total {
        response.insert_header(("X-Total-Count", total.to_string()));
    }
    Ok(if known { response.finish() } else { response.content_type("application/json").body(body) })
}
