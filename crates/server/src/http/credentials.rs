//! Passwords, email verification and password reset.

use super::{
    auth::{AuthFirst, Authenticated},
    body::Body,
    limits::RateLimit,
    problem::{Problem, ProblemBody},
    response::{self, Answer, Done},
    state::State,
    users::{LoggedIn, UserView},
};
use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Password change.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct ChangePassword {
    current_password: String,
    #[schema(min_length = 8)]
    new_password: String,
}

/// New token replacing the invalidated ones.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NewToken {
    token: String,
}

/// Change the password; existing tokens become invalid
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

/// Email confirmation token.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct VerifyEmail {
    token: String,
}

/// Confirm an email address
///
/// The link works once, for 24 hours, and only in a session of its account.
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

/// Request a password reset link
///
/// The response is the same whether or not the account exists.
#[utoipa::path(post, path = "/api/users/password-reset", tag = "users", request_body = RequestPasswordReset, responses(
    (status = 202, body = Done), (status = 400, body = ProblemBody), (status = 429, body = ProblemBody)))]
pub(super) async fn request_password_reset(
    state: web::Data<State>,
    request: HttpRequest,
    Body(form): Body<RequestPasswordReset>,
) -> Result<HttpResponse, Problem> {
    state.limit(&request, RateLimit::Login)?;
    state.office.request_password_reset(&form.email, state.origin(&request)).await?;
    Ok(response::done_as(
        StatusCode::ACCEPTED,
        "If there is an account with this email address, a link to set a new password is on its way",
    ))
}

/// Login link request.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct RequestLoginLink {
    #[schema(example = "alice@example.com")]
    email: String,
}

/// Request a link that logs in without a password
///
/// The response is the same whether or not the account exists. An account whose address is unconfirmed gets a password reset link instead.
#[utoipa::path(post, path = "/api/users/login-link", tag = "users", request_body = RequestLoginLink, responses(
    (status = 202, body = Done), (status = 400, body = ProblemBody), (status = 429, body = ProblemBody)))]
pub(super) async fn request_login_link(
    state: web::Data<State>,
    request: HttpRequest,
    Body(form): Body<RequestLoginLink>,
) -> Result<HttpResponse, Problem> {
    state.limit(&request, RateLimit::Login)?;
    state.office.request_login_link(&form.email, state.origin(&request)).await?;
    Ok(response::done_as(
        StatusCode::ACCEPTED,
        "If there is an account with this email address, a login link is on its way",
    ))
}

/// Token of a login link.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct ConfirmLogin {
    token: String,
}

/// Log in with an emailed link
///
/// The link works once, for 15 minutes.
#[utoipa::path(post, path = "/api/users/login-link/confirm", tag = "users", request_body = ConfirmLogin, responses(
    (status = 200, body = Answer<LoggedIn>), (status = 400, body = ProblemBody), (status = 429, body = ProblemBody)))]
pub(super) async fn confirm_login(
    state: web::Data<State>,
    request: HttpRequest,
    Body(form): Body<ConfirmLogin>,
) -> Result<HttpResponse, Problem> {
    state.limit(&request, RateLimit::Login)?;
    let (token, user) = state.office.log_in_with_link(&form.token, state.origin(&request)).await?;
    Ok(response::ok("Login successful", LoggedIn { token, user: user.into() }))
}

/// New password and reset token.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct ConfirmPasswordReset {
    token: String,
    #[schema(min_length = 8)]
    password: String,
}

/// Set a new password with a reset link
///
/// The link works once, for 24 hours. It confirms the email and invalidates all access tokens. An account that was unconfirmed loses its name, wallet connection and unpaid orders, since another person may have registered it.
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
