//! Live updates of a watch session by server-sent events. An open stream is the viewer's heartbeat.

use super::{AnnouncementView, MediaView};
use crate::http::{
    client,
    live::{Opened, RECONNECT_MILLIS, Topic, event_stream},
    path,
    problem::{Problem, ProblemBody},
    state::State,
    statuses::{WatchPhaseState, WatchSessionState},
    viewers::CountedViewer,
};
use actix_web::{HttpRequest, HttpResponse, web};
use box_office::{SessionState, StreamToken, Viewer, ViewerTotal, WatchError, WatchSession, WatchView};
use chrono::{DateTime, Utc};
use events::{Media, MediaKind};
use futures_util::{Stream, stream};
use kernel::{EventId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::{convert::Infallible, future::ready, pin::Pin, time::Duration};
use tokio::time::{Sleep, sleep, timeout};
use utoipa::IntoParams;

/// Period in which organisers get the number of viewers.
const VIEWERS_PERIOD: Duration = Duration::from_secs(5);

/// The session.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct WatchToken {
    /// `session` of the watch session.
    session: String,
}

/// Times, phase and stream of an event.
#[derive(Debug, Serialize)]
struct EventUpdate {
    phase: WatchPhaseState,
    opens_at: DateTime<Utc>,
    ends_at: DateTime<Utc>,
    replay_until: Option<DateTime<Utc>>,
    media: Option<MediaView>,
}

/// Stream a watch session
///
/// Server-sent events: `session` (`state`), `event` (`phase`, `opens_at`, `ends_at`, `replay_until`, `media`), `token` (`token`, `token_expires_at`), `announcement` (`announcement`) and for organisers `viewers` (`now`, `peak`). The stream ends after `taken_over` or `ended`.
#[utoipa::path(get, path = "/api/events/{id}/watch/live", tag = "events", params(("id" = i64, Path), WatchToken), responses(
    (status = 200, content_type = "text/event-stream", body = String), (status = 403, body = ProblemBody),
    (status = 404, body = ProblemBody), (status = 429, body = ProblemBody), (status = 503, body = ProblemBody)))]
pub(in crate::http) async fn stream_watch(
    state: web::Data<State>,
    id: path::Id,
    token: web::Query<WatchToken>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let session = state.office.watch_session(EventId::new(id.0), &token.session);
    let session = session.ok_or(WatchError::NoTicket)?;
    let known = state.office.session_state(&session).await?;
    if known != SessionState::Current {
        let text = message("session", &json!({ "state": WatchSessionState::from(known) }))?;
        return Ok(event_stream(stream::once(ready(Ok(web::Bytes::from(text))))));
    }
    let http = &state.http;
    let address = client::address(request.head(), &http.trusted_proxies);
    let network = client::limited_network(address, &http.trusted_proxies, http.connections.limit_loopback);
    let topic = match session.viewer {
        Viewer::Holder(ticket, _) => Topic::Ticket(ticket),
        Viewer::Organiser(user) => Topic::Organiser(user),
    };
    let opened = state.streams.open_watch(topic, session.event, network)?;
    let counted = match session.viewer {
        Viewer::Holder(ticket, _) => Some(state.viewers.count(session.event, ticket)),
        Viewer::Organiser(_) => None,
    };
    let streams = &state.http.streams;
    let end = Box::pin(sleep(opened.spread(streams.max_life)));
    let stream = WatchStream {
        session,
        opened,
        counted,
        heartbeat: streams.heartbeat,
        end,
        sent: Sent::default(),
        renew_at: None,
        ended: false,
        state,
    };
    Ok(event_stream(updates(stream)))
}

/// What was sent to the client.
#[derive(Debug, Default)]
struct Sent {
    state: Option<SessionState>,
    event: Option<SentEvent>,
    /// Meaningful once an event was sent.
    announcement: Option<AnnouncementView>,
    viewers: Option<ViewerTotal>,
}

/// The event without tokens, which change by themselves.
#[derive(Debug, PartialEq, Eq)]
struct SentEvent {
    phase: WatchPhaseState,
    opens_at: DateTime<Utc>,
    ends_at: DateTime<Utc>,
    replay_until: Option<DateTime<Utc>>,
    media: Option<Media>,
}

struct WatchStream {
    state: web::Data<State>,
    session: WatchSession,
    opened: Opened,
    /// Held while the session is current.
    counted: Option<CountedViewer>,
    heartbeat: Duration,
    end: Pin<Box<Sleep>>,
    sent: Sent,
    /// When the player's token is replaced; `None` without a stream that needs one.
    renew_at: Option<Timestamp>,
    ended: bool,
}

fn updates(stream: WatchStream) -> impl Stream<Item = Result<web::Bytes, Infallible>> {
    stream::unfold((stream, true), |(mut stream, first)| async move {
        let text = if first {
            let changes = stream.changes().await.ok()?;
            format!("{changes}retry: {RECONNECT_MILLIS}\n\n")
        } else {
            stream.next().await?
        };
        Some((Ok(web::Bytes::from(text)), (stream, false)))
    })
}

