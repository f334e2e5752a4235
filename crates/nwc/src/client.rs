use crate::{
    cipher::{Scheme, decrypt},
    code::{Meaning, WalletError},
    link::{Link, Timeouts},
    relay_hosts::RelayGuard,
    report::{Report, ReportEvent, Wanted},
    request::{Listening, NoAnswer, exchange, stored_info},
    uri::ConnectionUri,
    wire::{Answer, Notification, Request, Transaction, read_answer, split_words},
};
use kernel::{Clock, Timestamp};
use nostr::event::{Event, EventBuilder, FinalizeEvent, Kind, Tag};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::{Mutex, Semaphore, mpsc},
    time::{Instant, sleep},
};
use zeroize::Zeroizing;

/// How long we wait for what.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// For a socket to a relay, TLS and WebSocket included.
    pub connect: Duration,
    /// For the wallet's info event.
    pub info: Duration,
    /// For an answer, other than to a payment.
    pub answer: Duration,
    /// For the answer to a payment, at most: wallets give up after a minute or so.
    pub pay: Duration,
    /// After that long without a request, sockets are closed.
    pub idle: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            info: Duration::from_secs(5),
            answer: Duration::from_secs(15),
            pay: Duration::from_secs(90),
            idle: Duration::from_mins(1),
        }
    }
}

/// Why a call has no result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum CallError {
    /// The request certainly reached nobody.
    NotSent(String),
    /// It may have arrived; no answer came, or none that can be read.
    Lost(String),
    /// The wallet answered with an error.
    Wallet(WalletError),
}

impl CallError {
    pub(crate) fn sentence(&self) -> String {
        match self {
            Self::NotSent(why) | Self::Lost(why) => why.clone(),
            Self::Wallet(error) => error.to_string(),
        }
    }
}

/// What the wallet announces (kind 13194).
#[derive(Debug, Clone)]
pub(crate) struct Announced {
    pub(crate) scheme: Scheme,
    pub(crate) methods: Vec<String>,
}

/// When a call has to be over.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deadline {
    pub(crate) deadline: Instant,
    /// After this the wallet shall not act any more (NIP-40). Wallets differ in heeding it.
    pub(crate) expiration: Option<Timestamp>,
}

/// Talks to one wallet over one connection; sockets are opened when needed and closed when idle.
pub(crate) struct Client {
    uri: ConnectionUri,
    links: Vec<Link>,
    clock: Arc<dyn Clock>,
    limits: Limits,
    announced: Mutex<Option<Announced>>,
}

const TRIES: u32 = 3;

impl Client {
    pub(crate) fn new(
        uri: ConnectionUri,
        guard: &Arc<dyn RelayGuard>,
        clock: Arc<dyn Clock>,
        limits: Limits,
        sockets: Option<&Arc<Semaphore>>,
    ) -> Self {
        let links = uri
            .relays()
            .iter()
            .enumerate()
            .map(|(number, relay)| {
                let keys = uri.keys().clone();
                let patience = Timeouts { connect: limits.connect, idle: limits.idle };
                Link::start(number, relay.clone(), keys, Arc::clone(guard), patience, sockets.cloned())
            })
            .collect();
        Self { uri, links, clock, limits, announced: Mutex::new(None) }
    }

    pub(crate) const fn uri(&self) -> &ConnectionUri {
        &self.uri
    }

    pub(crate) const fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Asks for something that is harmless to ask for.
    pub(crate) async fn ask<T: DeserializeOwned>(
        &self,
        method: &str,
        params: &Value,
    ) -> Result<T, CallError> {
        let until = Deadline { deadline: Instant::now() + self.limits.answer, expiration: None };
        self.call(method, params, until).await
    }

    /// Asks and waits for the answer. Asks again, with a new event, only where the wallet itself said that it did nothing.
    pub(crate) async fn call<T: DeserializeOwned>(
        &self,
        method: &str,
        params: &Value,
        until: Deadline,
    ) -> Result<T, CallError> {
        let mut scheme = self.scheme(until.deadline).await;
        let (mut switched, mut pause) = (false, Duration::from_secs(1));
        let mut tries = 0;
        loop {
            tries += 1;
            let error = match self.once(method, params, scheme, until).await {
                Err(CallError::Wallet(error)) => error,
                outcome => return outcome,
            };
            match error.meaning() {
                Meaning::WrongEncryption if !switched => {
                    switched = true;
                    *self.announced.lock().await = None;
                    let fresh = self.scheme(until.deadline).await;
                    scheme = if fresh == scheme { scheme.other() } else { fresh };
                }
                Meaning::Later if tries < TRIES && Instant::now() + pause < until.deadline => {
                    sleep(pause).await;
                    pause *= 2;
                }
                _ => return Err(CallError::Wallet(error)),
            }
        }
    }

