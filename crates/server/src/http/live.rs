//! Live ticket updates by server-sent events, beside polling.

use super::{auth::Visitor, path, problem::Problem, state::State, tickets::StatusToken, tickets::StatusView};
use actix_web::{HttpResponse, http::header, web};
use box_office::{Caller, Change};
use futures_util::{Stream, stream};
use kernel::TicketId;
use prometheus::IntGauge;
use std::{convert::Infallible, time::Duration};
use tokio::{
    sync::broadcast::{Receiver, error::RecvError},
    time::timeout,
};

/// Proxies close what is silent for longer.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// More open streams than this, and clients poll instead.
const MOST_STREAMS: i64 = 10_000;

/// A ticket's status, now and whenever it changes
///
/// Events named `status`, each with the `data` of the status call.
#[utoipa::path(get, path = "/api/tickets/{id}/events", tag = "tickets", params(("id" = i64, Path), StatusToken),
    security((), ("token" = [])), responses(
    (status = 200, content_type = "text/event-stream", body = String), (status = 404, body = super::problem::ProblemBody),
    (status = 503, body = super::problem::ProblemBody)))]
pub(super) async fn status(
    state: web::Data<State>,
    id: path::Id,
    Visitor(caller): Visitor,
    token: web::Query<StatusToken>,
) -> Result<HttpResponse, Problem> {
    if state.metrics.live_streams.get() >= MOST_STREAMS {
        return Err(Problem::unavailable("too many live streams"));
    }
    let id = TicketId::new(id.0);
    // Listening begins before the first look, so that no change falls in between.
    let changes = state.store.changes();
    let first = state.office.ticket_status(id, caller.as_ref(), token.token.as_deref()).await?;
    let counted = Counted::new(state.metrics.live_streams.clone());
    let watch = Watch {
        state,
        id,
        caller,
        token: token.into_inner().token,
        changes,
        last: String::new(),
        _counted: counted,
    };
    let first = event(&StatusView::new(first))?;
    Ok(HttpResponse::Ok()
        .content_type("text/event-stream")
        .insert_header((header::CACHE_CONTROL, "no-store"))
        // Compression would hold events back.
        .insert_header((header::CONTENT_ENCODING, "identity"))
        .insert_header(("X-Accel-Buffering", "no"))
        .streaming(follow(watch, first)))
}

struct Counted(IntGauge);

impl Counted {
    fn new(gauge: IntGauge) -> Self {
        gauge.inc();
        Self(gauge)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.dec();
    }
}

struct Watch {
    state: web::Data<State>,
    id: TicketId,
    caller: Option<Caller>,
    token: Option<String>,
    changes: Receiver<Change>,
    last: String,
    _counted: Counted,
}

fn event(view: &StatusView) -> Result<String, serde_json::Error> {
    serde_json::to_string(view).map(|data| format!("event: status\ndata: {data}\n\n"))
}

fn follow(watch: Watch, first: String) -> impl Stream<Item = Result<web::Bytes, Infallible>> {
    stream::unfold((watch, Some(first)), |(mut watch, first)| async move {
        let text = match first {
            Some(text) => text,
            None => watch.next().await?,
        };
        if text.starts_with("event") {
            watch.last.clone_from(&text);
        }
        Some((Ok(web::Bytes::from(text)), (watch, None)))
    })
}

impl Watch {
    /// The next event, or a comment when nothing happens for a while; nothing once the shop stops.
    async fn next(&mut self) -> Option<String> {
        loop {
            let next = tokio::select! {
                next = timeout(HEARTBEAT, self.changes.recv()) => next,
                () = self.state.pulse.stopped() => return None,
            };
            match next {
                Err(_) => return Some(": still here\n\n".to_owned()),
                Ok(Err(RecvError::Closed)) => return None,
                Ok(Ok(change)) if change != Change::Ticket(self.id) => {}
                // Changes that were missed may have been ours.
                Ok(Ok(_) | Err(RecvError::Lagged(_))) => {
                    let seen = self
                        .state
                        .office
                        .ticket_status(self.id, self.caller.as_ref(), self.token.as_deref())
                        .await;
                    let Ok(text) = seen.map(StatusView::new).map(|view| event(&view)) else { return None };
                    match text {
                        Ok(text) if text != self.last => return Some(text),
                        Ok(_) => {}
                        Err(_) => return None,
                    }
                }
            }
        }
    }
}
