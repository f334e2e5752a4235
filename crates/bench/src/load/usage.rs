//! Memory and CPU of processes, from /proc.

use std::{fs, time::Duration};
use tokio_postgres::NoTls;

/// Linux counts CPU time of processes in hundredths of a second.
const TICK: Duration = Duration::from_millis(10);

/// What processes took together.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Usage {
    pub(super) cpu: Duration,
    /// Memory, shared pages counted once where the system says so.
    pub(super) mib: f64,
}

impl Usage {
    /// Of these processes and their present children.
    pub(super) fn of(roots: &[u32]) -> Self {
        let mut all = Self::default();
        for process in roots {
            for (id, parent, ticks) in processes() {
                if id == *process || parent == *process {
                    all.cpu += TICK * ticks;
                    all.mib += mib(id);
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

fn mib(id: u32) -> f64 {
    let field = |file: &str, name: &str| {
        let text = fs::read_to_string(format!("/proc/{id}/{file}")).ok()?;
        let line = text.lines().find_map(|line| line.strip_prefix(name))?;
        line.split_whitespace().next()?.parse::<u32>().ok()
    };
    let kib = field("smaps_rollup", "Pss:").or_else(|| field("status", "VmRSS:"));
    f64::from(kib.unwrap_or_default()) / 1_024.0
}

/// The server behind a connection, which is the parent of all its processes.
pub(super) async fn postgres(url: &str) -> Vec<u32> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    let backend: i32 = client.query_one("SELECT pg_backend_pid()", &[]).await.unwrap().get(0);
    let backend = u32::try_from(backend).unwrap();
    processes().into_iter().filter(|(id, ..)| *id == backend).map(|(_, parent, _)| parent).collect()
}
