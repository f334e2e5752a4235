//! The attackers, on a separate thread, so that their responses and the buyer's do not delay each other.

use crate::shop::client;
use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    io,
    net::Ipv4Addr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    runtime::{self, Runtime},
    time::timeout,
};

/// Concurrent requests of an attack.
const ATTACKERS: usize = 32;
/// Open connections of an attack.
const SOCKETS: usize = 500;
/// Lifetime of an attacker's connection; longer than the server's deadline for bodies, which is 10 s.
const HOLD: Duration = Duration::from_secs(20);
/// Orders with an open invoice, whose status checks query the node.
const INVOICES: u32 = 32;
/// Address of attacks from one network.
const ATTACKER: &str = "203.0.113.7";
/// Pseudo-status of an open connection without a response.
pub(super) const OPENED: u16 = 1;

/// Responses by status: 0 means none, [`OPENED`] an open connection.
pub(super) type StatusCounts = BTreeMap<u16, u64>;

/// Kind of attack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Attack {
    /// Seats held by guests, each in its own network.
    Seats,
    WrongPasswords,
    /// Accounts and tickets requested by number.
    Counting,
    /// Open invoices that unauthenticated status requests check at the node.
    NodeQuestions,
    /// Headers of live streams, on connections that stay open.
    Heads,
    /// Bodies that never end, on connections that stay open.
    SlowBodies,
}

impl Attack {
    pub(super) const ALL: [Self; 6] = [
        Self::Seats,
        Self::WrongPasswords,
        Self::Counting,
        Self::NodeQuestions,
        Self::Heads,
        Self::SlowBodies,
    ];

    /// Whether the responses show that the attack met its target rule, and not an earlier refusal.
    pub(super) fn reached(self, statuses: &StatusCounts) -> bool {
        let met = match self {
            Self::Seats => StatusCode::CREATED.as_u16(),
            Self::WrongPasswords => StatusCode::UNAUTHORIZED.as_u16(),
            Self::Counting => StatusCode::NOT_FOUND.as_u16(),
            Self::NodeQuestions | Self::Heads => StatusCode::OK.as_u16(),
            // The response, 408, may come after the measurement.
            Self::SlowBodies => OPENED,
        };
        statuses.contains_key(&met)
    }
}

/// Target of an attack.
#[derive(Clone)]
pub(super) struct Target {
    port: u16,
    /// A guest's purchase.
    order: Value,
    ticket: i64,
    /// Open invoices: payment hash and number.
    invoices: Vec<(String, String)>,
}

impl Target {
    /// Creates the orders that the attack needs.
    pub(super) async fn prepare(port: u16, order: Value, attack: Attack) -> Self {
        let mut target = Self { port, order, ticket: 0, invoices: Vec::new() };
        let client = client(HOLD);
        let wanted = if attack == Attack::NodeQuestions { INVOICES } else { 1 };
        for number in 0..wanted {
            // Networks unused by the attack on seats, each with fewer orders than the guest quota.
            let network = Ipv4Addr::from(0x0c00_0000_u32 + number / 4).to_string();
            let request = client.post(target.url("/api/tickets/purchase")).header("X-Forwarded-For", network);
            let answer = request.json(&target.order).send().await.unwrap();
            assert_eq!(answer.status(), StatusCode::CREATED);
            let bought: Value = answer.json().await.unwrap();
            target.ticket = bought["data"]["ticket"]["id"].as_i64().unwrap();
            let invoice = |field: &str| bought["data"]["uma_request"][field].as_str().unwrap().to_owned();
            target.invoices.push((invoice("payment_hash"), invoice("invoice_id")));
        }
        target
    }

    fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    fn invoice(&self, number: u32) -> &(String, String) {
        &self.invoices[usize::try_from(number / 2).unwrap() % self.invoices.len()]
    }

