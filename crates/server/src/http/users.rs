//! Accounts and wallet connections.

use super::{
    answer::{self, Answer, Done},
    auth::{After, Person, Visitor},
    body::Body,
    limits::Dear,
    path,
    problem::{Problem, ProblemBody},
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, web};
use box_office::{AccountError, Registration, WalletOffer};
use chrono::{DateTime, Utc};
use identity::User;
use kernel::{Secret, UserId};
use serde::{Deserialize, Serialize};
use uma_protocol::UmaAddress;
use utoipa::ToSchema;

/// An account as its owner sees it.
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

/// An account as anybody sees it; `email` and `updated_at` are for its owner and organisers.
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

/// Who logs in.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct Login {
    email: String,
    password: String,
}

/// An access token and whose it is.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LoggedIn {
    /// A JWT, valid for 24 hours: `Authorization: Bearer …`.
    token: String,
    user: UserView,
}

/// What changes of an account.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct UpdateUser {
    email: String,
    name: String,
}

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

/// A wallet to connect. All of it is kept encrypted and never shown again.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct ConnectWallet {
    /// `nostr+walletconnect://…` (NIP-47).
    nwc_connection_uri: String,
    /// When the connection ends.
    expires_at: Option<DateTime<Utc>>,
    /// UMA Auth: from now on this server alone refreshes the connection.
    refresh_token: Option<String>,
    /// UMA Auth.
    client_id: Option<String>,
    /// UMA Auth; without it, it is read from the configuration of the provider of `uma_address` whenever it is needed.
    token_endpoint: Option<String>,
    /// The wallet's own address.
    uma_address: Option<String>,
}

/// Whether a wallet is connected.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = WalletConnection)]
pub(crate) struct WalletView {
    connected: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<DateTime<Utc>>,
    /// Whether the shop renews it by itself before that.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    renews: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    created_at: Option<DateTime<Utc>>,
    /// The wallet's own address, when it said.
    #[serde(skip_serializing_if = "Option::is_none")]
    uma_address: Option<String>,
    /// Why a wallet that was connected is not used any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
}

/// Make an account
#[utoipa::path(post, path = "/api/users", tag = "users", request_body = NewUser, responses(
    (status = 201, body = Answer<UserView>), (status = 400, body = ProblemBody), (status = 409, body = ProblemBody),
    (status = 429, body = ProblemBody)))]
pub(super) async fn register(
    state: web::Data<State>,
    request: HttpRequest,
    Body(form): Body<NewUser>,
) -> Result<HttpResponse, Problem> {
    state.limit(&request, Dear::Register)?;
    let form = Registration { email: form.email, name: form.name, password: form.password };
    let user = state.office.register(form).await?;
    Ok(answer::created("User created successfully", UserView::from(user)))
}

/// Get a token
#[utoipa::path(post, path = "/api/users/login", tag = "users", request_body = Login, responses(
    (status = 200, body = Answer<LoggedIn>), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody),
    (status = 429, body = ProblemBody)))]
pub(super) async fn login(
    state: web::Data<State>,
    request: HttpRequest,
    Body(form): Body<Login>,
) -> Result<HttpResponse, Problem> {
    state.limit(&request, Dear::Login)?;
    for (field, text) in [("email", &form.email), ("password", &form.password)] {
        if text.is_empty() {
            return Err(Problem::field(field, "is required"));
        }
    }
    state.limit_account(&form.email)?;
    let (token, user) = state.office.login(&form.email, form.password).await?;
    Ok(answer::ok("Login successful", LoggedIn { token, user: user.into() }))
}

/// Who am I
#[utoipa::path(get, path = "/api/users/me", tag = "users", security(("token" = [])), responses(
    (status = 200, body = Answer<UserView>), (status = 401, body = ProblemBody)))]
pub(super) async fn me(Person(caller): Person) -> HttpResponse {
    answer::ok("User retrieved successfully", UserView::from(caller.user))
}

/// Change my password; tokens issued before are void
#[utoipa::path(put, path = "/api/users/me/password", tag = "users", security(("token" = [])), request_body = ChangePassword, responses(
    (status = 200, body = Answer<NewToken>), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody)))]
