use kernel::StoreError;
use std::{future::Future, pin::Pin, sync::Arc};
use tokio::sync::{mpsc, oneshot};

type Batch<In, Out> =
    Arc<dyn Fn(Vec<In>) -> Pin<Box<dyn Future<Output = Result<Vec<Out>, StoreError>> + Send>> + Send + Sync>;

/// Reason why a request was not committed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum QueueError {
    /// The queue is full; the caller may retry.
    #[error("too many requests are waiting")]
    Full,
    /// The store failed for the whole batch.
    #[error("the store failed")]
    Store(#[source] Arc<StoreError>),
    /// The service is stopping.
    #[error("the service is stopping")]
    Stopped,
}

impl From<QueueError> for StoreError {
    fn from(error: QueueError) -> Self {
        match &error {
            QueueError::Store(cause) if !cause.is_transient() => Self::Failed(error.into()),
            _ => Self::Unavailable(error.into()),
        }
    }
}

/// Group commit for writes and reads: requests that arrive during a commit form the next batch, in arrival order. An idle queue
/// adds no delay; a full one rejects at once.
pub struct GroupCommit<In, Out> {
    sender: mpsc::Sender<(In, oneshot::Sender<Result<Out, QueueError>>)>,
}

impl<In: Send + 'static, Out: Send + 'static> GroupCommit<In, Out> {
    /// Creates a queue of `capacity` waiting requests that calls `commit` with batches of up to `batch`.
    /// Must be called inside a tokio runtime.
    pub fn new<F, Fut>(capacity: usize, batch: usize, commit: F) -> Self
    where
        F: Fn(Vec<In>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Vec<Out>, StoreError>> + Send + 'static,
    {
        let (sender, receiver) = mpsc::channel(capacity.max(1));
        let commit: Batch<In, Out> = Arc::new(move |batch| Box::pin(commit(batch)));
        tokio::spawn(run(receiver, batch.max(1), commit));
        Self { sender }
    }

    /// Number of requests waiting for a commit.
    pub fn waiting(&self) -> usize {
        self.sender.max_capacity().saturating_sub(self.sender.capacity())
    }

    /// Submits a request and waits for its result, sent after its batch was committed.
    pub async fn submit(&self, request: In) -> Result<Out, QueueError> {
        let (answer, answered) = oneshot::channel();
        self.sender.try_send((request, answer)).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => QueueError::Full,
            mpsc::error::TrySendError::Closed(_) => QueueError::Stopped,
        })?;
        answered.await.unwrap_or(Err(QueueError::Stopped))
    }
}

async fn run<In: Send + 'static, Out: Send + 'static>(
    mut receiver: mpsc::Receiver<(In, oneshot::Sender<Result<Out, QueueError>>)>,
    batch: usize,
    commit: Batch<In, Out>,
) {
    let mut waiting = Vec::with_capacity(batch);
    while receiver.recv_many(&mut waiting, batch).await > 0 {
        fill_batch(&mut receiver, &mut waiting, batch).await;
        let (requests, answers): (Vec<_>, Vec<_>) = waiting.drain(..).unzip();
        // In a separate task, so that a panic in the store does not end the queue.
        let outcome = tokio::spawn(commit(requests)).await;
        match outcome {
            Ok(Ok(outs)) => {
                for (answer, out) in answers.into_iter().zip(outs) {
                    // Fails if the caller was cancelled; the commit stands, and an idempotency key finds it.
                    drop(answer.send(Ok(out)));
                }
            }
            Ok(Err(error)) => {
                let error = Arc::new(error);
                for answer in answers {
                    drop(answer.send(Err(QueueError::Store(Arc::clone(&error)))));
                }
            }
            Err(_) => drop(answers),
        }
    }
}

