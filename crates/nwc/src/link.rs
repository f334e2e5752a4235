//! One relay of one connection: a task that owns the socket, listens, publishes, authenticates and reconnects.

mod auth;

use crate::{
    code::redact,
    relay_hosts::RelayGuard,
    report::{Report, ReportEvent, Reports, Wanted},
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

const TICK: Duration = Duration::from_secs(1);
const PING_AFTER: Duration = Duration::from_secs(25);
const WRITE_LIMIT: Duration = Duration::from_secs(10);
/// A relay that has not confirmed a subscription by then is dead, or one that never confirms.
const CONFIRM_LIMIT: Duration = Duration::from_secs(5);
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

pub(crate) enum Command {
    Subscribe { id: String, wanted: Wanted, reports: Reports },
    Unsubscribe { id: String },
    Publish { event: Box<Event>, reports: Reports },
}

/// For a socket to open (TLS and WebSocket included), and without a request until it is closed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Timeouts {
    pub(crate) connect: Duration,
    pub(crate) idle: Duration,
}

/// A handle on the task; the task ends when the last handle is gone.
pub(crate) struct Link(mpsc::UnboundedSender<Command>);

impl Link {
    pub(crate) fn start(
        number: usize,
        relay: Url,
        keys: Keys,
        guard: Arc<dyn RelayGuard>,
        patience: Timeouts,
        sockets: Option<Arc<Semaphore>>,
    ) -> Self {
        let (sender, commands) = mpsc::unbounded_channel();
        let task = Task {
            number,
            relay,
            keys,
            guard,
            patience,
            sockets,
            commands,
            subscriptions: HashMap::new(),
            publishing: HashMap::new(),
            auth: Auth::default(),
        };
        tokio::spawn(task.run());
        Self(sender)
    }

    /// Only we write commands, a few for each request, so the queue is bounded by our own work.
    pub(crate) fn send_command(&self, command: Command) {
        // The task outlives its handles; were it gone, the request's own limit would tell.
        let _ = self.0.send(command);
    }
}

struct Subscription {
    wanted: Wanted,
    reports: Reports,
    asked_at: Instant,
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
    patience: Timeouts,
    sockets: Option<Arc<Semaphore>>,
    commands: mpsc::UnboundedReceiver<Command>,
    subscriptions: HashMap<String, Subscription>,
    publishing: HashMap<EventId, Publishing>,
    auth: Auth,
}

/// Why a socket is no longer served.
enum End {
    /// Nobody wants anything.
    Idle,
    /// Nobody ever will.
    Dropped,
    Lost(String),
}

type Served = ControlFlow<End>;

