use std::{
    collections::{HashMap, VecDeque},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};
use tokio::sync::watch;

/// Fault of a request's delivery to the wallet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RequestFault {
    /// The sender's socket is closed; the wallet gets nothing.
    CutBefore,
    /// The wallet gets the request, then the sender's socket is closed.
    CutAfter,
    /// `OK false` with this reason; the wallet gets nothing.
    Refuse(String),
    /// `OK true`, but the wallet gets nothing.
    Lose,
    /// The wallet gets it twice.
    Duplicate,
}

/// Fault of a response's delivery to the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnswerFault {
    /// It is lost.
    Lose,
    /// The receiver's socket is closed instead.
    Cut,
    /// It is held until [`RelayFaults::release`].
    Hold,
    /// It is delivered twice.
    Duplicate,
    /// A response of another author comes first.
    ForgeFirst,
    /// A response of another author comes instead.
    ForgeOnly,
}

/// Opens at the first release after its creation, however late it is awaited.
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

    /// Whether it opened; it does not after the sandbox stopped.
    pub(super) async fn open(mut self) -> bool {
        self.releases.wait_for(|count| *count != self.closed_at).await.is_ok()
    }
}

/// Planned faults of a relay. Faults of requests and responses happen once each, in order.
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
    /// Plans a fault of the next request.
    pub fn next_request(&self, fault: RequestFault) {
        lock(&self.requests).push_back(fault);
    }

    /// Plans a fault of the next response.
    pub fn next_answer(&self, fault: AnswerFault) {
        lock(&self.answers).push_back((fault, Gate::closed(&self.released)));
    }

    /// Releases the responses held by [`AnswerFault::Hold`].
    pub fn release(&self) {
        self.released.send_modify(|count| *count = count.wrapping_add(1));
    }

    /// Whether new sockets must authenticate first (NIP-42).
    pub fn demand_auth(&self, demand: bool) {
        self.demands_auth.store(demand, Ordering::SeqCst);
    }

    /// Whether new sockets are rejected.
    pub fn refuse_connections(&self, refuse: bool) {
        self.refuses_connections.store(refuse, Ordering::SeqCst);
    }

    /// Whether ephemeral events are not acknowledged, like on some relays.
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

/// Fault of a wallet for one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WalletFault {
    /// Neither executes nor responds.
    Silence,
    /// Executes without a response.
    SilentAfter,
    /// Executes only after [`WalletFaults::release`].
    WaitBefore,
    /// Executes, and responds only after [`WalletFaults::release`].
    WaitAfter,
    /// Executes and responds twice.
    Duplicate,
    /// Executes; another key responds.
    WrongAuthor,
    /// Executes and responds with an invalid preimage.
    WrongPreimage,
    /// Executes and responds without a preimage.
    NoPreimage,
    /// Executes and responds with undecryptable content.
    Garbage,
    /// Responds with an error without executing.
    Error(&'static str),
    /// Executes and responds with an error.
    ErrorAfter(&'static str),
}

/// Planned faults of a wallet by method. Each happens once, in order.
#[derive(Debug, Default)]
pub struct WalletFaults {
    planned: Mutex<HashMap<String, VecDeque<(WalletFault, Gate)>>>,
    released: watch::Sender<u64>,
}

impl WalletFaults {
    /// Plans a fault of the next request of this NIP-47 method.
    pub fn next(&self, method: &str, fault: WalletFault) {
        let gate = Gate::closed(&self.released);
        lock(&self.planned).entry(method.to_owned()).or_default().push_back((fault, gate));
    }

    /// Releases held requests and responses.
    pub fn release(&self) {
        self.released.send_modify(|count| *count = count.wrapping_add(1));
    }

    /// Clears the planned faults.
    pub fn clear(&self) {
        lock(&self.planned).clear();
    }

    pub(super) fn take(&self, method: &str) -> Option<(WalletFault, Gate)> {
        lock(&self.planned).get_mut(method)?.pop_front()
    }
}
