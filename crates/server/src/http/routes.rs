//! The routing table. [`mount`] registers these routes only, and the tests of authority and of the OpenAPI document
//! read it.

use super::{
    admin, credentials, events, health, live, openapi, orders, payments, purchases, test_mailbox, tickets,
    uma, users, wallet, watch, web, webhooks,
};
use actix_web::{
    Route,
    web::{ServiceConfig, delete, get, patch, post, put, resource, scope},
};
use utoipa_swagger_ui::{Config, SwaggerUi};

/// One route.
#[derive(Debug, Clone, Copy)]
pub struct RouteEntry {
    /// `GET`, `POST`, `PUT`, `PATCH` or `DELETE`; `GET` routes also answer `HEAD`.
    pub method: &'static str,
    /// The path, with its parameters in braces.
    pub path: &'static str,
    /// Reason why the route is not in the OpenAPI document; `None` if it is.
    pub undocumented: Option<&'static str>,
    route: fn() -> Route,
}

/// Path prefixes with their own scope, which shortens route matching.
const SCOPES: [&str; 9] = [
    "/api/events",
    "/api/tickets",
    "/api/orders",
    "/uma",
    "/.well-known",
    "/api/lnurl",
    "/api/users",
    "/api/payments",
    "/api/admin",
];

macro_rules! table {
    ($($method:ident $path:literal => $handler:path $(, undocumented: $why:literal)?;)+) => {
        &[$(RouteEntry {
            method: table!(@name $method),
            path: $path,
            undocumented: table!(@why $($why)?),
            route: || $method().to($handler),
        }),+]
    };
    (@name get) => { "GET" };
    (@name post) => { "POST" };
    (@name put) => { "PUT" };
    (@name patch) => { "PATCH" };
    (@name delete) => { "DELETE" };
    (@why) => { None };
    (@why $why:literal) => { Some($why) };
}