pub(super) async fn change_password(
    state: web::Data<State>,
    request: HttpRequest,
    After(Person(caller), Body(form)): After<Person, Body<ChangePassword>>,
) -> Result<HttpResponse, Problem> {
    state.limit(&request, Dear::Login)?;
    if let Some(email) = &caller.user.email {
        state.limit_account(email.as_str())?;
    }
    let token = state.office.change_password(&caller, form.current_password, form.new_password).await?;
    Ok(answer::ok("Password changed successfully", NewToken { token }))
}

/// Void all my tokens
#[utoipa::path(post, path = "/api/users/logout", tag = "users", security(("token" = [])), responses(
    (status = 200, body = Done), (status = 401, body = ProblemBody)))]
pub(super) async fn logout(state: web::Data<State>, Person(caller): Person) -> Result<HttpResponse, Problem> {
    state.office.logout_everywhere(&caller).await?;
    Ok(answer::done("Logged out everywhere"))
}

/// A link from a mail.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct VerifyEmail {
    token: String,
}

/// Prove an address by the link that was mailed to it
#[utoipa::path(post, path = "/api/users/verify-email", tag = "users", request_body = VerifyEmail, responses(
    (status = 200, body = Answer<UserView>), (status = 400, body = ProblemBody)))]
pub(super) async fn verify_email(
    state: web::Data<State>,
    request: HttpRequest,
    Body(form): Body<VerifyEmail>,
) -> Result<HttpResponse, Problem> {
    state.limit(&request, Dear::Login)?;
    let user = state.office.verify_email(&form.token).await.map_err(|error| match error {
        // It proves an address, and is nobody's log-in.
        AccountError::BadToken(_) => Problem::field("token", "is not valid: ask for a new link"),
        error => error.into(),
    })?;
    Ok(answer::ok("Email verified", UserView::from(user)))
}

/// Is my wallet connected
#[utoipa::path(get, path = "/api/users/me/nwc-connection", tag = "wallet", security(("token" = [])), responses(
    (status = 200, body = Answer<WalletView>), (status = 401, body = ProblemBody)))]
pub(super) async fn wallet(state: web::Data<State>, Person(caller): Person) -> Result<HttpResponse, Problem> {
    let found = state.store.wallet(caller.id()).await?;
    let now = state.office.now();
    let view = match found {
        None => WalletView::default(),
        Some(wallet) => {
            let problem = match &wallet.health {
                identity::WalletHealth::Failed(why) => Some(why.clone()),
                identity::WalletHealth::Connected => None,
            };
            let renewable = wallet.refresh_token.is_some() && problem.is_none();
            WalletView {
                connected: wallet.is_usable(now) || renewable,
                expires_at: wallet.expires_at,
                renews: renewable,
                created_at: Some(wallet.created_at),
                uma_address: wallet.uma_address,
                problem,
            }
        }
    };
    Ok(answer::ok("NWC connection status retrieved", view))
}

/// Connect my wallet, in place of the one before
#[utoipa::path(post, path = "/api/users/me/nwc-connection", tag = "wallet", security(("token" = [])), request_body = ConnectWallet, responses(
    (status = 200, body = Done), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody)))]
pub(super) async fn connect_wallet(
    state: web::Data<State>,
    After(Person(caller), Body(form)): After<Person, Body<ConnectWallet>>,
) -> Result<HttpResponse, Problem> {
    let offer = offer(form, state.http.domain.is_local())?;
    state.office.connect_wallet(&caller, offer).await?;
    Ok(answer::done("NWC connection stored successfully"))
}

/// Forget my wallet
#[utoipa::path(delete, path = "/api/users/me/nwc-connection", tag = "wallet", security(("token" = [])), responses(
    (status = 200, body = Done), (status = 401, body = ProblemBody)))]
pub(super) async fn disconnect_wallet(
    state: web::Data<State>,
    Person(caller): Person,
) -> Result<HttpResponse, Problem> {
    state.office.disconnect_wallet(&caller).await?;
    Ok(answer::done("NWC connection removed successfully"))
}

