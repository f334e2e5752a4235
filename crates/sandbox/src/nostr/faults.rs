use std::{
    collections::{HashMap, VecDeque},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};
use tokio::sync::watch;

/// What happens to a request on its way to the wallet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RequestFault {
    /// The sender's socket is cut; the wallet gets nothing.
    CutBefore,
    /// The wallet gets it, then the sender's socket is cut.
    CutAfter,
    /// `OK false` with this reason; the wallet gets nothing.
    Refuse(String),
    /// `OK true`, but the wallet gets nothing.
    Lose,
    /// The wallet gets it twice.
    Duplicate,
}

/// What happens to an answer on its way to whoever asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnswerFault {
    /// It is gone.
    Lose,
    /// The receiver's socket is cut instead.
    Cut,
    /// It waits for [`RelayFaults::release`].
    Hold,
    /// It comes twice.
    Duplicate,
    /// A stranger's answer to the same request comes first, then the right one.
    ForgeFirst,
    /// A stranger's answer to the same request comes instead.
    ForgeOnly,
}

/// Opens at the first release after it was made, however late somebody comes to it.
#[derive(Debug)]
pub(super) struct Gate {
    releases: watch::Receiver<u64>,
    closed_at: u64,
}

impl Gate {
    fn closed(released: &watch::Sender<u64>) -> Self {
        let releases = released.subscribe();
        let closed_at = *releases.borrow();
        Self { releases, closed_at }
    }

    /// Whether it opened; it does not when the sandbox is gone.
    pub(super) async fn open(mut self) -> bool {
        self.releases.wait_for(|count| *count != self.closed_at).await.is_ok()
    }
}

/// What shall go wrong with a relay. Faults of requests and answers happen once each, in the order asked for.
#[derive(Debug, Default)]
pub struct RelayFaults {
    requests: Mutex<VecDeque<RequestFault>>,
    answers: Mutex<VecDeque<(AnswerFault, Gate)>>,
    demands_auth: AtomicBool,
    refuses_connections: AtomicBool,
    sends_no_ok: AtomicBool,
    released: watch::Sender<u64>,
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl RelayFaults {
    /// The next request suffers this.
    pub fn next_request(&self, fault: RequestFault) {
        lock(&self.requests).push_back(fault);
    }

    /// The next answer suffers this.
    pub fn next_answer(&self, fault: AnswerFault) {
        lock(&self.answers).push_back((fault, Gate::closed(&self.released)));
    }

    /// Lets go of what [`AnswerFault::Hold`] holds.
    pub fn release(&self) {
        self.released.send_modify(|count| *count = count.wrapping_add(1));
    }

    /// Whether new sockets have to authenticate (NIP-42) before they may do anything.
    pub fn demand_auth(&self, demand: bool) {
        self.demands_auth.store(demand, Ordering::SeqCst);
    }

    /// Whether new sockets are turned away.
    pub fn refuse_connections(&self, refuse: bool) {
        self.refuses_connections.store(refuse, Ordering::SeqCst);
    }

    /// Whether ephemeral events are not acknowledged, as some relays do not.
    pub fn send_no_ok(&self, silent: bool) {
        self.sends_no_ok.store(silent, Ordering::SeqCst);
    }

    pub(super) fn take_request(&self) -> Option<RequestFault> {
        lock(&self.requests).pop_front()
    }

    pub(super) fn take_answer(&self) -> Option<(AnswerFault, Gate)> {
        lock(&self.answers).pop_front()
    }

    pub(super) fn demands_auth(&self) -> bool {
        self.demands_auth.load(Ordering::SeqCst)
    }

    pub(super) fn refuses_connections(&self) -> bool {
        self.refuses_connections.load(Ordering::SeqCst)
    }

    pub(super) fn sends_no_ok(&self) -> bool {
        self.sends_no_ok.load(Ordering::SeqCst)
    }
}

/// How a wallet misbehaves with one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WalletFault {
    /// Does nothing and says nothing.
    Silence,
    /// Does it and says nothing.
    SilentAfter,
    /// Does it only after [`WalletFaults::release`].
    WaitBefore,
    /// Does it, and answers only after [`WalletFaults::release`].
    WaitAfter,
    /// Does it and answers twice.
    Duplicate,
    /// Does it; another key answers.
    WrongAuthor,
    /// Does it and answers with a preimage that proves nothing.
    WrongPreimage,
    /// Does it and answers without a preimage.
    NoPreimage,
    /// Does it and answers something that cannot be decrypted.
    Garbage,
    /// Answers an error, and does nothing.
    Error(&'static str),
    /// Does it, and answers an error.
    ErrorAfter(&'static str),
}

/// What shall go wrong with a wallet, by method. Each fault happens once, in the order asked for.
#[derive(Debug, Default)]
pub struct WalletFaults {
    planned: Mutex<HashMap<String, VecDeque<(WalletFault, Gate)>>>,
    released: watch::Sender<u64>,
}

impl WalletFaults {
    /// The next request of this NIP-47 method suffers this.
    pub fn next(&self, method: &str, fault: WalletFault) {
        let gate = Gate::closed(&self.released);
        lock(&self.planned).entry(method.to_owned()).or_default().push_back((fault, gate));
    }

    /// Lets go of whatever waits.
    pub fn release(&self) {
        self.released.send_modify(|count| *count = count.wrapping_add(1));
    }

    /// Forgets what was planned.
    pub fn clear(&self) {
        lock(&self.planned).clear();
    }

    pub(super) fn take(&self, method: &str) -> Option<(WalletFault, Gate)> {
        lock(&self.planned).get_mut(method)?.pop_front()
    }
}
