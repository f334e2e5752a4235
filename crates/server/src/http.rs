//! The shop's counter: routes, middleware, and the shapes that go over the wire.

mod access;
mod admin;
mod answer;
mod auth;
mod body;
mod client;
mod connections;
mod cors;
mod credentials;
mod events;
mod exchange;
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
mod wallet;
mod web;
mod webhooks;

pub use openapi::document;
pub use state::{PublicConfig, State, UmaAuthConfig};

use self::connections::Connection;
use actix_http::{HttpService, KeepAlive, error::DispatchError};
use actix_service::{ServiceFactoryExt, fn_service, map_config};
use actix_web::{
    App,
    dev::{AppConfig, Server},
    error::InternalError,
    middleware::{Compress, from_fn},
    rt::net::TcpStream,
    web::{Data, QueryConfig, ServiceConfig, delete, get, post, put, resource, scope, to},
};
use std::{io, net::TcpListener, rc::Rc, sync::Arc, thread, time::Duration};
use utoipa_swagger_ui::SwaggerUi;

/// How long an idle connection is kept.
const KEEP_ALIVE: Duration = Duration::from_secs(75);
/// How long a closing connection may take, the rest of an unread body included.
const DISCONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// actix-server takes no more workers.
const MAX_WORKERS: usize = 512;

/// Serves the shop on a listening socket until it is stopped; running requests then have `shutdown_secs` to finish.
pub fn serve(state: Arc<State>, listener: TcpListener) -> io::Result<Server> {
    let workers = thread::available_parallelism().map_or(2, usize::from).min(MAX_WORKERS);
    let accepted = state.connections.capacity().accepted;
    let server = Server::build()
        .workers(workers)
        .max_concurrent_connections(accepted.div_ceil(workers))
        .shutdown_timeout(u64::from(state.http.shutdown_secs))
        .disable_signals();
    let stopping = server.graceful_shutdown_signal();
    let state = Data::from(state);
    let server = server.listen("http", listener, move || {
        let connections = Arc::clone(&state.connections);
        let stopping = stopping.clone();
        let app = actix_service::IntoServiceFactory::into_factory(
            App::new()
                .app_data(state.clone())
                .app_data(query_faults())
                .wrap(Compress::default())
                .wrap(from_fn(headers::layer))
                .wrap(from_fn(cors::layer))
                .wrap(from_fn(access::layer))
                .wrap(from_fn(exchange::layer))
                .configure(routes)
                .default_service(to(web::serve)),
        )
        .map_err(|error: actix_web::Error| error.error_response());
        let http = HttpService::build()
            .graceful_shutdown_signal(move || {
                let stopping = stopping.clone();
                async move { stopping.notified().await }
            })
            .keep_alive(KeepAlive::Timeout(KEEP_ALIVE))
            .client_request_timeout(connections.head_timeout())
            .client_disconnect_timeout(DISCONNECT_TIMEOUT)
            // A client that closes its end has gone: what was made for it is dropped at once.
            .h1_allow_half_closed(false)
            .on_connect_ext(|connection: &Connection, data| {
                data.insert(Rc::clone(connection.activity()));
            })
            .h1(map_config(app, |()| AppConfig::default()));
        fn_service(move |stream: TcpStream| {
            let admitted = Connection::admit(&connections, stream);
            async move {
                admitted
                    .map(|(connection, peer)| (connection, Some(peer)))
                    .ok_or_else(|| DispatchError::Io(io::ErrorKind::ConnectionRefused.into()))
            }
        })
        .and_then(http)
    })?;
    Ok(server.run())
}

fn query_faults() -> QueryConfig {
    QueryConfig::default().error_handler(|error, _| {
        let problem =
            problem::Problem::bad("invalid", "the query cannot be understood").because(error.to_string());
        InternalError::from_response("query", actix_web::ResponseError::error_response(&problem)).into()
    })
}

/// Every route, grouped by path so that a wrong method is told from a wrong path. A path that is not a scope's is held against
/// none of its patterns.
fn routes(routes: &mut ServiceConfig) {
    for_everybody(routes);
    for_wallets(routes);
    for_people(routes);
    for_organisers(routes);
    routes
        .route("/health", get().to(health::health))
        .route("/ready", get().to(health::ready))
        .route("/metrics", get().to(health::metrics))
        .route("/sandbox/letters", get().to(letters::page))
        .route("/events/{id}", get().to(web::page))
        .route("/events/{id}/poster.png", get().to(web::poster))
        .route("/api/config", get().to(health::config))
        .route("/api/openapi.json", get().to(openapi::json))
        .route("/api/docs", get().to(openapi::docs))
        .service(
            SwaggerUi::new("/api/docs/{_:.*}").config(utoipa_swagger_ui::Config::from("/api/openapi.json")),
        );
}

