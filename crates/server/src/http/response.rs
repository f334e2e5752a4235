//! Success envelope and conditional responses.

use super::list_stream;
use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        StatusCode,
        header::{self, HeaderName, HeaderValue, InvalidHeaderValue},
    },
    web::Bytes,
};
use futures_util::Stream;
use kernel::StoreError;
use serde::{Serialize, ser::Error};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

const TOTAL: HeaderName = HeaderName::from_static("x-total-count");

/// Success with data.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Answer<T> {
    /// Human-readable message.
    pub(crate) message: String,
    /// Result.
    pub(crate) data: T,
}

/// Success without data.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Done {
    /// Human-readable message.
    pub(crate) message: String,
}

/// 200 with data.
pub(crate) fn ok<T: Serialize>(message: &str, data: T) -> HttpResponse {
    with_status(StatusCode::OK, message, data)
}

/// 200 with a page of a list and the total count.
pub(crate) fn page<T: Serialize>(message: &str, data: T, total: u64) -> HttpResponse {
    let mut answer = ok(message, data);
    answer.headers_mut().insert(TOTAL, HeaderValue::from(total));
    answer
}

/// 200 with a whole list and the total count.
pub(crate) fn complete_list<T: Serialize + 'static>(
    message: &'static str,
    pages: impl Stream<Item = Result<Vec<T>, StoreError>> + 'static,
    total: u64,
) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((TOTAL, HeaderValue::from(total)))
        .content_type("application/json")
        .streaming(list_stream::envelope(message, pages))
}

/// 201 with data.
pub(crate) fn created<T: Serialize>(message: &str, data: T) -> HttpResponse {
    with_status(StatusCode::CREATED, message, data)
}

/// 202 with data.
pub(crate) fn accepted<T: Serialize>(message: &str, data: T) -> HttpResponse {
    with_status(StatusCode::ACCEPTED, message, data)
}

/// 200 with a message only.
pub(crate) fn done(message: &str) -> HttpResponse {
    done_as(StatusCode::OK, message)
}

/// A success status with a message only.
pub(crate) fn done_as(status: StatusCode, message: &str) -> HttpResponse {
    HttpResponse::build(status)
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(Done { message: message.to_owned() })
}

fn with_status<T: Serialize>(status: StatusCode, message: &str, data: T) -> HttpResponse {
    HttpResponse::build(status)
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(Answer { message: message.to_owned(), data })
}

/// A rendered response with an `ETag`: 304 if unchanged. `no-cache`, because seats change at any time.
#[derive(Debug, Clone)]
pub(crate) struct Rendered {
    body: Bytes,
    kind: HeaderValue,
    tag: HeaderValue,
    total: Option<u64>,
}

impl Rendered {
    /// Renders the success envelope.
    pub(crate) fn new<T: Serialize>(message: &str, data: T) -> Result<Self, serde_json::Error> {
        let body = serde_json::to_vec(&Answer { message: message.to_owned(), data })?;
        Self::of(body.into(), "application/json").map_err(serde_json::Error::custom)
    }

    /// A web page.
    pub(crate) fn html(page: String) -> Result<Self, InvalidHeaderValue> {
        Self::of(page.into(), "text/html; charset=utf-8")
    }

    fn of(body: Bytes, kind: &'static str) -> Result<Self, InvalidHeaderValue> {
        let digest = hex::encode(Sha256::digest(&body).get(..12).unwrap_or_default());
        let tag = HeaderValue::from_str(&format!("W/\"{digest}\""))?;
        Ok(Self { body, kind: HeaderValue::from_static(kind), tag, total: None })
    }

    /// Adds the total count of a list.
    pub(crate) fn of_total(self, total: u64) -> Self {
        Self { total: Some(total), ..self }
    }

    pub(crate) fn answer(&self, request: &HttpRequest) -> HttpResponse {
        let unchanged = request.headers().get(header::IF_NONE_MATCH).is_some_and(|value| {
            value.as_bytes().split(|byte| *byte == b',').any(|tag| tag.trim_ascii() == self.tag.as_bytes())
        });
        let mut response = if unchanged { HttpResponse::NotModified() } else { HttpResponse::Ok() };
        response
            .insert_header((header::ETAG, self.tag.clone()))
            .insert_header((header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache")))
            .append_header((header::VARY, HeaderValue::from_static("Authorization")));
        if let Some(total) = self.total {
            response.insert_header((TOTAL, HeaderValue::from(total)));
        }
        if unchanged {
            return response.finish();
        }
        response.insert_header((header::CONTENT_TYPE, self.kind.clone()));
        response.body(self.body.clone())
    }
}
