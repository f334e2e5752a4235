//! Authentication by bearer token.

use super::{
    problem::{Problem, ProblemType},
    state::State,
};
use actix_web::{FromRequest, HttpRequest, dev::Payload, http::header, web};
use box_office::{AccountError, BoxOffice, Caller};
use kernel::Secret;
use std::{future::Future, pin::Pin};

type Extracting<T> = Pin<Box<dyn Future<Output = Result<T, Problem>>>>;

/// Required authentication; 401 without a valid token.
#[derive(Debug)]
pub(crate) struct Authenticated(pub(crate) Caller);

/// Admin authentication; 401 without a valid token, 403 for other accounts.
#[derive(Debug)]
pub(crate) struct Admin(pub(crate) Caller);

/// Optional authentication; an invalid token is rejected.
#[derive(Debug)]
pub(crate) struct OptionalAuth(pub(crate) Option<Caller>);

/// Optional authentication for public data; an invalid token counts as none.
#[derive(Debug)]
pub(crate) struct LenientAuth(pub(crate) Option<Caller>);

/// Optional authentication of a response that outlives its request; an invalid token counts as none.
///
/// Keeps the token, so that it can be checked again.
#[derive(Debug)]
pub(crate) struct Session {
    token: Option<Secret<String>>,
    caller: Option<Caller>,
}

impl Session {
    pub(crate) const fn caller(&self) -> Option<&Caller> {
        self.caller.as_ref()
    }

    /// Checks the token again: it expires, and is invalidated by log-out, password change and erasure.
    pub(crate) async fn renew(&mut self, office: &BoxOffice) -> Result<(), AccountError> {
        if let Some(token) = &self.token {
            self.caller = Some(office.authenticate(token.expose()).await?);
        }
        Ok(())
    }
}

/// Extracts in order, so that an unauthorised caller gets no validation errors. actix's tuples run concurrently, and
/// the first error wins.
#[derive(Debug)]
pub(crate) struct AuthFirst<A, B>(pub(crate) A, pub(crate) B);

impl<A, B> FromRequest for AuthFirst<A, B>
where
    A: FromRequest<Error = Problem> + 'static,
    B: FromRequest<Error = Problem> + 'static,
{
    type Error = Problem;
    type Future = Extracting<Self>;
    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, mut payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let first = A::from_request(&request, &mut Payload::None).await?;
            Ok(Self(first, B::from_request(&request, &mut payload).await?))
        })
    }
}

/// Access token of a request.
fn bearer(request: &HttpRequest) -> Result<Option<&str>, Problem> {
    let Some(value) = request.headers().get(header::AUTHORIZATION) else { return Ok(None) };
    let token = value.to_str().ok().and_then(|value| {
        let (scheme, token) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
    });
    token
        .map(Some)
        .ok_or_else(|| Problem::unauthorized("the Authorization header must be `Bearer` and an access token"))
}

async fn identify(request: HttpRequest) -> Result<Option<Caller>, Problem> {
    let Some(token) = bearer(&request)? else { return Ok(None) };
    let Some(state) = request.app_data::<web::Data<State>>() else {
        return Err(Problem::internal("no state"));
    };
    Ok(Some(state.office.authenticate(token).await?))
}

fn unauthenticated() -> Problem {
    Problem::unauthorized("log in first")
}

impl FromRequest for Authenticated {
    type Error = Problem;
    type Future = Extracting<Self>;
    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move { identify(request).await?.map(Self).ok_or_else(unauthenticated) })
    }
}

impl FromRequest for Admin {
    type Error = Problem;
    type Future = Extracting<Self>;
    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            match identify(request).await? {
                Some(caller) if caller.is_admin => Ok(Self(caller)),
                Some(_) => Err(Problem::forbidden("only organisers may do this")),
                None => Err(unauthenticated()),
            }
        })
    }
}

impl FromRequest for OptionalAuth {
    type Error = Problem;
    type Future = Extracting<Self>;
    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move { identify(request).await.map(Self) })
    }
}

impl FromRequest for LenientAuth {
    type Error = Problem;
    type Future = Extracting<Self>;
    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            match identify(request).await {
                Err(problem) if problem.kind() == ProblemType::Unauthorized => Ok(Self(None)),
                other => other.map(Self),
            }
        })
    }
}

impl FromRequest for Session {
    type Error = Problem;
    type Future = Extracting<Self>;
    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let token = bearer(request).ok().flatten().map(|token| Secret::new(token.to_owned()));
        let visitor = LenientAuth::from_request(request, payload);
        Box::pin(async move {
            let LenientAuth(caller) = visitor.await?;
            Ok(Self { token: token.filter(|_| caller.is_some()), caller })
        })
    }
}
