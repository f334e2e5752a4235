//! The threads that a process works on.

use actix_web::{dev::Server, rt::System};
use std::{io, thread};
use tokio::{runtime::Builder, sync::oneshot};

/// How far the shop stands back behind those who only look, when both want a processor: a fifteenth of the share (Linux counts niceness
/// for each thread). A commit answers many buyers at once, and each has signatures made next; a buyer waits for a disk anyway.
#[cfg(target_os = "linux")]
const STANDS_BACK: i32 = 12;

/// Runs `work` to its end on this thread, and what it spawns on as many others as there are processors.
pub(crate) fn block_on<W: Future>(work: W) -> io::Result<W::Output> {
    let runtime =
        Builder::new_multi_thread().thread_name("shop").on_thread_start(stand_back).enable_all().build()?;
    Ok(runtime.block_on(work))
}

fn stand_back() {
    // Elsewhere it is a matter of the whole process.
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::setpriority_process(None, STANDS_BACK) {
        tracing::debug!(%error, "a thread does not stand back");
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