    /// Method, path, body and address of one request of an attack.
    fn request(&self, attack: Attack, number: u32) -> (Method, String, Option<Value>, String) {
        let from = ATTACKER.to_owned();
        match attack {
            Attack::Seats => {
                let network = Ipv4Addr::from(0x0b00_0000_u32.wrapping_add(number)).to_string();
                (Method::POST, "/api/tickets/purchase".to_owned(), Some(self.order.clone()), network)
            }
            Attack::WrongPasswords => {
                let credentials =
                    json!({ "email": crate::shop::ADMIN, "password": format!("wrong {number}") });
                (Method::POST, "/api/users/login".to_owned(), Some(credentials), from)
            }
            Attack::Counting if number.is_multiple_of(2) => {
                (Method::GET, format!("/api/users/{number}"), None, from)
            }
            Attack::Counting => (Method::GET, format!("/api/tickets/{number}/status"), None, from),
            Attack::NodeQuestions if number.is_multiple_of(2) => {
                let (hash, invoice) = self.invoice(number);
                let hint = json!({ "payment_hash": hash, "invoice_id": invoice, "status": "paid" });
                (Method::POST, "/api/tickets/uma-callback".to_owned(), Some(hint), from)
            }
            Attack::NodeQuestions | Attack::Heads | Attack::SlowBodies => {
                (Method::GET, format!("/api/lnurl/verify/{}", self.invoice(number).0), None, from)
            }
        }
    }

    async fn strike(&self, client: &Client, attack: Attack, number: u32, statuses: &Mutex<StatusCounts>) {
        match attack {
            Attack::Heads => {
                let head = format!("HEAD /api/tickets/{}/events HTTP/1.1\r\n", self.ticket);
                self.hold(&head, statuses).await;
            }
            Attack::SlowBodies => {
                self.hold("POST /api/users/login HTTP/1.1\r\ncontent-length: 60000\r\n", statuses).await;
            }
            _ => {
                let (method, path, body, from) = self.request(attack, number);
                let mut request = client.request(method, self.url(&path)).header("X-Forwarded-For", from);
                if let Some(body) = body {
                    request = request.json(&body);
                }
                let answer = request.send().await;
                count(statuses, answer.map_or(0, |answer| answer.status().as_u16()));
            }
        }
    }

    /// A connection held until the server closes it, or for [`HOLD`].
    async fn hold(&self, head: &str, statuses: &Mutex<StatusCounts>) {
        let head = format!(
            "{head}host: localhost\r\ncontent-type: application/json\r\nx-forwarded-for: {ATTACKER}\r\n\r\n"
        );
        let opened = async {
            let mut socket = TcpStream::connect(("127.0.0.1", self.port)).await?;
            socket.write_all(head.as_bytes()).await?;
            io::Result::Ok(socket)
        };
        let Ok(mut socket) = opened.await else { return count(statuses, 0) };
        count(statuses, OPENED);
        let mut answer = [0_u8; 256];
        let read = async {
            let read = socket.read(&mut answer).await.unwrap_or_default();
            let text = String::from_utf8_lossy(&answer[..read]).into_owned();
            let status = text.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_default();
            count(statuses, status);
            let mut rest = Vec::new();
            drop(socket.read_to_end(&mut rest).await);
        };
        drop(timeout(HOLD, read).await);
    }
}

fn count(statuses: &Mutex<StatusCounts>, status: u16) {
    *statuses.lock().unwrap().entry(status).or_default() += 1;
}

/// Running attackers.
pub(super) struct Attackers {
    runtime: Runtime,
    statuses: Arc<Mutex<StatusCounts>>,
}

impl Attackers {
    pub(super) fn start(attack: Attack, target: &Target) -> Self {
        let runtime = runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let statuses = Arc::new(Mutex::new(StatusCounts::new()));
        let number = Arc::new(AtomicU32::new(1));
        let attackers = match attack {
            Attack::Heads | Attack::SlowBodies => SOCKETS,
            _ => ATTACKERS,
        };
        let client = client(HOLD);
        for _ in 0..attackers {
            let (target, client) = (target.clone(), client.clone());
            let (statuses, number) = (Arc::clone(&statuses), Arc::clone(&number));
            runtime.spawn(async move {
                loop {
                    target.strike(&client, attack, number.fetch_add(1, Ordering::Relaxed), &statuses).await;
                }
            });
        }
        Self { runtime, statuses }
    }

    /// Drops every connection; returns the responses.
    pub(super) fn stop(self) -> StatusCounts {
        self.runtime.shutdown_background();
        self.statuses.lock().unwrap().clone()
    }
}
