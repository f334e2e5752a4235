use super::{
    broadcaster::{Broadcaster, Outgoing},
    faults::{AnswerFault, RelayFaults, RequestFault},
};
use ::nostr::{
    event::{Event, EventBuilder, FinalizeEvent, Kind},
    filter::Filter,
    key::Keys,
};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::{io, net::SocketAddr, sync::Arc};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::mpsc,
    task::JoinHandle,
};
use tokio_tungstenite::{accept_async, tungstenite::Message};

/// An in-process Nostr relay (NIP-01, NIP-42): forwards ephemeral events, stores replaceable ones, checks every signature.
pub struct Relay {
    address: SocketAddr,
    broadcaster: Arc<Broadcaster>,
    faults: Arc<RelayFaults>,
    listening: JoinHandle<()>,
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.listening.abort();
        self.broadcaster.cut_all();
    }
}

impl Relay {
    /// Binds the address; port 0 selects a free one.
    pub async fn start(address: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let (broadcaster, faults) = (Arc::<Broadcaster>::default(), Arc::<RelayFaults>::default());
        let listening = tokio::spawn(listen(listener, Arc::clone(&broadcaster), Arc::clone(&faults)));
        Ok(Self { address, broadcaster, faults, listening })
    }

    /// URL, `ws://…`.
    pub fn url(&self) -> String {
        format!("ws://{}", self.address)
    }

    /// Planned faults.
    pub fn faults(&self) -> &RelayFaults {
        &self.faults
    }

    /// Number of open sockets.
    pub fn sockets(&self) -> usize {
        self.broadcaster.peers()
    }

    /// Closes every socket, like a restart.
    pub fn cut_all(&self) {
        self.broadcaster.cut_all();
    }
}

async fn listen(listener: TcpListener, broadcaster: Arc<Broadcaster>, faults: Arc<RelayFaults>) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) if !faults.refuses_connections() => {
                tokio::spawn(serve(stream, Arc::clone(&broadcaster), Arc::clone(&faults)));
            }
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(%error, "the sandbox's relay failed to accept a connection");
                tokio::task::yield_now().await;
            }
        }
    }
}

async fn serve(stream: TcpStream, broadcaster: Arc<Broadcaster>, faults: Arc<RelayFaults>) {
    let _ = stream.set_nodelay(true);
    let Ok(socket) = accept_async(stream).await else { return };
    let (mut sink, mut stream) = socket.split();
    let (out, mut outgoing) = mpsc::unbounded_channel();
    let peer = broadcaster.join(out);
    let mut session = Session { peer, broadcaster, faults, challenge: None, let_in: false };
    session.greet();
    loop {
        tokio::select! {
            out = outgoing.recv() => match out {
                Some(Outgoing::Frame(frame)) => {
                    if sink.send(Message::text(frame.to_string())).await.is_err() {
                        break;
                    }
                }
                // No closing handshake, to simulate a broken socket.
                Some(Outgoing::Cut) | None => break,
            },
            message = stream.next() => match message {
                Some(Ok(Message::Text(text))) => session.handle_message(text.as_str()),
                Some(Ok(Message::Close(_)) | Err(_)) | None => break,
                Some(Ok(_)) => {}
            },
        }
    }
    session.broadcaster.leave(peer);
}

struct Session {
    peer: u64,
    broadcaster: Arc<Broadcaster>,
    faults: Arc<RelayFaults>,
    challenge: Option<String>,
    let_in: bool,
}

impl Session {
    fn greet(&mut self) {
        if self.faults.demands_auth() {
            let challenge = Keys::generate().public_key().to_hex();
            self.broadcaster.send_frame(self.peer, json!(["AUTH", challenge]));
            self.challenge = Some(challenge);
        } else {
            self.let_in = true;
        }
    }

