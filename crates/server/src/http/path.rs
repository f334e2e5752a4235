//! Ids in paths; a non-number is 404.

use super::problem::Problem;
use actix_web::{FromRequest, HttpRequest, dev::Payload};
use std::future::{Ready, ready};

/// The number in the path.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Id(pub(crate) i64);

fn numbers(request: &HttpRequest) -> impl Iterator<Item = Option<i64>> {
    request.match_info().iter().map(|(_, text)| text.parse().ok())
}

fn not_found() -> Problem {
    Problem::of_status(actix_web::http::StatusCode::NOT_FOUND)
}

impl FromRequest for Id {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;
    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(numbers(request).next().flatten().map(Self).ok_or_else(not_found))
    }
}

/// The two numbers in the path.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ids(pub(crate) i64, pub(crate) i64);

impl FromRequest for Ids {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;
    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let mut numbers = numbers(request).map_while(|number| number);
        ready(numbers.next().zip(numbers.next()).map(|(one, two)| Self(one, two)).ok_or_else(not_found))
    }
}
