//! Extraction of JSON bodies and pagination.

use super::{
    objects::ObjectsOnly,
    problem::{Problem, ProblemType},
};
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
use kernel::{FieldCode, Page, Timestamp};
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, Error as _, IgnoredAny},
};
use std::{future::Future, io::ErrorKind, pin::Pin};

/// Maximum size of a body, in bytes.
pub(crate) const MAX_BODY: usize = 64 * 1024;

/// A JSON body. Errors name the field where possible.
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

/// A raw body, for signature verification.
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
                    error => Problem::bad(ProblemType::Invalid, "the body could not be read")
                        .with_cause(error.to_string()),
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

/// Content type of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Json,
    /// A form, which `curl -d` sends by default.
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
        // Other web pages can make browsers send forms and untyped bodies without a CORS preflight. Purchases and
        // accounts need no token, so such bodies are accepted only without an `Origin` header.
        let by_a_page = request.headers().contains_key(header::ORIGIN);
        match kind.as_deref() {
            Some(kind)
                if kind == "application/json"
                    || (kind.starts_with("application/") && kind.ends_with("+json")) =>
            {
                Self::Json
            }
            // Older clients send no content type.
            None if !by_a_page => Self::Json,
            Some("application/x-www-form-urlencoded") if !by_a_page => Self::PerhapsJson,
            _ => Self::Other,
        }
    }
}

/// Whether JSON text starts with an object: serde would also accept an array of field values. [`ObjectsOnly`] checks nested ones.
pub(crate) fn is_object(bytes: &[u8]) -> bool {
    bytes.trim_ascii_start().first() == Some(&b'{')
}

/// Parses a JSON object; the error names the field.
pub(crate) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    if !is_object(bytes) {
        let valid = serde_json::from_slice::<IgnoredAny>(bytes).is_ok();
        let field_error = if valid { "the body must be a JSON object" } else { "the body is not valid JSON" };
        return Err(Problem::bad(ProblemType::Invalid, field_error));
    }
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(ObjectsOnly::new(&mut json)).map_err(|error| {
        let path = error.path().to_string();
        let inner = error.into_inner();
        match inner.classify() {
            serde_json::error::Category::Data => {
                let member = |field: String| if path == "." { field } else { format!("{path}.{field}") };
                if let Some(field) = field_named(&inner, "missing field `") {
                    return Problem::field(&member(field), FieldCode::Missing, "is required");
                }
                if let Some(field) = field_named(&inner, "duplicate field `") {
                    return Problem::field(&member(field), FieldCode::Duplicate, "must be given once only");
                }
                match field_error(&inner) {
                    (_, field_error) if path == "." => {
                        Problem::bad(ProblemType::Invalid, format!("the body {field_error}"))
                    }
                    (code, field_error) => Problem::field(&path, code, field_error),
                }
            }
            _ => Problem::bad(ProblemType::Invalid, "the body is not valid JSON"),
        }
    })?;
    json.end().map_err(|_| Problem::bad(ProblemType::Invalid, "the body is not valid JSON"))?;
    Ok(value)
}

/// Error code and message for a field. They contain neither position nor value.
fn field_error(error: &serde_json::Error) -> (FieldCode, String) {
    let text = error.to_string();
    let text = text.rsplit_once(" at line ").map_or(text.as_str(), |(text, _)| text);
    if text == NOT_A_TIME {
        return (FieldCode::NotATime, text.to_owned());
    }
    if text.starts_with("must ") {
        return (FieldCode::Invalid, text.to_owned());
    }
    let expected = text.split_once(", expected ").map_or("", |(_, expected)| expected);
    let (code, words) = match expected {
        "i64" | "i32" | "u64" | "u32" | "u16" | "u8" | "usize" if text.starts_with("invalid value") => {
            (FieldCode::OutOfRange, "must be a whole number in the allowed range")
        }
        "i64" | "i32" | "u64" | "u32" | "u16" | "u8" | "usize" => {
            (FieldCode::NotANumber, "must be a whole number")
        }
        "f64" | "f32" => (FieldCode::NotANumber, "must be a number"),
        "a boolean" => (FieldCode::NotABoolean, "must be true or false"),
        "a string" | "a borrowed string" | "string" | "a character" => {
            (FieldCode::NotAText, "must be a text")
        }
        "a sequence" => (FieldCode::NotAList, "must be a list"),
        "an object" | "a map" => (FieldCode::Invalid, "must be a JSON object"),
        _ if text.starts_with("unknown variant") => {
            (FieldCode::UnknownValue, "must be one of the documented values")
        }
        _ => (FieldCode::Invalid, "must be of the documented form"),
    };
    (code, words.to_owned())
}

/// The field in an error message about the whole body.
fn field_named(error: &serde_json::Error, prefix: &str) -> Option<String> {
    let text = error.to_string();
    let rest = text.strip_prefix(prefix)?;
    rest.split_once('`').map(|(field, _)| field.to_owned())
}

pub(crate) const NOT_A_TIME: &str = "must be a date and time such as 2026-11-23T20:00:00Z";

/// Parses a time ([`kernel::time::parse`]).
pub(crate) fn time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
    maybe_time(deserializer)?.ok_or_else(|| D::Error::custom(NOT_A_TIME))
}

/// Parses an optional time.
pub(crate) fn maybe_time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    read_time(deserializer, kernel::time::parse)
}

/// Parses an optional time without bounds, since it may equal a stored one of an earlier release. The use case checks
/// changed times.
pub(crate) fn maybe_stored_time<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Timestamp>, D::Error> {
    read_time(deserializer, kernel::time::parse_form)
}

