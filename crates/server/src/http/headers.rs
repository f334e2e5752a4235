//! What browsers may do with our answers.

use super::{client, state::State};
use actix_web::{
    Error,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::header::{HeaderName, HeaderValue},
    middleware::Next,
    web,
};

/// Scripts and styles come from us; connections go to us, and to the buyer's own wallet provider and relay, which may be anywhere.
const POLICY: &str = "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; \
     font-src 'self'; connect-src 'self' https: wss:; object-src 'none'; base-uri 'none'; form-action 'self'; \
     frame-ancestors 'none'";
/// On this machine wallets and relays have no TLS.
const LOCAL_POLICY: &str = "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; \
     font-src 'self'; connect-src 'self' https: wss: http://localhost:* http://127.0.0.1:* ws://localhost:* ws://127.0.0.1:*; \
     object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

pub(crate) async fn layer(
    state: web::Data<State>,
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let secure = client::is_secure(request.head(), &state.http.trusted_proxies);
    let mut response = next.call(request).await?;
    let policy = if state.http.domain.is_local() { LOCAL_POLICY } else { POLICY };
    let mut put = |name: &'static str, value: &'static str| {
        let (name, value) = (HeaderName::from_static(name), HeaderValue::from_static(value));
        if !response.headers().contains_key(&name) {
            response.headers_mut().insert(name, value);
        }
    };
    put("content-security-policy", policy);
    put("x-content-type-options", "nosniff");
    put("x-frame-options", "DENY");
    put("referrer-policy", "strict-origin-when-cross-origin");
    put("permissions-policy", "camera=(self), geolocation=(), microphone=(), payment=()");
    put("cross-origin-opener-policy", "same-origin-allow-popups");
    if secure || !state.http.domain.is_local() {
        put("strict-transport-security", "max-age=31536000; includeSubDomains");
    }
    Ok(response)
}
