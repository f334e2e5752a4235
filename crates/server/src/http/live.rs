//! Live ticket updates by server-sent events, beside polling.

use super::{auth::Visitor, path, problem::Problem, state::State, tickets::StatusToken, tickets::StatusView};
use actix_web::{HttpResponse, http::header, web};
use box_office::{Caller, Change};
use futures_util::{Stream, stream};
use kernel::TicketId;
use prometheus::IntGauge;
use std::{
    collections::HashMap,
    convert::Infallible,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{
    sync::{
        broadcast::{Receiver, error::RecvError},
        watch,
    },
    task::JoinHandle,
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
    let changes = state.hub.listen(id);
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
    let first = event(&StatusView::new(&first.view, first.full, first.payment_link))?;
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
    changes: watch::Receiver<()>,
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
                next = timeout(HEARTBEAT, self.changes.changed()) => next,
                () = self.state.pulse.stopped() => return None,
            };
            match next {
                Err(_) => return Some(": still here\n\n".to_owned()),
                Ok(Err(_)) => return None,
                Ok(Ok(())) => {
                    let (caller, token) = (self.caller.as_ref(), self.token.as_deref());
                    let seen = self.state.office.ticket_status(self.id, caller, token).await.ok()?;
                    let text = event(&StatusView::new(&seen.view, seen.full, seen.payment_link)).ok()?;
                    if text != self.last {
                        return Some(text);
                    }
                }
            }
        }
    }
}

/// Tells each open stream of its own ticket alone: during a sale thousands of changes are heard of each second, and each concerns
/// one of thousands of streams.
#[derive(Debug)]
pub(crate) struct Hub {
    streams: Arc<Mutex<Streams>>,
    ear: JoinHandle<()>,
}

type Streams = HashMap<TicketId, watch::Sender<()>>;

fn open(streams: &Mutex<Streams>) -> MutexGuard<'_, Streams> {
    // A plain map: whatever a panicking thread left is still a map.
    streams.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Hub {
    /// Hears of changes from now on. Must be called inside a tokio runtime.
    pub(crate) fn start(mut changes: Receiver<Change>) -> Self {
        let streams: Arc<Mutex<Streams>> = Arc::default();
        let told = Arc::clone(&streams);
        let ear = tokio::spawn(async move {
            loop {
                match changes.recv().await {
                    Ok(Change::Ticket(id)) => {
                        let mut streams = open(&told);
                        if streams.get(&id).is_some_and(|stream| stream.send(()).is_err()) {
                            streams.remove(&id);
                        }
                    }
                    Ok(Change::Event(_) | Change::User(_) | Change::Jobs) => {}
                    // What was missed may have been anybody's.
                    Err(RecvError::Lagged(_)) => open(&told).retain(|_, stream| stream.send(()).is_ok()),
                    Err(RecvError::Closed) => return,
                }
            }
        });
        Self { streams, ear }
    }

    fn listen(&self, ticket: TicketId) -> watch::Receiver<()> {
        let mut streams = open(&self.streams);
        let most = usize::try_from(MOST_STREAMS).unwrap_or(usize::MAX);
        if streams.len() >= most {
            streams.retain(|_, stream| stream.receiver_count() > 0);
        }
        streams.entry(ticket).or_default().subscribe()
    }
}

impl Drop for Hub {
    fn drop(&mut self) {
        self.ear.abort();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::EventId;
    use tokio::sync::broadcast;

    #[tokio::test]
    async fn a_stream_hears_of_its_own_ticket_alone() {
        let (news, changes) = broadcast::channel(16);
        let hub = Hub::start(changes);
        let (one, two) = (TicketId::new(1), TicketId::new(2));
        let (mut first, mut second, mut other) = (hub.listen(one), hub.listen(one), hub.listen(two));
        for change in [Change::Jobs, Change::Event(EventId::new(1)), Change::Ticket(one)] {
            news.send(change).unwrap();
        }
        first.changed().await.unwrap();
        second.changed().await.unwrap();
        assert!(!other.has_changed().unwrap());
        drop((first, second));
        news.send(Change::Ticket(one)).unwrap();
        news.send(Change::Ticket(two)).unwrap();
        other.changed().await.unwrap();
        assert_eq!(open(&hub.streams).keys().collect::<Vec<_>>(), [&two]);
    }

    #[tokio::test]
    async fn news_that_was_missed_wakes_every_stream() {
        let (news, changes) = broadcast::channel(2);
        for _ in 0..5 {
            news.send(Change::Jobs).unwrap();
        }
        let hub = Hub::start(changes);
        hub.listen(TicketId::new(7)).changed().await.unwrap();
    }
}
