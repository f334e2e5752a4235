//! OpenAPI document, generated from the code.

mod operations;
mod schemas;

use super::{
    admin, credentials, events, health, live, orders, payments, problem, purchases, tickets, uma, users,
    wallet, watch, webhooks,
};
use actix_web::{HttpResponse, http::header};
use std::sync::LazyLock;
use utoipa::{
    Modify, OpenApi,
    openapi::{
        Content, OpenApi as Document, Ref, RefOr, Response,
        path::{Operation, ParameterIn},
        schema::{Schema, SchemaType, Type},
        security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Tickets by UMA",
        description = "Sell tickets for events, paid over Lightning to the buyer's UMA address. Success is `{message, data}`, an error is `{error, message, code, type, fields, field_types}`; LNURL and UMA endpoints use their protocols' formats. Times are \
            RFC 3339 in UTC, amounts whole satoshis unless a name says `msats`."
    ),
    servers((url = "/", description = "This server")),
    modifiers(&Schemes, &Refusals, &Completion),
    components(schemas(problem::ProblemBody, uma::LnurlError)),
    tags(
        (name = "events", description = "Events on sale"),
        (name = "tickets", description = "Purchases, tickets and check-in"),
        (name = "orders", description = "Orders of several tickets"),
        (name = "payments", description = "Payments and webhooks"),
        (name = "users", description = "Accounts"),
        (name = "wallet", description = "Wallet connections for automatic payments (NIP-47)"),
        (name = "organisers", description = "For organisers: accounts that manage events"),
        (name = "uma", description = "UMA and LNURL, for wallets and other VASPs"),
        (name = "operations", description = "Health and metrics"),
    ),
    paths(
        events::list, events::one,
        watch::open_watch, watch::live::stream_watch, watch::gate::authorize_stream, watch::gate::authorize_media_server,
        admin::watch::get_viewers, admin::watch::announce, admin::watch::withdraw_announcement,
        purchases::purchase,
        tickets::status, tickets::cancel, tickets::validate, tickets::of_user, live::status,
        orders::quote::quote_order, orders::place::place_order, orders::status::get_order, orders::status::list_user_orders,
        live::stream_order, orders::changes::confirm, orders::changes::cancel, orders::changes::refund_to_address, orders::changes::give_ticket_back, orders::holders::change_holder,
        payments::status, payments::callback, webhooks::payment,
        users::register, users::login, users::logout, users::me, credentials::verify_email,
        credentials::change_password, credentials::request_password_reset, credentials::confirm_password_reset, credentials::request_login_link, credentials::confirm_login,
        users::profile, users::update, users::erase,
        wallet::wallet, wallet::connect_wallet, wallet::change_budget, wallet::disconnect_wallet,
        admin::operations::status, admin::operations::balance, admin::operations::check_in, admin::operations::audit, admin::operations::failed_jobs,
        admin::operations::requeue_job,
        admin::events::list, admin::events::create, admin::events::update, admin::events::delete, admin::events::cancel,
        admin::event_invoices::invoice, admin::event_invoices::invoices, admin::attendees::attendees,
        admin::sales::get_event_sales, admin::complimentary::place_complimentary_order,
        admin::ticket_types::list_ticket_types, admin::ticket_types::add_ticket_type, admin::ticket_types::update_ticket_type,
        admin::ticket_types::remove_ticket_type, admin::ticket_types::sort_ticket_types,
        admin::promo_codes::list_promo_codes, admin::promo_codes::add_promo_code, admin::promo_codes::list_general_promo_codes,
        admin::promo_codes::add_general_promo_code, admin::promo_codes::update_promo_code, admin::promo_codes::remove_promo_code,
        admin::payments::payments, admin::payments::pending, admin::payments::detail::detail,
        admin::payments::retry, admin::refunds::refund, admin::refunds::refund_ticket, admin::refunds::give_up, admin::overview::overview,
        uma::lnurlp, uma::lnurl_callback, uma::general_payreq, uma::lnurl_verify, uma::payreq, uma::event_payreq,
        uma::public_keys, uma::configuration,
        health::health, health::ready, health::metrics, health::config,
    )
)]
struct Api;

struct Schemes;

impl Modify for Schemes {
    fn modify(&self, document: &mut Document) {
        let bearer = |format: &str| {
            SecurityScheme::Http(
                HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format(format).build(),
            )
        };
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("token", bearer("JWT"));
        components.add_security_scheme("metrics", bearer("token"));
    }
}

/// Adds error responses of the layers before handlers.
struct Refusals;

impl Modify for Refusals {
    fn modify(&self, document: &mut Document) {
        for item in document.paths.paths.values_mut() {
            let calls = [&mut item.get, &mut item.put, &mut item.post, &mut item.patch, &mut item.delete];
            calls.into_iter().flatten().for_each(add_error_responses);
        }
    }
}

/// Adds names, descriptions and constraints for generated clients; runs last.
struct Completion;

impl Modify for Completion {
    fn modify(&self, document: &mut Document) {
        operations::complete(document);
        schemas::constrain(document);
    }
}

fn add_error_responses(call: &mut Operation) {
    let tagged = |tag: &str| call.tags.iter().flatten().any(|one| one == tag);
    let lnurl = tagged("uma");
    let mut add = |status: &str, why: &str| {
        let form = if lnurl { "LnurlError" } else { "Problem" };
        let body = Content::new(Some(Ref::from_schema_name(form)));
        let response = Response::builder().description(why).content("application/json", body).build();
        call.responses.responses.entry(status.to_owned()).or_insert_with(|| RefOr::T(response));
    };
    if !tagged("operations") {
        add("503", "Temporarily unavailable; retry later");
    }
    let parameters = || {
        call.parameters.iter().flatten().filter_map(|parameter| match parameter {
            RefOr::T(parameter) => Some(parameter),
            RefOr::Ref(_) => None,
        })
    };
    if parameters().any(|parameter| parameter.parameter_in == ParameterIn::Query) {
        add("400", "Invalid query");
    }
    let number = |schema: &Option<RefOr<Schema>>| matches!(schema, Some(RefOr::T(Schema::Object(object))) if object.schema_type == SchemaType::Type(Type::Integer));
    if parameters().any(|parameter| parameter.parameter_in == ParameterIn::Path && number(&parameter.schema))
    {
        add("404", "Not found");
    }
    if call.request_body.is_some() {
        add("400", "Invalid body");
        add("408", "The body took longer than 10 seconds to arrive");
        add("413", "The body is larger than 64 KiB");
        if !lnurl {
            add("415", "The body is not JSON");
        }
    }
}

static JSON: LazyLock<String> = LazyLock::new(|| document().unwrap_or_default());

/// The document as formatted JSON with a final line break.
pub fn document() -> Result<String, serde_json::Error> {
    Api::openapi().to_pretty_json().map(|json| format!("{json}\n"))
}

pub(super) async fn json() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("application/json")
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .body(JSON.as_str())
}

/// Redirects to the directory of Swagger UI, for its relative links.
pub(super) async fn docs() -> HttpResponse {
    HttpResponse::PermanentRedirect().insert_header((header::LOCATION, "/api/docs/")).finish()
}
