use super::{
    Authority, RevocationRequest, TokenRequest,
    ask::{Ask, AskForm, AuthError, Budget},
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

/// The page on which a user allows or cancels, and the endpoints around it.
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

/// What the configuration document says of UMA Auth.
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

    /// Where tokens are had.
    pub(crate) fn token_endpoint(base_url: &str) -> String {
        format!("{base_url}{TOKEN}")
    }

    /// Where connections are revoked (RFC 7009).
    pub(crate) fn revocation_endpoint(base_url: &str) -> String {
        format!("{base_url}{REVOKE}")
    }
}

fn complain(error: &AuthError) -> HttpResponse {
    let status = match error {
        AuthError::World(_) => StatusCode::INTERNAL_SERVER_ERROR,
        _ => StatusCode::BAD_REQUEST,
    };
    // Both forms: of OAuth for apps, of this wallet for its page.
    fresh(status).json(json!({
        "error": error.code(), "error_description": error.to_string(), "message": error.to_string(),
    }))
}

/// An answer that nobody keeps, and that pages of apps may read.
fn fresh(status: StatusCode) -> HttpResponseBuilder {
    let mut answer = HttpResponse::build(status);
    answer.insert_header((header::CACHE_CONTROL, "no-store"));
    answer
}

fn read(authority: &Authority, query: &str) -> Result<Ask, AuthError> {
    let form = web::Query::<AskForm>::from_query(query)
        .map_err(|_| AuthError::Request("the request cannot be read".to_owned()))?;
    form.into_inner().check(authority.vasp.shop_url())
}

/// What is asked, for the page.
async fn show(authority: Shared, request: HttpRequest) -> HttpResponse {
    if let Some(refusal) = foreign(&authority.vasp, &request) {
        return refusal;
    }
    match read(&authority, request.query_string()) {
        Err(error) => complain(&error),
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
    /// The query of the authorisation request, as it came.
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
        Err(error) => complain(&error),
    }
}

async fn token(authority: Shared, form: web::Form<TokenRequest>) -> HttpResponse {
    let mut answer = match authority.token(&form) {
        Ok(token) => fresh(StatusCode::OK).json(token),
        Err(error) => complain(&error),
    };
    // The app's page asks from its own address (UMADE-01).
    answer.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, header::HeaderValue::from_static("*"));
    answer
}

async fn revoke(authority: Shared, form: web::Form<RevocationRequest>) -> HttpResponse {
    match authority.revoke(&form) {
        Ok(()) => fresh(StatusCode::OK).finish(),
        Err(error) => complain(&error),
    }
}
