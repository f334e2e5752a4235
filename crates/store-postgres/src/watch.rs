use diesel::connection::{Instrumentation, InstrumentationEvent};
use std::time::{Duration, Instant};

/// Logs slow statements, without their parameters.
pub(crate) struct SlowStatements {
    limit: Duration,
    started: Option<Instant>,
}

impl SlowStatements {
    pub(crate) const fn new(limit: Duration) -> Self {
        Self { limit, started: None }
    }
}

impl Instrumentation for SlowStatements {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        match event {
            InstrumentationEvent::StartQuery { .. } => self.started = Some(Instant::now()),
            InstrumentationEvent::FinishQuery { query, .. } => {
                if let Some(elapsed) = self.started.take().map(|start| start.elapsed())
                    && elapsed >= self.limit
                {
                    let text = query.to_string();
                    // diesel appends the parameters after this marker.
                    let statement = text.split(" -- binds").next().unwrap_or_default();
                    tracing::warn!(duration_ms = elapsed.as_millis(), statement, "slow statement");
                }
            }
            _ => {}
        }
    }
}

/// Logs why a pool cannot open connections: its callers only get a timeout.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LogErrors;

impl<E: std::fmt::Display + Send + 'static> bb8::ErrorSink<E> for LogErrors {
    fn sink(&self, error: E) {
        tracing::warn!(%error, "database connection failed");
    }

    fn boxed_clone(&self) -> Box<dyn bb8::ErrorSink<E>> {
        Box::new(*self)
    }
}
