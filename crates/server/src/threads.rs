//! The threads that a process works on.

use actix_web::{dev::Server, rt::System};
use std::{io, thread};
use tokio::{runtime::Builder, sync::oneshot};

/// Niceness of background threads (Linux counts it per thread): a fifteenth of the share of the threads that answer requests. A commit
/// answers many requests at once, and its callers wait for the disk in any case.
#[cfg(target_os = "linux")]
const BACKGROUND_NICENESS: i32 = 12;

/// Niceness of threads that compute password hashes: a quarter of the share of background threads.
#[cfg(target_os = "linux")]
const HASH_NICENESS: i32 = 18;

/// Runs `work` to its end on this thread, and what it spawns on as many others as there are processors.
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

/// Answers requests on threads of their own, which are as important as the one that calls this. Tells when it has ended.
pub(crate) fn serve(server: Server) -> io::Result<oneshot::Receiver<io::Result<()>>> {
    let (tell, ended) = oneshot::channel();
    thread::Builder::new().name("http".to_owned()).spawn(move || {
        // Nobody may be there any more to be told.
        drop(tell.send(System::new().block_on(server)));
    })?;
    Ok(ended)
}
