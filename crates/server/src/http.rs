//! The shop's counter: routes, middleware, and the shapes that go over the wire.

mod access;
mod admin;
mod answer;
mod auth;
mod body;
mod client;
mod cors;
mod events;
mod headers;
mod health;
mod letters;
mod limits;
mod live;
mod openapi;
mod path;
mod payments;
mod problem;
mod purchases;
mod showcase;
mod state;
mod tickets;
mod uma;
mod users;
mod web;
mod webhooks;

pub use openapi::document;
pub use state::{PublicConfig, Rate, State, UmaAuthConfig};

use actix_web::{
    App, HttpServer,
    dev::Server,
    error::InternalError,
    http::KeepAlive,
    middleware::{Compress, from_fn},
    web::{Data, QueryConfig, ServiceConfig, delete, get, post, put, resource, to},
};
use std::{io, net::TcpListener, sync::Arc, time::Duration};
use utoipa_swagger_ui::SwaggerUi;

/// How long a client may take to send its request's head.
const SLOWEST_HEAD: Duration = Duration::from_secs(10);

/// Serves the shop on a listening socket until it is stopped; running requests then have `shutdown_secs` to finish.
pub fn serve(state: Arc<State>, listener: TcpListener) -> io::Result<Server> {
    let shutdown = u64::from(state.http.shutdown_secs);
    let state = Data::from(state);
    Ok(HttpServer::new(move || {
        App::new()
            .app_data(state.clone())
            .app_data(query_faults())
            .wrap(Compress::default())
            .wrap(from_fn(headers::layer))
            .wrap(from_fn(cors::layer))
            .wrap(from_fn(access::layer))
            .configure(routes)
            .default_service(to(web::serve))
    })
    .listen(listener)?
    .client_request_timeout(SLOWEST_HEAD)
    .keep_alive(KeepAlive::Timeout(Duration::from_secs(75)))
    .shutdown_timeout(shutdown)
    .disable_signals()
    .run())
}

fn query_faults() -> QueryConfig {
    QueryConfig::default().error_handler(|error, _| {
        let problem =
            problem::Problem::bad("invalid", "the query cannot be understood").because(error.to_string());
        InternalError::from_response("query", actix_web::ResponseError::error_response(&problem)).into()
    })
}

/// Every route, grouped by path so that a wrong method is told from a wrong path.
fn routes(routes: &mut ServiceConfig) {
    for_everybody(routes);
    for_people(routes);
    for_organisers(routes);
    for_wallets(routes);
    routes
        .route("/health", get().to(health::health))
        .route("/ready", get().to(health::ready))
        .route("/metrics", get().to(health::metrics))
        .route("/sandbox/letters", get().to(letters::page))
        .route("/api/config", get().to(health::config))
        .route("/api/openapi.json", get().to(openapi::json))
        .route("/api/docs", get().to(openapi::docs))
        .service(
            SwaggerUi::new("/api/docs/{_:.*}").config(utoipa_swagger_ui::Config::from("/api/openapi.json")),
        );
}

fn for_everybody(routes: &mut ServiceConfig) {
    routes
        .service(resource("/api/events").get(events::list))
        .service(resource("/api/events/{id}").get(events::one))
        .service(resource("/api/tickets/purchase").post(purchases::purchase))
        .service(resource("/api/tickets/validate").post(tickets::validate))
        .service(resource("/api/tickets/uma-callback").post(payments::callback))
        .service(resource("/api/tickets/{id}/status").get(tickets::status))
        .service(resource("/api/tickets/{id}/cancel").post(tickets::cancel))
        .service(resource("/api/tickets/{id}/events").get(live::status))
        .service(resource("/api/webhooks/payment").post(webhooks::payment));
}

fn for_people(routes: &mut ServiceConfig) {
    routes
        .service(resource("/api/users").post(users::register))
        .service(resource("/api/users/login").post(users::login))
        .service(resource("/api/users/logout").post(users::logout))
        .service(resource("/api/users/verify-email").post(users::verify_email))
        .service(resource("/api/users/me").get(users::me))
        .service(resource("/api/users/me/password").put(users::change_password))
        .service(
            resource("/api/users/me/nwc-connection")
                .get(users::wallet)
                .post(users::connect_wallet)
                .delete(users::disconnect_wallet),
        )
        .service(resource("/api/users/{id}").get(users::profile).put(users::update).delete(users::erase))
        .service(resource("/api/users/{user_id}/tickets").get(tickets::of_user))
        .service(resource("/api/payments/{invoice_id}/status").get(payments::status));
}

fn for_organisers(routes: &mut ServiceConfig) {
    use admin::{desk, events, payments};
    routes
        .service(resource("/api/admin/status").get(desk::status))
        .service(resource("/api/admin/overview").get(payments::overview))
        .service(resource("/api/admin/node/balance").get(desk::balance))
        .service(resource("/api/admin/events").get(events::list).post(events::create))
        .service(
            resource("/api/admin/events/{id}")
                .route(put().to(events::update))
                .route(delete().to(events::delete)),
        )
        .service(resource("/api/admin/events/{id}/cancel").post(events::cancel))
        .service(resource("/api/admin/events/{id}/uma-invoice").post(events::invoice))
        .service(resource("/api/admin/events/{id}/attendees").get(events::attendees))
        .service(resource("/api/admin/payments").get(payments::payments))
        .service(resource("/api/admin/payments/pending").get(payments::pending))
        .service(resource("/api/admin/payments/{id}").get(payments::detail))
        .service(resource("/api/admin/payments/{id}/retry").post(payments::retry))
        .service(resource("/api/admin/payments/{id}/refund").post(payments::refund))
        .service(resource("/api/admin/check-in").post(desk::check_in))
        .service(resource("/api/admin/audit").get(desk::audit))
        .service(resource("/api/admin/jobs/dead").get(desk::dead_jobs))
        .service(resource("/api/admin/jobs/{id}/revive").post(desk::revive));
}

fn for_wallets(routes: &mut ServiceConfig) {
    routes
        .service(resource("/.well-known/lnurlp/{user}").get(uma::lnurlp))
        .service(resource("/.well-known/lnurlpubkey").get(uma::public_keys))
        .service(resource("/.well-known/uma-configuration").get(uma::configuration).post(uma::configuration))
        .service(
            resource("/api/lnurl/callback").get(uma::lnurl_callback).route(post().to(uma::general_payreq)),
        )
        .service(resource("/api/lnurl/verify/{payment_hash}").get(uma::lnurl_verify))
        .service(resource("/uma/payreq/event/{payment_hash}").post(uma::event_payreq))
        .service(resource("/uma/payreq/{ticket_id}").post(uma::payreq))
        .service(resource("/uma/request").post(uma::request));
}