    fn handle_message(&mut self, text: &str) {
        let Ok(Value::Array(parts)) = serde_json::from_str::<Value>(text) else { return };
        let event = || parts.get(1).and_then(|value| serde_json::from_value::<Event>(value.clone()).ok());
        let id = parts.get(1).and_then(Value::as_str);
        match (parts.first().and_then(Value::as_str), id) {
            (Some("EVENT"), _) => {
                if let Some(event) = event() {
                    self.event(&event);
                }
            }
            (Some("AUTH"), _) => {
                if let Some(event) = event() {
                    self.authenticate(&event);
                }
            }
            (Some("REQ"), Some(id)) if self.let_in => {
                let filters =
                    parts.iter().skip(2).filter_map(|one| serde_json::from_value::<Filter>(one.clone()).ok());
                self.broadcaster.subscribe(self.peer, id, filters.collect());
            }
            (Some("REQ"), Some(id)) => {
                self.broadcaster
                    .send_frame(self.peer, json!(["CLOSED", id, "auth-required: authenticate first"]));
            }
            (Some("CLOSE"), Some(id)) => self.broadcaster.unsubscribe(self.peer, id),
            _ => self.broadcaster.send_frame(self.peer, json!(["NOTICE", "what?"])),
        }
    }

    fn ok(&self, event: &Event, accepted: bool, reason: &str) {
        let silent = self.faults.sends_no_ok() && accepted && event.kind.is_ephemeral();
        if !silent {
            self.broadcaster.send_frame(self.peer, json!(["OK", event.id, accepted, reason]));
        }
    }

    fn authenticate(&mut self, event: &Event) {
        let answered =
            |name: &str| event.tags.iter().find(|tag| tag.kind() == name).and_then(|tag| tag.content());
        let right = event.kind == Kind::Authentication
            && event.verify().is_ok()
            && self.challenge.is_some()
            && answered("challenge") == self.challenge.as_deref()
            && answered("relay").is_some();
        self.let_in |= right;
        self.ok(event, right, if right { "" } else { "restricted: wrong authentication event" });
    }

    fn event(&self, event: &Event) {
        if event.verify().is_err() {
            return self.ok(event, false, "invalid: id or signature");
        }
        if !self.let_in {
            return self.ok(event, false, "auth-required: authenticate first");
        }
        match event.kind {
            Kind::WalletConnectRequest => self.request(event),
            Kind::WalletConnectResponse => self.answer(event),
            _ => {
                self.broadcaster.pass(event);
                self.ok(event, true, "");
            }
        }
    }

    fn request(&self, event: &Event) {
        match self.faults.take_request() {
            Some(RequestFault::CutBefore) => self.broadcaster.cut(self.peer),
            Some(RequestFault::CutAfter) => {
                self.broadcaster.pass(event);
                self.broadcaster.cut(self.peer);
            }
            Some(RequestFault::Refuse(reason)) => self.ok(event, false, &reason),
            Some(RequestFault::Duplicate) => {
                self.broadcaster.pass(event);
                self.broadcaster.pass(event);
                self.ok(event, true, "");
            }
            None if self.broadcaster.pass(event) == 0 => self.ok(event, false, "mute: no subscriber"),
            None | Some(RequestFault::Lose) => self.ok(event, true, ""),
        }
    }

    fn answer(&self, event: &Event) {
        self.ok(event, true, "");
        let Some((fault, gate)) = self.faults.take_answer() else {
            self.broadcaster.pass(event);
            return;
        };
        match fault {
            AnswerFault::Lose => {}
            AnswerFault::Cut => self.broadcaster.cut_listeners(event),
            AnswerFault::Hold => {
                let (broadcaster, event) = (Arc::clone(&self.broadcaster), event.clone());
                tokio::spawn(async move {
                    if gate.open().await {
                        broadcaster.pass(&event);
                    }
                });
            }
            AnswerFault::Duplicate => {
                self.broadcaster.pass(event);
                self.broadcaster.pass(event);
            }
            AnswerFault::ForgeFirst => {
                self.forge(event);
                self.broadcaster.pass(event);
            }
            AnswerFault::ForgeOnly => self.forge(event),
        }
    }

    /// Copy of the event by another author.
    fn forge(&self, event: &Event) {
        let forged = EventBuilder::new(event.kind, event.content.clone())
            .tags(event.tags.iter().cloned())
            .finalize(&Keys::generate());
        if let Ok(forged) = forged {
            self.broadcaster.deliver(event, &forged);
        }
    }
}
