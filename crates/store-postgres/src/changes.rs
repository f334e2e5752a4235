use crate::connect::{Connector, Messages};
use box_office::DomainEvent;
use futures_util::StreamExt;
use kernel::{EventId, TicketId, UserId};
use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicI32, Ordering},
    },
    time::Duration,
};
use tokio::{
    sync::{broadcast, mpsc, oneshot},
    task::JoinHandle,
};
use tokio_postgres::{AsyncMessage, types::Type};

const CHANNEL: &str = "tickets_changes";
/// Hints that may wait for the server while it is away; older ones are dropped, as hints may be.
const MAX_PENDING_EVENTS: usize = 8_192;
const HEARD: usize = 4_096;
/// A notification carries less than 8,000 bytes; 300 hints of at most 21 bytes fit.
const HINTS_A_MESSAGE: usize = 300;
const FIRST_WAIT: Duration = Duration::from_millis(50);
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// Tells this replica and the others what was committed.
///
/// Hints leave after the commit, many in one message, over the connection that also listens: a `NOTIFY` inside the writing
/// transaction would make all commits of the database queue for one lock while each of them waits for the disk.
#[derive(Clone)]
pub(crate) struct Changes {
    outgoing: mpsc::Sender<DomainEvent>,
    heard: broadcast::Sender<DomainEvent>,
}

impl Changes {
    /// Starts the listener, and waits until it listens or has found out that it cannot yet. It ends when the last handle is gone.
    pub(crate) async fn start(connector: Connector) -> Self {
        let (outgoing, committed) = mpsc::channel(MAX_PENDING_EVENTS);
        let (heard, _) = broadcast::channel(HEARD);
        let (tried, first_try) = oneshot::channel();
        tokio::spawn(listen(connector, committed, heard.clone(), tried));
        // An error means that the task is gone, and then there is nothing to wait for either.
        drop(first_try.await);
        Self { outgoing, heard }
    }

    /// Tells what was committed.
    pub(crate) fn publish(&self, changes: impl IntoIterator<Item = DomainEvent>) {
        for change in changes {
            // Nobody listening here, or no room to wait for the server: both are fine for a hint.
            drop(self.heard.send(change));
            self.outgoing.try_send(change).ok();
        }
    }

    /// Hears of what is committed from now on.
    pub(crate) fn subscribe(&self) -> broadcast::Receiver<DomainEvent> {
        self.heard.subscribe()
    }
}

enum End {
    /// Nobody can tell anything any more.
    Stopped,
    /// The connection is gone.
    Lost,
}

async fn listen(
    connector: Connector,
    mut committed: mpsc::Receiver<DomainEvent>,
    heard: broadcast::Sender<DomainEvent>,
    tried: oneshot::Sender<()>,
) {
    let mut wait = FIRST_WAIT;
    let mut tried = Some(tried);
    while !committed.is_closed() {
        let end = relay(&connector, &mut committed, &heard, &mut tried).await;
        drop(tried.take());
        match end {
            Ok(End::Stopped) => return,
            Ok(End::Lost) => {
                tracing::warn!("lost the connection that hears of changes; opening another one");
                wait = FIRST_WAIT;
            }
            Err(error) => tracing::warn!(%error, "cannot listen for changes; trying again"),
        }
        tokio::time::sleep(wait).await;
        wait = wait.saturating_mul(2).min(LONGEST_WAIT);
    }
}

