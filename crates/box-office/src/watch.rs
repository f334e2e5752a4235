//! Watching an event: one session per ticket, and the tokens that its player gives to the media server.

use crate::{
    Announcement, BoxOffice, Caller, ViewerCount, ViewerTotal, WatchSessionId, WatchState,
    stream_token::{SessionSecret, StreamClaims},
};
use chrono::{Duration, SubsecRound};
use events::{Event, Media, MediaKind, WatchPhase};
use kernel::{EventId, FieldErrors, Page, StoreError, TicketId, Timestamp, UserId, text::line};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use tickets::{Ticket, TicketQuery, TicketStatus};

/// Life of a stream token. A missed notification of a take-over is effective after it at the latest.
const TOKEN_LIFE: Duration = Duration::seconds(90);
/// Age at which the live stream renews a token.
const TOKEN_RENEWAL: Duration = Duration::seconds(45);
/// Life of an organiser's watch session.
const ORGANISER_LIFE: Duration = Duration::hours(24);
/// A process has ended if its count of viewers is older.
const VIEWER_COUNT_LIFE: Duration = Duration::seconds(60);
const MAX_ANNOUNCEMENT: usize = 500;

/// Reason for refusing to watch.
#[derive(Debug, thiserror::Error)]
pub enum WatchError {
    /// The event does not exist.
    #[error("event not found")]
    NotFound,
    /// The caller has no paid ticket of the event.
    #[error("only holders of a ticket can watch this event")]
    NoTicket,
    /// Field validation failed.
    #[error(transparent)]
    Invalid(#[from] FieldErrors),
    /// The entropy source failed.
    #[error(transparent)]
    Entropy(#[from] kernel::EntropyError),
    /// The store failed.
    #[error("the watch session could not be stored")]
    Store(#[from] StoreError),
}

/// The ticket that a caller wants to watch with.
#[derive(Debug, Clone, Copy, Default)]
pub struct WatchRequest<'a> {
    /// The ticket; `None` for one of the caller's.
    pub ticket: Option<TicketId>,
    /// Status token of the ticket or token of its order, for callers without an account.
    pub token: Option<&'a str>,
}

/// Who watches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Viewer {
    /// The holder of a ticket.
    Holder(TicketId, WatchSessionId),
    /// An organiser, who is not counted.
    Organiser(UserId),
}

/// A verified watch session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WatchSession {
    /// The event.
    pub event: EventId,
    /// Who watches.
    pub viewer: Viewer,
    issued_at: Timestamp,
}

/// Whether a session may go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionState {
    /// It is the ticket's newest.
    Current,
    /// A newer session of the ticket replaced it.
    TakenOver,
    /// The ticket or the organiser's right is revoked.
    Ended,
}

/// A token for the media server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamToken {
    /// The token, sent in the query as `token`.
    pub token: String,
    /// Expiry.
    pub expires_at: Timestamp,
    /// When to replace it.
    pub renew_at: Timestamp,
}

/// What the watch page shows now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WatchView {
    /// The event, from cache.
    pub event: Arc<Event>,
    /// The phase.
    pub phase: WatchPhase,
    /// Start of early entry.
    pub opens_at: Timestamp,
    /// What the player loads, while the stream is open.
    pub media: Option<Media>,
}

