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
/// Maximum events queued while the server is unreachable; further ones are dropped, as notifications may be.
const MAX_PENDING_EVENTS: usize = 8_192;
const BROADCAST_CAPACITY: usize = 4_096;
/// A NOTIFY payload is limited to 8,000 bytes: 300 tokens of at most 21 bytes fit.
const MAX_EVENTS_PER_NOTIFICATION: usize = 300;
const MIN_RECONNECT_DELAY: Duration = Duration::from_millis(50);
const MAX_RECONNECT_DELAY: Duration = Duration::from_secs(5);

/// Publishes committed domain events to this replica and the others.
///
/// Events are sent after the commit, batched, over the connection that also listens. NOTIFY within the
/// writing transaction would serialise all commits of the database on one lock, each held while it waits for
/// the disk.
#[derive(Clone)]
pub(crate) struct Notifications {
    outgoing: mpsc::Sender<DomainEvent>,
    local: broadcast::Sender<DomainEvent>,
}

impl Notifications {
    /// Starts the listener and waits for its first connection attempt. The listener stops when the last
    /// handle is dropped.
    pub(crate) async fn start(connector: Connector) -> Self {
        let (outgoing, committed) = mpsc::channel(MAX_PENDING_EVENTS);
        let (local, _) = broadcast::channel(BROADCAST_CAPACITY);
        let (attempted, first_attempt) = oneshot::channel();
        tokio::spawn(listen(connector, committed, local.clone(), attempted));
        // An error means that the task has ended, so there is nothing to delay for.
        drop(first_attempt.await);
        Self { outgoing, local }
    }

    /// Publishes committed domain events.
    pub(crate) fn publish(&self, events: impl IntoIterator<Item = DomainEvent>) {
        for event in events {
            // Fails without local subscribers or with a full queue; notifications may be lost.
            drop(self.local.send(event));
            self.outgoing.try_send(event).ok();
        }
    }

    /// Subscribes to domain events committed from now on, on any replica.
    pub(crate) fn subscribe(&self) -> broadcast::Receiver<DomainEvent> {
        self.local.subscribe()
    }
}

enum RelayEnd {
    /// All handles are dropped.
    Stopped,
    /// The connection was lost.
    Lost,
}

async fn listen(
    connector: Connector,
    mut committed: mpsc::Receiver<DomainEvent>,
    local: broadcast::Sender<DomainEvent>,
    attempted: oneshot::Sender<()>,
) {
    let mut delay = MIN_RECONNECT_DELAY;
    let mut attempted = Some(attempted);
    while !committed.is_closed() {
        let end = relay(&connector, &mut committed, &local, &mut attempted).await;
        drop(attempted.take());
        match end {
            Ok(RelayEnd::Stopped) => return,
            Ok(RelayEnd::Lost) => {
                tracing::warn!("notification connection lost; reconnecting");
                delay = MIN_RECONNECT_DELAY;
            }
            Err(error) => tracing::warn!(%error, "notification connection failed; retrying"),
        }
        tokio::time::sleep(delay).await;
        delay = delay.saturating_mul(2).min(MAX_RECONNECT_DELAY);
    }
}

async fn relay(
    connector: &Connector,
    committed: &mut mpsc::Receiver<DomainEvent>,
    local: &broadcast::Sender<DomainEvent>,
    attempted: &mut Option<oneshot::Sender<()>>,
) -> Result<RelayEnd, tokio_postgres::Error> {
    let (client, messages) = connector.bare().await?;
    let own_pid = Arc::new(AtomicI32::new(0));
    let mut forwarder = AbortOnDrop(tokio::spawn(forward(messages, Arc::clone(&own_pid), local.clone())));
    let pid = client.query_one("SELECT pg_backend_pid()", &[]).await?;
    own_pid.store(pid.try_get(0)?, Ordering::Relaxed);
    // Notifications need not be durable.
    client.batch_execute(&format!("SET synchronous_commit = off; LISTEN {CHANNEL}")).await?;
    let notify = client.prepare_typed("SELECT pg_notify($1, $2)", &[Type::TEXT, Type::TEXT]).await?;
    if attempted.take().is_none() {
        // Other replicas' notifications were missed while disconnected.
        drop(local.send(DomainEvent::Jobs));
    }
    let mut batch = Vec::with_capacity(MAX_EVENTS_PER_NOTIFICATION);
    loop {
        batch.clear();
        tokio::select! {
            _ = &mut forwarder.0 => return Ok(RelayEnd::Lost),
            received = committed.recv_many(&mut batch, MAX_EVENTS_PER_NOTIFICATION) => {
                if received == 0 {
                    return Ok(RelayEnd::Stopped);
                }
                client.execute(&notify, &[&CHANNEL, &write(&batch)]).await?;
            }
        }
    }
}

