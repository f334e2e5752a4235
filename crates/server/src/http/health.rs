//! Health checks, metrics and public configuration.

use super::{
    client,
    problem::Problem,
    response::Answer,
    state::{PublicConfig, State},
};
use actix_web::{HttpRequest, HttpResponse, http::header, web};
use serde::Serialize;
use std::time::Duration;
use tokio::time::timeout;
use utoipa::ToSchema;

const TIMEOUT: Duration = Duration::from_secs(3);

/// Process health.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Health {
    /// `healthy` or `unhealthy`.
    status: &'static str,
    /// `up` or `down`.
    database: &'static str,
    version: &'static str,
}

async fn database_responds(state: &State) -> bool {
    matches!(timeout(TIMEOUT, state.store.ping()).await, Ok(Ok(())))
}

/// Liveness
#[utoipa::path(get, path = "/health", tag = "operations", responses(
    (status = 200, body = Health), (status = 503, body = Health)))]
pub(super) async fn health(state: web::Data<State>) -> HttpResponse {
    let up = database_responds(&state).await;
    let mut response = if up { HttpResponse::Ok() } else { HttpResponse::ServiceUnavailable() };
    response.insert_header((header::CACHE_CONTROL, "no-store")).json(Health {
        status: if up { "healthy" } else { "unhealthy" },
        database: if up { "up" } else { "down" },
        version: env!("CARGO_PKG_VERSION"),
    })
}

/// Readiness of this replica.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Ready {
    /// `ready` or `not ready`.
    status: &'static str,
    /// Whether the database responds; its schema is checked at start-up.
    database: bool,
    /// Whether the worker has polled for jobs recently.
    worker: bool,
}

/// Readiness
#[utoipa::path(get, path = "/ready", tag = "operations", responses(
    (status = 200, body = Ready), (status = 503, body = Ready)))]
pub(super) async fn ready(state: web::Data<State>) -> HttpResponse {
    let database = database_responds(&state).await;
    let worker = state.liveness.is_alive();
    let ready = database && worker && !state.liveness.is_stopping();
    let mut response = if ready { HttpResponse::Ok() } else { HttpResponse::ServiceUnavailable() };
    response.insert_header((header::CACHE_CONTROL, "no-store")).json(Ready {
        status: if ready { "ready" } else { "not ready" },
        database,
        worker,
    })
}

/// Prometheus metrics
#[utoipa::path(get, path = "/metrics", tag = "operations", security(("metrics" = [])), responses(
    (status = 200, content_type = "text/plain", body = String), (status = 404, body = super::problem::ProblemBody)))]
pub(super) async fn metrics(state: web::Data<State>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    // A local proxy has a loopback address too, but sets X-Forwarded-For.
    let direct = !request.headers().contains_key("x-forwarded-for");
    let local = direct && client::address(request.head(), &[]).is_loopback();
    let given = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let given = given.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
    let token = state.http.metrics_token.as_ref();
    if !local && !token.is_some_and(|token| same(given, token.expose())) {
        return Err(Problem::of_status(actix_web::http::StatusCode::NOT_FOUND));
    }
    count(&state).await;
    let text = state.metrics.text().map_err(Problem::internal)?;
    Ok(HttpResponse::Ok().content_type("text/plain; version=0.0.4").body(text))
}

/// Reads gauges from the database; they keep their values if it is unavailable.
async fn count(state: &State) {
    let now = state.office.now();
    let numbers = async { tokio::try_join!(state.store.job_stats(now), state.store.in_flight()) };
    match timeout(TIMEOUT, numbers).await {
        Ok(Ok((jobs, in_flight))) => {
            state.metrics.jobs(&jobs, now);
            state.metrics.in_flight(&in_flight);
        }
        Ok(Err(error)) => tracing::warn!(%error, "job and payment statistics failed"),
        Err(_) => tracing::warn!("job and payment statistics timed out"),
    }
    state.metrics.settled(state.office.settled());
    if let Some(postgres) = &state.postgres {
        state.metrics.pool(&postgres.pool_state());
    }
}

/// Compares digests, so that timing reveals nothing about the token.
fn same(one: &str, other: &str) -> bool {
    use sha2::{Digest, Sha256};
    Sha256::digest(one) == Sha256::digest(other)
}

/// Public configuration
#[utoipa::path(get, path = "/api/config", tag = "operations", responses(
    (status = 200, body = Answer<PublicConfig>)))]
pub(super) async fn config(state: web::Data<State>) -> HttpResponse {
    let rate = state.rates.current(state.office.now());
    super::response::ok("Configuration retrieved", PublicConfig { rate, ..state.public.clone() })
}