async fn relay(
    connector: &Connector,
    committed: &mut mpsc::Receiver<DomainEvent>,
    heard: &broadcast::Sender<DomainEvent>,
    tried: &mut Option<oneshot::Sender<()>>,
) -> Result<End, tokio_postgres::Error> {
    let (client, messages) = connector.bare().await?;
    let ourselves = Arc::new(AtomicI32::new(0));
    let mut ears = AbortOnDrop(tokio::spawn(forward(messages, Arc::clone(&ourselves), heard.clone())));
    let pid = client.query_one("SELECT pg_backend_pid()", &[]).await?;
    ourselves.store(pid.try_get(0)?, Ordering::Relaxed);
    // A hint need not reach the disk.
    client.batch_execute(&format!("SET synchronous_commit = off; LISTEN {CHANNEL}")).await?;
    let speak = client.prepare_typed("SELECT pg_notify($1, $2)", &[Type::TEXT, Type::TEXT]).await?;
    if tried.take().is_none() {
        // What others committed while we did not listen was missed.
        drop(heard.send(DomainEvent::Jobs));
    }
    let mut waiting = Vec::with_capacity(HINTS_A_MESSAGE);
    loop {
        waiting.clear();
        tokio::select! {
            _ = &mut ears.0 => return Ok(End::Lost),
            taken = committed.recv_many(&mut waiting, HINTS_A_MESSAGE) => {
                if taken == 0 {
                    return Ok(End::Stopped);
                }
                client.execute(&speak, &[&CHANNEL, &write(&waiting)]).await?;
            }
        }
    }
}

/// Keeps the connection going, and passes on what others told.
async fn forward(mut messages: Messages, ourselves: Arc<AtomicI32>, heard: broadcast::Sender<DomainEvent>) {
    while let Some(Ok(message)) = messages.next().await {
        if let AsyncMessage::Notification(note) = message
            && note.process_id() != ourselves.load(Ordering::Relaxed)
        {
            for change in read(note.payload()) {
                drop(heard.send(change));
            }
        }
    }
}

struct AbortOnDrop(JoinHandle<()>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Hints as `t<ticket>`, `e<event>`, `u<user>` and `j`, each once.
fn write(changes: &[DomainEvent]) -> String {
    let words: BTreeSet<String> = changes
        .iter()
        .map(|change| match change {
            DomainEvent::Ticket(id) => format!("t{id}"),
            DomainEvent::Event(id) => format!("e{id}"),
            DomainEvent::User(id) => format!("u{id}"),
            DomainEvent::Jobs => "j".to_owned(),
        })
        .collect();
    words.into_iter().collect::<Vec<_>>().join(",")
}

/// Reads [`write`] back; what another version of the shop may say beside it is skipped.
fn read(payload: &str) -> impl Iterator<Item = DomainEvent> {
    payload.split(',').filter_map(|word| {
        let id = |digits: &str| digits.parse().ok();
        match word.split_at_checked(1)? {
            ("t", digits) => id(digits).map(|id| DomainEvent::Ticket(TicketId::new(id))),
            ("e", digits) => id(digits).map(|id| DomainEvent::Event(EventId::new(id))),
            ("u", digits) => id(digits).map(|id| DomainEvent::User(UserId::new(id))),
            ("j", "") => Some(DomainEvent::Jobs),
            _ => None,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hints_read_back_once_each_and_unknown_ones_are_skipped() {
        let told = [
            DomainEvent::Ticket(TicketId::new(7)),
            DomainEvent::Jobs,
            DomainEvent::Event(EventId::new(i64::MAX)),
            DomainEvent::User(UserId::new(9)),
            DomainEvent::Jobs,
        ];
        let payload = write(&told);
        let heard: Vec<_> = read(&payload).collect();
        assert_eq!(
            heard,
            [
                DomainEvent::Event(EventId::new(i64::MAX)),
                DomainEvent::Jobs,
                DomainEvent::Ticket(TicketId::new(7)),
                DomainEvent::User(UserId::new(9))
            ]
        );
        assert_eq!(read("x9,tt,é,,t5").collect::<Vec<_>>(), [DomainEvent::Ticket(TicketId::new(5))]);
    }

    #[test]
    fn a_full_message_fits_in_a_notification() {
        let longest: Vec<_> = (0..HINTS_A_MESSAGE)
            .map(|n| DomainEvent::Ticket(TicketId::new(i64::MIN + i64::try_from(n).unwrap())))
            .collect();
        assert!(write(&longest).len() < 8_000);
    }
}