/// Drives the connection and forwards notifications of other replicas.
async fn forward(mut messages: Messages, own_pid: Arc<AtomicI32>, local: broadcast::Sender<DomainEvent>) {
    while let Some(Ok(message)) = messages.next().await {
        if let AsyncMessage::Notification(notification) = message
            && notification.process_id() != own_pid.load(Ordering::Relaxed)
        {
            for event in read(notification.payload()) {
                drop(local.send(event));
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

/// Encodes events as `t<ticket>`, `e<event>`, `u<user>`, `w<event>` and `j`, without duplicates.
fn write(events: &[DomainEvent]) -> String {
    let tokens: BTreeSet<String> = events
        .iter()
        .map(|event| match event {
            DomainEvent::Ticket(id) => format!("t{id}"),
            DomainEvent::Event(id) => format!("e{id}"),
            DomainEvent::User(id) => format!("u{id}"),
            DomainEvent::Watch(id) => format!("w{id}"),
            DomainEvent::Jobs => "j".to_owned(),
        })
        .collect();
    tokens.into_iter().collect::<Vec<_>>().join(",")
}

/// Parses the output of [`write`]. Tokens of other releases are skipped.
fn read(payload: &str) -> impl Iterator<Item = DomainEvent> {
    payload.split(',').filter_map(|token| {
        let id = |digits: &str| digits.parse().ok();
        match token.split_at_checked(1)? {
            ("t", digits) => id(digits).map(|id| DomainEvent::Ticket(TicketId::new(id))),
            ("e", digits) => id(digits).map(|id| DomainEvent::Event(EventId::new(id))),
            ("u", digits) => id(digits).map(|id| DomainEvent::User(UserId::new(id))),
            ("w", digits) => id(digits).map(|id| DomainEvent::Watch(EventId::new(id))),
            ("j", "") => Some(DomainEvent::Jobs),
            _ => None,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn payload_round_trips_without_duplicates_and_skips_unknown_tokens() {
        let published = [
            DomainEvent::Ticket(TicketId::new(7)),
            DomainEvent::Jobs,
            DomainEvent::Event(EventId::new(i64::MAX)),
            DomainEvent::User(UserId::new(9)),
            DomainEvent::Watch(EventId::new(3)),
            DomainEvent::Jobs,
        ];
        let payload = write(&published);
        let parsed: Vec<_> = read(&payload).collect();
        assert_eq!(
            parsed,
            [
                DomainEvent::Event(EventId::new(i64::MAX)),
                DomainEvent::Jobs,
                DomainEvent::Ticket(TicketId::new(7)),
                DomainEvent::User(UserId::new(9)),
                DomainEvent::Watch(EventId::new(3))
            ]
        );
        assert_eq!(read("x9,tt,é,,t5").collect::<Vec<_>>(), [DomainEvent::Ticket(TicketId::new(5))]);
    }

    #[test]
    fn largest_payload_fits_in_a_notification() {
        let longest: Vec<_> = (0..MAX_EVENTS_PER_NOTIFICATION)
            .map(|n| DomainEvent::Ticket(TicketId::new(i64::MIN + i64::try_from(n).unwrap())))
            .collect();
        assert!(write(&longest).len() < 8_000);
    }
}
