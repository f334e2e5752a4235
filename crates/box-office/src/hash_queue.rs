use crate::Origin;
use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::oneshot;

/// Password hashes waiting in all, for limited origins.
const MAX_WAITING: usize = 256;

/// Bounds password hashes: so many run at once, so many of one network wait, and networks take turns, so that one network's
/// queue delays no other network by more than one hash.
pub(crate) struct HashQueue {
    state: Arc<Mutex<State>>,
    max_per_network: usize,
}

struct State {
    free: usize,
    waiting: HashMap<Origin, VecDeque<oneshot::Sender<Slot>>>,
    /// Origins with waiting requests, each once, in the order of their turns.
    turns: VecDeque<Origin>,
    queued: usize,
}

/// Permission to run one hash; dropping it lets the next one run.
pub(crate) struct Slot {
    state: Option<Arc<Mutex<State>>>,
}

/// Too many hashes wait already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct QueueFull;

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    // Each change leaves the lists consistent, so a panic elsewhere leaves them usable.
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

impl HashQueue {
    pub(crate) fn new(slots: usize, max_per_network: usize) -> Self {
        let state = State { free: slots.max(1), waiting: HashMap::new(), turns: VecDeque::new(), queued: 0 };
        Self { state: Arc::new(Mutex::new(state)), max_per_network: max_per_network.max(1) }
    }

    /// Waits for a slot, or refuses at once when the origin's queue is full.
    pub(crate) async fn acquire(&self, origin: Origin) -> Result<Slot, QueueFull> {
        let turn = {
            let mut state = lock(&self.state);
            if state.free > 0 {
                state.free = state.free.saturating_sub(1);
                return Ok(Slot { state: Some(Arc::clone(&self.state)) });
            }
            let own = state.waiting.get(&origin).map_or(0, VecDeque::len);
            if origin != Origin::Unlimited && (own >= self.max_per_network || state.queued >= MAX_WAITING) {
                return Err(QueueFull);
            }
            let (sender, receiver) = oneshot::channel();
            state.waiting.entry(origin).or_default().push_back(sender);
            if own == 0 {
                state.turns.push_back(origin);
            }
            state.queued = state.queued.saturating_add(1);
            receiver
        };
        turn.await.map_err(|_| QueueFull)
    }
}

impl State {
    /// The next request of the network whose turn it is; the network moves to the end.
    fn next(&mut self) -> Option<oneshot::Sender<Slot>> {
        loop {
            let origin = self.turns.pop_front()?;
            let Some(waiting) = self.waiting.get_mut(&origin) else { continue };
            let next = waiting.pop_front();
            if waiting.is_empty() {
                self.waiting.remove(&origin);
            } else {
                self.turns.push_back(origin);
            }
            if next.is_some() {
                self.queued = self.queued.saturating_sub(1);
                return next;
            }
        }
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let Some(shared) = self.state.take() else { return };
        let mut state = lock(&shared);
        while let Some(next) = state.next() {
            match next.send(Self { state: Some(Arc::clone(&shared)) }) {
                Ok(()) => return,
                // The request was cancelled: the slot goes to the next one, not back through this function.
                Err(mut unused) => unused.state = None,
            }
        }
        state.free = state.free.saturating_add(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{IpAddr, Ipv4Addr};
    use tokio::task::yield_now;

    fn network(number: u8) -> Origin {
        Origin::Network(IpAddr::V4(Ipv4Addr::new(192, 0, 2, number)))
    }

    type Order = Arc<Mutex<Vec<u8>>>;

    fn request(queue: &Arc<HashQueue>, order: &Order, number: u8) -> tokio::task::JoinHandle<bool> {
        let (queue, order) = (Arc::clone(queue), Arc::clone(order));
        tokio::spawn(async move {
            let Ok(_slot) = queue.acquire(network(number)).await else { return false };
            order.lock().unwrap().push(number);
            true
        })
    }

    #[tokio::test]
    async fn ninety_requests_of_one_network_delay_another_network_by_one_hash() {
        let queue = Arc::new(HashQueue::new(1, 8));
        let order = Order::default();
        let running = queue.acquire(network(1)).await.unwrap();
        let mut flood = Vec::new();
        for _ in 0..90 {
            flood.push(request(&queue, &order, 1));
            yield_now().await;
        }
        let honest = request(&queue, &order, 2);
        yield_now().await;
        drop(running);
        assert!(honest.await.unwrap());
        let mut served = 0;
        for request in flood {
            served += u32::from(request.await.unwrap());
        }
        assert_eq!(served, 8, "the rest was refused at once");
        assert_eq!(order.lock().unwrap()[..3], [1, 2, 1]);
        assert_eq!(lock(&queue.state).free, 1);
        assert!(lock(&queue.state).waiting.is_empty());
    }

    #[tokio::test]
    async fn a_cancelled_request_gives_its_turn_to_the_next() {
        let queue = Arc::new(HashQueue::new(1, 8));
        let order = Order::default();
        let running = queue.acquire(network(1)).await.unwrap();
        let (first, second) = (request(&queue, &order, 1), request(&queue, &order, 2));
        yield_now().await;
        first.abort();
        assert!(first.await.is_err());
        drop(running);
        assert!(second.await.unwrap());
        assert_eq!(lock(&queue.state).free, 1);
    }

    #[tokio::test]
    async fn waiting_requests_are_bounded_in_all_but_for_unlimited_origins() {
        let queue = Arc::new(HashQueue::new(1, 200));
        let order = Order::default();
        let running = queue.acquire(network(0)).await.unwrap();
        for number in 0..=255 {
            request(&queue, &order, number);
            yield_now().await;
        }
        assert_eq!(queue.acquire(network(7)).await.err(), Some(QueueFull));
        let unlimited = {
            let queue = Arc::clone(&queue);
            tokio::spawn(async move { queue.acquire(Origin::Unlimited).await.is_ok() })
        };
        yield_now().await;
        drop(running);
        assert!(unlimited.await.unwrap());
    }
}
