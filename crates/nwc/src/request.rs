//! One request and its answer, over all relays of a connection.

use crate::{
    link::{Command, Link},
    report::{Report, ReportEvent, Wanted},
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

/// Reports of one subscription that may wait to be read; each relay sends a handful.
const WAITING_REPORTS: usize = 64;
/// Relays that come up later than this after the first one was told are told nothing: the answer is under way.
const LATE_RELAY: Duration = Duration::from_secs(5);
/// What slower relays get once the first has said that it keeps no info event.
const SLOWER_RELAY: Duration = Duration::from_millis(500);

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NoAnswer {
    /// The request certainly reached nobody.
    NotSent(String),
    /// It may have arrived.
    Lost(String),
}

/// A subscription on every relay of a connection, given back when dropped.
pub(crate) struct Listening<'a> {
    links: &'a [Link],
    id: String,
    reports: mpsc::Receiver<Report>,
    sender: mpsc::Sender<Report>,
}

impl<'a> Listening<'a> {
    pub(crate) fn start(links: &'a [Link], id: String, wanted: &Wanted) -> Self {
        let (sender, reports) = mpsc::channel(WAITING_REPORTS);
        for link in links {
            link.send_command(Command::Subscribe {
                id: id.clone(),
                wanted: wanted.clone(),
                reports: sender.clone(),
            });
        }
        Self { links, id, reports, sender }
    }

    async fn next(&mut self, until: Instant) -> Option<Report> {
        timeout_at(until, self.reports.recv()).await.ok().flatten()
    }

    /// The next report, whenever it comes. We hold a sender ourselves: it never ends.
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

/// How the request stands at one relay.
#[derive(Clone, PartialEq, Eq)]
enum RelayState {
    /// Not told yet.
    Waiting,
    /// Told, or about to be: it may have got through.
    Told,
    /// Certainly not told, and will not be.
    Spared(String),
}

/// Publishes the request wherever somebody listens for us, each relay once, and waits for the wallet's answer. A relay that
/// comes back is only listened to again: the request is never repeated there. The same event on two relays is one request
/// to the wallet, which knows its id.
pub(crate) async fn exchange(
    links: &[Link],
    wallet: PublicKey,
    request: &Event,
    reach: Instant,
    deadline: Instant,
) -> Result<Box<Event>, NoAnswer> {
    let wanted = Wanted {
        author: wallet,
        kind: Kind::WalletConnectResponse,
        answer_to: Some(request.id),
        addressed_to: None,
        limit: None,
    };
    let mut listening = Listening::start(links, subscription_id("a", request.id), &wanted);
    let mut fates = vec![RelayState::Waiting; links.len()];
    let mut first_told: Option<Instant> = None;
    loop {
        let told = fates.contains(&RelayState::Told);
        let Some(Report { relay, news }) =
            listening.next(if told { deadline } else { reach.min(deadline) }).await
        else {
            return Err(if told {
                NoAnswer::Lost("the wallet did not answer in time".to_owned())
            } else {
                NoAnswer::NotSent(reasons(&fates, "no relay was reached in time"))
            });
        };
        let Some(fate) = fates.get_mut(relay) else { continue };
        match news {
            ReportEvent::Event(answer) => return Ok(answer),
            ReportEvent::Ready
                if *fate == RelayState::Waiting && first_told.is_none_or(|at| at.elapsed() < LATE_RELAY) =>
            {
                *fate = RelayState::Told;
                first_told.get_or_insert_with(Instant::now);
                listening.publish(relay, request);
            }
            ReportEvent::NotSent(why) | ReportEvent::Refused(why) => *fate = RelayState::Spared(why),
            ReportEvent::Down(why) | ReportEvent::Closed(why) if *fate == RelayState::Waiting => {
                *fate = RelayState::Spared(why);
            }
            ReportEvent::Ready | ReportEvent::Sent | ReportEvent::Down(_) | ReportEvent::Closed(_) => {}
        }
        if fates.iter().all(|fate| matches!(fate, RelayState::Spared(_))) {
            return Err(NoAnswer::NotSent(reasons(&fates, "")));
        }
    }
}

fn reasons(fates: &[RelayState], otherwise: &str) -> String {
    let found = fates.iter().find_map(|fate| match fate {
        RelayState::Spared(why) => Some(why.clone()),
        RelayState::Waiting | RelayState::Told => None,
    });
    found.unwrap_or_else(|| otherwise.to_owned())
}

/// At most 64 characters (NIP-01).
fn subscription_id(purpose: &str, about: EventId) -> String {
    let digits: String = about.to_hex().chars().take(24).collect();
    format!("{purpose}{digits}")
}

/// The wallet's newest info event, if any relay has one; `until` is waited for only as long as a relay still may.
pub(crate) async fn stored_info(
    links: &[Link],
    wallet: PublicKey,
    id: &str,
    until: Instant,
) -> Option<Box<Event>> {
    let wanted = Wanted {
        author: wallet,
        kind: Kind::WalletConnectInfo,
        answer_to: None,
        addressed_to: None,
        limit: Some(1),
    };
    let mut listening = Listening::start(links, id.to_owned(), &wanted);
    let mut open: Vec<bool> = vec![true; links.len()];
    let mut until = until;
    while let Some(Report { relay, news }) = listening.next(until).await {
        match news {
            ReportEvent::Event(info) => return Some(info),
            ReportEvent::Ready => until = until.min(Instant::now() + SLOWER_RELAY),
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