/// Checks what the wallet's own grammar does not cover.
fn offer(form: ConnectWallet, local: bool) -> Result<WalletOffer, Problem> {
    const LONGEST: usize = 4_000;
    let fields = [
        ("nwc_connection_uri", Some(&form.nwc_connection_uri)),
        ("refresh_token", form.refresh_token.as_ref()),
        ("client_id", form.client_id.as_ref()),
        ("token_endpoint", form.token_endpoint.as_ref()),
        ("uma_address", form.uma_address.as_ref()),
    ];
    for (name, value) in fields {
        if value.is_some_and(|value| value.len() > LONGEST || value.contains('\0')) {
            return Err(Problem::field(name, "is too long"));
        }
    }
    if let Some(endpoint) = &form.token_endpoint {
        let scheme = url::Url::parse(endpoint).map(|url| url.scheme().to_owned()).unwrap_or_default();
        if scheme != "https" && !(local && scheme == "http") {
            return Err(Problem::field("token_endpoint", "must be an https address"));
        }
    }
    if form.refresh_token.is_some() && form.token_endpoint.is_none() && form.uma_address.is_none() {
        return Err(Problem::field("token_endpoint", "or uma_address is required with refresh_token"));
    }
    if form.uma_address.as_ref().is_some_and(|address| UmaAddress::parse(address).is_err()) {
        return Err(Problem::field("uma_address", "must be an address such as $alice@wallet.example"));
    }
    Ok(WalletOffer {
        uri: Secret::new(form.nwc_connection_uri),
        expires_at: form.expires_at,
        refresh_token: form.refresh_token.map(Secret::new),
        client_id: form.client_id,
        token_endpoint: form.token_endpoint,
        uma_address: form.uma_address,
    })
}

/// One account
#[utoipa::path(get, path = "/api/users/{id}", tag = "users", params(("id" = i64, Path)), responses(
    (status = 200, body = Answer<ProfileView>), (status = 404, body = ProblemBody)))]
pub(super) async fn profile(
    state: web::Data<State>,
    id: path::Id,
    Visitor(caller): Visitor,
) -> Result<HttpResponse, Problem> {
    let user = state.store.user(UserId::new(id.0)).await?;
    let user = user.filter(|user| user.deleted_at.is_none()).ok_or_else(|| Problem::not_found("user"))?;
    let full = caller.is_some_and(|caller| caller.is_admin || caller.id() == user.id);
    let view = ProfileView {
        id: user.id.get(),
        email: user.email.filter(|_| full).map(|email| email.as_str().to_owned()),
        name: user.name,
        created_at: user.created_at,
        updated_at: Some(user.updated_at).filter(|_| full),
    };
    Ok(answer::ok("User retrieved successfully", view))
}

/// Change an account: one's own, or any as an organiser
#[utoipa::path(put, path = "/api/users/{id}", tag = "users", security(("token" = [])), params(("id" = i64, Path)), request_body = UpdateUser, responses(
    (status = 200, body = Answer<UserView>), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody),
    (status = 403, body = ProblemBody), (status = 404, body = ProblemBody), (status = 409, body = ProblemBody)))]
pub(super) async fn update(
    state: web::Data<State>,
    id: path::Id,
    After(Person(caller), Body(form)): After<Person, Body<UpdateUser>>,
) -> Result<HttpResponse, Problem> {
    let user = state.office.update_user(&caller, UserId::new(id.0), &form.email, &form.name).await?;
    Ok(answer::ok("User updated successfully", UserView::from(user)))
}

/// Erase an account: one's own, or any as an organiser
#[utoipa::path(delete, path = "/api/users/{id}", tag = "users", security(("token" = [])), params(("id" = i64, Path)), responses(
    (status = 200, body = Done), (status = 401, body = ProblemBody), (status = 403, body = ProblemBody),
    (status = 404, body = ProblemBody), (status = 409, body = ProblemBody)))]
pub(super) async fn erase(
    state: web::Data<State>,
    id: path::Id,
    Person(caller): Person,
) -> Result<HttpResponse, Problem> {
    state.office.delete_user(&caller, UserId::new(id.0)).await?;
    Ok(answer::done("User deleted successfully"))
}
