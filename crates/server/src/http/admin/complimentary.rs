//! Complimentary orders.

use crate::http::{
    auth::{Admin, AuthFirst},
    body::Body,
    client,
    idempotency::{self, Fingerprint},
    orders::{
        place::{NewAttendee, email, holders},
        view::OrderView,
    },
    path,
    problem::{Problem, ProblemBody},
    response::{self, Answer},
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, web};
use box_office::OrderDraft;
use kernel::{EventId, TicketTypeId};
use serde::{Deserialize, Serialize};
use tickets::{Buyer, GuestEmail, LineRequest, OrderKind};
use utoipa::ToSchema;

/// Request for a complimentary order.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
pub(crate) struct NewComplimentaryOrder {
    lines: Vec<ComplimentaryLine>,
    /// People that the tickets are for, in the order of the lines; each gets their ticket by email.
    #[serde(default)]
    attendees: Vec<NewAttendee>,
    /// Email address that gets all tickets and the link to the order.
    email: Option<String>,
}

/// Requested tickets of one type.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
pub(crate) struct ComplimentaryLine {
    ticket_type_id: i64,
    quantity: u32,
}

/// Give tickets away
///
/// The tickets cost nothing and are issued at once. They count against quotas and capacity, and need neither a promo code nor an open sale; archived types are refused. The same `Idempotency-Key` and body return the same order.
#[utoipa::path(post, path = "/api/admin/events/{id}/complimentary", tag = "organisers", security(("token" = [])),
    request_body = NewComplimentaryOrder,
    params(("id" = i64, Path), ("Idempotency-Key" = Option<String>, Header, description = "1–255 printable characters")), responses(
    (status = 201, body = Answer<OrderView>), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody),
    (status = 403, body = ProblemBody), (status = 404, body = ProblemBody), (status = 409, body = ProblemBody),
    (status = 422, body = ProblemBody), (status = 503, body = ProblemBody)))]
pub(in crate::http) async fn place_complimentary_order(
    state: web::Data<State>,
    request: HttpRequest,
    id: path::Id,
    AuthFirst(Admin(caller), Body(form)): AuthFirst<Admin, Body<NewComplimentaryOrder>>,
) -> Result<HttpResponse, Problem> {
    let event_id = EventId::new(id.0);
    let fingerprint = Fingerprint::of(&format!("complimentary/{event_id}"), &form)?;
    let email = email("email", form.email.as_deref())?;
    let lines = form.lines.iter().map(|line| LineRequest {
        ticket_type_id: TicketTypeId::new(line.ticket_type_id),
        quantity: line.quantity,
        chosen: None,
    });
    let draft = OrderDraft {
        event_id,
        kind: OrderKind::Complimentary,
        organiser: Some(caller.id()),
        lines: lines.collect(),
        promo_code: None,
        shown: None,
        buyer: Buyer {
            email: email.map(|address| GuestEmail { address, confirmed_at: None }),
            language: client::language(request.head()),
            ..Buyer::default()
        },
        holders: holders(&form.attendees)?,
        email_proved: false,
        network: None,
        key: idempotency::key(&state, &request, Some(&caller), fingerprint)?,
    };
    let placed = state.office.place_order(draft).await?;
    let order = state.office.placed_order(placed).await?;
    Ok(response::created("Complimentary order placed", OrderView::from(order)))
}
