//! Viewers of an event, and announcements to them.

use crate::http::{
    auth::{Admin, AuthFirst},
    body::Body,
    path,
    problem::{Problem, ProblemBody},
    response::{self, Answer, Done},
    state::State,
    watch::AnnouncementView,
};
use actix_web::{HttpResponse, web};
use kernel::EventId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Viewers of an event.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Viewers)]
pub(crate) struct ViewersView {
    /// Tickets with an open watch page.
    now: u32,
    /// Peak number of viewers.
    peak: u32,
}

/// Count the viewers of an event
#[utoipa::path(get, path = "/api/admin/events/{id}/viewers", tag = "organisers", security(("token" = [])), params(("id" = i64, Path)),
    responses((status = 200, body = Answer<ViewersView>), (status = 401, body = ProblemBody), (status = 403, body = ProblemBody),
    (status = 404, body = ProblemBody)))]
pub(in crate::http) async fn get_viewers(
    state: web::Data<State>,
    id: path::Id,
    _: Admin,
) -> Result<HttpResponse, Problem> {
    let event = EventId::new(id.0);
    state.office.event(event).await?.ok_or_else(|| Problem::not_found("event"))?;
    let total = state.viewers.total(event).await?;
    Ok(response::ok("Viewers counted", ViewersView { now: total.now, peak: total.peak }))
}

/// A new announcement.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct NewAnnouncement {
    /// One line of at most 500 characters.
    text: String,
}

/// Announce something to all viewers of an event; replaces the earlier announcement
#[utoipa::path(post, path = "/api/admin/events/{id}/announcements", tag = "organisers", security(("token" = [])),
    params(("id" = i64, Path)), request_body = NewAnnouncement, responses(
    (status = 201, body = Answer<AnnouncementView>), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody),
    (status = 403, body = ProblemBody), (status = 404, body = ProblemBody)))]
pub(in crate::http) async fn announce(
    state: web::Data<State>,
    id: path::Id,
    AuthFirst(Admin(caller), Body(form)): AuthFirst<Admin, Body<NewAnnouncement>>,
) -> Result<HttpResponse, Problem> {
    let announced = state.office.announce(&caller, EventId::new(id.0), Some(&form.text)).await?;
    let announced = announced.ok_or_else(|| Problem::internal("no announcement"))?;
    Ok(response::created("Announcement published", AnnouncementView::from(announced)))
}

/// Withdraw the announcement of an event
#[utoipa::path(delete, path = "/api/admin/events/{id}/announcements", tag = "organisers", security(("token" = [])),
    params(("id" = i64, Path)), responses((status = 200, body = Done), (status = 401, body = ProblemBody),
    (status = 403, body = ProblemBody), (status = 404, body = ProblemBody)))]
pub(in crate::http) async fn withdraw_announcement(
    state: web::Data<State>,
    id: path::Id,
    Admin(caller): Admin,
) -> Result<HttpResponse, Problem> {
    state.office.announce(&caller, EventId::new(id.0), None).await?;
    Ok(response::done("Announcement withdrawn"))
}