impl Task {
    async fn run(mut self) {
        let mut pause = FIRST_PAUSE;
        loop {
            while self.subscriptions.is_empty() {
                match self.commands.recv().await {
                    Some(command) => self.while_down(command),
                    None => return,
                }
            }
            let opened_at = Instant::now();
            let why = match self.open().await {
                Ok((socket, _place)) => match self.serve(socket).await {
                    End::Idle => continue,
                    End::Dropped => return,
                    End::Lost(why) => {
                        // A relay that takes us in only to throw us out is no better than one that does not.
                        if opened_at.elapsed() > LONGEST_PAUSE {
                            pause = FIRST_PAUSE;
                        }
                        why
                    }
                },
                Err(why) => why,
            };
            tracing::debug!(relay = self.relay.host_str(), %why, "no connection to a relay");
            self.all_down(&why);
            if self.wait(pause).await.is_break() {
                return;
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Opens a socket once there is a place for it; the place is free again when the second value is dropped.
    async fn open(&self) -> Result<(Socket, Option<OwnedSemaphorePermit>), String> {
        let place = match &self.sockets {
            None => None,
            Some(sockets) => {
                let place = timeout(self.patience.connect, Arc::clone(sockets).acquire_owned()).await;
                Some(place.ok().and_then(Result::ok).ok_or("too many connections to relays are open")?)
            }
        };
        let socket = socket::open(&*self.guard, &self.relay, self.patience.connect).await;
        socket.map(|socket| (socket, place)).map_err(|error| error.sentence())
    }

    fn report(&self, reports: &Reports, news: ReportEvent) {
        // Full: a relay floods us with what we wanted. Gone: nobody waits any more. Neither may hold up the socket.
        let _ = reports.try_send(Report { relay: self.number, news });
    }

    fn while_down(&mut self, command: Command) {
        match command {
            Command::Subscribe { id, wanted, reports } => {
                let fresh = Subscription {
                    wanted,
                    reports,
                    asked_at: Instant::now(),
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

    fn all_down(&mut self, why: &str) {
        // What was written may have arrived: it is not written again.
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

    /// Waits before the next attempt; somebody new does not have to wait for the failures of others.
    async fn wait(&mut self, pause: Duration) -> ControlFlow<()> {
        let end = Instant::now() + pause;
        loop {
            tokio::select! {
                () = sleep_until(end) => return ControlFlow::Continue(()),
                command = self.commands.recv() => match command {
                    None => return ControlFlow::Break(()),
                    Some(command) => {
                        let someone_new = matches!(command, Command::Subscribe { .. });
                        self.while_down(command);
                        if someone_new {
                            return ControlFlow::Continue(());
                        }
                    }
                },
            }
        }
    }

    async fn serve(&mut self, mut socket: Socket) -> End {
        let (mut heard, mut wanted, mut pinged) = (Instant::now(), Instant::now(), false);
        let ids: Vec<String> = self.subscriptions.keys().cloned().collect();
        for id in ids {
            if let ControlFlow::Break(end) = self.ask(&mut socket, &id).await {
                return end;
            }
        }
        let mut ticks = interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            if !self.subscriptions.is_empty() {
                wanted = Instant::now();
            }
            let step = tokio::select! {
                command = self.commands.recv() => match command {
                    Some(command) => self.obey(&mut socket, command).await,
                    None => Served::Break(End::Dropped),
                },
                message = socket.next() => {
                    (heard, pinged) = (Instant::now(), false);
                    match message {
                        Some(Ok(Message::Text(text))) => self.handle_message(&mut socket, text.as_str()).await,
                        Some(Ok(Message::Close(_))) | None => Served::Break(End::Lost("the relay closed the connection".to_owned())),
                        Some(Ok(_)) => Served::Continue(()),
                        Some(Err(error)) => Served::Break(End::Lost(redact(&error.to_string()))),
                    }
                },
                _ = ticks.tick() => self.tick(&mut socket, heard, wanted, &mut pinged).await,
            };
            if let ControlFlow::Break(end) = step {
                // Courtesy only, and not to be waited for.
                let _ = timeout(Duration::from_millis(100), socket.close(None)).await;
                return end;
            }
        }
    }

    async fn tick(
        &mut self,
        socket: &mut Socket,
        heard: Instant,
        wanted: Instant,
        pinged: &mut bool,
    ) -> Served {
        if wanted.elapsed() > self.patience.idle {
            return Served::Break(End::Idle);
        }
        let mut unconfirmed = Vec::new();
        for (id, subscription) in &self.subscriptions {
            if !subscription.ready
                && !subscription.needs_auth
                && subscription.asked_at.elapsed() > CONFIRM_LIMIT
            {
                if heard < subscription.asked_at {
                    return Served::Break(End::Lost("the relay is silent".to_owned()));
                }
                unconfirmed.push(id.clone());
            }
        }
        for id in unconfirmed {
            self.confirmed(&id);
        }
        if heard.elapsed() > PING_AFTER * 2 && *pinged {
            return Served::Break(End::Lost("the relay is silent".to_owned()));
        }
        if heard.elapsed() > PING_AFTER && !*pinged {
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
                    subscription.reports.try_send(Report { relay: self.number, news: ReportEvent::Ready });
            }
        }
    }

    async fn ask(&mut self, socket: &mut Socket, id: &str) -> Served {
        let Some(subscription) = self.subscriptions.get_mut(id) else { return Served::Continue(()) };
        subscription.asked_at = Instant::now();
        subscription.needs_auth = false;
        write(socket, frame(&json!(["REQ", id, subscription.wanted.filter()]))).await
    }

    async fn obey(&mut self, socket: &mut Socket, command: Command) -> Served {
        match command {
            Command::Subscribe { ref id, .. } => {
                let id = id.clone();
                self.while_down(command);
                self.ask(socket, &id).await
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
            // Whoever asked has given up by now and says so: it must not be acted upon any more.
            self.publishing.remove(&id);
            return Served::Continue(());
        }
        publishing.needs_auth = false;
        // Told before the write: should anything go wrong in it, part of the frame may be out.
        let _ = publishing.reports.try_send(Report { relay: self.number, news: ReportEvent::Sent });
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
            (Some("NOTICE"), Some(words)) => {
                tracing::debug!(relay = self.relay.host_str(), words = %redact(words), "notice of a relay");
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
        if subscription.wanted.admits(&event) {
            self.report(&subscription.reports, ReportEvent::Event(Box::new(event)));
        } else {
            tracing::debug!(relay = self.relay.host_str(), event = %event.id, "a relay sent what was not asked for");
        }
    }
}

fn frame(message: &Value) -> Message {
    Message::text(message.to_string())
}

async fn write(socket: &mut Socket, message: Message) -> Served {
    match timeout(WRITE_LIMIT, socket.send(message)).await {
        Ok(Ok(())) => Served::Continue(()),
        Ok(Err(error)) => Served::Break(End::Lost(redact(&error.to_string()))),
        Err(_) => Served::Break(End::Lost("the relay takes nothing".to_owned())),
    }
}
