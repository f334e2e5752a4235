//! HTTP API: routing table, middleware, and wire formats.

mod access;
mod admin;
mod admission;
mod auth;
mod body;
mod client;
mod connections;
mod cors;
mod credentials;
mod events;
mod exchange;
mod foreign_ids;
mod headers;
mod health;
mod idempotency;
mod limits;
mod list_stream;
mod live;
mod objects;
mod openapi;
mod orders;
mod path;
mod payments;
mod problem;
mod purchases;
mod render_cache;
mod response;
mod routes;
mod state;
mod statuses;
mod test_mailbox;
mod ticket_details;
mod ticket_types;
mod tickets;
mod uma;
mod users;
mod viewers;
mod wallet;
mod watch;
mod web;
mod webhooks;

pub use openapi::document;
pub use routes::{ROUTES, RouteEntry};
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
    web::{Data, QueryConfig, to},
};
use std::{io, net::TcpListener, rc::Rc, sync::Arc, thread, time::Duration};

/// Keep-alive timeout.
const KEEP_ALIVE: Duration = Duration::from_secs(75);
/// Timeout for closing a connection, including the rest of an unread body.
const DISCONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// Maximum number of workers in actix-server.
const MAX_WORKERS: usize = 512;

/// Serves on a listening socket until stopped; running requests then have `shutdown_secs` to finish.
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
                .wrap(from_fn(admission::layer))
                .wrap(from_fn(headers::layer))
                .wrap(from_fn(cors::layer))
                .wrap(from_fn(access::layer))
                .wrap(from_fn(exchange::layer))
                .configure(routes::mount)
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
            // A half-closed connection counts as closed, which drops its running work.
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
        let problem = problem::Problem::bad(problem::ProblemType::Invalid, "the query is invalid")
            .with_cause(error.to_string());
        InternalError::from_response("query", actix_web::ResponseError::error_response(&problem)).into()
    })
}