    async fn once<T: DeserializeOwned>(
        &self,
        method: &str,
        params: &Value,
        scheme: Scheme,
        until: Deadline,
    ) -> Result<T, CallError> {
        let request = self.request(method, params, scheme, until.expiration)?;
        tracing::debug!(method, request = %request.id, connection = ?self.uri, "asking a wallet");
        let reach = Instant::now() + self.limits.connect;
        let answer = exchange(&self.links, self.uri.wallet(), &request, reach, until.deadline).await;
        let answer = answer.map_err(|error| match error {
            NoAnswer::NotSent(why) => CallError::NotSent(why),
            NoAnswer::Lost(why) => CallError::Lost(why),
        })?;
        let unreadable = || CallError::Lost("the wallet's answer cannot be read".to_owned());
        let plain = self.open(&answer).ok_or_else(unreadable)?;
        match read_answer(&plain).ok_or_else(unreadable)? {
            Answer::Result(result) => Ok(result),
            Answer::Error(error) => Err(CallError::Wallet(error)),
        }
    }

    fn request(
        &self,
        method: &str,
        params: &Value,
        scheme: Scheme,
        expiration: Option<Timestamp>,
    ) -> Result<Event, CallError> {
        let broken = || CallError::NotSent("the request could not be made".to_owned());
        let plain = Zeroizing::new(serde_json::to_string(&Request { method, params }).map_err(|_| broken())?);
        let wallet = self.uri.wallet();
        let content = scheme.encrypt(self.uri.keys(), &wallet, &plain).map_err(|_| broken())?;
        let mut event = EventBuilder::new(Kind::WalletConnectRequest, content).tag(Tag::public_key(wallet));
        if scheme == Scheme::Nip44 {
            event = event.tag(Tag::custom("encryption", ["nip44_v2"]));
        }
        if let Some(expiration) = expiration.and_then(|moment| u64::try_from(moment.timestamp()).ok()) {
            event = event.tag(Tag::expiration(expiration.into()));
        }
        if let Ok(now) = u64::try_from(self.clock.now().timestamp()) {
            event = event.custom_created_at(now.into());
        }
        event.finalize(self.uri.keys()).map_err(|_| broken())
    }

    fn open(&self, event: &Event) -> Option<Zeroizing<String>> {
        decrypt(self.uri.keys(), &self.uri.wallet(), &event.content).ok()
    }

    /// What the wallet announces, from memory or from a relay. Only what was found is remembered.
    pub(crate) async fn announced(&self, deadline: Instant) -> Option<Announced> {
        let mut known = self.announced.lock().await;
        if known.is_none() {
            let until = deadline.min(Instant::now() + self.limits.info);
            let digits: String = self.uri.client_key().chars().take(16).collect();
            let info = stored_info(&self.links, self.uri.wallet(), &format!("i{digits}"), until).await;
            *known = info.map(|event| read_info(&event));
        }
        known.clone()
    }

    async fn scheme(&self, deadline: Instant) -> Scheme {
        match self.announced(deadline).await {
            Some(announced) => announced.scheme,
            None if self.uri.is_uma() => Scheme::Nip44,
            None => Scheme::Nip04,
        }
    }

    /// Sends every notification of the wallet until the receiver is gone (kinds 23196 and 23197, of which only the one that
    /// fits: wallets with both schemes send each notification twice).
    pub(crate) async fn notifications(&self, to: mpsc::Sender<Transaction>) {
        let scheme = self.scheme(Instant::now() + self.limits.info).await;
        let kind = match scheme {
            Scheme::Nip04 => Kind::WalletConnectNotification,
            Scheme::Nip44 => Kind::WalletConnectNotificationNip44V2,
        };
        let wanted = Wanted {
            author: self.uri.wallet(),
            kind,
            answer_to: None,
            addressed_to: Some(self.uri.keys().public_key()),
            limit: None,
        };
        let digits: String = self.uri.client_key().chars().take(16).collect();
        let mut listening = Listening::start(&self.links, format!("n{digits}"), &wanted);
        loop {
            let report = tokio::select! {
                () = to.closed() => return,
                report = listening.recv() => report,
            };
            let Some(Report { news: ReportEvent::Event(event), .. }) = report else { continue };
            let heard = self.open(&event).and_then(|plain| serde_json::from_str::<Notification>(&plain).ok());
            let Some(Notification { notification_type: Some(name), notification: Some(transaction) }) = heard
            else {
                continue;
            };
            // Full: whoever listens is slow, and polls anyway.
            if name == "payment_received" {
                let _ = to.try_send(transaction);
            }
        }
    }
}

fn read_info(event: &Event) -> Announced {
    let schemes = event.tags.iter().find(|tag| tag.kind() == "encryption").and_then(Tag::content);
    let nip44 = schemes.is_some_and(|text| split_words(text).iter().any(|word| word == "nip44_v2"));
    Announced {
        scheme: if nip44 { Scheme::Nip44 } else { Scheme::Nip04 },
        methods: split_words(&event.content),
    }
}
