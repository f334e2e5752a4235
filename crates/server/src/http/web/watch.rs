//! The watch page: the web app with a content security policy that names the origin of the event's player.

use super::{App, event::BARE, respond};
use crate::http::{headers, problem::Problem, state::State};
use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        StatusCode,
        header::{self, HeaderValue},
    },
    web,
};
use kernel::EventId;

/// Watch page of an event. The policy names an origin only, and only while the event is not over.
pub(in crate::http) async fn watch_page(
    state: web::Data<State>,
    request: HttpRequest,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let event = match id.parse() {
        Ok(id) => state.office.event(EventId::new(id)).await?,
        Err(_) => None,
    };
    let mut response = match App::get("index.html") {
        Some(page) => respond(&request, "index.html", &page),
        None => HttpResponse::Ok().content_type("text/html; charset=utf-8").body(BARE),
    };
    let Some(event) = event else {
        if response.status() == StatusCode::OK {
            *response.status_mut() = StatusCode::NOT_FOUND;
        }
        return Ok(response);
    };
    // An event that is over has no next phase.
    let media = state.office.next_phase_at(&event).and_then(|_| event.media(&state.web_host()));
    let policy = headers::watch_policy(state.http.domain.is_local(), media.as_ref());
    let policy = HeaderValue::from_str(&policy).map_err(Problem::internal)?;
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    Ok(response)
}
