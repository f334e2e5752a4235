//! Callers on plain keep-alive connections: cheap, since they share the cores with what they measure.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{Instant, sleep_until},
};

/// Makes the request of a number: its bytes.
pub(super) type Requests = Arc<dyn Fn(u64) -> Vec<u8> + Send + Sync>;

/// How much, and for how long.
pub(super) struct Load {
    pub(super) port: u16,
    pub(super) callers: usize,
    pub(super) time: Duration,
    /// Requests a second that set out on schedule; without it each caller waits for its answer.
    pub(super) rate: Option<f64>,
}

/// What came of it.
#[derive(Debug, Default)]
pub(super) struct Figures {
    took: Vec<Duration>,
    pub(super) statuses: BTreeMap<u16, u64>,
    time: Duration,
}

impl Figures {
    pub(super) fn new(mut took: Vec<Duration>, statuses: BTreeMap<u16, u64>, time: Duration) -> Self {
        took.sort();
        Self { took, statuses, time }
    }

    fn at(&self, per_mille: usize) -> Duration {
        self.took.get(self.took.len().saturating_sub(1) * per_mille / 1_000).copied().unwrap_or_default()
    }

    fn count(&self) -> f64 {
        f64::from(u32::try_from(self.took.len()).unwrap())
    }

    /// Milliseconds of this for each request.
    pub(super) fn per_request(&self, total: Duration) -> f64 {
        total.as_secs_f64() * 1_000.0 / self.count().max(1.0)
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rate = self.count() / self.time.as_secs_f64();
        let (p50, p99, max) = (self.at(500), self.at(990), self.at(1_000));
        write!(f, "{rate:>8.0}/s  p50 {p50:>8.2?}  p99 {p99:>8.2?}  max {max:>8.2?}  {:?}", self.statuses)
    }
}

/// Numbers that never come twice in a run.
static NUMBER: AtomicU64 = AtomicU64::new(1);

/// Runs the load.
pub(super) async fn drive(load: &Load, requests: &Requests) -> Figures {
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

async fn call(
    port: u16,
    requests: Requests,
    mut schedule: Option<(Instant, Duration)>,
    end: Instant,
) -> Vec<(Duration, u16)> {
    let mut connection = Connection::open(port).await;
    let mut seen = Vec::new();
    while Instant::now() < end {
        let request = requests(NUMBER.fetch_add(1, Ordering::Relaxed));
        let mut begun = Instant::now();
        if let Some((due, step)) = &mut schedule {
            sleep_until(*due).await;
            begun = *due;
            *due += *step;
        }
        let status = connection.ask(&request).await;
        seen.push((begun.elapsed(), status));
    }
    seen
}

struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    async fn open(port: u16) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream, buffer: Vec::new() }
    }

    /// One request, one answer of known length; its status.
    async fn ask(&mut self, request: &[u8]) -> u16 {
        self.stream.write_all(request).await.unwrap();
        self.buffer.clear();
        let head = loop {
            let read = self.stream.read_buf(&mut self.buffer).await.unwrap();
            assert!(read > 0, "the server hung up");
            if let Some(end) = self.buffer.windows(4).position(|four| four == b"\r\n\r\n") {
                break end + 4;
            }
        };
        let text = std::str::from_utf8(&self.buffer[..head]).unwrap().to_ascii_lowercase();
        let status = text.split(' ').nth(1).and_then(|word| word.parse().ok()).unwrap();
        let length = text.lines().find_map(|line| line.strip_prefix("content-length:"));
        let length: usize = length.map_or(0, |length| length.trim().parse().unwrap());
        assert!(!text.contains("transfer-encoding"), "an answer without a length: {text}");
        while self.buffer.len() < head + length {
            assert!(self.stream.read_buf(&mut self.buffer).await.unwrap() > 0, "the server hung up");
        }
        status
    }
}
