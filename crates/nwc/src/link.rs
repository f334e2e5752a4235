//! Task of one relay of a connection: owns the socket, subscribes, publishes, authenticates and reconnects.

mod auth;

use crate::{
    code::redact,
    relay_hosts::RelayGuard,
    report::{EventFilter, Report, ReportEvent, Reports},
    socket::{self, Socket},
};
use auth::Auth;
use futures_util::{SinkExt, StreamExt};
use nostr::{
    event::{Event, EventId},
    key::Keys,
};
use serde_json::{Value, json};
use std::{collections::HashMap, ops::ControlFlow, sync::Arc, time::Duration};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, mpsc},
    time::{Instant, MissedTickBehavior, interval, sleep_until, timeout},
};
use tokio_tungstenite::tungstenite::Message;
use url::Url;

const IDLE_CHECK_INTERVAL: Duration = Duration::from_secs(1);
const PING_AFTER: Duration = Duration::from_secs(25);
const WRITE_TIMEOUT: Duration = Duration::from_secs(10);
/// A relay that confirms no subscription by then is dead if it sent nothing, else it never confirms.
const CONFIRM_TIMEOUT: Duration = Duration::from_secs(5);
const MIN_RECONNECT_DELAY: Duration = Duration::from_millis(250);
const MAX_RECONNECT_DELAY: Duration = Duration::from_secs(30);

pub(crate) enum Command {
    Subscribe { id: String, filter: EventFilter, reports: Reports },
    Unsubscribe { id: String },
    Publish { event: Box<Event>, reports: Reports },
}

/// Timeouts of a socket: opening it (TLS and WebSocket included), and closing it without requests.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Timeouts {
    pub(crate) connect: Duration,
    pub(crate) idle: Duration,
}

/// Handle of the task, which ends with its last handle.
pub(crate) struct Link(mpsc::UnboundedSender<Command>);

impl Link {
    pub(crate) fn start(
        number: usize,
        relay: Url,
        keys: Keys,
        guard: Arc<dyn RelayGuard>,
        timeouts: Timeouts,
        sockets: Option<Arc<Semaphore>>,
    ) -> Self {
        let (sender, commands) = mpsc::unbounded_channel();
        let task = Task {
            number,
            relay,
            keys,
            guard,
            timeouts,
            sockets,
            commands,
            subscriptions: HashMap::new(),
            publishing: HashMap::new(),
            auth: Auth::default(),
        };
        tokio::spawn(task.run());
        Self(sender)
    }

    /// Unbounded, since only this crate sends commands, a few for each request.
    pub(crate) fn send_command(&self, command: Command) {
        // The task outlives its handles; otherwise the request's own deadline applies.
        let _ = self.0.send(command);
    }
}

struct Subscription {
    filter: EventFilter,
    reports: Reports,
    subscribed_at: Instant,
    ready: bool,
    needs_auth: bool,
}

struct Publishing {
    event: Event,
    reports: Reports,
    needs_auth: bool,
}

struct Task {
    number: usize,
    relay: Url,
    keys: Keys,
    guard: Arc<dyn RelayGuard>,
    timeouts: Timeouts,
    sockets: Option<Arc<Semaphore>>,
    commands: mpsc::UnboundedReceiver<Command>,
    subscriptions: HashMap<String, Subscription>,
    publishing: HashMap<EventId, Publishing>,
    auth: Auth,
}

/// Why the socket is closed.
enum End {
    /// No subscriptions.
    Idle,
    /// All handles are dropped.
    Dropped,
    Lost(String),
}

type Served = ControlFlow<End>;

impl Task {
    async fn run(mut self) {
        let mut delay = MIN_RECONNECT_DELAY;
        loop {
            while self.subscriptions.is_empty() {
                match self.commands.recv().await {
                    Some(command) => self.apply_offline(command),
                    None => return,
                }
            }
            let opened_at = Instant::now();
            let why = match self.open().await {
                Ok((socket, _permit)) => match self.serve(socket).await {
                    End::Idle => continue,
                    End::Dropped => return,
                    End::Lost(why) => {
                        // A relay that closes fresh connections is backed off from like one that refuses them.
                        if opened_at.elapsed() > MAX_RECONNECT_DELAY {
                            delay = MIN_RECONNECT_DELAY;
                        }
                        why
                    }
                },
                Err(why) => why,
            };
            tracing::debug!(relay = self.relay.host_str(), %why, "relay connection failed");
            self.handle_disconnect(&why);
            if self.wait(delay).await.is_break() {
                return;
            }
            delay = (delay * 2).min(MAX_RECONNECT_DELAY);
        }
    }

