//! What clients send: JSON bodies, path ids, pages.

use super::problem::Problem;
use actix_web::{
    FromRequest, HttpRequest,
    dev::Payload,
    error::PayloadError,
    http::{
        StatusCode,
        header::{self, HeaderValue},
    },
    web,
};
use futures_util::StreamExt;
use kernel::Page;
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, IgnoredAny},
};
use std::{future::Future, io::ErrorKind, pin::Pin};

/// The largest body, in bytes.
pub(crate) const MAX_BODY: usize = 64 * 1024;

/// A JSON body. Faults of form name the field where possible.
#[derive(Debug)]
pub(crate) struct Body<T>(pub(crate) T);

impl<T: DeserializeOwned + 'static> FromRequest for Body<T> {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let kind = Kind::of(request);
        let read = Raw::from_request(request, payload);
        Box::pin(async move {
            let not_json = || Problem::of_status(StatusCode::UNSUPPORTED_MEDIA_TYPE);
            match kind {
                Kind::Json => parse(&read.await?.0).map(Self),
                Kind::PerhapsJson => {
                    let body = read.await?.0;
                    serde_json::from_slice::<IgnoredAny>(&body).map_err(|_| not_json())?;
                    parse(&body).map(Self)
                }
                Kind::Other => Err(not_json()),
            }
        })
    }
}

/// A body as it came: what is signed is verified byte by byte.
#[derive(Debug)]
pub(crate) struct Raw(pub(crate) web::Bytes);

impl FromRequest for Raw {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let announced = request
            .headers()
            .get(header::CONTENT_LENGTH)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.parse::<usize>().ok());
        let mut payload = payload.take();
        Box::pin(async move {
            let too_large = || Problem::of_status(StatusCode::PAYLOAD_TOO_LARGE);
            if announced.is_some_and(|length| length > MAX_BODY) {
                return Err(too_large());
            }
            let mut body = web::BytesMut::new();
            while let Some(chunk) = payload.next().await {
                let chunk = chunk.map_err(|error| match error {
                    PayloadError::Overflow => too_large(),
                    PayloadError::Io(error) if error.kind() == ErrorKind::TimedOut => {
                        Problem::of_status(StatusCode::REQUEST_TIMEOUT)
                    }
                    error => Problem::bad("invalid", "the body could not be read").because(error.to_string()),
                })?;
                if body.len().saturating_add(chunk.len()) > MAX_BODY {
                    return Err(too_large());
                }
                body.extend_from_slice(&chunk);
            }
            Ok(Self(body.freeze()))
        })
    }
}

/// What a body says it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Json,
    /// A form, says `curl -d` of everything.
    PerhapsJson,
    Other,
}

impl Kind {
    fn of(request: &HttpRequest) -> Self {
        let kind = match request.headers().get(header::CONTENT_TYPE).map(HeaderValue::to_str) {
            None => None,
            Some(Ok(kind)) => Some(kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()),
            Some(Err(_)) => return Self::Other,
        };
        // Any web page can make its visitors' browsers post forms and bodies without a type here, unasked. Our tokens do not
        // travel with those, but purchases and accounts need none, and would count against the visitors' addresses. A browser
        // always names the page that posts, and asks us first (CORS) before it sends JSON: so only where no page is named, the
        // body alone decides what it is.
        let by_a_page = request.headers().contains_key(header::ORIGIN);
        match kind.as_deref() {
            Some(kind)
                if kind == "application/json"
                    || (kind.starts_with("application/") && kind.ends_with("+json")) =>
            {
                Self::Json
            }
            // Older clients leave it out.
            None if !by_a_page => Self::Json,
            Some("application/x-www-form-urlencoded") if !by_a_page => Self::PerhapsJson,
            _ => Self::Other,
        }
    }
}

/// Whether JSON text begins an object. Our bodies are objects without objects inside; a decoder of structs would take an array of
/// the fields' values too.
pub(crate) fn is_object(bytes: &[u8]) -> bool {
    bytes.trim_ascii_start().first() == Some(&b'{')
}

/// Reads a JSON object; says which field is wrong.
pub(crate) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    if !is_object(bytes) {
        let valid = serde_json::from_slice::<IgnoredAny>(bytes).is_ok();
        let complaint = if valid { "the body must be a JSON object" } else { "the body is not valid JSON" };
        return Err(Problem::bad("invalid", complaint));
    }
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        let inner = error.into_inner();
        match inner.classify() {
            serde_json::error::Category::Data => {
                let complaint = complaint(&inner);
                match missing(&complaint) {
                    Some(field) => Problem::field(&field, "is required"),
                    None if path == "." => {
                        Problem::bad("invalid", format!("the body is not as expected: {complaint}"))
                    }
                    None => Problem::field(&path, format!("is not as expected: {complaint}")),
                }
            }
            _ => Problem::bad("invalid", "the body is not valid JSON"),
        }
    })?;
    json.end().map_err(|_| Problem::bad("invalid", "the body is not valid JSON"))?;
    Ok(value)
}

/// The fault without its position, and without the value that someone sent.
fn complaint(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let text = text.rsplit_once(" at line ").map_or(text.as_str(), |(text, _)| text);
    match text.split_once(", expected ") {
        Some((_, expected)) if !text.starts_with("missing") => format!("expected {expected}"),
        _ => text.to_owned(),
    }
}

fn missing(complaint: &str) -> Option<String> {
    complaint.strip_prefix("missing field `").and_then(|rest| rest.strip_suffix('`')).map(str::to_owned)
}

/// A page of a list. A list never fails for its page: what makes no sense counts as not given, what is too much is cut.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
pub(crate) struct PageQuery {
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) limit: Option<i64>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) offset: Option<i64>,
}

impl PageQuery {
    pub(crate) fn page(self) -> Page {
        let bound = |number: i64| u32::try_from(number.clamp(0, i64::from(u32::MAX))).unwrap_or(u32::MAX);
        Page::new(self.limit.map(bound), self.offset.map(bound))
    }

    /// The same, or without a limit the first page of a whole list.
    pub(crate) fn or_whole(self) -> Page {
        Self { limit: self.limit.or(Some(i64::from(Page::MAX_LIMIT))), ..self }.page()
    }
}

/// Reads a number that may be nonsense.
pub(crate) fn lenient<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.and_then(|text| text.trim().parse().ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    struct Wish {
        #[expect(dead_code, reason = "only its form matters")]
        event_id: i64,
    }

    fn fault(text: &str) -> String {
        parse::<Wish>(text.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn a_fault_names_its_field_and_repeats_no_value() {
        assert_eq!(fault(r"{}"), "event_id is required");
        assert_eq!(fault(r#"{"event_id":"secret"}"#), "event_id is not as expected: expected i64");
        assert_eq!(fault("{"), "The body is not valid JSON");
        assert_eq!(fault(""), "The body is not valid JSON");
        for other in ["[1]", " \n[1]", "1", "null", r#""event_id""#] {
            assert_eq!(fault(other), "The body must be a JSON object", "{other}");
        }
        assert!(parse::<Wish>(b" \r\n\t{\"event_id\":1}").is_ok());
        assert_eq!(fault(r#"{"event_id":1} x"#), "The body is not valid JSON");
    }

    #[test]
    fn a_page_never_fails() {
        let page = |limit, offset| PageQuery { limit, offset }.page();
        assert_eq!(page(None, None), Page::default());
        assert_eq!(page(Some(1_000), Some(-5)), Page::new(Some(100), Some(0)));
        assert_eq!(page(Some(-1), None).limit(), 1);
        assert_eq!(page(Some(i64::MAX), Some(i64::MAX)).limit(), 100);
    }
}
