//! The watch page: sessions, their live updates, and the authorization of media servers.

pub(super) mod gate;
pub(super) mod live;

use super::{
    auth::{AuthFirst, OptionalAuth},
    body::Body,
    path,
    problem::{Problem, ProblemBody},
    response::{self, Answer},
    state::State,
    statuses::{MediaKindState, WatchPhaseState},
};
use actix_web::{HttpResponse, web};
use box_office::{Announcement, StreamToken, Viewer, WatchRequest, WatchView};
use chrono::{DateTime, Utc};
use events::{Media, MediaKind};
use kernel::{EventId, TicketId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Ticket to watch with.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = WatchRequest)]
pub(crate) struct WatchForm {
    /// The ticket; by default one of the caller's.
    ticket_id: Option<i64>,
    /// The ticket's `status_token` or the order's `order_token`, for callers without an account.
    token: Option<String>,
}

/// What the player loads.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = WatchMedia)]
pub(crate) struct MediaView {
    kind: MediaKindState,
    /// Address of the HLS playlist, of the embedded player, or of the link.
    url: String,
    /// Token of HLS requests, sent as query parameter `token`; renewed by the live updates.
    #[schema(required = true)]
    token: Option<String>,
    #[schema(required = true)]
    token_expires_at: Option<DateTime<Utc>>,
}

impl MediaView {
    fn new(media: Media, token: Option<StreamToken>) -> Self {
        let token = token.filter(|_| media.kind == MediaKind::Hls);
        let (token, token_expires_at) = token.map(|token| (token.token, token.expires_at)).unzip();
        Self { kind: media.kind.into(), url: media.url, token, token_expires_at }
    }
}

/// Message of the organiser to all viewers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Announcement)]
pub(crate) struct AnnouncementView {
    text: String,
    /// Time of publication.
    at: DateTime<Utc>,
}

impl From<Announcement> for AnnouncementView {
    fn from(announcement: Announcement) -> Self {
        Self { text: announcement.text, at: announcement.at }
    }
}

/// A watch session. The newest one of a ticket ends the earlier ones.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WatchSession)]
pub(crate) struct WatchSessionView {
    /// Secret of the session, for its live updates.
    session: String,
    /// The ticket; `null` for organisers without one.
    #[schema(required = true)]
    ticket_id: Option<i64>,
    phase: WatchPhaseState,
    /// Start of early entry.
    opens_at: DateTime<Utc>,
    /// End of the event.
    ends_at: DateTime<Utc>,
    /// End of the replay; `null` without one.
    #[schema(required = true)]
    replay_until: Option<DateTime<Utc>>,
    /// The stream, while the phase is `live` or `replay`.
    #[schema(required = true)]
    media: Option<MediaView>,
    #[schema(required = true)]
    announcement: Option<AnnouncementView>,
}

impl State {
    /// Host of the web app, a parameter of some embedded players.
    pub(super) fn web_host(&self) -> String {
        let url = url::Url::parse(&self.http.public_url).ok();
        url.and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default()
    }
}

/// Open a watch session
///
/// For holders of a paid ticket and organisers. Earlier sessions of the ticket end.
#[utoipa::path(post, path = "/api/events/{id}/watch", tag = "events", params(("id" = i64, Path)), request_body = WatchForm,
    security((), ("token" = [])), responses(
    (status = 201, body = Answer<WatchSessionView>), (status = 401, body = ProblemBody), (status = 403, body = ProblemBody),
    (status = 404, body = ProblemBody)))]
pub(super) async fn open_watch(
    state: web::Data<State>,
    id: path::Id,
    AuthFirst(OptionalAuth(caller), Body(form)): AuthFirst<OptionalAuth, Body<WatchForm>>,
) -> Result<HttpResponse, Problem> {
    let event = EventId::new(id.0);
    let request = WatchRequest { ticket: form.ticket_id.map(TicketId::new), token: form.token.as_deref() };
    let (secret, session) = state.office.open_watch(event, caller.as_ref(), request).await?;
    let WatchView { event, phase, opens_at, media } =
        state.office.watch_view(event, &state.web_host()).await?;
    let announcement = state.office.announcement(event.id).await?;
    let view = WatchSessionView {
        session: secret,
        ticket_id: match session.viewer {
            Viewer::Holder(ticket, _) => Some(ticket.get()),
            Viewer::Organiser(_) => None,
        },
        phase: phase.into(),
        opens_at,
        ends_at: event.end_time,
        replay_until: event.details.replay_until,
        media: media.map(|media| MediaView::new(media, Some(state.office.stream_token(&session)))),
        announcement: announcement.map(|announcement| (*announcement).clone().into()),
    };
    Ok(response::created("Watch session opened", view))
}