/// Adds requests of callers that are about to submit. Yields once, so that callers released by the previous commit run first and
/// join the batch; it never waits for others.
async fn fill_batch<T>(receiver: &mut mpsc::Receiver<T>, waiting: &mut Vec<T>, batch: usize) {
    loop {
        tokio::task::yield_now().await;
        let before = waiting.len();
        while waiting.len() < batch
            && let Ok(next) = receiver.try_recv()
        {
            waiting.push(next);
        }
        if waiting.len() == before || waiting.len() >= batch {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;
    use tokio::sync::{Barrier, Semaphore};

    #[tokio::test]
    async fn requests_during_a_commit_share_the_next_one() {
        let gate = Arc::new(Semaphore::new(0));
        let sizes = Arc::new(Mutex::new(Vec::new()));
        let (permits, log) = (Arc::clone(&gate), Arc::clone(&sizes));
        let queue = Arc::new(GroupCommit::new(100, 64, move |batch: Vec<u32>| {
            let (permits, log) = (Arc::clone(&permits), Arc::clone(&log));
            async move {
                log.lock().unwrap().push(batch.len());
                permits.acquire().await.unwrap().forget();
                Ok(batch.into_iter().map(|n| n * 2).collect())
            }
        }));
        let first = tokio::spawn({
            let queue = Arc::clone(&queue);
            async move { queue.submit(0).await }
        });
        while sizes.lock().unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
        let rest: Vec<_> = (1..=10_u32)
            .map(|n| {
                let queue = Arc::clone(&queue);
                tokio::spawn(async move { queue.submit(n).await })
            })
            .collect();
        while queue.sender.capacity() > 90 {
            tokio::task::yield_now().await;
        }
        gate.add_permits(2);
        assert_eq!(first.await.unwrap().unwrap(), 0);
        for (n, answer) in (1..=10_u32).zip(rest) {
            assert_eq!(answer.await.unwrap().unwrap(), n * 2);
        }
        assert_eq!(*sizes.lock().unwrap(), [1, 10]);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 1)]
    async fn callers_released_together_share_a_commit() {
        let sizes = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&sizes);
        let queue = Arc::new(GroupCommit::new(100, 64, move |batch: Vec<u32>| {
            log.lock().unwrap().push(batch.len());
            async move { Ok(batch) }
        }));
        let together = Arc::new(Barrier::new(10));
        let callers: Vec<_> = (0..10_u32)
            .map(|n| {
                let (queue, together) = (Arc::clone(&queue), Arc::clone(&together));
                tokio::spawn(async move {
                    together.wait().await;
                    queue.submit(n).await
                })
            })
            .collect();
        for (n, answer) in (0..10_u32).zip(callers) {
            assert_eq!(answer.await.unwrap().unwrap(), n);
        }
        assert_eq!(*sizes.lock().unwrap(), [10]);
    }

    #[tokio::test]
    async fn full_queue_rejects_at_once_and_a_failed_batch_fails_every_request() {
        let (gate, begun) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
        let (permits, signal) = (Arc::clone(&gate), Arc::clone(&begun));
        let queue = Arc::new(GroupCommit::new(1, 1, move |_: Vec<u32>| {
            let (permits, signal) = (Arc::clone(&permits), Arc::clone(&signal));
            async move {
                signal.add_permits(1);
                permits.acquire().await.unwrap().forget();
                Err::<Vec<u32>, _>(StoreError::Corrupt("broken".into()))
            }
        }));
        let spawn = |n| {
            let queue = Arc::clone(&queue);
            tokio::spawn(async move { queue.submit(n).await })
        };
        let first = spawn(1);
        begun.acquire().await.unwrap().forget();
        let second = spawn(2);
        while queue.sender.capacity() > 0 {
            tokio::task::yield_now().await;
        }
        assert!(matches!(queue.submit(3).await, Err(QueueError::Full)));
        gate.add_permits(2);
        assert!(matches!(first.await.unwrap(), Err(QueueError::Store(_))));
        assert!(matches!(second.await.unwrap(), Err(QueueError::Store(_))));
    }
}
