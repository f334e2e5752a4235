//! A shop that is open: listening, working, and closing without dropping anything.

use crate::{
    config::Config,
    http, system, threads,
    wiring::{self, Runtime, SystemPorts, WiringError},
    worker::Worker,
};
use actix_web::dev::ServerHandle;
use std::{
    fmt, io,
    net::{SocketAddr, TcpListener},
    sync::Arc,
    time::Duration,
};
use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    sync::oneshot,
    task::JoinHandle,
};

/// Why a shop did not open.
#[derive(Debug, thiserror::Error)]
pub enum ShopError {
    /// It could not be put together.
    #[error(transparent)]
    Wiring(#[from] WiringError),
    /// The port cannot be had.
    #[error(
        "cannot listen on {address}: choose another port with --port or PORT, or end the process that has it"
    )]
    Listen {
        /// The address that was asked for.
        address: SocketAddr,
        /// The reason.
        #[source]
        source: io::Error,
    },
    /// The server broke.
    #[error("the server stopped by itself")]
    Served(#[source] io::Error),
}

/// Counters of callers that have been quiet are dropped this often.
const TIDY_EVERY: Duration = Duration::from_mins(1);

/// How many may have come without being let in; Linux takes `net.core.somaxconn` if that is less. Of a crowd in the first second of a sale, those
/// beyond it are turned away, and try again after a second; the standard library would let 128 wait.
const LISTEN_BACKLOG: i32 = 4_096;

/// Who does the work behind the counter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WorkerMode {
    /// A worker.
    ByItself,
    /// Whoever opened the shop: tests.
    ByHand,
}

/// An open shop. Must be run on a tokio runtime; requests are answered on threads of their own.
pub struct Shop {
    /// How it is put together.
    pub runtime: Runtime,
    address: SocketAddr,
    server: ServerHandle,
    serving: oneshot::Receiver<io::Result<()>>,
    drain: Duration,
    worker: Option<Worker>,
    hints: Option<JoinHandle<()>>,
    tidying: JoinHandle<()>,
    prices: Option<JoinHandle<()>>,
}

impl fmt::Debug for Shop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Shop({})", self.address)
    }
}

/// Takes the port that the configuration names, before anything else is done.
pub fn listen(config: &Config) -> Result<TcpListener, ShopError> {
    let address = SocketAddr::new(config.http.bind, config.http.port);
    system::raise_open_file_limit();
    let bound = TcpListener::bind(address).and_then(|listener| {
        rustix::net::listen(&listener, LISTEN_BACKLOG)?;
        Ok(listener)
    });
    bound.map_err(|source| ShopError::Listen { address, source })
}

impl Shop {
    /// Puts a shop together and opens it.
    pub async fn open(
        config: &Config,
        machine: &SystemPorts,
        working: WorkerMode,
    ) -> Result<Self, ShopError> {
        let listener = listen(config)?;
        Self::start(config, wiring::open(config, machine).await?, listener, working)
    }

    /// Opens a shop that is put together, on a listening socket.
    pub fn start(
        config: &Config,
        runtime: Runtime,
        listener: TcpListener,
        working: WorkerMode,
    ) -> Result<Self, ShopError> {
        let wanted = SocketAddr::new(config.http.bind, config.http.port);
        let address =
            listener.local_addr().map_err(|source| ShopError::Listen { address: wanted, source })?;
        let state = Arc::new(runtime.state(config));
        let server = http::serve(Arc::clone(&state), listener)
            .map_err(|source| ShopError::Listen { address, source })?;
        let handle = server.handle();
        let serving = threads::serve(server).map_err(|source| ShopError::Listen { address, source })?;
        let tidying = tokio::spawn(async move {
            let mut ticks = tokio::time::interval(TIDY_EVERY);
            loop {
                ticks.tick().await;
                state.forget_quiet_callers();
            }
        });
        let patience = Duration::from_secs(config.http.shutdown_secs.into());
        let drain = Duration::from_secs(config.http.drain_secs.into());
        let (worker, hints, prices) = match working {
            WorkerMode::ByItself => (
                Some(Worker::start(&runtime.tools(), patience)),
                runtime.node.follow(&runtime.office),
                runtime.prices.clone().map(|prices| tokio::spawn(prices.follow())),
            ),
            WorkerMode::ByHand => (None, None, None),
        };
        Ok(Self { runtime, address, server: handle, serving, drain, worker, hints, tidying, prices })
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Stays open until the process is told to stop, then closes.
    pub async fn run(mut self, stop: StopSignal) -> Result<(), ShopError> {
        let ended = tokio::select! {
            ended = &mut self.serving => Some(ended),
            () = stop.heard() => None,
        };
        tracing::info!("closing: requests and jobs under way are finished first");
        self.close_rest().await;
        match ended {
            Some(Ok(Err(error))) => Err(ShopError::Served(error)),
            Some(Err(gone)) => Err(ShopError::Served(io::Error::other(gone))),
            _ => Ok(()),
        }
    }

    /// Closes: no new requests, those under way are finished, jobs are finished or returned.
    pub async fn close(mut self) {
        self.close_rest().await;
    }

    async fn close_rest(&mut self) {
        self.runtime.liveness.stop();
        // Proxies see `/ready` fail and stop sending requests; those that still come are answered, and close their connections.
        tokio::time::sleep(self.drain).await;
        self.server.stop(true).await;
        if let Some(worker) = self.worker.take() {
            worker.stop().await;
        }
        self.tidying.abort();
        for task in [self.hints.take(), self.prices.take()].into_iter().flatten() {
            task.abort();
        }
        if let Some(sandbox) = self.runtime.node.sandbox.take() {
            sandbox.stop().await;
        }
    }
}

/// SIGTERM and SIGINT, which are heard from the moment this is made.
#[derive(Debug)]
pub struct StopSignal(Option<(Signal, Signal)>);

impl StopSignal {
    /// Listens. Made before anybody is told that the process is there: whoever stops it at once finds it listening.
    pub fn listen() -> Self {
        let both =
            signal(SignalKind::terminate()).and_then(|term| Ok((term, signal(SignalKind::interrupt())?)));
        Self(both.inspect_err(|error| tracing::warn!(%error, "signals cannot be heard")).ok())
    }

    /// Returns when the process is told to stop.
    pub async fn heard(self) {
        match self.0 {
            Some((mut terminate, mut interrupt)) => {
                tokio::select! {
                    _ = terminate.recv() => {}
                    _ = interrupt.recv() => {}
                }
            }
            None => std::future::pending().await,
        }
    }
}
