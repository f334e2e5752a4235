//! Background worker: jobs, hold expiry, pruning.

use crate::metrics::Metrics;
use box_office::{BoxOffice, DomainEvent, Job, Store, Task};
use chrono::TimeDelta;
use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::{
    sync::{broadcast::error::RecvError, watch},
    task::{JoinHandle, JoinSet},
    time::{interval, sleep, timeout},
};

/// Maximum of concurrent jobs younger than [`SLOW_JOB_AFTER`].
const MAX_CONCURRENT_JOBS: usize = 32;
/// Age at which a running job waits for an external server, and no longer counts for [`MAX_CONCURRENT_JOBS`].
const SLOW_JOB_AFTER: Duration = Duration::from_secs(2);
/// Maximum of running jobs, slow ones included.
const MAX_SLOW_JOBS: usize = 512;
/// Jobs claimed at a time in surge mode, with pauses in between: holds take precedence over collection.
const SURGE_CLAIM_LIMIT: usize = 8;
const SURGE_CLAIM_INTERVAL: Duration = Duration::from_millis(50);
/// Polling interval of the queue, since notifications may be lost.
const POLL_INTERVAL: Duration = Duration::from_millis(500);
const EXPIRY_INTERVAL: Duration = Duration::from_secs(1);
const PRUNE_INTERVAL: Duration = Duration::from_mins(10);
/// Retention of finished rows.
const RETENTION: TimeDelta = TimeDelta::days(14);
const PRUNE_BATCH: u32 = 1_000;
/// Time without a claim after which the worker counts as dead.
const MAX_IDLE: Duration = Duration::from_secs(30);

/// Liveness of the worker and state of the shutdown.
#[derive(Debug)]
pub struct Liveness {
    start: Instant,
    heartbeat_ms: AtomicU64,
    stopping: watch::Sender<bool>,
}

impl Default for Liveness {
    fn default() -> Self {
        Self { start: Instant::now(), heartbeat_ms: AtomicU64::new(0), stopping: watch::Sender::new(false) }
    }
}

impl Liveness {
    fn age_ms(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn record_heartbeat(&self) {
        self.heartbeat_ms.store(self.age_ms(), Ordering::Relaxed);
    }

    /// Whether the worker polled the queue recently.
    pub fn is_alive(&self) -> bool {
        let idle_ms = self.age_ms().saturating_sub(self.heartbeat_ms.load(Ordering::Relaxed));
        u128::from(idle_ms) < MAX_IDLE.as_millis()
    }

    /// Starts the shutdown.
    pub fn stop(&self) {
        self.stopping.send_replace(true);
    }

    /// Whether the shop is stopping.
    pub fn is_stopping(&self) -> bool {
        *self.stopping.borrow()
    }

    /// Completes on shutdown, for tasks that would otherwise run forever.
    pub fn stopped(&self) -> impl Future<Output = ()> + Send + use<> {
        until(self.stopping.subscribe())
    }
}

/// A running worker.
pub struct Worker {
    stop: watch::Sender<bool>,
    loops: Vec<JoinHandle<()>>,
}

impl fmt::Debug for Worker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Worker({} loops)", self.loops.len())
    }
}

/// Dependencies of the worker.
#[derive(Clone)]
pub struct WorkerContext {
    /// The use cases.
    pub office: Arc<BoxOffice>,
    /// The store with the job queue.
    pub store: Arc<dyn Store>,
    /// Metrics.
    pub metrics: Metrics,
    /// Heartbeat.
    pub liveness: Arc<Liveness>,
}

impl fmt::Debug for WorkerContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WorkerContext({:?})", self.office)
    }
}

impl Worker {
    /// Starts the worker. `grace_period` is the time that running jobs have at shutdown.
    pub fn start(context: &WorkerContext, grace_period: Duration) -> Self {
        let (stop, stopped) = watch::channel(false);
        let loops = vec![
            tokio::spawn(run_jobs(context.clone(), stopped.clone(), grace_period)),
            tokio::spawn(expire_holds(context.clone(), stopped.clone())),
            tokio::spawn(prune(context.clone(), stopped)),
        ];
        Self { stop, loops }
    }

    /// Stops claiming, waits for running jobs, and releases those that exceed the grace period.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        for running in self.loops {
            if let Err(error) = running.await {
                tracing::error!(%error, "worker task failed");
            }
        }
    }
}

async fn until(mut stopped: watch::Receiver<bool>) {
    // The sender is dropped with the worker.
    drop(stopped.wait_for(|stopped| *stopped).await);
}

