//! Threads of the process.

use actix_web::{dev::Server, rt::System};
use std::{io, thread};
use tokio::{runtime::Builder, sync::oneshot};

/// Niceness of background threads (per thread on Linux), about a fifteenth of the CPU share of HTTP threads. Commits
/// are batched and wait for the disk, so lower priority costs little throughput.
#[cfg(target_os = "linux")]
const BACKGROUND_NICENESS: i32 = 12;

/// Niceness of threads that compute password hashes, about a quarter of the CPU share of background threads.
#[cfg(target_os = "linux")]
const HASH_NICENESS: i32 = 18;

/// Runs `work` to completion on a new multi-thread runtime.
pub(crate) fn block_on<W: Future>(work: W) -> io::Result<W::Output> {
    let runtime = Builder::new_multi_thread()
        .thread_name("shop")
        .on_thread_start(lower_background_priority)
        .enable_all()
        .build()?;
    Ok(runtime.block_on(work))
}

fn lower_background_priority() {
    #[cfg(target_os = "linux")]
    set_niceness(BACKGROUND_NICENESS);
}

/// Lowers the priority of a thread that computes a password hash.
pub(crate) fn lower_hash_priority() {
    #[cfg(target_os = "linux")]
    set_niceness(HASH_NICENESS);
}

// Other systems count niceness per process.
#[cfg(target_os = "linux")]
fn set_niceness(niceness: i32) {
    if let Err(error) = rustix::process::setpriority_process(None, niceness) {
        tracing::debug!(%error, niceness, "setpriority failed");
    }
}

/// Runs the server on a separate thread with normal priority. The receiver gets its result.
pub(crate) fn serve(server: Server) -> io::Result<oneshot::Receiver<io::Result<()>>> {
    let (result, ended) = oneshot::channel();
    thread::Builder::new().name("http".to_owned()).spawn(move || {
        // The receiver may be dropped.
        drop(result.send(System::new().block_on(server)));
    })?;
    Ok(ended)
}
