//! Holders of an order's tickets.

use super::{
    place::{email, name},
    status::OrderToken,
    view::OrderView,
};
use crate::http::{
    auth::LenientAuth,
    body::Body,
    path,
    problem::{Problem, ProblemBody},
    response::{self, Answer},
    state::State,
};
use actix_web::{HttpResponse, web};
use box_office::HolderChange;
use events::OptionPatch;
use kernel::{OrderId, TicketId};
use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;

/// Change of the person that a ticket is for; absent fields stay unchanged.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub(crate) struct TicketHolderChange {
    /// `null` or empty removes the name.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    holder_name: OptionPatch<String>,
    /// `null` or empty removes the address.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    holder_email: OptionPatch<String>,
}

/// Distinguishes `null` from a missing field.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<OptionPatch<String>, D::Error> {
    Option::deserialize(deserializer).map(OptionPatch::Set)
}

/// Name the person that a ticket is for, until check-in; a new address gets an email with the ticket
#[utoipa::path(patch, path = "/api/orders/{id}/tickets/{ticket_id}", tag = "orders",
    params(("id" = i64, Path), ("ticket_id" = i64, Path), OrderToken), security((), ("token" = [])),
    request_body = TicketHolderChange, responses(
    (status = 200, body = Answer<OrderView>), (status = 400, body = ProblemBody), (status = 404, body = ProblemBody),
    (status = 409, body = ProblemBody)))]
pub(in crate::http) async fn change_holder(
    state: web::Data<State>,
    ids: path::Ids,
    LenientAuth(caller): LenientAuth,
    token: web::Query<OrderToken>,
    Body(form): Body<TicketHolderChange>,
) -> Result<HttpResponse, Problem> {
    let change = HolderChange {
        name: match form.holder_name {
            OptionPatch::Keep => OptionPatch::Keep,
            OptionPatch::Set(entered) => OptionPatch::Set(name("holder_name", entered.as_deref())?),
        },
        email: match form.holder_email {
            OptionPatch::Keep => OptionPatch::Keep,
            OptionPatch::Set(entered) => OptionPatch::Set(email("holder_email", entered.as_deref())?),
        },
    };
    let (order, ticket) = (OrderId::new(ids.0), TicketId::new(ids.1));
    let (caller, token) = (caller.as_ref(), token.token.as_deref());
    let seen = state.office.change_holder(order, ticket, &change, caller, token).await?;
    Ok(response::ok("Ticket holder changed", OrderView::from(seen)))
}
