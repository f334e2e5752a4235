//! Connection with timeouts for heads of later requests and for stalled writes.

use super::{Admission, Connections};
use actix_web::rt::net::TcpStream;
use std::{
    cell::Cell,
    io,
    net::SocketAddr,
    pin::Pin,
    rc::Rc,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Instant, Sleep, sleep_until},
};

/// Time in which a client must read at the rate [`MIN_READ_RATE`] while a response is blocked.
const WRITE_TIMEOUT: Duration = Duration::from_mins(1);
/// Bytes per second.
const MIN_READ_RATE: u64 = 1_024;

/// State of a connection's requests, shared with the middleware.
#[derive(Debug, Default)]
pub(crate) struct Activity {
    started: Cell<u64>,
    running: Cell<bool>,
    health_only: bool,
}

impl Activity {
    /// Whether the connection is for health checks only.
    pub(crate) const fn is_health_only(&self) -> bool {
        self.health_only
    }

    /// Marks a request as running until the guard is dropped.
    pub(crate) fn begin(self: &Rc<Self>) -> Running {
        self.started.set(self.started.get().wrapping_add(1));
        self.running.set(true);
        Running(Rc::clone(self))
    }
}

/// A running request.
#[derive(Debug)]
pub(crate) struct Running(Rc<Activity>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.running.set(false);
    }
}

/// An admitted connection.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: TcpStream,
    activity: Rc<Activity>,
    head_timeout: Duration,
    timer: Timer,
    /// Arrival of a head's first bytes, and the number of requests before it.
    head: Option<(Instant, u64)>,
    blocked: Option<PendingWrite>,
    last_write: Option<Instant>,
    _admission: Admission,
}

/// A response that the client does not read.
#[derive(Debug)]
struct PendingWrite {
    since: Instant,
    written: u64,
}

impl Connection {
    /// Counts and configures a connection; `None` if it must be closed.
    pub(crate) fn admit(connections: &Arc<Connections>, stream: TcpStream) -> Option<(Self, SocketAddr)> {
        // Without a peer address the connection is already closed.
        let peer = stream.peer_addr().ok()?;
        let admission = connections.admit(peer.ip())?;
        configure(&stream);
        let health_only = admission.health_only;
        let connection = Self {
            stream,
            head_timeout: connections.head_timeout(),
            activity: Rc::new(Activity { health_only, ..Activity::default() }),
            timer: Timer::default(),
            head: None,
            blocked: None,
            last_write: None,
            _admission: admission,
        };
        Some((connection, peer))
    }

    pub(crate) const fn activity(&self) -> &Rc<Activity> {
        &self.activity
    }

    fn record_read(&mut self) {
        let started = self.activity.started.get();
        // The HTTP server has a timeout for the first head.
        if started > 0 && !self.activity.running.get() && self.head.is_none() {
            self.head = Some((Instant::now(), started));
        }
    }

    /// Whether a partial head exceeds its timeout.
    fn is_head_timed_out(&mut self, cx: &mut Context<'_>) -> bool {
        let Some((since, requests)) = self.head else { return false };
        if self.activity.started.get() != requests {
            self.head = None;
            return false;
        }
        let from = self.last_write.map_or(since, |write| write.max(since));
        self.blocked.is_none() && self.timer.has_passed(from + self.head_timeout, cx)
    }
}

/// Sets `TCP_USER_TIMEOUT` against vanished clients, and `TCP_NODELAY`.
fn configure(stream: &TcpStream) {
    // A compressed response has several parts; Nagle's algorithm would delay the last one.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "TCP_NODELAY not set");
    }
    #[cfg(target_os = "linux")]
    {
        let millis = u32::try_from(WRITE_TIMEOUT.as_millis()).unwrap_or(u32::MAX);
        if let Err(error) = rustix::net::sockopt::set_tcp_user_timeout(stream, millis) {
            tracing::debug!(%error, "TCP_USER_TIMEOUT not set");
        }
    }
}

/// Timer of a connection, armed for the earliest deadline.
#[derive(Debug, Default)]
struct Timer(Option<Pin<Box<Sleep>>>);

impl Timer {
    fn has_passed(&mut self, deadline: Instant, cx: &mut Context<'_>) -> bool {
        if Instant::now() >= deadline {
            return true;
        }
        let sleep = self.0.get_or_insert_with(|| Box::pin(sleep_until(deadline)));
        if sleep.is_elapsed() || sleep.deadline() > deadline {
            sleep.as_mut().reset(deadline);
        }
        while sleep.as_mut().poll(cx).is_ready() {
            if Instant::now() >= deadline {
                return true;
            }
            sleep.as_mut().reset(deadline);
        }
        false
    }
}

fn timed_out(what: &'static str) -> Poll<io::Error> {
    Poll::Ready(io::Error::new(io::ErrorKind::TimedOut, what))
}

impl AsyncRead for Connection {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buffer.filled().len();
        let polled = Pin::new(&mut this.stream).poll_read(cx, buffer);
        match &polled {
            Poll::Ready(Ok(())) if buffer.filled().len() > before => this.record_read(),
            Poll::Pending if this.is_head_timed_out(cx) => {
                return timed_out("the head of a request stalls").map(Err);
            }
            _ => {}
        }
        polled
    }
}

impl AsyncWrite for Connection {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        match Pin::new(&mut this.stream).poll_write(cx, bytes) {
            Poll::Ready(Ok(written)) => {
                this.last_write = Some(Instant::now());
                if let Some(blocked) = &mut this.blocked {
                    blocked.written =
                        blocked.written.saturating_add(u64::try_from(written).unwrap_or(u64::MAX));
                }
                Poll::Ready(Ok(written))
            }
            Poll::Pending => {
                let blocked =
                    this.blocked.get_or_insert_with(|| PendingWrite { since: Instant::now(), written: 0 });
                let allowed = WRITE_TIMEOUT + Duration::from_secs(blocked.written / MIN_READ_RATE);
                let deadline = blocked.since + allowed;
                if this.timer.has_passed(deadline, cx) {
                    timed_out("the answer is not read").map(Err)
                } else {
                    Poll::Pending
                }
            }
            failed @ Poll::Ready(Err(_)) => failed,
        }
    }

    /// Called when a response is completely written.
    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        this.blocked = None;
        Pin::new(&mut this.stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn no_part_of_a_response_waits_for_an_acknowledgement() {
        let listener = tokio::net::TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (accepted, _) = listener.accept().await.unwrap();
        assert!(!accepted.nodelay().unwrap());
        configure(&accepted);
        assert!(accepted.nodelay().unwrap());
        drop(client);
    }
}
