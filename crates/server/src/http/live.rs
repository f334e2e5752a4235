//! Live ticket updates by server-sent events.

mod streams;

pub(crate) use streams::{Opened, Streams, Topic};

use self::streams::StreamRefusal;
use super::{
    auth::Session,
    client,
    orders::{status::OrderToken, view::OrderView},
    path,
    problem::{Problem, ProblemType},
    state::State,
    tickets::StatusToken,
    tickets::StatusView,
};
use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web,
};
use futures_util::{Stream, stream};
use kernel::{OrderId, TicketId, UserId};
use std::{convert::Infallible, net::IpAddr, pin::Pin, time::Duration};
use tokio::time::{Sleep, sleep, timeout};

/// Reconnect delay of browsers, milliseconds.
pub(super) const RECONNECT_MILLIS: u32 = 3_000;
/// `Retry-After` of refused streams, seconds.
const RETRY_AFTER_SECS: u64 = 30;

/// Stream a ticket's status
///
/// Server-sent events named `status`, each with the `data` of the status endpoint. A stream ends after an hour or when its token expires; clients then reconnect or poll, as after 429 and 503.
#[utoipa::path(get, path = "/api/tickets/{id}/events", tag = "tickets", params(("id" = i64, Path), StatusToken),
    security((), ("token" = [])), responses(
    (status = 200, content_type = "text/event-stream", body = String), (status = 404, body = super::problem::ProblemBody),
    (status = 429, body = super::problem::ProblemBody), (status = 503, body = super::problem::ProblemBody)))]
pub(super) async fn status(
    state: web::Data<State>,
    id: path::Id,
    session: Session,
    token: web::Query<StatusToken>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let id = TicketId::new(id.0);
    let status_token = token.into_inner().token;
    // Checks the ticket before a stream is counted.
    let visible =
        state.visible_ticket_status(&request, id, session.caller(), status_token.as_deref()).await?;
    let (network, user) = subscriber(&state, &request, &session);
    let opened = state.streams.open(id, &[], user, network, visible.full)?;
    follow(state, Subject::Ticket(id), session, status_token, opened).await
}

/// Stream an order
///
/// Server-sent events named `order`, each with the order. A stream ends after an hour or when its token expires; clients then reconnect or poll, as after 429 and 503.
#[utoipa::path(get, path = "/api/orders/{id}/events", tag = "orders", params(("id" = i64, Path), OrderToken),
    security((), ("token" = [])), responses(
    (status = 200, content_type = "text/event-stream", body = String), (status = 404, body = super::problem::ProblemBody),
    (status = 429, body = super::problem::ProblemBody), (status = 503, body = super::problem::ProblemBody)))]
pub(super) async fn stream_order(
    state: web::Data<State>,
    id: path::Id,
    session: Session,
    token: web::Query<OrderToken>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let id = OrderId::new(id.0);
    let token = token.into_inner().token;
    let seen = state.office.order_status(id, session.caller(), token.as_deref()).await?;
    let (network, user) = subscriber(&state, &request, &session);
    let mut tickets = seen.view.tickets.iter().map(|one| one.ticket.id);
    let first = tickets.next().ok_or_else(|| Problem::not_found("order"))?;
    let others: Vec<TicketId> = tickets.collect();
    let opened = state.streams.open(first, &others, user, network, true)?;
    follow(state, Subject::Order(id), session, token, opened).await
}

/// Network and account that a stream is counted for.
fn subscriber(state: &State, request: &HttpRequest, session: &Session) -> (Option<IpAddr>, Option<UserId>) {
    let http = &state.http;
    let address = client::address(request.head(), &http.trusted_proxies);
    let network = client::limited_network(address, &http.trusted_proxies, http.connections.limit_loopback);
    (network, session.caller().map(box_office::Caller::id))
}