    /// Opens a socket within the limit of sockets; dropping the permit frees its slot.
    async fn open(&self) -> Result<(Socket, Option<OwnedSemaphorePermit>), String> {
        let permit = match &self.sockets {
            None => None,
            Some(sockets) => {
                let permit = timeout(self.timeouts.connect, Arc::clone(sockets).acquire_owned()).await;
                Some(permit.ok().and_then(Result::ok).ok_or("too many connections to relays are open")?)
            }
        };
        let socket = socket::open(&*self.guard, &self.relay, self.timeouts.connect).await;
        socket.map(|socket| (socket, permit)).map_err(|error| error.sentence())
    }

    fn report(&self, reports: &Reports, event: ReportEvent) {
        // The queue is full if a relay floods it, and closed if the request ended. Neither may block the socket.
        let _ = reports.try_send(Report { relay: self.number, event });
    }

    fn apply_offline(&mut self, command: Command) {
        match command {
            Command::Subscribe { id, filter, reports } => {
                let fresh = Subscription {
                    filter,
                    reports,
                    subscribed_at: Instant::now(),
                    ready: false,
                    needs_auth: false,
                };
                self.subscriptions.insert(id, fresh);
            }
            Command::Unsubscribe { id } => {
                self.subscriptions.remove(&id);
            }
            Command::Publish { reports, .. } => {
                self.report(&reports, ReportEvent::NotSent("not connected".to_owned()));
            }
        }
    }

    fn handle_disconnect(&mut self, why: &str) {
        // Publications may have arrived: they are not repeated.
        self.publishing.clear();
        self.auth = Auth::default();
        for subscription in self.subscriptions.values_mut() {
            subscription.ready = false;
            subscription.needs_auth = false;
        }
        for subscription in self.subscriptions.values() {
            self.report(&subscription.reports, ReportEvent::Down(why.to_owned()));
        }
    }

    /// Waits before the next attempt; a new subscription ends the delay.
    async fn wait(&mut self, delay: Duration) -> ControlFlow<()> {
        let end = Instant::now() + delay;
        loop {
            tokio::select! {
                () = sleep_until(end) => return ControlFlow::Continue(()),
                command = self.commands.recv() => match command {
                    None => return ControlFlow::Break(()),
                    Some(command) => {
                        let is_new = matches!(command, Command::Subscribe { .. });
                        self.apply_offline(command);
                        if is_new {
                            return ControlFlow::Continue(());
                        }
                    }
                },
            }
        }
    }

