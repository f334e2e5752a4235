//! A request and its response over all relays of a connection.

use crate::{
    link::{Command, Link},
    report::{EventFilter, Report, ReportEvent},
};
use nostr::{
    event::{Event, EventId, Kind},
    key::PublicKey,
};
use std::time::Duration;
use tokio::{
    sync::mpsc,
    time::{Instant, timeout_at},
};

/// Queue length of a subscription's reports; each relay sends a handful.
const MAX_QUEUED_REPORTS: usize = 64;
/// Relays that connect later than this after the first publication get no copy: the response is on its way.
const PUBLISH_WINDOW: Duration = Duration::from_secs(5);
/// Time left to the other relays after the first one had no info event.
const INFO_GRACE: Duration = Duration::from_millis(500);

/// Why there is no response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NoAnswer {
    /// The request certainly did not reach the wallet.
    NotSent(String),
    /// The request may have arrived.
    Lost(String),
}

/// A subscription on every relay of a connection; closed when dropped.
pub(crate) struct Listening<'a> {
    links: &'a [Link],
    id: String,
    reports: mpsc::Receiver<Report>,
    sender: mpsc::Sender<Report>,
}

impl<'a> Listening<'a> {
    pub(crate) fn start(links: &'a [Link], id: String, filter: &EventFilter) -> Self {
        let (sender, reports) = mpsc::channel(MAX_QUEUED_REPORTS);
        for link in links {
            link.send_command(Command::Subscribe {
                id: id.clone(),
                filter: filter.clone(),
                reports: sender.clone(),
            });
        }
        Self { links, id, reports, sender }
    }

    async fn next(&mut self, until: Instant) -> Option<Report> {
        timeout_at(until, self.reports.recv()).await.ok().flatten()
    }

    /// The next report. It never ends, since a sender is held here, too.
    pub(crate) async fn recv(&mut self) -> Option<Report> {
        self.reports.recv().await
    }

    fn publish(&self, relay: usize, event: &Event) {
        if let Some(link) = self.links.get(relay) {
            link.send_command(Command::Publish {
                event: Box::new(event.clone()),
                reports: self.sender.clone(),
            });
        }
    }
}

impl Drop for Listening<'_> {
    fn drop(&mut self) {
        for link in self.links {
            link.send_command(Command::Unsubscribe { id: self.id.clone() });
        }
    }
}

/// State of the request at one relay.
#[derive(Clone, PartialEq, Eq)]
enum RelayState {
    /// Not published yet.
    Pending,
    /// Published or being published: it may have arrived.
    Published,
    /// Certainly not published, and will not be.
    Skipped(String),
}

/// Publishes the request once to each relay with a live subscription and waits for the wallet's response; wallets deduplicate
/// the copies by event id. After a reconnect only the subscription is repeated.
pub(crate) async fn exchange(
    links: &[Link],
    wallet: PublicKey,
    request: &Event,
    reach: Instant,
    deadline: Instant,
) -> Result<Box<Event>, NoAnswer> {
    let filter = EventFilter {
        author: wallet,
        kind: Kind::WalletConnectResponse,
        answer_to: Some(request.id),
        addressed_to: None,
        limit: None,
    };
    let mut listening = Listening::start(links, subscription_id("a", request.id), &filter);
    let mut states = vec![RelayState::Pending; links.len()];
    let mut first_published: Option<Instant> = None;
    loop {
        let published = states.contains(&RelayState::Published);
        let Some(Report { relay, event }) =
            listening.next(if published { deadline } else { reach.min(deadline) }).await
        else {
            return Err(if published {
                NoAnswer::Lost("the wallet did not answer in time".to_owned())
            } else {
                NoAnswer::NotSent(reasons(&states, "no relay was reached in time"))
            });
        };
        let Some(state) = states.get_mut(relay) else { continue };
        match event {
            ReportEvent::Event(answer) => return Ok(answer),
            ReportEvent::Ready
                if *state == RelayState::Pending
                    && first_published.is_none_or(|at| at.elapsed() < PUBLISH_WINDOW) =>
            {
                *state = RelayState::Published;
                first_published.get_or_insert_with(Instant::now);
                listening.publish(relay, request);
            }
            ReportEvent::NotSent(why) | ReportEvent::Refused(why) => *state = RelayState::Skipped(why),
            ReportEvent::Down(why) | ReportEvent::Closed(why) if *state == RelayState::Pending => {
                *state = RelayState::Skipped(why);
            }
            ReportEvent::Ready | ReportEvent::Sent | ReportEvent::Down(_) | ReportEvent::Closed(_) => {}
        }
        if states.iter().all(|state| matches!(state, RelayState::Skipped(_))) {
            return Err(NoAnswer::NotSent(reasons(&states, "")));
        }
    }
}

fn reasons(states: &[RelayState], otherwise: &str) -> String {
    let found = states.iter().find_map(|state| match state {
        RelayState::Skipped(why) => Some(why.clone()),
        RelayState::Pending | RelayState::Published => None,
    });
    found.unwrap_or_else(|| otherwise.to_owned())
}

/// At most 64 characters (NIP-01).
fn subscription_id(purpose: &str, about: EventId) -> String {
    let digits: String = about.to_hex().chars().take(24).collect();
    format!("{purpose}{digits}")
}

/// The wallet's newest info event; ends before `until` once every relay has answered.
pub(crate) async fn stored_info(
    links: &[Link],
    wallet: PublicKey,
    id: &str,
    until: Instant,
) -> Option<Box<Event>> {
    let filter = EventFilter {
        author: wallet,
        kind: Kind::WalletConnectInfo,
        answer_to: None,
        addressed_to: None,
        limit: Some(1),
    };
    let mut listening = Listening::start(links, id.to_owned(), &filter);
    let mut open: Vec<bool> = vec![true; links.len()];
    let mut until = until;
    while let Some(Report { relay, event }) = listening.next(until).await {
        match event {
            ReportEvent::Event(info) => return Some(info),
            ReportEvent::Ready => until = until.min(Instant::now() + INFO_GRACE),
            ReportEvent::Down(_) | ReportEvent::Closed(_) => {}
            ReportEvent::Sent | ReportEvent::NotSent(_) | ReportEvent::Refused(_) => continue,
        }
        if let Some(mark) = open.get_mut(relay) {
            *mark = false;
        }
        if !open.contains(&true) {
            break;
        }
    }
    None
}