/// Part of a request to the media server that a token must match.
#[derive(Debug, Clone, Copy)]
pub enum StreamTarget<'a> {
    /// Path of a request target, as sent.
    Path(&'a str),
    /// Name of a media server's path.
    Name(&'a str),
}

impl BoxOffice {
    /// Opens a watch session, which replaces earlier ones of the ticket. Returns its secret for the page.
    pub async fn open_watch(
        &self,
        event: EventId,
        caller: Option<&Caller>,
        request: WatchRequest<'_>,
    ) -> Result<(String, WatchSession), WatchError> {
        self.event(event).await?.ok_or(WatchError::NotFound)?;
        let links = &self.dependencies.links;
        let now = self.now();
        let Some(ticket) = self.ticket_to_watch(event, caller, request).await? else {
            let organiser = caller.filter(|caller| caller.is_admin).ok_or(WatchError::NoTicket)?;
            // After a log-out, new rights begin with the next second.
            let issued_at = now.max(organiser.user.tokens_valid_from).trunc_subsecs(0);
            let secret = SessionSecret::Organiser { event, user: organiser.id(), issued_at };
            let session = WatchSession { event, viewer: Viewer::Organiser(organiser.id()), issued_at };
            return Ok((secret.write(links), session));
        };
        let secret = SessionSecret::Ticket(ticket, self.random()?);
        let id = session_id(&secret);
        let mut session = self.store().begin().await?;
        let locked = session.ticket_for_update(ticket).await?;
        let Some(locked) = locked.filter(|locked| opens(locked, event)) else {
            session.rollback().await?;
            return Err(WatchError::NoTicket);
        };
        session.put_watch_session(&locked, id, now).await?;
        session.commit().await?;
        let viewer = Viewer::Holder(ticket, id);
        Ok((secret.write(links), WatchSession { event, viewer, issued_at: now }))
    }

    /// The ticket that the caller may watch with, if any.
    async fn ticket_to_watch(
        &self,
        event: EventId,
        caller: Option<&Caller>,
        request: WatchRequest<'_>,
    ) -> Result<Option<TicketId>, WatchError> {
        let owner = |ticket: &Ticket| caller.is_some_and(|caller| ticket.user_id == Some(caller.id()));
        if let Some(id) = request.ticket {
            let ticket = self.ticket_view(id).await?.map(|view| view.ticket);
            let Some(ticket) = ticket.filter(|ticket| opens(ticket, event)) else { return Ok(None) };
            let allowed = owner(&ticket) || self.is_token_of(&ticket, request.token).await?;
            return Ok(allowed.then_some(id));
        }
        let Some(caller) = caller else { return Ok(None) };
        let status = Some(TicketStatus::Paid);
        let held = TicketQuery { user_id: Some(caller.id()), event_id: Some(event), status, below: None };
        let held = self.store().tickets(&held, Page::new(Some(1), None)).await?;
        Ok(held.first().map(|ticket| ticket.id))
    }

    /// Whether a token shows the ticket or its order in full.
    async fn is_token_of(&self, ticket: &Ticket, token: Option<&str>) -> Result<bool, StoreError> {
        let (Some(token), links) = (token, &self.dependencies.links) else { return Ok(false) };
        if links.is_status_token(ticket, token) {
            return Ok(true);
        }
        let Some(order) = ticket.order.as_ref() else { return Ok(false) };
        let order = self.store().order(order.order_id).await?;
        Ok(order.is_some_and(|order| links.is_order_token(&order, token)))
    }

    /// Reads the secret of a watch page; `None` for one that was never issued for the event.
    pub fn watch_session(&self, event: EventId, secret: &str) -> Option<WatchSession> {
        let secret = SessionSecret::read(secret, &self.dependencies.links)?;
        let (viewer, issued_at) = match secret {
            SessionSecret::Ticket(ticket, _) => (Viewer::Holder(ticket, session_id(&secret)), self.now()),
            SessionSecret::Organiser { event: of, user, issued_at } if of == event => {
                (Viewer::Organiser(user), issued_at)
            }
            SessionSecret::Organiser { .. } => return None,
        };
        Some(WatchSession { event, viewer, issued_at })
    }

    /// State of a session. Take-overs and revocations of this replica are seen at once, those of others on notification.
    pub async fn session_state(&self, session: &WatchSession) -> Result<SessionState, StoreError> {
        let now = self.now();
        let (ticket, id) = match session.viewer {
            Viewer::Holder(ticket, id) => (ticket, id),
            Viewer::Organiser(user) => {
                let user = self.event_cache.user(self.store(), user, now).await?;
                let valid = user.is_some_and(|user| {
                    user.deleted_at.is_none()
                        && self.settings().admin_emails.is_admin(&user)
                        && session.issued_at >= user.tokens_valid_from.trunc_subsecs(0)
                        && now.signed_duration_since(session.issued_at) < ORGANISER_LIFE
                });
                return Ok(if valid { SessionState::Current } else { SessionState::Ended });
            }
        };
        let state = self.cached_watch_state(ticket).await?;
        Ok(match state.as_deref() {
            Some(WatchState { event_id, status: TicketStatus::Paid, session: Some(newest) })
                if *event_id == session.event =>
            {
                if *newest == id {
                    SessionState::Current
                } else {
                    SessionState::TakenOver
                }
            }
            _ => SessionState::Ended,
        })
    }

    async fn cached_watch_state(&self, ticket: TicketId) -> Result<Option<Arc<WatchState>>, StoreError> {
        let read = async { Ok(self.watch_queue.submit(ticket).await?) };
        self.event_cache.watch_state(ticket, self.now(), read).await
    }

    /// What the watch page shows now, on a web app of `host`.
    pub async fn watch_view(&self, event: EventId, host: &str) -> Result<WatchView, WatchError> {
        let event = self.event(event).await?.ok_or(WatchError::NotFound)?;
        let (early, now) = (self.settings().early_entry, self.now());
        let phase = event.watch_phase(early, now);
        let media = event.media(host).filter(|_| phase.is_open());
        Ok(WatchView { phase, opens_at: event.entry_opens_at(early), media, event })
    }

    /// When the next phase of an event begins.
    pub fn next_phase_at(&self, event: &Event) -> Option<Timestamp> {
        event.next_phase_at(self.settings().early_entry, self.now())
    }

    /// A new token for a session that is current.
    pub fn stream_token(&self, session: &WatchSession) -> StreamToken {
        let now = self.now();
        let at = |after: Duration| now.checked_add_signed(after).unwrap_or(now);
        let (ticket, id) = match session.viewer {
            Viewer::Holder(ticket, id) => (Some(ticket), id),
            Viewer::Organiser(_) => (None, WatchSessionId([0; 16])),
        };
        let expires_at = at(TOKEN_LIFE).trunc_subsecs(0);
        let claims = StreamClaims { event: session.event, ticket, session: id, expires_at };
        StreamToken { token: claims.sign(&self.dependencies.links), expires_at, renew_at: at(TOKEN_RENEWAL) }
    }

    /// Whether a token opens a request to the media server now. Answered from memory, except for the first request of a ticket.
    pub async fn authorizes_stream(&self, token: &str, target: StreamTarget<'_>) -> Result<bool, StoreError> {
        let now = self.now();
        let Some(claims) = StreamClaims::verify(token, &self.dependencies.links) else { return Ok(false) };
        if now >= claims.expires_at {
            return Ok(false);
        }
        let Some(event) = self.event(claims.event).await? else { return Ok(false) };
        let open = event.watch_phase(self.settings().early_entry, now).is_open();
        let media = event.media("").filter(|media| open && media.kind == MediaKind::Hls);
        let covered = media.is_some_and(|media| match target {
            StreamTarget::Path(path) => media.covers(path),
            StreamTarget::Name(name) => media.is_of_path(name),
        });
        let Some(ticket) = claims.ticket.filter(|_| covered) else { return Ok(covered) };
        let state = self.cached_watch_state(ticket).await?;
        Ok(state.is_some_and(|state| {
            state.status == TicketStatus::Paid
                && state.event_id == claims.event
                && state.session == Some(claims.session)
        }))
    }

    /// The announcement of an event, from cache.
    pub async fn announcement(&self, event: EventId) -> Result<Option<Arc<Announcement>>, StoreError> {
        let cached = self.event_cache.announcement(self.store(), event, self.now()).await?;
        Ok(cached.and_then(|announcement| announcement.as_ref().clone()).map(Arc::new))
    }

    /// Replaces an event's announcement; `None` withdraws it.
    pub async fn announce(
        &self,
        caller: &Caller,
        event: EventId,
        text: Option<&str>,
    ) -> Result<Option<Announcement>, WatchError> {
        let text = text.map(|text| line(text, MAX_ANNOUNCEMENT)).transpose().map_err(|error| {
            let mut errors = FieldErrors::default();
            errors.add_text("text", error);
            errors
        })?;
        let announcement = text.map(|text| Announcement { text, at: self.now().trunc_subsecs(6) });
        let mut session = self.store().begin().await?;
        if session.event_for_update(event).await?.is_none() {
            session.rollback().await?;
            return Err(WatchError::NotFound);
        }
        session.put_announcement(event, announcement.as_ref()).await?;
        let (action, detail) = match &announcement {
            Some(announcement) => ("event.announce", announcement.text.clone()),
            None => ("event.announcement.withdraw", String::new()),
        };
        session.audit(&self.audit_line(caller, action, format!("event/{event}"), detail)).await?;
        session.commit().await?;
        Ok(announcement)
    }

    /// Stores the viewers that a process serves; returns those of all processes.
    pub async fn count_viewers(
        &self,
        event: EventId,
        process: i64,
        viewers: u32,
    ) -> Result<ViewerTotal, StoreError> {
        let at = self.now();
        let since = at.checked_sub_signed(VIEWER_COUNT_LIFE).unwrap_or(at);
        self.store().count_viewers(&ViewerCount { event, process, viewers, at, since }).await
    }
}

/// Whether a ticket lets its holder watch the event.
fn opens(ticket: &Ticket, event: EventId) -> bool {
    ticket.event_id == event && ticket.status == TicketStatus::Paid
}

/// The store keeps a hash, so that no reader of the database can watch.
fn session_id(secret: &SessionSecret) -> WatchSessionId {
    match secret {
        SessionSecret::Ticket(ticket, secret) => {
            let digest = Sha256::new()
                .chain_update(b"tickets/watch/")
                .chain_update(ticket.get().to_be_bytes())
                .chain_update(secret)
                .finalize();
            WatchSessionId(digest.first_chunk().copied().unwrap_or_default())
        }
        SessionSecret::Organiser { .. } => WatchSessionId([0; 16]),
    }
}
