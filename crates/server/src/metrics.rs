//! Numbers for Prometheus.

use prometheus::{
    Encoder, HistogramOpts, HistogramVec, IntCounterVec, IntGauge, Opts, Registry, TextEncoder,
};
use std::time::Duration;

/// The shop's numbers. Labels are routes and outcomes, never people or tickets.
#[derive(Debug, Clone)]
pub struct Metrics {
    registry: Registry,
    requests: IntCounterVec,
    durations: HistogramVec,
    purchases: IntCounterVec,
    jobs: IntCounterVec,
    /// Jobs that are due.
    pub jobs_due: IntGauge,
    /// Jobs given up.
    pub jobs_dead: IntGauge,
    /// Age of the oldest due job, in seconds.
    pub job_lag: IntGauge,
    /// Open streams of live updates.
    pub live_streams: IntGauge,
}

impl Metrics {
    /// Fresh numbers in a registry of their own.
    pub fn new() -> Result<Self, prometheus::Error> {
        let registry = Registry::new();
        let requests = IntCounterVec::new(
            Opts::new("http_requests_total", "Requests answered"),
            &["method", "route", "status"],
        )?;
        let buckets = vec![0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
        let durations = HistogramVec::new(
            HistogramOpts::new("http_request_seconds", "Time to answer a request").buckets(buckets),
            &["method", "route"],
        )?;
        let purchases =
            IntCounterVec::new(Opts::new("purchases_total", "Purchases by outcome"), &["outcome"])?;
        let jobs = IntCounterVec::new(
            Opts::new("jobs_run_total", "Jobs run by task and outcome"),
            &["task", "outcome"],
        )?;
        let jobs_due = IntGauge::new("jobs_due", "Jobs that are due")?;
        let jobs_dead = IntGauge::new("jobs_dead", "Jobs given up")?;
        let job_lag = IntGauge::new("job_lag_seconds", "Age of the oldest due job")?;
        let live_streams = IntGauge::new("live_streams", "Open streams of live updates")?;
        registry.register(Box::new(requests.clone()))?;
        registry.register(Box::new(durations.clone()))?;
        registry.register(Box::new(purchases.clone()))?;
        registry.register(Box::new(jobs.clone()))?;
        for gauge in [&jobs_due, &jobs_dead, &job_lag, &live_streams] {
            registry.register(Box::new(gauge.clone()))?;
        }
        Ok(Self {
            registry,
            requests,
            durations,
            purchases,
            jobs,
            jobs_due,
            jobs_dead,
            job_lag,
            live_streams,
        })
    }

    /// A request was answered.
    pub fn request(&self, method: &str, route: &str, status: u16, took: Duration) {
        self.requests.with_label_values(&[method, route, &status.to_string()]).inc();
        self.durations.with_label_values(&[method, route]).observe(took.as_secs_f64());
    }

    /// A purchase ended: `sold`, or the slug of what stood in its way.
    pub fn purchase(&self, outcome: &str) {
        self.purchases.with_label_values(&[outcome]).inc();
    }

    /// A job ran.
    pub fn job(&self, task: &str, outcome: &str) {
        self.jobs.with_label_values(&[task, outcome]).inc();
    }

    /// Everything in Prometheus's text format.
    pub fn text(&self) -> Result<Vec<u8>, prometheus::Error> {
        let mut text = Vec::new();
        TextEncoder::new().encode(&self.registry.gather(), &mut text)?;
        Ok(text)
    }
}
