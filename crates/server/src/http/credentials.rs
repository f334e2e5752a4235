//! Passwords, email verification and password reset.

use super::{
    auth::{AuthFirst, Authenticated},
    body::Body,
    limits::RateLimit,
    problem::{Problem, ProblemBody},
    response::{self, Answer, Done},
    state::State,
    users::UserView,
};
use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A new password.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct ChangePassword {
    current_password: String,
    #[schema(min_length = 8)]
    new_password: String,
}

/// A token in place of those that became void.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NewToken {
    token: String,
}

/// Change my password; tokens issued before are void
#[utoipa::path(put, path = "/api/users/me/password", tag = "users", security(("token" = [])), request_body = ChangePassword, responses(
    (status = 200, body = Answer<NewToken>), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody)))]
pub(super) async fn change_password(
    state: web::Data<State>,
    request: HttpRequest,
    AuthFirst(Authenticated(caller), Body(form)): AuthFirst<Authenticated, Body<ChangePassword>>,
) -> Result<HttpResponse, Problem> {
    state.limit(&request, RateLimit::Login)?;
    let origin = state.origin(&request);
    let token =
        state.office.change_password(&caller, form.current_password, form.new_password, origin).await?;
    Ok(response::ok("Password changed successfully", NewToken { token }))
}

/// A link from an email.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct VerifyEmail {
    token: String,
}

/// Prove my address by the link that was sent to it
///
/// The link is valid once, for 24 hours, and only in a session of the account that it was sent for.
#[utoipa::path(post, path = "/api/users/verify-email", tag = "users", security(("token" = [])), request_body = VerifyEmail, responses(
    (status = 200, body = Answer<UserView>), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody),
    (status = 403, body = ProblemBody)))]
pub(super) async fn verify_email(
    state: web::Data<State>,
    request: HttpRequest,
    AuthFirst(Authenticated(caller), Body(form)): AuthFirst<Authenticated, Body<VerifyEmail>>,
) -> Result<HttpResponse, Problem> {
    state.limit(&request, RateLimit::Login)?;
    let user = state.office.verify_email(&caller, &form.token).await?;
    Ok(response::ok("Email verified", UserView::from(user)))
}

/// Password reset request.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct RequestPasswordReset {
    #[schema(example = "alice@example.com")]
    email: String,
}

/// Request a link that sets a new password
///
/// The answer is the same whether or not an account has the address.
#[utoipa::path(post, path = "/api/users/password-reset", tag = "users", request_body = RequestPasswordReset, responses(
    (status = 202, body = Done), (status = 400, body = ProblemBody), (status = 429, body = ProblemBody)))]
pub(super) async fn request_password_reset(
    state: web::Data<State>,
    request: HttpRequest,
    Body(form): Body<RequestPasswordReset>,
) -> Result<HttpResponse, Problem> {
    state.limit(&request, RateLimit::Login)?;
    state.office.request_password_reset(&form.email).await?;
    Ok(response::done_as(
        StatusCode::ACCEPTED,
        "If there is an account with this email address, a link to set a new password is on its way",
    ))
}

/// New password with the token of a reset link.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct ConfirmPasswordReset {
    token: String,
    #[schema(min_length = 8)]
    password: String,
}

/// Set a new password by a reset link
///
/// The link is valid once, for 24 hours. The address counts as proved, and all access tokens are void. An account whose address
/// was not proved before loses its name, its wallet connection and its unpaid orders: a stranger may have registered it.
#[utoipa::path(post, path = "/api/users/password-reset/confirm", tag = "users", request_body = ConfirmPasswordReset, responses(
    (status = 200, body = Done), (status = 400, body = ProblemBody), (status = 429, body = ProblemBody)))]
pub(super) async fn confirm_password_reset(
    state: web::Data<State>,
    request: HttpRequest,
    Body(form): Body<ConfirmPasswordReset>,
) -> Result<HttpResponse, Problem> {
    state.limit(&request, RateLimit::Login)?;
    state.office.confirm_password_reset(&form.token, form.password, state.origin(&request)).await?;
    Ok(response::done("Password set: log in with it"))
}
