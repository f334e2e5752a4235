//! Accounts.

use super::{
    auth::{AuthFirst, Authenticated, LenientAuth},
    body::Body,
    client,
    foreign_ids::ForeignId,
    limits::RateLimit,
    path,
    problem::{Problem, ProblemBody},
    response::{self, Answer, Done},
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, web};
use box_office::{ProfileChange, Registration};
use chrono::{DateTime, Utc};
use identity::User;
use kernel::{FieldCode, UserId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Account, as visible to its owner.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = User)]
pub(crate) struct UserView {
    id: i64,
    email: String,
    name: String,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl From<User> for UserView {
    fn from(user: User) -> Self {
        Self {
            id: user.id.get(),
            email: user.email.map(|email| email.as_str().to_owned()).unwrap_or_default(),
            name: user.name,
            created_at: user.created_at,
            updated_at: user.updated_at,
        }
    }
}

/// The caller's account.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OwnUser)]
pub(crate) struct OwnUserView {
    #[serde(flatten)]
    user: UserView,
    /// Whether the account is an organiser's.
    is_admin: bool,
}

/// Public account; `email` and `updated_at` are visible to its owner and organisers.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UserProfile)]
pub(crate) struct ProfileView {
    id: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    name: String,
    created_at: DateTime<Utc>,
    #[serde(skip_serializing_if = "Option::is_none")]
    updated_at: Option<DateTime<Utc>>,
}

/// A new account.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct NewUser {
    #[schema(example = "alice@example.com")]
    email: String,
    #[schema(example = "Alice")]
    name: String,
    /// At least 8 characters.
    #[schema(min_length = 8)]
    password: String,
}

/// Login credentials.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct Login {
    email: String,
    password: String,
}

/// Access token and its account.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LoggedIn {
    /// A JWT, valid for 24 hours: `Authorization: Bearer …`.
    pub(super) token: String,
    pub(super) user: UserView,
}

/// Account update.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct UpdateUser {
    email: String,
    name: String,
    /// Current password of the caller; required when `email` changes.
    current_password: Option<String>,
}

/// Create an account
#[utoipa::path(post, path = "/api/users", tag = "users", request_body = NewUser, responses(
    (status = 201, body = Answer<UserView>), (status = 400, body = ProblemBody), (status = 409, body = ProblemBody),
    (status = 429, body = ProblemBody)))]
pub(super) async fn register(
    state: web::Data<State>,
    request: HttpRequest,
    Body(form): Body<NewUser>,
) -> Result<HttpResponse, Problem> {
    state.limit(&request, RateLimit::Register)?;
    let form = Registration {
        email: form.email,
        name: form.name,
        password: form.password,
        language: client::language(request.head()),
    };
    let user = state.office.register(form, state.origin(&request)).await?;
    Ok(response::created("User created successfully", UserView::from(user)))
}

/// Log in
#[utoipa::path(post, path = "/api/users/login", tag = "users", request_body = Login, responses(
    (status = 200, body = Answer<LoggedIn>), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody),
    (status = 429, body = ProblemBody)))]
pub(super) async fn login(
    state: web::Data<State>,
    request: HttpRequest,
    Body(form): Body<Login>,
) -> Result<HttpResponse, Problem> {
    state.limit(&request, RateLimit::Login)?;
    for (field, text) in [("email", &form.email), ("password", &form.password)] {
        if text.is_empty() {
            return Err(Problem::field(field, FieldCode::Missing, "is required"));
        }
    }
    let origin = state.origin(&request);
    let (token, user) = state.office.login(&form.email, form.password, origin).await?;
    Ok(response::ok("Login successful", LoggedIn { token, user: user.into() }))
}

/// Get the caller's account
#[utoipa::path(get, path = "/api/users/me", tag = "users", security(("token" = [])), responses(
    (status = 200, body = Answer<OwnUserView>), (status = 401, body = ProblemBody)))]
pub(super) async fn me(Authenticated(caller): Authenticated) -> HttpResponse {
    let is_admin = caller.is_admin;
    response::ok("User retrieved successfully", OwnUserView { user: caller.user.into(), is_admin })
}

/// Log out of all sessions
#[utoipa::path(post, path = "/api/users/logout", tag = "users", security(("token" = [])), responses(
    (status = 200, body = Done), (status = 401, body = ProblemBody)))]
pub(super) async fn logout(
    state: web::Data<State>,
    Authenticated(caller): Authenticated,
) -> Result<HttpResponse, Problem> {
    state.office.logout_everywhere(&caller).await?;
    Ok(response::done("Logged out everywhere"))
}

/// Get an account
#[utoipa::path(get, path = "/api/users/{id}", tag = "users", params(("id" = i64, Path)), responses(
    (status = 200, body = Answer<ProfileView>), (status = 404, body = ProblemBody), (status = 429, body = ProblemBody)))]
pub(super) async fn profile(
    state: web::Data<State>,
    request: HttpRequest,
    id: path::Id,
    LenientAuth(caller): LenientAuth,
) -> Result<HttpResponse, Problem> {
    let id = UserId::new(id.0);
    let full = caller.is_some_and(|caller| caller.is_admin || caller.id() == id);
    if !full {
        state.limit_foreign_id(&request, ForeignId::User(id))?;
    }
    let user = state.store.user(id).await?;
    let user = user.filter(|user| user.deleted_at.is_none()).ok_or_else(|| Problem::not_found("user"))?;
    let view = ProfileView {
        id: user.id.get(),
        email: user.email.filter(|_| full).map(|email| email.as_str().to_owned()),
        name: user.name,
        created_at: user.created_at,
        updated_at: Some(user.updated_at).filter(|_| full),
    };
    Ok(response::ok("User retrieved successfully", view))
}

/// Update an account; organisers may update any account
#[utoipa::path(put, path = "/api/users/{id}", tag = "users", security(("token" = [])), params(("id" = i64, Path)), request_body = UpdateUser, responses(
    (status = 200, body = Answer<UserView>), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody),
    (status = 403, body = ProblemBody), (status = 404, body = ProblemBody), (status = 409, body = ProblemBody)))]
pub(super) async fn update(
    state: web::Data<State>,
    request: HttpRequest,
    id: path::Id,
    AuthFirst(Authenticated(caller), Body(form)): AuthFirst<Authenticated, Body<UpdateUser>>,
) -> Result<HttpResponse, Problem> {
    let change =
        ProfileChange { email: form.email, name: form.name, current_password: form.current_password };
    let origin = state.origin(&request);
    let user = state.office.update_user(&caller, UserId::new(id.0), change, origin).await?;
    Ok(response::ok("User updated successfully", UserView::from(user)))
}

/// Delete an account; organisers may delete any account
#[utoipa::path(delete, path = "/api/users/{id}", tag = "users", security(("token" = [])), params(("id" = i64, Path)), responses(
    (status = 200, body = Done), (status = 401, body = ProblemBody), (status = 403, body = ProblemBody),
    (status = 404, body = ProblemBody), (status = 409, body = ProblemBody)))]
pub(super) async fn erase(
    state: web::Data<State>,
    request: HttpRequest,
    id: path::Id,
    Authenticated(caller): Authenticated,
) -> Result<HttpResponse, Problem> {
    state.office.delete_user(&caller, UserId::new(id.0), state.origin(&request)).await?;
    Ok(response::done("User deleted successfully"))
}
