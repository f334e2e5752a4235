//! Request ids, access log, metrics and the API's error form, for refused requests too. Only the layer
//! `exchange` is outside of it.

use super::{problem::Problem, state::State, uma, watch::gate};
use actix_web::{
    Error, ResponseError,
    body::{BoxBody, EitherBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{
        Method,
        header::{CONTENT_TYPE, HeaderName, HeaderValue},
    },
    middleware::Next,
    web,
};
use kernel::Entropy;
use std::{
    borrow::Cow,
    sync::atomic::{AtomicU64, Ordering},
    time::Instant,
};
use tracing::Instrument;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Maximum length of a logged path segment.
const LONGEST_SEGMENT: usize = 40;

pub(crate) async fn layer(
    state: web::Data<State>,
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<EitherBody<impl MessageBody, BoxBody>>, Error> {
    let started = Instant::now();
    let id = request_id(&request, &state.request_names);
    let method = request.method().clone();
    // `HEAD` runs the handler of `GET`; an outer layer drops the body.
    if method == Method::HEAD {
        request.head_mut().method = Method::GET;
    }
    let span = tracing::info_span!("http", request_id = %id);
    let answered = next.call(request).instrument(span).await;
    let mut response = match answered {
        Ok(response) => with_api_error_form(response),
        Err(error) => return Err(error),
    };
    let status = response.status();
    let took = started.elapsed();
    let route = response.request().match_pattern().unwrap_or_else(|| "other".to_owned());
    state.metrics.request(method.as_str(), &route, status.as_str(), took);
    // Media servers send a request per segment and viewer.
    if !(status.is_success() && route == gate::PATH) {
        tracing::info!(
            target: "access",
            %method,
            path = &*loggable(response.request().path()),
            status = status.as_u16(),
            duration_ms = u64::try_from(took.as_micros()).unwrap_or(u64::MAX) / 1_000,
            request_id = id,
            "request"
        );
    }
    if let Ok(value) = HeaderValue::try_from(id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    Ok(response)
}

/// The client's request id if it is a plain word, else a generated one.
fn request_id(request: &ServiceRequest, names: &RequestNames) -> String {
    let plain = |text: &str| {
        (8..=64).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let given = request.headers().get(&REQUEST_ID).and_then(|value| value.to_str().ok());
    given.filter(|text| plain(text)).map_or_else(|| names.next(), str::to_owned)
}

/// Generator of unique request ids: a random start and a counter.
#[derive(Debug)]
pub(crate) struct RequestNames(AtomicU64);

impl RequestNames {
    pub(crate) fn new(entropy: &dyn Entropy) -> Self {
        let mut bytes = [0_u8; 8];
        // Without entropy, ids may repeat after a restart, which is harmless.
        entropy.fill(&mut bytes).ok();
        Self(AtomicU64::new(u64::from_be_bytes(bytes)))
    }

    fn next(&self) -> String {
        format!("{:016x}", self.0.fetch_add(1, Ordering::Relaxed))
    }
}

/// The path without bolt11 invoices and other long segments, which may be secrets.
fn loggable(path: &str) -> Cow<'_, str> {
    let long = |segment: &str| segment.chars().count() > LONGEST_SEGMENT;
    if !path.split('/').any(long) {
        return Cow::Borrowed(path);
    }
    let cut = |segment: &str| -> String {
        if long(segment) { segment.chars().take(8).chain(['…']).collect() } else { segment.to_owned() }
    };
    Cow::Owned(path.split('/').map(cut).collect::<Vec<_>>().join("/"))
}

/// Gives errors from below the handlers the API's error form.
fn with_api_error_form<B: MessageBody>(
    response: ServiceResponse<B>,
) -> ServiceResponse<EitherBody<B, BoxBody>> {
    let status = response.status();
    let bare = !response.headers().contains_key(CONTENT_TYPE)
        || response
            .headers()
            .get(CONTENT_TYPE)
            .is_some_and(|kind| kind.as_bytes().starts_with(b"text/plain"));
    if (status.is_client_error() || status.is_server_error()) && bare {
        let allow = response.headers().get("allow").cloned();
        let (request, _) = response.into_parts();
        let error = uma::not_found_response(request.path(), status);
        let mut error = error.unwrap_or_else(|| Problem::of_status(status).error_response());
        if let Some(allow) = allow {
            error.headers_mut().insert(HeaderName::from_static("allow"), allow);
        }
        return ServiceResponse::new(request, error).map_into_right_body();
    }
    response.map_into_left_body()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_segments_are_not_logged() {
        let bolt11 = format!("/api/payments/lnbc{}/status", "x".repeat(300));
        assert_eq!(loggable(&bolt11), "/api/payments/lnbcxxxx…/status");
        assert_eq!(loggable("/api/tickets/7/status"), "/api/tickets/7/status");
    }
}
