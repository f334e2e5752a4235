use super::{
    Authority, RevocationRequest, TokenRequest,
    auth_request::{AuthError, AuthRequest, AuthRequestForm, Budget},
};
use crate::vasp::{asset, display_name, foreign};
use actix_web::{
    HttpRequest, HttpResponse, HttpResponseBuilder,
    http::{StatusCode, header},
    web,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use url::Url;

pub(super) const AUTHORIZE: &str = "/uma/auth/authorize";
pub(super) const TOKEN: &str = "/uma/auth/token";
pub(super) const REVOKE: &str = "/uma/auth/revoke";
const CONSENT: &str = "/api/auth/consent";

type Shared = web::Data<Authority>;

/// Routes of the consent page and of OAuth.
pub(crate) fn routes(config: &mut web::ServiceConfig) {
    config
        .route(
            AUTHORIZE,
            web::get().to(async || asset("text/html; charset=utf-8", include_str!("assets/authorize.html"))),
        )
        .route(
            "/authorize.js",
            web::get().to(async || asset("text/javascript", include_str!("assets/authorize.js"))),
        )
        .route(CONSENT, web::get().to(show))
        .route(CONSENT, web::post().to(decide))
        .route(TOKEN, web::post().to(token))
        .route(REVOKE, web::post().to(revoke));
}

/// UMA Auth's part of the configuration document.
#[derive(Serialize)]
pub(crate) struct Discovery {
    authorization_endpoint: Option<Url>,
    grant_types_supported: [&'static str; 2],
    code_challenge_methods_supported: [&'static str; 1],
    nwc_commands_supported: &'static [&'static str],
}

impl Discovery {
    /// Of the provider at this address.
    pub(crate) fn at(base_url: &str) -> Self {
        Self {
            authorization_endpoint: Url::parse(&format!("{base_url}{AUTHORIZE}")).ok(),
            grant_types_supported: ["authorization_code", "refresh_token"],
            code_challenge_methods_supported: ["S256"],
            nwc_commands_supported: &crate::nostr::METHODS,
        }
    }

    /// URL of the token endpoint.
    pub(crate) fn token_endpoint(base_url: &str) -> String {
        format!("{base_url}{TOKEN}")
    }

    /// URL of the revocation endpoint (RFC 7009).
    pub(crate) fn revocation_endpoint(base_url: &str) -> String {
        format!("{base_url}{REVOKE}")
    }
}

fn error_response(error: &AuthError) -> HttpResponse {
    let status = match error {
        AuthError::World(_) => StatusCode::INTERNAL_SERVER_ERROR,
        _ => StatusCode::BAD_REQUEST,
    };
    // Both error forms: OAuth's for apps, the wallet's own for its page.
    fresh(status).json(json!({
        "error": error.code(), "error_description": error.to_string(), "message": error.to_string(),
    }))
}

/// A response without caching, readable from any origin.
fn fresh(status: StatusCode) -> HttpResponseBuilder {
    let mut answer = HttpResponse::build(status);
    answer.insert_header((header::CACHE_CONTROL, "no-store"));
    answer
}

fn read(authority: &Authority, query: &str) -> Result<AuthRequest, AuthError> {
    let form = web::Query::<AuthRequestForm>::from_query(query)
        .map_err(|_| AuthError::Request("the request cannot be read".to_owned()))?;
    form.into_inner().check(authority.vasp.shop_url())
}

/// The request, for the page.
async fn show(authority: Shared, request: HttpRequest) -> HttpResponse {
    if let Some(refusal) = foreign(&authority.vasp, &request) {
        return refusal;
    }
    match read(&authority, request.query_string()) {
        Err(error) => error_response(&error),
        Ok(ask) => {
            let users: Vec<_> = authority
                .wallets
                .keys()
                .map(|name| json!({ "name": name, "display_name": display_name(name) }))
                .collect();
            let site = Url::parse(&ask.redirect_uri).map(|url| url.origin().ascii_serialization()).ok();
            let days = ask.budget.as_ref().and_then(Budget::period).map(|period| period.num_days());
            fresh(StatusCode::OK).json(json!({
                "site": site,
                "user": ask.user,
                "users": users,
                "commands": ask.commands,
                "budget_sats": ask.budget.as_ref().map(|budget| budget.amount.to_sats_floor()),
                "budget_days": days,
            }))
        }
    }
}

#[derive(Deserialize)]
struct Decision {
    /// Query of the authorisation request, unmodified.
    request: String,
    user: String,
    allow: bool,
}

async fn decide(authority: Shared, request: HttpRequest, body: web::Json<Decision>) -> HttpResponse {
    if let Some(refusal) = foreign(&authority.vasp, &request) {
        return refusal;
    }
    let decision = body.into_inner();
    let back = read(&authority, &decision.request).and_then(|ask| {
        if decision.allow {
            let code = authority.allow(ask.clone(), &decision.user)?;
            ask.back(&[("code", &code)])
        } else {
            ask.back(&[("error", "access_denied"), ("error_description", "The user cancelled.")])
        }
    });
    match back {
        Ok(back) => fresh(StatusCode::OK).json(json!({ "redirect": back })),
        Err(error) => error_response(&error),
    }
}

async fn token(authority: Shared, form: web::Form<TokenRequest>) -> HttpResponse {
    let mut answer = match authority.token(&form) {
        Ok(token) => fresh(StatusCode::OK).json(token),
        Err(error) => error_response(&error),
    };
    // The app's page sends it from its own origin (UMADE-01).
    answer.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, header::HeaderValue::from_static("*"));
    answer
}

async fn revoke(authority: Shared, form: web::Form<RevocationRequest>) -> HttpResponse {
    match authority.revoke(&form) {
        Ok(()) => fresh(StatusCode::OK).finish(),
        Err(error) => error_response(&error),
    }
}
