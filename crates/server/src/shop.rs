//! A running shop: listener, worker, and graceful shutdown.

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

/// Error of starting or running a shop.
#[derive(Debug, thiserror::Error)]
pub enum ShopError {
    /// Wiring failed.
    #[error(transparent)]
    Wiring(#[from] WiringError),
    /// The port cannot be bound.
    #[error(
        "cannot listen on {address}: choose another port with --port or PORT, or end the process that uses it"
    )]
    Listen {
        /// The requested address.
        address: SocketAddr,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// The server failed.
    #[error("the server stopped unexpectedly")]
    Served(#[source] io::Error),
}

/// Interval of dropping rate limit counters of inactive callers.
const CLEANUP_INTERVAL: Duration = Duration::from_mins(1);

/// TCP accept backlog; Linux caps it at `net.core.somaxconn`. Connections beyond it are retried by clients after a
/// second, and the standard library's default is 128.
const LISTEN_BACKLOG: i32 = 4_096;

/// Mode of the background worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WorkerMode {
    /// A worker runs in this process.
    Background,
    /// No worker; tests run jobs themselves.
    Manual,
}

/// A running shop. Needs a tokio runtime; HTTP requests run on separate threads.
pub struct Shop {
    /// Its dependencies.
    pub runtime: Runtime,
    address: SocketAddr,
    server: ServerHandle,
    serving: oneshot::Receiver<io::Result<()>>,
    drain: Duration,
    worker: Option<Worker>,
    notifications: Option<JoinHandle<()>>,
    cleanup: JoinHandle<()>,
    prices: Option<JoinHandle<()>>,
}

impl fmt::Debug for Shop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Shop({})", self.address)
    }
}

/// Binds the configured port.
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
    /// Wires a shop and starts it.
    pub async fn open(
        config: &Config,
        system_ports: &SystemPorts,
        worker_mode: WorkerMode,
    ) -> Result<Self, ShopError> {
        let listener = listen(config)?;
        Self::start(config, wiring::open(config, system_ports).await?, listener, worker_mode)
    }

    /// Starts a wired shop on a listening socket.
    pub fn start(
        config: &Config,
        runtime: Runtime,
        listener: TcpListener,
        worker_mode: WorkerMode,
    ) -> Result<Self, ShopError> {
        let configured = SocketAddr::new(config.http.bind, config.http.port);
        let address =
            listener.local_addr().map_err(|source| ShopError::Listen { address: configured, source })?;
        let state = Arc::new(runtime.state(config));
        let server = http::serve(Arc::clone(&state), listener)
            .map_err(|source| ShopError::Listen { address, source })?;
        let handle = server.handle();
        let serving = threads::serve(server).map_err(|source| ShopError::Listen { address, source })?;
        let cleanup = tokio::spawn(async move {
            let mut ticks = tokio::time::interval(CLEANUP_INTERVAL);
            loop {
                ticks.tick().await;
                state.drop_inactive_callers();
            }
        });
        let grace_period = Duration::from_secs(config.http.shutdown_secs.into());
        let drain = Duration::from_secs(config.http.drain_secs.into());
        let (worker, notifications, prices) = match worker_mode {
            WorkerMode::Background => (
                Some(Worker::start(&runtime.worker_context(), grace_period)),
                runtime.node.process_notifications(&runtime.office),
                runtime.prices.clone().map(|prices| tokio::spawn(prices.poll())),
            ),
            WorkerMode::Manual => (None, None, None),
        };
        Ok(Self { runtime, address, server: handle, serving, drain, worker, notifications, cleanup, prices })
    }

    /// The listening address.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Runs until the stop signal, then shuts down.
    pub async fn run(mut self, stop: StopSignal) -> Result<(), ShopError> {
        let ended = tokio::select! {
            ended = &mut self.serving => Some(ended),
            () = stop.received() => None,
        };
        tracing::info!("shutting down: finishing running requests and jobs");
        self.close_rest().await;
        match ended {
            Some(Ok(Err(error))) => Err(ShopError::Served(error)),
            Some(Err(cancelled)) => Err(ShopError::Served(io::Error::other(cancelled))),
            _ => Ok(()),
        }
    }

    /// Shuts down: finishes running requests, and finishes or releases running jobs.
    pub async fn close(mut self) {
        self.close_rest().await;
    }

    async fn close_rest(&mut self) {
        self.runtime.liveness.stop();
        // Proxies see `/ready` fail and stop sending requests; late ones are answered with `Connection: close`.
        tokio::time::sleep(self.drain).await;
        self.server.stop(true).await;
        if let Some(worker) = self.worker.take() {
            worker.stop().await;
        }
        self.cleanup.abort();
        for task in [self.notifications.take(), self.prices.take()].into_iter().flatten() {
            task.abort();
        }
        if let Some(sandbox) = self.runtime.node.sandbox.take() {
            sandbox.stop().await;
        }
    }
}

/// Receiver of SIGTERM and SIGINT, registered on creation.
#[derive(Debug)]
pub struct StopSignal(Option<(Signal, Signal)>);

impl StopSignal {
    /// Registers the signal handlers. Call this before announcing the process, so that an immediate signal is not
    /// lost.
    pub fn listen() -> Self {
        let both =
            signal(SignalKind::terminate()).and_then(|term| Ok((term, signal(SignalKind::interrupt())?)));
        Self(both.inspect_err(|error| tracing::warn!(%error, "signal handler not registered")).ok())
    }

    /// Returns on a stop signal.
    pub async fn received(self) {
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