/// All routes. The first matching pattern wins.
pub const ROUTES: &[RouteEntry] = table! {
    get "/api/events" => events::list;
    get "/api/events/{id}" => events::one;
    post "/api/events/{id}/watch" => watch::open_watch;
    get "/api/events/{id}/watch/live" => watch::live::stream_watch;
    get "/api/stream/authorize" => watch::gate::authorize_stream;
    post "/api/stream/authorize" => watch::gate::authorize_media_server;

    post "/api/tickets/purchase" => purchases::purchase;
    post "/api/tickets/validate" => tickets::validate;
    post "/api/tickets/uma-callback" => payments::callback;
    get "/api/tickets/{id}/status" => tickets::status;
    post "/api/tickets/{id}/cancel" => tickets::cancel;
    get "/api/tickets/{id}/events" => live::status;
    post "/api/orders" => orders::place::place_order;
    post "/api/orders/quote" => orders::quote::quote_order;
    get "/api/orders/{id}" => orders::status::get_order;
    post "/api/orders/{id}/confirm" => orders::changes::confirm;
    post "/api/orders/{id}/cancel" => orders::changes::cancel;
    post "/api/orders/{id}/refund" => orders::changes::refund_to_address;
    patch "/api/orders/{id}/tickets/{ticket_id}" => orders::holders::change_holder;
    post "/api/orders/{id}/tickets/{ticket_id}/cancel" => orders::changes::give_ticket_back;
    get "/api/orders/{id}/events" => live::stream_order;
    post "/api/webhooks/payment" => webhooks::payment;

    post "/uma/payreq/event/{payment_hash}" => uma::event_payreq;
    post "/uma/payreq/{ticket_id}" => uma::payreq;
    post "/uma/request" => uma::request, undocumented: "always refused: the shop pays no one";
    get "/.well-known/lnurlp/{user}" => uma::lnurlp;
    get "/.well-known/lnurlpubkey" => uma::public_keys;
    get "/.well-known/uma-configuration" => uma::configuration;
    post "/.well-known/uma-configuration" => uma::configuration, undocumented: "older VASPs read it by POST";
    get "/api/lnurl/callback" => uma::lnurl_callback;
    post "/api/lnurl/callback" => uma::general_payreq;
    get "/api/lnurl/verify/{payment_hash}" => uma::lnurl_verify;

    post "/api/users" => users::register;
    post "/api/users/login" => users::login;
    post "/api/users/logout" => users::logout;
    post "/api/users/verify-email" => credentials::verify_email;
    post "/api/users/password-reset" => credentials::request_password_reset;
    post "/api/users/password-reset/confirm" => credentials::confirm_password_reset;
    post "/api/users/login-link" => credentials::request_login_link;
    post "/api/users/login-link/confirm" => credentials::confirm_login;
    get "/api/users/me" => users::me;
    put "/api/users/me/password" => credentials::change_password;
    get "/api/users/me/nwc-connection" => wallet::wallet;
    post "/api/users/me/nwc-connection" => wallet::connect_wallet;
    put "/api/users/me/nwc-connection" => wallet::change_budget;
    delete "/api/users/me/nwc-connection" => wallet::disconnect_wallet;
    get "/api/users/{id}" => users::profile;
    put "/api/users/{id}" => users::update;
    delete "/api/users/{id}" => users::erase;
    get "/api/users/{user_id}/tickets" => tickets::of_user;
    get "/api/users/{user_id}/orders" => orders::status::list_user_orders;
    get "/api/payments/{invoice_id}/status" => payments::status;

    get "/api/admin/status" => admin::operations::status;
    get "/api/admin/overview" => admin::overview::overview;
    get "/api/admin/node/balance" => admin::operations::balance;
    get "/api/admin/events" => admin::events::list;
    post "/api/admin/events" => admin::events::create;
    put "/api/admin/events/{id}" => admin::events::update;
    delete "/api/admin/events/{id}" => admin::events::delete;
    post "/api/admin/events/{id}/cancel" => admin::events::cancel;
    post "/api/admin/events/{id}/uma-invoice" => admin::event_invoices::invoice;
    get "/api/admin/events/{id}/invoices" => admin::event_invoices::invoices;
    get "/api/admin/events/{id}/viewers" => admin::watch::get_viewers;
    post "/api/admin/events/{id}/announcements" => admin::watch::announce;
    delete "/api/admin/events/{id}/announcements" => admin::watch::withdraw_announcement;
    get "/api/admin/events/{id}/attendees" => admin::attendees::attendees;
    get "/api/admin/events/{id}/sales" => admin::sales::get_event_sales;
    post "/api/admin/events/{id}/complimentary" => admin::complimentary::place_complimentary_order;
    get "/api/admin/events/{id}/ticket-types" => admin::ticket_types::list_ticket_types;
    post "/api/admin/events/{id}/ticket-types" => admin::ticket_types::add_ticket_type;
    put "/api/admin/events/{id}/ticket-types/order" => admin::ticket_types::sort_ticket_types;
    put "/api/admin/ticket-types/{id}" => admin::ticket_types::update_ticket_type;
    delete "/api/admin/ticket-types/{id}" => admin::ticket_types::remove_ticket_type;
    get "/api/admin/events/{id}/promo-codes" => admin::promo_codes::list_promo_codes;
    post "/api/admin/events/{id}/promo-codes" => admin::promo_codes::add_promo_code;
    get "/api/admin/promo-codes" => admin::promo_codes::list_general_promo_codes;
    post "/api/admin/promo-codes" => admin::promo_codes::add_general_promo_code;
    put "/api/admin/promo-codes/{id}" => admin::promo_codes::update_promo_code;
    delete "/api/admin/promo-codes/{id}" => admin::promo_codes::remove_promo_code;
    get "/api/admin/payments" => admin::payments::payments;
    get "/api/admin/payments/pending" => admin::payments::pending;
    get "/api/admin/payments/{id}" => admin::payments::detail::detail;
    post "/api/admin/payments/{id}/retry" => admin::payments::retry;
    post "/api/admin/payments/{id}/refund" => admin::refunds::refund;
    post "/api/admin/payments/{id}/refunds/{refund_id}/give-up" => admin::refunds::give_up;
    post "/api/admin/tickets/{id}/refund" => admin::refunds::refund_ticket;
    post "/api/admin/check-in" => admin::operations::check_in;
    get "/api/admin/audit" => admin::operations::audit;
    get "/api/admin/jobs/dead" => admin::operations::failed_jobs;
    post "/api/admin/jobs/{id}/revive" => admin::operations::requeue_job;

    get "/health" => health::health;
    get "/ready" => health::ready;
    get "/metrics" => health::metrics;
    get "/api/config" => health::config;
    get "/api/openapi.json" => openapi::json, undocumented: "the description itself";
    get "/api/docs" => openapi::docs, undocumented: "leads to the page that shows the description";
    get "/sandbox/emails" => test_mailbox::page, undocumented: "an HTML page, with test money only";
    get "/sandbox/letters" => test_mailbox::page, undocumented: "former path of `/sandbox/emails`";
    get "/events/{id}" => web::page, undocumented: "an HTML page";
    get "/events/{id}/watch" => web::watch_page, undocumented: "an HTML page";
    get "/events/{id}/poster.png" => web::poster, undocumented: "the picture of that page";
};

