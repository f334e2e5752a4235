//! Callers on plain keep-alive connections. They are cheap, since they share the cores with the server.

use std::{
    collections::BTreeMap,
    fmt, io,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    runtime,
    task::spawn_blocking,
    time::{Instant, sleep_until},
};

/// Creates the bytes of a numbered request.
pub(crate) type Requests = Arc<dyn Fn(u64) -> Vec<u8> + Send + Sync>;

/// Size and duration of a load.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Load {
    pub(crate) port: u16,
    pub(crate) callers: usize,
    pub(crate) time: Duration,
    /// Requests per second on a fixed schedule (open loop); without it each caller waits for its response.
    pub(crate) rate: Option<f64>,
}

/// Measurements of a load.
#[derive(Debug, Default)]
pub(crate) struct Figures {
    took: Vec<Duration>,
    pub(crate) statuses: BTreeMap<u16, u64>,
    time: Duration,
}

impl Figures {
    pub(crate) fn new(mut took: Vec<Duration>, statuses: BTreeMap<u16, u64>, time: Duration) -> Self {
        took.sort();
        Self { took, statuses, time }
    }

    /// Responses per second.
    pub(crate) fn rate(&self) -> f64 {
        self.count() / self.time.as_secs_f64()
    }

    pub(crate) fn at(&self, per_mille: usize) -> Duration {
        self.took.get(self.took.len().saturating_sub(1) * per_mille / 1_000).copied().unwrap_or_default()
    }

    pub(crate) fn count(&self) -> f64 {
        f64::from(u32::try_from(self.took.len()).unwrap())
    }

    /// Milliseconds of `total` per request.
    pub(crate) fn per_request(&self, total: Duration) -> f64 {
        total.as_secs_f64() * 1_000.0 / self.count().max(1.0)
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rate = self.rate();
        let (p50, p99, max) = (self.at(500), self.at(990), self.at(1_000));
        write!(f, "{rate:>8.0}/s  p50 {p50:>8.2?}  p99 {p99:>8.2?}  max {max:>8.2?}  {:?}", self.statuses)
    }
}

/// Request numbers, unique within a run.
static NUMBER: AtomicU64 = AtomicU64::new(1);

/// Runs the load.
pub(crate) async fn drive(load: &Load, requests: &Requests) -> Figures {
    let begun = Instant::now();
    let end = begun + load.time;
    let callers: Vec<_> = (0..load.callers)
        .map(|caller| {
            let (port, requests) = (load.port, Arc::clone(requests));
            let schedule = load.rate.map(|rate| {
                let share = f64::from(u32::try_from(load.callers).unwrap()) / rate;
                (
                    begun + Duration::from_secs_f64(f64::from(u32::try_from(caller).unwrap()) / rate),
                    Duration::from_secs_f64(share),
                )
            });
            tokio::spawn(call(port, requests, schedule, end))
        })
        .collect();
    let (mut took, mut statuses) = (Vec::new(), BTreeMap::new());
    for caller in callers {
        for (time, status) in caller.await.unwrap() {
            took.push(time);
            *statuses.entry(status).or_default() += 1;
        }
    }
    Figures::new(took, statuses, begun.elapsed())
}

/// Runs the load on a separate thread, so that a concurrent load does not delay its responses.
pub(crate) async fn drive_on_own_thread(load: Load, requests: &Requests) -> Figures {
    let requests = Arc::clone(requests);
    let runtime = runtime::Builder::new_current_thread().enable_all().build().unwrap();
    spawn_blocking(move || runtime.block_on(drive(&load, &requests))).await.unwrap()
}

/// Closed loop: each caller passes its number to `call` and waits for the result.
pub(crate) async fn closed_loop<Answered: Future<Output = ()> + Send + 'static>(
    load: &Load,
    ask: impl Fn(u64) -> Answered + Clone + Send + Sync + 'static,
) -> Figures {
    let begun = Instant::now();
    let end = begun + load.time;
    let callers: Vec<_> = (0..load.callers)
        .map(|_| {
            let ask = ask.clone();
            tokio::spawn(async move {
                let mut took = Vec::new();
                while Instant::now() < end {
                    let asked = Instant::now();
                    ask(NUMBER.fetch_add(1, Ordering::Relaxed)).await;
                    took.push(asked.elapsed());
                }
                took
            })
        })
        .collect();
    let mut took = Vec::new();
    for caller in callers {
        took.extend(caller.await.unwrap());
    }
    Figures::new(took, BTreeMap::new(), begun.elapsed())
}

async fn call(
    port: u16,
    requests: Requests,
    mut schedule: Option<(Instant, Duration)>,
    end: Instant,
) -> Vec<(Duration, u16)> {
    let mut connection = Connection::open(port).await.unwrap();
    let mut seen = Vec::new();
    while Instant::now() < end {
        let request = requests(NUMBER.fetch_add(1, Ordering::Relaxed));
        let mut begun = Instant::now();
        if let Some((due, step)) = &mut schedule {
            sleep_until(*due).await;
            begun = *due;
            *due += *step;
        }
        let (status, _) = connection.ask(&request).await.unwrap();
        seen.push((begun.elapsed(), status));
    }
    seen
}

pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    pub(crate) async fn open(port: u16) -> io::Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port)).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::new() })
    }

    /// Sends a request and reads a response of known length; returns its status and body. Fails if the server closes the connection.
    pub(crate) async fn ask(&mut self, request: &[u8]) -> io::Result<(u16, &[u8])> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        let (status, body, length) = loop {
            self.read().await?;
            if let Some(head) = head(&self.buffer) {
                break head;
            }
        };
        while self.buffer.len() < body + length {
            self.read().await?;
        }
        Ok((status, &self.buffer[body..body + length]))
    }

    async fn read(&mut self) -> io::Result<()> {
        match self.stream.read_buf(&mut self.buffer).await? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }
}

/// Status, start and length of the body of a response with complete headers.
fn head(bytes: &[u8]) -> Option<(u16, usize, usize)> {
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut answer = httparse::Response::new(&mut headers);
    let httparse::Status::Complete(head) = answer.parse(bytes).unwrap() else { return None };
    let length = answer.headers.iter().find(|header| header.name.eq_ignore_ascii_case("content-length"));
    let length: usize =
        std::str::from_utf8(length.expect("an answer with a length").value).unwrap().parse().unwrap();
    Some((answer.code.unwrap(), head, length))
}