/// Streams a subject until its maximum age.
async fn follow(
    state: web::Data<State>,
    subject: Subject,
    session: Session,
    token: Option<String>,
    opened: Opened,
) -> Result<HttpResponse, Problem> {
    let streams = &state.http.streams;
    let max_life = opened.spread(streams.max_life);
    let mut watch = Watch {
        subject,
        session,
        token,
        opened,
        last: String::new(),
        heartbeat: streams.heartbeat,
        end: Box::pin(sleep(max_life)),
        state,
    };
    // Read again, because a change before the subscription would be missed.
    let first = watch.read().await?;
    watch.last.clone_from(&first);
    let first = format!("{first}retry: {RECONNECT_MILLIS}\n\n");
    Ok(event_stream(updates(watch, first)))
}

/// A response of server-sent events.
pub(super) fn event_stream(
    events: impl Stream<Item = Result<web::Bytes, Infallible>> + 'static,
) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/event-stream")
        .insert_header((header::CACHE_CONTROL, "no-store"))
        // Compression would buffer events.
        .insert_header((header::CONTENT_ENCODING, "identity"))
        .insert_header(("X-Accel-Buffering", "no"))
        .streaming(events)
}

impl From<StreamRefusal> for Problem {
    fn from(refusal: StreamRefusal) -> Self {
        match refusal {
            StreamRefusal::Total => Self::unavailable(refusal).retry_after(RETRY_AFTER_SECS),
            StreamRefusal::Network | StreamRefusal::Ticket => {
                Self::new(StatusCode::TOO_MANY_REQUESTS, ProblemType::StreamLimit, refusal.to_string())
                    .retry_after(RETRY_AFTER_SECS)
            }
        }
    }
}

/// What a stream shows.
#[derive(Debug, Clone, Copy)]
enum Subject {
    Ticket(TicketId),
    Order(OrderId),
}

struct Watch {
    state: web::Data<State>,
    subject: Subject,
    session: Session,
    token: Option<String>,
    opened: Opened,
    last: String,
    heartbeat: Duration,
    end: Pin<Box<Sleep>>,
}

fn updates(watch: Watch, first: String) -> impl Stream<Item = Result<web::Bytes, Infallible>> {
    stream::unfold((watch, Some(first)), |(mut watch, first)| async move {
        let text = match first {
            Some(text) => text,
            None => watch.next().await?,
        };
        Some((Ok(web::Bytes::from(text)), (watch, None)))
    })
}

impl Watch {
    /// The event for this client; an invalidated token is an error.
    async fn read(&mut self) -> Result<String, Problem> {
        let State { office, http, .. } = &**self.state;
        self.session.renew(office).await?;
        let (caller, token) = (self.session.caller(), self.token.as_deref());
        match self.subject {
            Subject::Ticket(id) => {
                let visible = office.ticket_status(id, caller, token).await?;
                let data = serde_json::to_string(&StatusView::of(visible, &http.public_url))?;
                Ok(format!("event: status\ndata: {data}\n"))
            }
            Subject::Order(id) => {
                let seen = office.order_status(id, caller, token).await?;
                let data = serde_json::to_string(&OrderView::from(seen))?;
                Ok(format!("event: order\ndata: {data}\n"))
            }
        }
    }

    /// The next event or heartbeat. `None` on shutdown, at the maximum age, when displaced, and for an invalidated
    /// token.
    async fn next(&mut self) -> Option<String> {
        loop {
            let woken = tokio::select! {
                woken = timeout(self.heartbeat, self.opened.changed()) => woken,
                () = &mut self.end => return None,
                () = self.state.liveness.stopped() => return None,
            };
            match woken {
                Err(_) => return Some(": heartbeat\n\n".to_owned()),
                Ok(false) => return None,
                Ok(true) => {
                    let text = self.read().await.ok()?;
                    if text != self.last {
                        self.last.clone_from(&text);
                        return Some(format!("{text}\n"));
                    }
                }
            }
        }
    }
}
