//! Attendees of an event, as a list and as CSV.

use super::csv_export;
use crate::http::{
    auth::Admin,
    body::PageQuery,
    list_stream::{KeyedPage, pages},
    path,
    problem::{Problem, ProblemBody},
    response::{self, Answer},
    state::State,
    statuses::TicketState,
    ticket_details::TicketDetails,
};
use actix_web::{HttpResponse, http::header, web};
use box_office::{Attendee, TypeNames};
use chrono::{DateTime, Utc};
use kernel::{EventId, Page, StoreError, TicketId};
use serde::{Deserialize, Serialize};
use tickets::{TicketQuery, TicketStatus};
use utoipa::{IntoParams, ToSchema};

/// Attendee.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Attendee)]
pub(crate) struct AttendeeView {
    ticket_id: i64,
    #[schema(required = true)]
    name: Option<String>,
    #[schema(required = true)]
    email: Option<String>,
    uma_address: String,
    payment_status: TicketState,
    #[schema(required = true)]
    paid_at: Option<DateTime<Utc>>,
    #[schema(required = true)]
    checked_in_at: Option<DateTime<Utc>>,
    #[serde(flatten)]
    details: TicketDetails,
}

impl AttendeeView {
    fn new(attendee: Attendee, type_names: &TypeNames) -> Self {
        Self {
            details: TicketDetails::new(&attendee.ticket, attendee.holder, type_names),
            ticket_id: attendee.ticket.id.get(),
            name: attendee.name,
            email: attendee.email,
            uma_address: attendee.ticket.uma_address,
            payment_status: attendee.ticket.status.into(),
            paid_at: attendee.ticket.paid_at,
            checked_in_at: attendee.ticket.checked_in_at,
        }
    }
}

const ATTENDEES: &str = "Attendees retrieved";
/// Columns of the CSV export. New ones are added at the end.
const ATTENDEE_COLUMNS: [&str; 12] = [
    "ticket_id",
    "name",
    "email",
    "uma_address",
    "paid_at",
    "checked_in_at",
    "time_zone",
    "order_id",
    "ticket_type_id",
    "ticket_type_name",
    "holder_name",
    "holder_email",
];

/// Query of the attendee list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct AttendeeQuery {
    /// `csv` exports all attendees, with times in the event's zone.
    format: Option<String>,
    #[serde(default, deserialize_with = "crate::http::body::lenient")]
    #[param(value_type = Option<u32>)]
    limit: Option<i64>,
    #[serde(default, deserialize_with = "crate::http::body::lenient")]
    #[param(value_type = Option<u32>)]
    offset: Option<i64>,
}

/// List attendees by ticket; all of them without `limit`
#[utoipa::path(get, path = "/api/admin/events/{id}/attendees", tag = "organisers", security(("token" = [])),
    params(("id" = i64, Path), AttendeeQuery), responses(
    (status = 200, body = Answer<Vec<AttendeeView>>, headers(("X-Total-Count" = u64, description = "Total number of paid tickets"))), (status = 401, body = ProblemBody), (status = 403, body = ProblemBody),
    (status = 404, body = ProblemBody)))]
pub(in crate::http) async fn attendees(
    state: web::Data<State>,
    id: path::Id,
    _: Admin,
    query: web::Query<AttendeeQuery>,
) -> Result<HttpResponse, Problem> {
    let id = EventId::new(id.0);
    let event = state.store.event(id).await?.ok_or_else(|| Problem::not_found("event"))?;
    if query.format.as_deref() != Some("csv") {
        let paid =
            TicketQuery { event_id: Some(id), status: Some(TicketStatus::Paid), ..TicketQuery::default() };
        let total = state.store.count_tickets(&paid).await?;
        let page = PageQuery { limit: query.limit, offset: query.offset };
        let first = page_of(state.clone(), id, None, page.or_first()).await?;
        if page.limit.is_some() {
            return Ok(response::page(ATTENDEES, first.0, total));
        }
        let pages = pages(first, move |after| page_of(state.clone(), id, Some(after), Page::largest()));
        return Ok(response::complete_list(ATTENDEES, pages, total));
    }
    let rows = all_attendees(&state, id).await?;
    let type_names = state.office.type_names(&[id].into()).await?;
    let zone = event.time_zone;
    let text = |moment: Option<DateTime<Utc>>| {
        moment.map(|moment| zone.local(moment).to_rfc3339()).unwrap_or_default()
    };
    let table = csv_export::csv(
        &ATTENDEE_COLUMNS,
        rows.into_iter().map(|row| AttendeeView::new(row, &type_names)).map(|row| {
            let number = |id: Option<i64>| id.map(|id| id.to_string()).unwrap_or_default();
            vec![
                row.ticket_id.to_string(),
                row.name.unwrap_or_default(),
                row.email.unwrap_or_default(),
                row.uma_address,
                text(row.paid_at),
                text(row.checked_in_at),
                zone.to_string(),
                number(row.details.order_id),
                number(row.details.ticket_type_id),
                row.details.ticket_type_name.unwrap_or_default(),
                row.details.holder_name.unwrap_or_default(),
                row.details.holder_email.unwrap_or_default(),
            ]
        }),
    );
    Ok(HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8")
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"attendees-{}.csv\"", event.id),
        ))
        .body(table))
}

/// A page of attendees, and the ticket id for the next one.
async fn page_of(
    state: web::Data<State>,
    id: EventId,
    after: Option<TicketId>,
    page: Page,
) -> Result<KeyedPage<AttendeeView, TicketId>, StoreError> {
    let rows = state.store.attendees(id, after, page).await?;
    let next = rows.last().map(|row| row.ticket.id).filter(|_| rows.len() >= page.size());
    let names = state.office.type_names(&[id].into()).await?;
    Ok((rows.into_iter().map(|row| AttendeeView::new(row, &names)).collect(), next))
}

/// Reads all attendees by keyset pagination, so that concurrent refunds skip no attendee.
async fn all_attendees(state: &State, id: EventId) -> Result<Vec<Attendee>, Problem> {
    let mut all: Vec<Attendee> = Vec::new();
    loop {
        let after = all.last().map(|last| last.ticket.id);
        let page = state.store.attendees(id, after, Page::largest()).await?;
        if page.is_empty() {
            return Ok(all);
        }
        all.extend(page);
    }
}