fn for_everybody(routes: &mut ServiceConfig) {
    let events = scope("/api/events")
        .service(resource("").get(events::list))
        .service(resource("/{id}").get(events::one));
    let tickets = scope("/api/tickets")
        .service(resource("/purchase").post(purchases::purchase))
        .service(resource("/validate").post(tickets::validate))
        .service(resource("/uma-callback").post(payments::callback))
        .service(resource("/{id}/status").get(tickets::status))
        .service(resource("/{id}/cancel").post(tickets::cancel))
        .service(resource("/{id}/events").get(live::status));
    routes
        .service(events)
        .service(tickets)
        .service(resource("/api/webhooks/payment").post(webhooks::payment));
}

fn for_people(routes: &mut ServiceConfig) {
    let users = scope("/api/users")
        .service(resource("").post(users::register))
        .service(resource("/login").post(users::login))
        .service(resource("/logout").post(users::logout))
        .service(resource("/verify-email").post(credentials::verify_email))
        .service(resource("/password-reset").post(credentials::request_password_reset))
        .service(resource("/password-reset/confirm").post(credentials::confirm_password_reset))
        .service(resource("/me").get(users::me))
        .service(resource("/me/password").put(credentials::change_password))
        .service(
            resource("/me/nwc-connection")
                .get(wallet::wallet)
                .post(wallet::connect_wallet)
                .put(wallet::change_budget)
                .delete(wallet::disconnect_wallet),
        )
        .service(resource("/{id}").get(users::profile).put(users::update).delete(users::erase))
        .service(resource("/{user_id}/tickets").get(tickets::of_user));
    let payments = scope("/api/payments").service(resource("/{invoice_id}/status").get(payments::status));
    routes.service(users).service(payments);
}

fn for_organisers(routes: &mut ServiceConfig) {
    use admin::{desk, event_invoices, events, overview, payments, refunds};
    let admin = scope("/api/admin")
        .service(resource("/status").get(desk::status))
        .service(resource("/overview").get(overview::overview))
        .service(resource("/node/balance").get(desk::balance))
        .service(resource("/events").get(events::list).post(events::create))
        .service(resource("/events/{id}").route(put().to(events::update)).route(delete().to(events::delete)))
        .service(resource("/events/{id}/cancel").post(events::cancel))
        .service(resource("/events/{id}/uma-invoice").post(event_invoices::invoice))
        .service(resource("/events/{id}/invoices").get(event_invoices::invoices))
        .service(resource("/events/{id}/attendees").get(events::attendees))
        .service(resource("/payments").get(payments::payments))
        .service(resource("/payments/pending").get(payments::pending))
        .service(resource("/payments/{id}").get(payments::detail::detail))
        .service(resource("/payments/{id}/retry").post(payments::retry))
        .service(resource("/payments/{id}/refund").post(refunds::refund))
        .service(resource("/check-in").post(desk::check_in))
        .service(resource("/audit").get(desk::audit))
        .service(resource("/jobs/dead").get(desk::dead_jobs))
        .service(resource("/jobs/{id}/revive").post(desk::revive));
    routes.service(admin);
}

fn for_wallets(routes: &mut ServiceConfig) {
    let uma = scope("/uma")
        .service(resource("/payreq/event/{payment_hash}").post(uma::event_payreq))
        .service(resource("/payreq/{ticket_id}").post(uma::payreq))
        .service(resource("/request").post(uma::request));
    let published = scope("/.well-known")
        .service(resource("/lnurlp/{user}").get(uma::lnurlp))
        .service(resource("/lnurlpubkey").get(uma::public_keys))
        .service(resource("/uma-configuration").get(uma::configuration).post(uma::configuration));
    let lnurl = scope("/api/lnurl")
        .service(resource("/callback").get(uma::lnurl_callback).route(post().to(uma::general_payreq)))
        .service(resource("/verify/{payment_hash}").get(uma::lnurl_verify));
    routes.service(uma).service(published).service(lnurl);
}