fn message(name: &str, data: &impl Serialize) -> Result<String, serde_json::Error> {
    Ok(format!("event: {name}\ndata: {}\n\n", serde_json::to_string(data)?))
}

impl WatchStream {
    /// The next events or a heartbeat; `None` at the end of the stream.
    async fn next(&mut self) -> Option<String> {
        if self.ended {
            return None;
        }
        loop {
            let pause = self.pause();
            let woken = tokio::select! {
                woken = timeout(pause, self.opened.changed()) => woken,
                () = &mut self.end => return None,
                () = self.state.liveness.stopped() => return None,
            };
            if woken == Ok(false) {
                return None;
            }
            let text = self.changes().await.ok()?;
            if !text.is_empty() {
                return Some(text);
            }
            if woken.is_err() {
                return Some(": heartbeat\n\n".to_owned());
            }
        }
    }

    /// Time until the next heartbeat, phase, token or count of viewers.
    fn pause(&self) -> Duration {
        let organiser = matches!(self.session.viewer, Viewer::Organiser(_));
        let period = if organiser { self.heartbeat.min(VIEWERS_PERIOD) } else { self.heartbeat };
        let now = self.state.office.now();
        let [phase_at, renew_at] = [self.next_phase_at(), self.renew_at];
        let due = [phase_at, renew_at].into_iter().flatten().min();
        let until = due.and_then(|due| due.signed_duration_since(now).to_std().ok());
        // Rounded up, so that a timer that fires early does not spin.
        until.map_or(period, |until| period.min(until.saturating_add(Duration::from_millis(5))))
    }

    fn next_phase_at(&self) -> Option<Timestamp> {
        let sent = self.sent.event.as_ref()?;
        match sent.phase {
            WatchPhaseState::Before => Some(sent.opens_at),
            WatchPhaseState::Live => Some(sent.ends_at),
            WatchPhaseState::Replay => sent.replay_until,
            WatchPhaseState::Over => None,
        }
    }

    /// Events for what changed since the last call.
    async fn changes(&mut self) -> Result<String, Problem> {
        let state = self.state.clone();
        let office = &state.office;
        let session_state = office.session_state(&self.session).await?;
        let mut text = String::new();
        if self.sent.state != Some(session_state) {
            self.sent.state = Some(session_state);
            text += &message("session", &json!({ "state": WatchSessionState::from(session_state) }))?;
        }
        if session_state != SessionState::Current {
            self.ended = true;
            self.counted = None;
            return Ok(text);
        }
        let view = office.watch_view(self.session.event, &state.web_host()).await?;
        let first = self.sent.event.is_none();
        self.event_changes(view, &mut text)?;
        let announcement = office.announcement(self.session.event).await?;
        let announcement = announcement.map(|announcement| AnnouncementView::from((*announcement).clone()));
        if first || self.sent.announcement != announcement {
            text += &message("announcement", &json!({ "announcement": announcement }))?;
            self.sent.announcement = announcement;
        }
        if matches!(self.session.viewer, Viewer::Organiser(_)) {
            let total = state.viewers.total(self.session.event).await?;
            if self.sent.viewers != Some(total) {
                self.sent.viewers = Some(total);
                text += &message("viewers", &json!({ "now": total.now, "peak": total.peak }))?;
            }
        }
        Ok(text)
    }

    /// Adds the event if its phase, times or stream changed, else a token that is due.
    fn event_changes(&mut self, view: WatchView, text: &mut String) -> Result<(), serde_json::Error> {
        let WatchView { event, phase, opens_at, media } = view;
        let phase = WatchPhaseState::from(phase);
        let (ends_at, replay_until) = (event.end_time, event.details.replay_until);
        let hls = media.as_ref().is_some_and(|media| media.kind == MediaKind::Hls);
        let now = self.state.office.now();
        let due = hls && self.renew_at.is_none_or(|at| now >= at);
        let shown = SentEvent { phase, opens_at, ends_at, replay_until, media };
        let changed = self.sent.event.as_ref() != Some(&shown);
        let token = (due || (changed && hls)).then(|| self.state.office.stream_token(&self.session));
        if changed {
            let media = shown.media.clone().map(|media| MediaView::new(media, token.clone()));
            let update = EventUpdate { phase, opens_at, ends_at, replay_until, media };
            *text += &message("event", &update)?;
            self.sent.event = Some(shown);
        }
        if !hls {
            self.renew_at = None;
        } else if let Some(StreamToken { token, expires_at, renew_at }) = token {
            self.renew_at = Some(renew_at);
            *text += &message("token", &json!({ "token": token, "token_expires_at": expires_at }))?;
        }
        Ok(())
    }
}