async fn run_jobs(context: WorkerContext, stopped: watch::Receiver<bool>, grace_period: Duration) {
    let mut changes = context.store.changes();
    let mut running: JoinSet<()> = JoinSet::new();
    let mut claimed: Vec<RunningJob> = Vec::new();
    while !*stopped.borrow() {
        context.liveness.record_heartbeat();
        let surge = context.office.is_in_surge();
        let busy = claimed.iter().filter(|job| job.since.elapsed() < SLOW_JOB_AFTER).count();
        let free = if surge { SURGE_CLAIM_LIMIT } else { MAX_CONCURRENT_JOBS };
        let free = free
            .min(MAX_CONCURRENT_JOBS.saturating_sub(busy))
            .min(MAX_SLOW_JOBS.saturating_sub(claimed.len()));
        let limit = u32::try_from(free).unwrap_or(u32::MAX);
        let jobs = if free == 0 { Ok(Vec::new()) } else { context.office.claim_jobs(limit).await };
        let full = match jobs {
            Ok(jobs) => {
                let full = !jobs.is_empty() && jobs.len() >= free;
                for job in jobs {
                    let (context, claimed_job) = (context.clone(), job.clone());
                    let handle = running.spawn(async move { run(&context, &job).await });
                    claimed.push(RunningJob { task: handle.id(), job: claimed_job, since: Instant::now() });
                }
                full
            }
            Err(error) => {
                tracing::warn!(%error, "claiming jobs failed");
                false
            }
        };
        if surge {
            tokio::select! {
                () = sleep(SURGE_CLAIM_INTERVAL) => {}
                () = until(stopped.clone()) => {}
            }
        } else if full {
            // More jobs may be due: wait for a free slot, or for a running job to become slow.
            tokio::select! {
                () = sleep(POLL_INTERVAL) => {}
                done = running.join_next_with_id() => remove_finished(&mut claimed, done),
                () = until(stopped.clone()) => {}
            }
        } else {
            tokio::select! {
                () = sleep(POLL_INTERVAL) => {}
                () = wait_for_job_event(&mut changes) => {}
                Some(done) = running.join_next_with_id() => remove_finished(&mut claimed, Some(done)),
                () = until(stopped.clone()) => {}
            }
        }
        // Jobs that end together free their slots together, which saves queries.
        while let Some(done) = running.try_join_next_with_id() {
            remove_finished(&mut claimed, Some(done));
        }
    }
    drain_jobs(&context, running, claimed, grace_period).await;
}

/// Waits until a job may be due.
async fn wait_for_job_event(changes: &mut tokio::sync::broadcast::Receiver<DomainEvent>) {
    loop {
        match changes.recv().await {
            Ok(DomainEvent::Jobs) | Err(RecvError::Lagged(_)) => return,
            Ok(_) => {}
            Err(RecvError::Closed) => return sleep(POLL_INTERVAL).await,
        }
    }
}

type Joined = Option<Result<(tokio::task::Id, ()), tokio::task::JoinError>>;

/// A running job.
struct RunningJob {
    task: tokio::task::Id,
    job: Job,
    since: Instant,
}

fn remove_finished(claimed: &mut Vec<RunningJob>, done: Joined) {
    let id = match done {
        Some(Ok((id, ()))) => id,
        Some(Err(error)) => {
            tracing::error!(%error, "job panicked");
            error.id()
        }
        None => return,
    };
    claimed.retain(|job| job.task != id);
}

/// Waits for running jobs, and releases those that exceed the grace period.
async fn drain_jobs(
    context: &WorkerContext,
    mut running: JoinSet<()>,
    mut claimed: Vec<RunningJob>,
    grace_period: Duration,
) {
    let finishing = async {
        while let Some(done) = running.join_next_with_id().await {
            remove_finished(&mut claimed, Some(done));
        }
    };
    if timeout(grace_period, finishing).await.is_ok() {
        return;
    }
    running.shutdown().await;
    for RunningJob { job, .. } in claimed {
        if let Err(error) = context.office.release_job(&job).await {
            tracing::warn!(%error, job.id = %job.id, "job not released; its lease expires");
        }
    }
}

async fn run(context: &WorkerContext, job: &Job) {
    let outcome = match context.office.run_job(job).await {
        Ok(()) => "ran",
        Err(error) => {
            tracing::warn!(%error, job.id = %job.id, "job result not stored; its lease expires");
            "lost"
        }
    };
    context.metrics.job(name(&job.task), outcome);
}

const fn name(task: &Task) -> &'static str {
    match task {
        Task::Collect { .. } => "collect",
        Task::Watch { .. } => "watch",
        Task::Webhook { .. } => "webhook",
        Task::Refund { .. } => "refund",
        Task::CancelEvent { .. } => "cancel_event",
        Task::VerifyEmail { .. } => "verify_email",
        Task::PasswordReset { .. } => "password_reset",
        Task::LoginLink { .. } => "login_link",
        Task::AccountNotice { .. } => "account_notice",
        Task::Mail(_) => "mail",
        Task::RevokeWallet { .. } => "revoke_wallet",
        Task::AnnounceEvent { .. } => "announce_event",
        Task::MailEventUpdate { .. } => "mail_event_update",
        Task::MailOrder { .. } => "mail_order",
        Task::MailHolder { .. } => "mail_holder",
        Task::NotifyHolder { .. } => "notify_holder",
    }
}

async fn expire_holds(context: WorkerContext, stopped: watch::Receiver<bool>) {
    let mut ticks = interval(EXPIRY_INTERVAL);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = until(stopped.clone()) => return,
        }
        match context.office.expire_holds().await {
            Ok(0) => {}
            Ok(expired) => tracing::info!(expired, "holds expired"),
            Err(error) => tracing::warn!(%error, "hold expiry failed"),
        }
    }
}

async fn prune(context: WorkerContext, stopped: watch::Receiver<bool>) {
    let mut ticks = interval(PRUNE_INTERVAL);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = until(stopped.clone()) => return,
        }
        let now = context.office.now();
        if let Err(error) = context.store.erase_networks(now, u32::MAX).await {
            tracing::warn!(%error, "erasing networks of ended events failed");
        }
        if let Err(error) = context.store.erase_ended_orders(u32::MAX).await {
            tracing::warn!(%error, "erasing ended orders failed");
        }
        match context.office.reseal_wallets().await {
            Ok(0) => {}
            Ok(resealed) => tracing::info!(resealed, "wallet connections re-sealed"),
            Err(error) => tracing::warn!(%error, "re-sealing wallet connections failed"),
        }
        let before = now.checked_sub_signed(RETENTION).unwrap_or(now);
        loop {
            match context.store.prune(before, PRUNE_BATCH).await {
                Ok(pruned) if pruned >= u64::from(PRUNE_BATCH) && !*stopped.borrow() => {}
                Ok(_) => break,
                Err(error) => {
                    tracing::warn!(%error, "pruning failed");
                    break;
                }
            }
        }
    }
}
