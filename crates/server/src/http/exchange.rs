//! Outermost layer: timeouts of request bodies, and bodies of `HEAD` responses.
//!
//! - A body of up to 64 KiB has [`BodyClock::base`] in total, a larger one as long as it arrives at [`MIN_BODY_RATE`], three minutes at
//!   most; then reading it fails, and the request is 408.
//! - A body that is not read to its end closes the connection after the response.
//! - `HEAD` responses have no body.

use super::{
    connections::{Activity, Running},
    state::State,
};
use actix_web::{
    Error, HttpMessage,
    body::{BodySize, BoxBody, EitherBody, MessageBody},
    dev::{Payload, ServiceRequest, ServiceResponse},
    error::PayloadError,
    http::Method,
    middleware::Next,
    web::{self, Bytes},
};
use futures_util::Stream;
use std::{
    cell::RefCell,
    io,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::time::{Instant, Sleep, sleep_until};

/// Minimum rate of a body after its base time, bytes per second.
const MIN_BODY_RATE: u64 = 16 * 1_024;
/// Maximum time of a body.
const MAX_BODY_TIME: Duration = Duration::from_mins(3);

pub(crate) async fn layer(
    state: web::Data<State>,
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<EitherBody<impl MessageBody, ResponseBody>>, Error> {
    let running: Option<Running> = request.conn_data::<Rc<Activity>>().map(Activity::begin);
    let head = *request.method() == Method::HEAD;
    let body = BodyClock::start(&mut request, state.http.connections.request_timeout);
    let response = next.call(request).await?;
    drop(running);
    let unread = body.filter(|body| !body.is_read());
    if !head && unread.is_none() {
        return Ok(response.map_into_left_body());
    }
    let response = response.map_body(|_, body| {
        if head {
            ResponseBody::without(body.size(), unread)
        } else {
            ResponseBody::new(body.boxed(), unread)
        }
    });
    Ok(response.map_into_right_body())
}

/// A response's body, or only its size.
///
/// Keeps the request's unread body alive: the server then closes the connection instead of reading the rest without a
/// timeout.
pub(crate) struct ResponseBody {
    size: BodySize,
    body: Option<BoxBody>,
    _unread: Option<BodyClock>,
}

impl ResponseBody {
    fn new(body: BoxBody, unread: Option<BodyClock>) -> Self {
        Self { size: body.size(), body: Some(body), _unread: unread }
    }

    const fn without(size: BodySize, unread: Option<BodyClock>) -> Self {
        Self { size, body: None, _unread: unread }
    }
}

impl MessageBody for ResponseBody {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.size
    }

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        match &mut self.get_mut().body {
            Some(body) => Pin::new(body).poll_next(cx),
            None => Poll::Ready(None),
        }
    }
}

/// Time allowed for a body of which `received` bytes have arrived.
fn allowance(received: u64, base: Duration) -> Duration {
    Duration::from_secs(received / MIN_BODY_RATE).max(base).min(MAX_BODY_TIME.max(base))
}

/// Deadline of a request's body.
#[derive(Clone)]
pub(crate) struct BodyClock(Rc<RefCell<Incoming>>);

struct Incoming {
    payload: Payload,
    started: Instant,
    base: Duration,
    received: u64,
    ended: bool,
    timer: Option<Pin<Box<Sleep>>>,
}

impl BodyClock {
    /// Starts the deadline of a request's body; `None` without a body.
    fn start(request: &mut ServiceRequest, base: Duration) -> Option<Self> {
        // `Upgrade: websocket` has a payload without length or chunked encoding, so headers do not show it.
        let payload = request.take_payload();
        if matches!(payload, Payload::None) {
            return None;
        }
        let incoming =
            Incoming { payload, started: Instant::now(), base, received: 0, ended: false, timer: None };
        let clock = Self(Rc::new(RefCell::new(incoming)));
        request.set_payload(Payload::Stream { payload: Box::pin(clock.clone()) });
        Some(clock)
    }

    fn is_read(&self) -> bool {
        self.0.borrow().ended
    }
}

impl Stream for BodyClock {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.borrow_mut().poll_next(cx)
    }
}

impl Incoming {
    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, PayloadError>>> {
        if let Poll::Ready(chunk) = Pin::new(&mut self.payload).poll_next(cx) {
            match &chunk {
                Some(Ok(bytes)) => {
                    let more = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
                    self.received = self.received.saturating_add(more);
                }
                Some(Err(_)) => {}
                None => self.ended = true,
            }
            // A body in small chunks may never wait for the timer.
            if chunk.is_none() || self.started.elapsed() < allowance(self.received, self.base) {
                return Poll::Ready(chunk);
            }
            return Poll::Ready(Some(Err(body_timeout())));
        }
        let deadline = self.started + allowance(self.received, self.base);
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(deadline)));
        if timer.deadline() != deadline {
            timer.as_mut().reset(deadline);
        }
        ready!(timer.as_mut().poll(cx));
        Poll::Ready(Some(Err(body_timeout())))
    }
}

fn body_timeout() -> PayloadError {
    PayloadError::Io(io::Error::new(io::ErrorKind::TimedOut, "the body is too slow"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_body_has_three_minutes_at_the_minimum_rate() {
        let base = Duration::from_secs(10);
        let allowed = |kib: u64| allowance(kib * 1_024, base).as_secs();
        assert_eq!([allowed(0), allowed(64), allowed(160)], [10; 3], "64 KiB and less");
        assert_eq!(allowed(320), 20, "16 KiB each second");
        assert_eq!([allowed(2_880), allowed(1_000_000)], [180; 2], "three minutes at most");
    }
}
