//! Operation ids and response descriptions.

use utoipa::openapi::{
    Content, HttpMethod, OpenApi, PathItem, RefOr,
    path::Operation,
    schema::{AdditionalProperties, Schema, SchemaType, Type},
};

/// Operation ids for generated clients where the handler's name is ambiguous.
const NAMES: [(HttpMethod, &str, &str); 35] = [
    (HttpMethod::Get, "/api/events", "list_events"),
    (HttpMethod::Get, "/api/events/{id}", "get_event"),
    (HttpMethod::Post, "/api/tickets/purchase", "purchase_ticket"),
    (HttpMethod::Post, "/api/tickets/validate", "validate_ticket"),
    (HttpMethod::Get, "/api/tickets/{id}/status", "get_ticket_status"),
    (HttpMethod::Post, "/api/tickets/{id}/cancel", "cancel_ticket"),
    (HttpMethod::Get, "/api/tickets/{id}/events", "stream_ticket_status"),
    (HttpMethod::Post, "/api/tickets/uma-callback", "uma_callback"),
    (HttpMethod::Post, "/api/webhooks/payment", "node_webhook"),
    (HttpMethod::Get, "/api/payments/{invoice_id}/status", "get_payment_status"),
    (HttpMethod::Post, "/api/users", "register_user"),
    (HttpMethod::Get, "/api/users/me", "get_me"),
    (HttpMethod::Get, "/api/users/{id}", "get_user"),
    (HttpMethod::Put, "/api/users/{id}", "update_user"),
    (HttpMethod::Delete, "/api/users/{id}", "erase_user"),
    (HttpMethod::Get, "/api/users/{user_id}/tickets", "list_user_tickets"),
    (HttpMethod::Get, "/api/users/me/nwc-connection", "get_wallet"),
    (HttpMethod::Put, "/api/users/me/nwc-connection", "change_wallet_budget"),
    (HttpMethod::Get, "/api/admin/status", "get_admin_status"),
    (HttpMethod::Get, "/api/admin/overview", "get_overview"),
    (HttpMethod::Get, "/api/admin/node/balance", "get_node_balance"),
    (HttpMethod::Get, "/api/admin/audit", "list_audit_lines"),
    (HttpMethod::Get, "/api/admin/events", "list_admin_events"),
    (HttpMethod::Post, "/api/admin/events", "create_event"),
    (HttpMethod::Put, "/api/admin/events/{id}", "update_event"),
    (HttpMethod::Delete, "/api/admin/events/{id}", "delete_event"),
    (HttpMethod::Post, "/api/admin/events/{id}/cancel", "cancel_event"),
    (HttpMethod::Post, "/api/admin/events/{id}/uma-invoice", "create_event_invoice"),
    (HttpMethod::Get, "/api/admin/events/{id}/invoices", "list_event_invoices"),
    (HttpMethod::Get, "/api/admin/events/{id}/attendees", "list_attendees"),
    (HttpMethod::Get, "/api/admin/payments", "list_payments"),
    (HttpMethod::Get, "/api/admin/payments/pending", "list_pending_payments"),
    (HttpMethod::Get, "/api/admin/payments/{id}", "get_payment"),
    (HttpMethod::Post, "/api/admin/payments/{id}/retry", "retry_payment"),
    (HttpMethod::Post, "/api/admin/payments/{id}/refund", "refund_payment"),
];

/// Sets operation ids and default response descriptions.
pub(super) fn complete(document: &mut OpenApi) {
    for (path, item) in &mut document.paths.paths {
        for (method, call) in calls(item) {
            let name = NAMES.iter().find(|(named, at, _)| *named == method && *at == path.as_str());
            if let Some((_, _, name)) = name {
                call.operation_id = Some((*name).to_owned());
            }
            describe(call);
            // Without it, a client cannot tell a public operation from an incomplete description.
            call.security.get_or_insert_default();
            let sent = call.request_body.iter_mut().filter_map(|body| match body {
                RefOr::T(body) => Some(body.content.values_mut()),
                RefOr::Ref(_) => None,
            });
            let answered = call.responses.responses.values_mut().filter_map(|answer| match answer {
                RefOr::T(answer) => Some(answer.content.values_mut()),
                RefOr::Ref(_) => None,
            });
            sent.flatten().chain(answered.flatten()).for_each(allow_any_property);
        }
    }
}

/// Allows additional properties in bodies defined by other protocols, for generated clients.
fn allow_any_property(content: &mut RefOr<Content>) {
    let RefOr::T(Content { schema: Some(RefOr::T(Schema::Object(object))), .. }) = content else { return };
    if matches!(object.schema_type, SchemaType::Type(Type::Object))
        && object.properties.is_empty()
        && object.additional_properties.is_none()
    {
        object.additional_properties = Some(Box::new(AdditionalProperties::FreeForm(true)));
    }
}

fn calls(item: &mut PathItem) -> impl Iterator<Item = (HttpMethod, &mut Operation)> {
    let calls = [
        (HttpMethod::Get, &mut item.get),
        (HttpMethod::Put, &mut item.put),
        (HttpMethod::Post, &mut item.post),
        (HttpMethod::Patch, &mut item.patch),
        (HttpMethod::Delete, &mut item.delete),
    ];
    calls.into_iter().filter_map(|(method, call)| Some((method, call.as_mut()?)))
}

fn describe(call: &mut Operation) {
    for (status, response) in &mut call.responses.responses {
        if let RefOr::T(response) = response
            && response.description.is_empty()
        {
            default_description(status).clone_into(&mut response.description);
        }
    }
}

/// Default description of a status.
fn default_description(status: &str) -> &'static str {
    match status {
        "201" => "Created",
        "202" => "Accepted for background processing",
        "400" => "Invalid request; `fields` has the message of each invalid field",
        "401" => "Missing or invalid token",
        "403" => "The account is not allowed to do this",
        "404" => "Not found, or not visible to this caller",
        "409" => "Not allowed in the current state; see `type`",
        "412" => "Unsupported UMA version; retry with a supported one",
        "422" => "Rejected; see `type`",
        "424" => "The counterparty's keys could not be fetched",
        "429" => "Too many requests; retry after `Retry-After`",
        "502" => "The Lightning node is unavailable; nothing was charged",
        "503" => "Temporarily unavailable; retry after `Retry-After`",
        "4XX" => "Rejected; `code` is a UMA error code",
        _ => "Success",
    }
}