fn read_time<'de, D: Deserializer<'de>>(
    deserializer: D,
    parse: fn(&str) -> Option<Timestamp>,
) -> Result<Option<Timestamp>, D::Error> {
    let Some(value) = Option::<serde_json::Value>::deserialize(deserializer)? else { return Ok(None) };
    value.as_str().and_then(parse).map(Some).ok_or_else(|| D::Error::custom(NOT_A_TIME))
}

/// Pagination. Invalid values count as missing, and too large ones are clamped.
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

    /// This page, or the first page of a whole list without a limit.
    pub(crate) fn or_first(self) -> Page {
        Self { limit: self.limit.or(Some(i64::from(Page::MAX_LIMIT))), ..self }.page()
    }
}

/// Parses a number; invalid input is `None`.
pub(crate) fn lenient<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.and_then(|text| text.trim().parse().ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    struct Purchase {
        #[expect(dead_code, reason = "only its form matters")]
        event_id: i64,
    }

    fn fault(text: &str) -> String {
        parse::<Purchase>(text.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn an_error_names_the_field_and_not_the_value() {
        assert_eq!(fault(r"{}"), "event_id is required");
        assert_eq!(fault(r#"{"event_id":"secret"}"#), "event_id must be a whole number");
        assert_eq!(fault("{"), "The body is not valid JSON");
        assert_eq!(fault(""), "The body is not valid JSON");
        for other in ["[1]", " \n[1]", "1", "null", r#""event_id""#] {
            assert_eq!(fault(other), "The body must be a JSON object", "{other}");
        }
        assert!(parse::<Purchase>(b" \r\n\t{\"event_id\":1}").is_ok());
        assert_eq!(fault(r#"{"event_id":1} x"#), "The body is not valid JSON");
    }

    #[derive(Debug, Deserialize)]
    struct Times {
        #[serde(deserialize_with = "time")]
        start: Timestamp,
        #[serde(default, deserialize_with = "maybe_time")]
        end: Option<Timestamp>,
    }

    #[test]
    fn times_of_a_body_are_rfc_3339_with_four_digit_years() {
        let read = |text: &str| parse::<Times>(text.as_bytes());
        let times = read(r#"{"start":"2026-11-23T20:00:00+09:00"}"#).unwrap();
        assert_eq!((times.start.to_rfc3339().as_str(), times.end), ("2026-11-23T11:00:00+00:00", None));
        assert!(read(r#"{"start":"2026-11-23T20:00:00Z","end":null}"#).unwrap().end.is_none());
        for bad in
            ["\"+020270-01-01T00:00:00.000Z\"", "\"0026-11-23T20:00:00Z\"", "\"\"", "7", "[]", "\"tomorrow\""]
        {
            let fault = read(&format!(r#"{{"start":{bad}}}"#)).unwrap_err().to_string();
            assert_eq!(fault, format!("Start {NOT_A_TIME}"), "{bad}");
            let fault = read(&format!(r#"{{"start":"2026-11-23T20:00:00Z","end":{bad}}}"#)).unwrap_err();
            assert_eq!(fault.to_string(), format!("End {NOT_A_TIME}"), "{bad}");
        }
        assert_eq!(read("{}").unwrap_err().to_string(), "Start is required");
    }

    #[test]
    fn a_stored_time_outside_the_bounds_can_be_written_back() {
        #[derive(Debug, Deserialize)]
        struct Changes {
            #[serde(default, deserialize_with = "maybe_stored_time")]
            end: Option<Timestamp>,
        }
        let end =
            |text: &str| parse::<Changes>(format!(r#"{{"end":"{text}"}}"#).as_bytes()).map(|read| read.end);
        let far = end("9999-12-31T00:00:00Z").unwrap().unwrap();
        assert_eq!(far.to_rfc3339(), "9999-12-31T00:00:00+00:00");
        assert!(end("+020270-01-01T00:00:00Z").is_err());
    }

    #[test]
    fn syntax_errors_are_sentences_without_type_names() {
        #[derive(Debug, Deserialize)]
        #[expect(dead_code, reason = "only its form matters")]
        struct Form {
            name: Option<String>,
            seats: Option<u32>,
            open: Option<bool>,
            share: Option<f64>,
            ids: Option<Vec<i64>>,
            times: Option<Times>,
        }
        for (body, words) in [
            (r#"{"name":1}"#, "Name must be a text"),
            (r#"{"name":{}}"#, "Name must be a text"),
            (r#"{"seats":-1}"#, "Seats must be a whole number in the allowed range"),
            (r#"{"seats":1.5}"#, "Seats must be a whole number"),
            (r#"{"seats":"7"}"#, "Seats must be a whole number"),
            (r#"{"open":"yes"}"#, "Open must be true or false"),
            (r#"{"share":"x"}"#, "Share must be a number"),
            (r#"{"ids":7}"#, "Ids must be a list"),
            (r#"{"times":["2026-11-23T20:00:00Z",null]}"#, "Times must be a JSON object"),
            (r#"{"name":"a","name":"b"}"#, "Name must be given once only"),
        ] {
            let fault = parse::<Form>(body.as_bytes()).unwrap_err().to_string();
            assert_eq!(fault, words, "{body}");
        }
    }

    #[test]
    fn invalid_pagination_falls_back_to_defaults() {
        let page = |limit, offset| PageQuery { limit, offset }.page();
        assert_eq!(page(None, None), Page::default());
        assert_eq!(page(Some(1_000), Some(-5)), Page::new(Some(100), Some(0)));
        assert_eq!(page(Some(-1), None).limit(), 1);
        assert_eq!(page(Some(i64::MAX), Some(i64::MAX)).limit(), 100);
    }
}
