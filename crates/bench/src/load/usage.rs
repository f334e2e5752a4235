//! Memory and CPU of processes, from /proc.

use std::{fs, time::Duration};
use tokio_postgres::NoTls;

/// Linux counts CPU time of processes in hundredths of a second.
const TICK: Duration = Duration::from_millis(10);

/// Total usage of several processes.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Usage {
    pub(crate) cpu: Duration,
    /// Memory; shared pages are counted proportionally where the system reports it.
    pub(crate) mib: f64,
    /// Memory; shared pages are counted in full.
    pub(crate) resident_mib: f64,
}

impl Usage {
    /// Of these processes and their current children.
    pub(crate) fn of(roots: &[u32]) -> Self {
        let mut all = Self::default();
        for process in roots {
            for (id, parent, ticks) in processes() {
                if id == *process || parent == *process {
                    all.cpu += TICK * ticks;
                    all.mib += mib(id, "smaps_rollup", "Pss:")
                        .or_else(|| mib(id, "status", "VmRSS:"))
                        .unwrap_or_default();
                    all.resident_mib += mib(id, "status", "VmRSS:").unwrap_or_default();
                }
            }
        }
        all
    }
}

/// Id, parent and ticks of every process.
fn processes() -> Vec<(u32, u32, u32)> {
    let entries = fs::read_dir("/proc").unwrap();
    let read = |entry: fs::DirEntry| {
        let id: u32 = entry.file_name().to_str()?.parse().ok()?;
        let stat = fs::read_to_string(entry.path().join("stat")).ok()?;
        let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
        let number = |at: usize| fields.get(at)?.parse::<u32>().ok();
        Some((id, number(1)?, number(11)?.saturating_add(number(12)?)))
    };
    entries.filter_map(|entry| read(entry.ok()?)).collect()
}

fn mib(id: u32, file: &str, name: &str) -> Option<f64> {
    let text = fs::read_to_string(format!("/proc/{id}/{file}")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    let kib = line.split_whitespace().next()?.parse::<u32>().ok()?;
    Some(f64::from(kib) / 1_024.0)
}

/// Bytes of write-ahead log that the server has written in total.
pub(crate) async fn logged(url: &str) -> i64 {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client.query_one("SELECT (pg_current_wal_insert_lsn() - '0/0')::bigint", &[]).await.unwrap().get(0)
}

/// The server behind a connection, the parent of all its processes.
pub(crate) async fn postgres(url: &str) -> Vec<u32> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    let backend: i32 = client.query_one("SELECT pg_backend_pid()", &[]).await.unwrap().get(0);
    let backend = u32::try_from(backend).unwrap();
    processes().into_iter().filter(|(id, ..)| *id == backend).map(|(_, parent, _)| parent).collect()
}