/// Registers the table and the static files of Swagger UI.
///
/// Routes are grouped by path, so that a wrong method is 405 and a wrong path 404.
pub(super) fn mount(app: &mut ServiceConfig) {
    for prefix in SCOPES {
        let below = |entry: &&RouteEntry| scope_of(entry.path) == Some(prefix);
        let entries: Vec<_> = ROUTES.iter().filter(below).collect();
        let resources = grouped(&entries).into_iter().fold(scope(prefix), |scope, (path, entries)| {
            let path = path.strip_prefix(prefix).unwrap_or(path);
            scope.service(
                entries.iter().fold(resource(path), |resource, entry| resource.route((entry.route)())),
            )
        });
        app.service(resources);
    }
    let entries: Vec<_> = ROUTES.iter().filter(|entry| scope_of(entry.path).is_none()).collect();
    for (path, entries) in grouped(&entries) {
        app.service(entries.iter().fold(resource(path), |resource, entry| resource.route((entry.route)())));
    }
    app.service(SwaggerUi::new("/api/docs/{_:.*}").config(Config::from("/api/openapi.json")));
}

fn scope_of(path: &str) -> Option<&'static str> {
    SCOPES
        .into_iter()
        .find(|prefix| path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
}

/// Routes by path, in the order of the table.
fn grouped<'a>(entries: &[&'a RouteEntry]) -> Vec<(&'static str, Vec<&'a RouteEntry>)> {
    let mut groups: Vec<(&'static str, Vec<&RouteEntry>)> = Vec::new();
    for entry in entries {
        match groups.iter_mut().find(|(path, _)| *path == entry.path) {
            Some((_, group)) => group.push(entry),
            None => groups.push((entry.path, vec![entry])),
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    /// Routes outside the table would escape the authority tests.
    #[test]
    fn routes_are_registered_by_the_table_only() {
        let registers = [
            ".service(",
            ".route(",
            "resource(",
            "scope(",
            "ServiceConfig",
            ".configure(",
            "actix_web::get",
            "actix_web::post",
            "actix_web::put",
            "actix_web::delete",
            "actix_web::route",
            "#[get(",
            "#[post(",
            "#[put(",
            "#[delete(",
            "#[route(",
        ];
        let mut found = Vec::new();
        let mut files = 0;
        read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut |path, code| {
            files += 1;
            if path.ends_with("src/http/routes.rs") {
                return;
            }
            for line in code.lines().map(str::trim) {
                let expected = path.ends_with("src/http.rs") && line == ".configure(routes::mount)";
                if !expected && registers.iter().any(|word| line.contains(word)) {
                    found.push(format!("{}: {line}", path.display()));
                }
            }
        });
        assert!(files > 50, "{files}");
        assert!(found.is_empty(), "put routes into the table of http/routes.rs: {found:#?}");
    }

    fn read(folder: &Path, each: &mut impl FnMut(&Path, &str)) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                read(&path, each);
            } else if path.extension().is_some_and(|end| end == "rs") {
                each(&path, &fs::read_to_string(&path).unwrap());
            }
        }
    }
}
