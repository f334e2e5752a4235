//! Prometheus metrics.

use box_office::{InFlight, JobStats};
use kernel::Timestamp;
use prometheus::{
    Encoder, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry,
    TextEncoder,
};
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use store_postgres::PoolState;

/// The shop's metrics. Labels are routes and outcomes, never users or tickets.
#[derive(Debug, Clone)]
pub struct Metrics {
    registry: Registry,
    requests: IntCounterVec,
    durations: HistogramVec,
    purchases: IntCounterVec,
    jobs: IntCounterVec,
    settlements: IntCounter,
    jobs_due: IntGauge,
    jobs_dead: IntGauge,
    job_lag: IntGauge,
    holds: IntGauge,
    unknown: IntGaugeVec,
    refundable: IntGauge,
    pool: IntGaugeVec,
    pool_timeouts: IntCounter,
    /// Open streams of live updates.
    pub live_streams: IntGauge,
    /// Open client connections.
    pub connections: IntGauge,
    /// Connections and requests refused by a connection limit.
    pub connections_refused: IntCounter,
    /// Serialises updates of counters that mirror external totals.
    mirroring: Arc<Mutex<()>>,
}

/// Converts to a gauge value.
fn gauge_value(number: impl TryInto<i64>) -> i64 {
    number.try_into().unwrap_or(i64::MAX)
}

impl Metrics {
    /// Creates the metrics in a new registry.
    pub fn new() -> Result<Self, prometheus::Error> {
        let requests = IntCounterVec::new(
            Opts::new("http_requests_total", "Completed requests"),
            &["method", "route", "status"],
        )?;
        let buckets = vec![0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
        let durations = HistogramVec::new(
            HistogramOpts::new("http_request_seconds", "Response time").buckets(buckets),
            &["method", "route"],
        )?;
        let purchases =
            IntCounterVec::new(Opts::new("purchases_total", "Purchases by outcome"), &["outcome"])?;
        let jobs = IntCounterVec::new(
            Opts::new("jobs_run_total", "Jobs run by task and outcome"),
            &["task", "outcome"],
        )?;
        let unknown = IntGaugeVec::new(
            Opts::new("payments_unknown", "Outgoing payments with unknown result"),
            &["kind"],
        )?;
        let pool = IntGaugeVec::new(
            Opts::new("database_connections", "Connections to the database; `max` is their limit"),
            &["state"],
        )?;
        let metrics = Self {
            registry: Registry::new(),
            requests,
            durations,
            purchases,
            jobs,
            settlements: IntCounter::new("settlements_total", "Settlements recorded, each once")?,
            jobs_due: IntGauge::new("jobs_due", "Jobs that are due")?,
            jobs_dead: IntGauge::new("jobs_dead", "Failed jobs")?,
            job_lag: IntGauge::new("job_lag_seconds", "Age of the oldest due job")?,
            holds: IntGauge::new("holds", "Seats held by pending tickets")?,
            unknown,
            refundable: IntGauge::new("payments_refundable", "Payments with a refundable amount")?,
            pool,
            pool_timeouts: IntCounter::new(
                "database_connection_timeouts_total",
                "Timeouts of waiting for a connection",
            )?,
            live_streams: IntGauge::new("live_streams", "Open streams of live updates")?,
            connections: IntGauge::new("http_connections", "Open connections of clients")?,
            connections_refused: IntCounter::new(
                "http_connections_refused_total",
                "Connections and requests refused by a connection limit",
            )?,
            mirroring: Arc::default(),
        };
        metrics.register()?;
        Ok(metrics)
    }

    fn register(&self) -> Result<(), prometheus::Error> {
        self.registry.register(Box::new(self.requests.clone()))?;
        self.registry.register(Box::new(self.durations.clone()))?;
        for counters in [&self.purchases, &self.jobs] {
            self.registry.register(Box::new(counters.clone()))?;
        }
        for counter in [&self.settlements, &self.pool_timeouts, &self.connections_refused] {
            self.registry.register(Box::new(counter.clone()))?;
        }
        for gauges in [&self.unknown, &self.pool] {
            self.registry.register(Box::new(gauges.clone()))?;
        }
        for gauge in [
            &self.jobs_due,
            &self.jobs_dead,
            &self.job_lag,
            &self.holds,
            &self.refundable,
            &self.live_streams,
            &self.connections,
        ] {
            self.registry.register(Box::new(gauge.clone()))?;
        }
        Ok(())
    }

    /// Counts a completed request.
    pub fn request(&self, method: &str, route: &str, status: &str, took: Duration) {
        self.requests.with_label_values(&[method, route, status]).inc();
        self.durations.with_label_values(&[method, route]).observe(took.as_secs_f64());
    }

    /// Counts a purchase: `sold`, or the error type.
    pub fn purchase(&self, outcome: &str) {
        self.purchases.with_label_values(&[outcome]).inc();
    }

    /// Counts a finished job.
    pub fn job(&self, task: &str, outcome: &str) {
        self.jobs.with_label_values(&[task, outcome]).inc();
    }

    /// Sets the job gauges.
    pub fn jobs(&self, stats: &JobStats, now: Timestamp) {
        self.jobs_due.set(gauge_value(stats.due));
        self.jobs_dead.set(gauge_value(stats.dead));
        let lag = stats.oldest_due.map_or(0, |due| now.signed_duration_since(due).num_seconds());
        self.job_lag.set(lag.max(0));
    }

    /// Sets the gauges of holds and payments.
    pub fn in_flight(&self, numbers: &InFlight) {
        self.holds.set(gauge_value(numbers.held));
        self.unknown.with_label_values(&["purchase"]).set(gauge_value(numbers.paying));
        self.unknown.with_label_values(&["refund"]).set(gauge_value(numbers.refunding));
        self.refundable.set(gauge_value(numbers.refundable));
    }

    /// Sets the settlement counter to the total of this process.
    pub fn settled(&self, total: u64) {
        self.mirror_total(&self.settlements, total);
    }

    /// Sets the connection pool metrics.
    pub fn pool(&self, pool: &PoolState) {
        let busy = pool.open.saturating_sub(pool.idle);
        for (state, number) in [("busy", busy), ("idle", pool.idle), ("max", pool.max)] {
            self.pool.with_label_values(&[state]).set(gauge_value(number));
        }
        self.mirror_total(&self.pool_timeouts, pool.timeouts);
    }

    fn mirror_total(&self, counter: &IntCounter, total: u64) {
        let _guard = self.mirroring.lock().unwrap_or_else(PoisonError::into_inner);
        counter.inc_by(total.saturating_sub(counter.get()));
    }

    /// All metrics in Prometheus's text format.
    pub fn text(&self) -> Result<Vec<u8>, prometheus::Error> {
        let mut text = Vec::new();
        TextEncoder::new().encode(&self.registry.gather(), &mut text)?;
        Ok(text)
    }
}
