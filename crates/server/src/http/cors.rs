//! Allowed origins (Fetch standard, CORS protocol).

use super::{problem::Problem, state::State};
use actix_web::{
    Error, HttpResponse, ResponseError,
    body::{BoxBody, EitherBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{
        Method,
        header::{self, HeaderMap, HeaderValue},
    },
    middleware::Next,
    web,
};

const METHODS: &str = "GET, POST, PUT, PATCH, DELETE, OPTIONS";
const HEADERS: &str = "Content-Type, Authorization, X-Requested-With, Accept, Origin, Idempotency-Key";
const EXPOSED: &str = "X-Total-Count, X-Request-Id, Retry-After, ETag";

/// Public paths for browser wallets (LUD-06), without credentials.
fn is_for_wallets(path: &str) -> bool {
    path.starts_with("/.well-known/") || path.starts_with("/api/lnurl/") || path.starts_with("/uma/")
}

pub(crate) async fn layer(
    state: web::Data<State>,
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<EitherBody<impl MessageBody, BoxBody>>, Error> {
    let origin = request.headers().get(header::ORIGIN).cloned();
    let allowed = origin.clone().filter(|origin| {
        origin.to_str().is_ok_and(|origin| state.http.cors_origins.iter().any(|allowed| allowed == origin))
    });
    let wallets = is_for_wallets(request.path());
    let preflight = request.method() == Method::OPTIONS
        && origin.is_some()
        && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let mut response = if preflight {
        let answer = if allowed.is_some() || wallets {
            HttpResponse::NoContent().finish()
        } else {
            Problem::forbidden("this origin is not allowed").error_response()
        };
        request.into_response(answer).map_into_right_body()
    } else {
        next.call(request).await?.map_into_left_body()
    };
    allow(response.headers_mut(), allowed, wallets, preflight);
    Ok(response)
}

fn allow(headers: &mut HeaderMap, allowed: Option<HeaderValue>, wallets: bool, preflight: bool) {
    headers.append(header::VARY, HeaderValue::from_static("Origin"));
    match allowed {
        Some(origin) => {
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
        }
        None if wallets => {
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        }
        None => return,
    }
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSED));
    if preflight {
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static(METHODS));
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static(HEADERS));
        headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
    }
}
