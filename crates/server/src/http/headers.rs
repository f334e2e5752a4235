//! Security headers.

use super::{client, state::State};
use actix_web::{
    Error,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::header::{self, HeaderName, HeaderValue},
    middleware::Next,
    web,
};
use events::{Media, MediaKind};
use std::sync::LazyLock;

/// Scripts and styles are our own; connections also go to the buyer's wallet provider and relay, on any host.
const POLICY: &str = "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; \
     font-src 'self'; connect-src 'self' https: wss:; object-src 'none'; base-uri 'none'; form-action 'self'; \
     frame-ancestors 'none'";
/// Local wallets and relays have no TLS.
const LOCAL_POLICY: &str = "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; \
     font-src 'self'; connect-src 'self' https: wss: http://localhost:* http://127.0.0.1:* ws://localhost:* ws://127.0.0.1:*; \
     object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// Added to the watch page's policy on a static host, which does not know the event.
#[cfg(test)]
const STATIC_WATCH: &str = "; frame-src https://www.youtube-nocookie.com https://player.vimeo.com https://player.twitch.tv; \
     media-src 'self' blob: https:; worker-src 'self' blob:";

/// Policy of the watch page: that of other pages, and the origin of the event's player.
pub(crate) fn watch_policy(local: bool, media: Option<&Media>) -> String {
    let base = if local { LOCAL_POLICY } else { POLICY };
    let Some((media, origin)) = media.and_then(|media| media.origin().map(|origin| (media, origin))) else {
        return base.to_owned();
    };
    match media.kind {
        // Segments are appended to a media source with a `blob:` address; a worker converts them.
        MediaKind::Hls => {
            let base = base.replacen("connect-src 'self'", &format!("connect-src 'self' {origin}"), 1);
            format!("{base}; media-src 'self' blob: {origin}; worker-src 'self' blob:")
        }
        MediaKind::Youtube | MediaKind::Vimeo | MediaKind::Twitch => format!("{base}; frame-src {origin}"),
        MediaKind::Link => base.to_owned(),
    }
}

/// Parsed once instead of per response.
static VALUES: LazyLock<Values> = LazyLock::new(|| Values {
    policy: HeaderValue::from_static(POLICY),
    local_policy: HeaderValue::from_static(LOCAL_POLICY),
    always: [
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
        (header::REFERRER_POLICY, HeaderValue::from_static("strict-origin-when-cross-origin")),
        (
            header::PERMISSIONS_POLICY,
            HeaderValue::from_static("camera=(self), geolocation=(), microphone=(), payment=()"),
        ),
        (header::CROSS_ORIGIN_OPENER_POLICY, HeaderValue::from_static("same-origin-allow-popups")),
    ],
    transport: HeaderValue::from_static("max-age=31536000; includeSubDomains"),
});

struct Values {
    policy: HeaderValue,
    local_policy: HeaderValue,
    always: [(HeaderName, HeaderValue); 5],
    transport: HeaderValue,
}

pub(crate) async fn layer(
    state: web::Data<State>,
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let secure = client::is_secure(request.head(), &state.http.trusted_proxies);
    let mut response = next.call(request).await?;
    let local = state.http.domain.is_local();
    let mut put = |name: &HeaderName, value: &HeaderValue| {
        if !response.headers().contains_key(name) {
            response.headers_mut().insert(name.clone(), value.clone());
        }
    };
    put(&header::CONTENT_SECURITY_POLICY, if local { &VALUES.local_policy } else { &VALUES.policy });
    for (name, value) in &VALUES.always {
        put(name, value);
    }
    if secure || !local {
        put(&header::STRICT_TRANSPORT_SECURITY, &VALUES.transport);
    }
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Headers that a static host of the web app must send.
    fn headers() -> impl Iterator<Item = (String, String)> {
        let values = &*VALUES;
        let named = [
            (header::CONTENT_SECURITY_POLICY, values.policy.clone()),
            (header::STRICT_TRANSPORT_SECURITY, values.transport.clone()),
        ];
        let all = named.into_iter().chain(values.always.clone());
        all.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
    }

    #[core::prelude::v1::test]
    fn amplify_sends_the_same_headers_as_the_server() {
        let file = include_str!("../../../../customHttp.yml");
        for (name, value) in headers() {
            let entry = format!("- key: \"{name}\"\n            value: \"{value}\"\n");
            assert!(file.contains(&entry), "customHttp.yml lacks {entry}");
        }
        let watch = format!(
            "- pattern: \"/events/*/watch\"\n        headers:\n          - key: \"content-security-policy\"\n            value: \"{POLICY}{STATIC_WATCH}\"\n"
        );
        assert!(file.contains(&watch), "customHttp.yml lacks {watch}");
        assert_eq!(file.matches("- key:").count(), headers().count() + 1);
        assert!(file.contains("- pattern: \"**\"\n") && file.contains("- appRoot: web\n"));
    }
}
