//! Ids in paths: what is not a number names nothing.

use super::problem::Problem;
use actix_web::{FromRequest, HttpRequest, dev::Payload};
use std::future::{Ready, ready};

/// The number in the path.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Id(pub(crate) i64);

impl FromRequest for Id {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;
    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let number = request.match_info().iter().next().and_then(|(_, text)| text.parse().ok());
        ready(number.map(Self).ok_or_else(|| Problem::of_status(actix_web::http::StatusCode::NOT_FOUND)))
    }
}
