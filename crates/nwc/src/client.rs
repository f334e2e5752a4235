use crate::{
    cipher::{Scheme, decrypt},
    code::{Meaning, WalletError},
    link::{Link, Timeouts},
    relay_hosts::RelayGuard,
    report::{EventFilter, Report, ReportEvent},
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

/// Time limits.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Opening a socket to a relay, TLS and WebSocket included.
    pub connect: Duration,
    /// Fetching the wallet's info event.
    pub info: Duration,
    /// Waiting for a response, other than to a payment.
    pub answer: Duration,
    /// Waiting for the response to a payment. Wallets time out after about a minute.
    pub pay: Duration,
    /// Idle time after which sockets are closed.
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

/// Error of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum CallError {
    /// The request certainly did not reach the wallet.
    NotSent(String),
    /// The request may have arrived; no readable response came.
    Lost(String),
    /// The wallet responded with an error.
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

/// The wallet's announced capabilities (kind 13194).
#[derive(Debug, Clone)]
pub(crate) struct Announced {
    pub(crate) scheme: Scheme,
    pub(crate) methods: Vec<String>,
}

/// Time limit of a call.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deadline {
    pub(crate) deadline: Instant,
    /// Sent as the event's expiration (NIP-40), which not every wallet respects.
    pub(crate) expiration: Option<Timestamp>,
}

/// Client of one wallet over one connection. Sockets are opened on demand and closed when idle.
pub(crate) struct Client {
    uri: ConnectionUri,
    links: Vec<Link>,
    clock: Arc<dyn Clock>,
    limits: Limits,
    announced: Mutex<Option<Announced>>,
}

const MAX_ATTEMPTS: u32 = 3;

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

    /// Sends a request without side effects.
    pub(crate) async fn query<T: DeserializeOwned>(
        &self,
        method: &str,
        params: &Value,
    ) -> Result<T, CallError> {
        let until = Deadline { deadline: Instant::now() + self.limits.answer, expiration: None };
        self.call(method, params, until).await
    }

    /// Sends a request and waits for the response. Retries with a new event only if the wallet reported that nothing was
    /// done.
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
                Meaning::Later if tries < MAX_ATTEMPTS && Instant::now() + pause < until.deadline => {
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
        tracing::debug!(method, request = %request.id, connection = ?self.uri, "wallet request");
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

    /// The wallet's announced capabilities, cached or from a relay. A missing info event is not cached.
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

    /// Forwards `payment_received` notifications until the receiver is dropped. Subscribes to one of the kinds 23196 and
    /// 23197: wallets with both schemes send each notification twice.
    pub(crate) async fn notifications(&self, to: mpsc::Sender<Transaction>) {
        let scheme = self.scheme(Instant::now() + self.limits.info).await;
        let kind = match scheme {
            Scheme::Nip04 => Kind::WalletConnectNotification,
            Scheme::Nip44 => Kind::WalletConnectNotificationNip44V2,
        };
        let filter = EventFilter {
            author: self.uri.wallet(),
            kind,
            answer_to: None,
            addressed_to: Some(self.uri.keys().public_key()),
            limit: None,
        };
        let digits: String = self.uri.client_key().chars().take(16).collect();
        let mut listening = Listening::start(&self.links, format!("n{digits}"), &filter);
        loop {
            let report = tokio::select! {
                () = to.closed() => return,
                report = listening.recv() => report,
            };
            let Some(Report { event: ReportEvent::Event(event), .. }) = report else { continue };
            let notification =
                self.open(&event).and_then(|plain| serde_json::from_str::<Notification>(&plain).ok());
            let Some(Notification { notification_type: Some(name), notification: Some(transaction) }) =
                notification
            else {
                continue;
            };
            // A full queue is no loss: the receiver polls anyway.
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