    async fn serve(&mut self, mut socket: Socket) -> End {
        let (mut received_at, mut used_at, mut pinged) = (Instant::now(), Instant::now(), false);
        let ids: Vec<String> = self.subscriptions.keys().cloned().collect();
        for id in ids {
            if let ControlFlow::Break(end) = self.subscribe(&mut socket, &id).await {
                return end;
            }
        }
        let mut ticks = interval(IDLE_CHECK_INTERVAL);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            if !self.subscriptions.is_empty() {
                used_at = Instant::now();
            }
            let step = tokio::select! {
                command = self.commands.recv() => match command {
                    Some(command) => self.run_command(&mut socket, command).await,
                    None => Served::Break(End::Dropped),
                },
                message = socket.next() => {
                    (received_at, pinged) = (Instant::now(), false);
                    match message {
                        Some(Ok(Message::Text(text))) => self.handle_message(&mut socket, text.as_str()).await,
                        Some(Ok(Message::Close(_))) | None => Served::Break(End::Lost("the relay closed the connection".to_owned())),
                        Some(Ok(_)) => Served::Continue(()),
                        Some(Err(error)) => Served::Break(End::Lost(redact(&error.to_string()))),
                    }
                },
                _ = ticks.tick() => self.tick(&mut socket, received_at, used_at, &mut pinged).await,
            };
            if let ControlFlow::Break(end) = step {
                // Best effort: the relay may not answer.
                let _ = timeout(Duration::from_millis(100), socket.close(None)).await;
                return end;
            }
        }
    }

    async fn tick(
        &mut self,
        socket: &mut Socket,
        received_at: Instant,
        used_at: Instant,
        pinged: &mut bool,
    ) -> Served {
        if used_at.elapsed() > self.timeouts.idle {
            return Served::Break(End::Idle);
        }
        let mut unconfirmed = Vec::new();
        for (id, subscription) in &self.subscriptions {
            if !subscription.ready
                && !subscription.needs_auth
                && subscription.subscribed_at.elapsed() > CONFIRM_TIMEOUT
            {
                if received_at < subscription.subscribed_at {
                    return Served::Break(End::Lost("the relay is silent".to_owned()));
                }
                unconfirmed.push(id.clone());
            }
        }
        for id in unconfirmed {
            self.confirmed(&id);
        }
        if received_at.elapsed() > PING_AFTER * 2 && *pinged {
            return Served::Break(End::Lost("the relay is silent".to_owned()));
        }
        if received_at.elapsed() > PING_AFTER && !*pinged {
            *pinged = true;
            return write(socket, Message::Ping(Vec::new().into())).await;
        }
        Served::Continue(())
    }

    fn confirmed(&mut self, id: &str) {
        if let Some(subscription) = self.subscriptions.get_mut(id) {
            let first = !std::mem::replace(&mut subscription.ready, true);
            if first {
                let _ =
                    subscription.reports.try_send(Report { relay: self.number, event: ReportEvent::Ready });
            }
        }
    }

    async fn subscribe(&mut self, socket: &mut Socket, id: &str) -> Served {
        let Some(subscription) = self.subscriptions.get_mut(id) else { return Served::Continue(()) };
        subscription.subscribed_at = Instant::now();
        subscription.needs_auth = false;
        write(socket, frame(&json!(["REQ", id, subscription.filter.to_json()]))).await
    }

    async fn run_command(&mut self, socket: &mut Socket, command: Command) -> Served {
        match command {
            Command::Subscribe { ref id, .. } => {
                let id = id.clone();
                self.apply_offline(command);
                self.subscribe(socket, &id).await
            }
            Command::Unsubscribe { id } => {
                if self.subscriptions.remove(&id).is_none() {
                    return Served::Continue(());
                }
                write(socket, frame(&json!(["CLOSE", id]))).await
            }
            Command::Publish { event, reports } => {
                let id = event.id;
                self.publishing.retain(|_, publishing| !publishing.reports.is_closed());
                self.publishing.insert(id, Publishing { event: *event, reports, needs_auth: false });
                self.publish(socket, id).await
            }
        }
    }

    async fn publish(&mut self, socket: &mut Socket, id: EventId) -> Served {
        let Some(publishing) = self.publishing.get_mut(&id) else { return Served::Continue(()) };
        if publishing.reports.is_closed() {
            // The request has been reported as failed: it must not be sent any more.
            self.publishing.remove(&id);
            return Served::Continue(());
        }
        publishing.needs_auth = false;
        // Reported before the write: after a write error, part of the frame may have been sent.
        let _ = publishing.reports.try_send(Report { relay: self.number, event: ReportEvent::Sent });
        let message = frame(&json!(["EVENT", publishing.event]));
        write(socket, message).await
    }

    async fn handle_message(&mut self, socket: &mut Socket, text: &str) -> Served {
        let Ok(Value::Array(parts)) = serde_json::from_str::<Value>(text) else {
            return Served::Continue(());
        };
        let word = |index: usize| parts.get(index).and_then(Value::as_str);
        match (word(0), word(1)) {
            (Some("EVENT"), Some(id)) => self.event(id, parts.get(2)),
            (Some("EOSE"), Some(id)) => self.confirmed(id),
            (Some("CLOSED"), Some(id)) => return self.closed(socket, id, word(2).unwrap_or_default()).await,
            (Some("OK"), Some(id)) => {
                let taken = parts.get(2).and_then(Value::as_bool).unwrap_or(false);
                return self.ok(socket, id, taken, word(3).unwrap_or_default()).await;
            }
            (Some("AUTH"), Some(challenge)) => {
                self.auth = Auth::challenged(challenge);
                return self.authenticate(socket).await;
            }
            (Some("NOTICE"), Some(notice)) => {
                tracing::debug!(relay = self.relay.host_str(), notice = %redact(notice), "relay notice");
            }
            _ => {}
        }
        Served::Continue(())
    }

    fn event(&self, id: &str, event: Option<&Value>) {
        let Some(subscription) = self.subscriptions.get(id) else { return };
        let Some(event) = event.and_then(|value| serde_json::from_value::<Event>(value.clone()).ok()) else {
            return;
        };
        if subscription.filter.admits(&event) {
            self.report(&subscription.reports, ReportEvent::Event(Box::new(event)));
        } else {
            tracing::debug!(relay = self.relay.host_str(), event = %event.id, "a relay sent an event that no subscription matches");
        }
    }
}

fn frame(message: &Value) -> Message {
    Message::text(message.to_string())
}

async fn write(socket: &mut Socket, message: Message) -> Served {
    match timeout(WRITE_TIMEOUT, socket.send(message)).await {
        Ok(Ok(())) => Served::Continue(()),
        Ok(Err(error)) => Served::Break(End::Lost(redact(&error.to_string()))),
        Err(_) => Served::Break(End::Lost("writing to the relay timed out".to_owned())),
    }
}
