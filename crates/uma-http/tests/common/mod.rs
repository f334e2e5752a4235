//! A server with scripted responses, a resolver with scripted addresses, and a fixed clock.
#![allow(dead_code, unreachable_pub, reason = "each test binary uses its part")]
#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::VecDeque;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use uma_http::{AddressRules, GuardedClient, Limits, Resolver};

pub struct Request {
    pub line: String,
    pub body: String,
}

type Answering = Pin<Box<dyn Future<Output = ()> + Send>>;

pub struct Server {
    pub address: SocketAddr,
    pub seen: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    /// Answers each request, one per connection, with the bytes that `answer` returns for its request line.
    pub async fn answering(answer: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static) -> Self {
        let answer = Arc::new(answer);
        Self::with(move |line, mut stream| {
            let bytes = answer(&line);
            Box::pin(async move {
                // The client may close the connection before the response is complete.
                let _ = stream.write_all(&bytes).await;
                let _ = stream.shutdown().await;
            })
        })
        .await
    }

    pub async fn with(handle: impl Fn(String, TcpStream) -> Answering + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (log, handle) = (Arc::clone(&seen), Arc::new(handle));
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let (log, handle) = (Arc::clone(&log), Arc::clone(&handle));
                tokio::spawn(async move {
                    let Some(request) = read(&mut stream).await else { return };
                    let line = request.line.clone();
                    log.lock().unwrap().push(request);
                    handle(line, stream).await;
                });
            }
        });
        Self { address, seen }
    }

    pub fn url(&self, path: &str) -> url::Url {
        format!("http://localhost:{}{path}", self.address.port()).parse().unwrap()
    }

    pub fn requests(&self) -> usize {
        self.seen.lock().unwrap().len()
    }
}

async fn read(stream: &mut TcpStream) -> Option<Request> {
    let mut bytes = Vec::new();
    let mut part = [0; 4096];
    loop {
        let count = stream.read(&mut part).await.ok()?;
        if count == 0 {
            return None;
        }
        bytes.extend_from_slice(part.get(..count)?);
        let text = String::from_utf8_lossy(&bytes);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length =
            head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
        if body.len() >= length.unwrap_or(0) {
            let line = head.lines().next()?.to_owned();
            return Some(Request { line, body: body.to_owned() });
        }
    }
}

pub fn http(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 {status}\r\nconnection: close\r\n{headers}\r\n");
    [head.as_bytes(), body].concat()
}

pub fn json(status: &str, body: &str) -> Vec<u8> {
    let headers = format!("content-type: application/json\r\ncontent-length: {}\r\n", body.len());
    http(status, &headers, body.as_bytes())
}

/// Returns its answers in order; the last one repeatedly.
pub struct Scripted {
    answers: Mutex<VecDeque<Vec<IpAddr>>>,
    pub lookups: AtomicUsize,
}

impl Scripted {
    pub fn new(answers: &[&[&str]]) -> Arc<Self> {
        let parse = |list: &&[&str]| list.iter().map(|ip| ip.parse().unwrap()).collect();
        Arc::new(Self {
            answers: Mutex::new(answers.iter().map(parse).collect()),
            lookups: AtomicUsize::new(0),
        })
    }

    pub fn loopback() -> Arc<Self> {
        Self::new(&[&["127.0.0.1"]])
    }
}

#[async_trait::async_trait]
impl Resolver for Scripted {
    async fn resolve(&self, _host: &str) -> io::Result<Vec<IpAddr>> {
        self.lookups.fetch_add(1, Ordering::SeqCst);
        let mut answers = self.answers.lock().unwrap();
        let next = if answers.len() > 1 { answers.pop_front() } else { answers.front().cloned() };
        Ok(next.unwrap_or_default())
    }
}

pub struct StoppedClock(pub AtomicI64);

impl kernel::Clock for StoppedClock {
    fn now(&self) -> kernel::Timestamp {
        chrono::DateTime::from_timestamp(self.0.load(Ordering::SeqCst), 0).unwrap()
    }
}

pub fn client(rules: AddressRules, resolver: Arc<Scripted>, limits: Limits) -> GuardedClient {
    let resolver: Arc<dyn Resolver> = resolver;
    GuardedClient::new(rules, limits, &resolver).unwrap()
}

/// A client in sandbox mode that resolves every name to loopback.
pub fn sandboxed(limits: Limits) -> GuardedClient {
    client(AddressRules::sandbox(), Scripted::loopback(), limits)
}

pub fn long_timeout() -> Limits {
    Limits { timeout: Duration::from_mins(1), ..Limits::default() }
}
