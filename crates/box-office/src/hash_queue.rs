use crate::Origin;
use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::oneshot;

/// Maximum number of waiting password hashes of limited origins.
const MAX_WAITING: usize = 256;
/// Limit of a site (IPv6 /48), in multiples of the limit of a network.
const SITE_FACTOR: usize = 4;

/// Bounds concurrent password hashes, and waiting ones per network and site. Sites are served round-robin, and networks within a
/// site, so that one site's queue delays others by at most one hash; at the total limit the longest queue's newest request is
/// refused.
pub(crate) struct HashQueue {
    state: Arc<Mutex<State>>,
    max_per_network: usize,
}

struct State {
    free: usize,
    sites: HashMap<Origin, Site>,
    /// Sites with waiting requests, each once, in round-robin order.
    turns: VecDeque<Origin>,
    /// Waiting requests of limited origins.
    limited: usize,
}

#[derive(Default)]
struct Site {
    networks: HashMap<Origin, VecDeque<oneshot::Sender<Slot>>>,
    /// Networks with waiting requests, each once, in round-robin order.
    turns: VecDeque<Origin>,
    waiting: usize,
}

/// Permission to run one hash; dropping it starts the next one.
pub(crate) struct Slot {
    state: Option<Arc<Mutex<State>>>,
}

/// A limit of waiting hashes is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct QueueFull;

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    // Each change leaves the lists consistent, so a poisoned lock is usable.
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

impl HashQueue {
    pub(crate) fn new(slots: usize, max_per_network: usize) -> Self {
        let state = State { free: slots.max(1), sites: HashMap::new(), turns: VecDeque::new(), limited: 0 };
        Self { state: Arc::new(Mutex::new(state)), max_per_network: max_per_network.max(1) }
    }

    /// Whether [`Self::acquire`] would refuse this origin now. Checked before the account is read, so that a flood of log-ins
    /// causes no database reads.
    pub(crate) fn refuses(&self, origin: Origin) -> bool {
        let state = lock(&self.state);
        state.free == 0 && origin != Origin::Unlimited && state.admit(origin, self.max_per_network).is_err()
    }

    /// Waits for a slot. Fails if the origin's queue is full, or if the total limit is reached and no other queue is longer.
    pub(crate) async fn acquire(&self, origin: Origin) -> Result<Slot, QueueFull> {
        let turn = {
            let mut state = lock(&self.state);
            if state.free > 0 {
                state.free = state.free.saturating_sub(1);
                return Ok(Slot { state: Some(Arc::clone(&self.state)) });
            }
            if origin != Origin::Unlimited
                && let Some(longest) = state.admit(origin, self.max_per_network)?
            {
                state.drop_newest(longest);
            }
            let (sender, receiver) = oneshot::channel();
            state.push(origin, sender);
            receiver
        };
        turn.await.map_err(|_| QueueFull)
    }
}

impl State {
    /// Refuses a request over a limit of its own origin. At the total limit, returns the site whose newest request is dropped.
    fn admit(&self, origin: Origin, max_per_network: usize) -> Result<Option<Origin>, QueueFull> {
        let own = self.sites.get(&origin.site());
        let waiting = own.map_or(0, |site| site.waiting);
        let of_network = own.and_then(|site| site.networks.get(&origin)).map_or(0, VecDeque::len);
        if of_network >= max_per_network || waiting >= max_per_network.saturating_mul(SITE_FACTOR) {
            return Err(QueueFull);
        }
        if self.limited < MAX_WAITING {
            return Ok(None);
        }
        let longest = self
            .sites
            .iter()
            .filter(|(site, _)| **site != Origin::Unlimited)
            .max_by_key(|(_, site)| site.waiting)
            .map(|(site, queue)| (*site, queue.waiting));
        longest.filter(|(_, length)| *length > waiting).map(|(longest, _)| Some(longest)).ok_or(QueueFull)
    }

    fn push(&mut self, origin: Origin, sender: oneshot::Sender<Slot>) {
        let key = origin.site();
        let site = self.sites.entry(key).or_default();
        if site.waiting == 0 {
            self.turns.push_back(key);
        }
        site.waiting = site.waiting.saturating_add(1);
        let network = site.networks.entry(origin).or_default();
        if network.is_empty() {
            site.turns.push_back(origin);
        }
        network.push_back(sender);
        if origin != Origin::Unlimited {
            self.limited = self.limited.saturating_add(1);
        }
    }

    /// Refuses the newest request of the site's longest queue.
    fn drop_newest(&mut self, key: Origin) {
        let Some(site) = self.sites.get_mut(&key) else { return };
        let longest = site.networks.iter_mut().max_by_key(|(_, queue)| queue.len());
        let Some((network, queue)) = longest.map(|(network, queue)| (*network, queue)) else { return };
        if queue.pop_back().is_none() {
            return;
        }
        if queue.is_empty() {
            site.networks.remove(&network);
            site.turns.retain(|turn| *turn != network);
        }
        site.waiting = site.waiting.saturating_sub(1);
        if site.waiting == 0 {
            self.sites.remove(&key);
            self.turns.retain(|turn| *turn != key);
        }
        self.limited = self.limited.saturating_sub(1);
    }

    /// Pops the next request in round-robin order.
    fn next(&mut self) -> Option<oneshot::Sender<Slot>> {
        loop {
            let key = self.turns.pop_front()?;
            let Some(site) = self.sites.get_mut(&key) else { continue };
            let next = site.next();
            if site.waiting == 0 {
                self.sites.remove(&key);
            } else {
                self.turns.push_back(key);
            }
            if next.is_some() {
                if key != Origin::Unlimited {
                    self.limited = self.limited.saturating_sub(1);
                }
                return next;
            }
        }
    }
}

impl Site {
    /// Pops the next request of the site in round-robin order.
    fn next(&mut self) -> Option<oneshot::Sender<Slot>> {
        let network = self.turns.pop_front()?;
        let queue = self.networks.get_mut(&network)?;
        let next = queue.pop_front();
        if queue.is_empty() {
            self.networks.remove(&network);
        } else {
            self.turns.push_back(network);
        }
        self.waiting = self.waiting.saturating_sub(1);
        next
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let Some(shared) = self.state.take() else { return };
        let mut state = lock(&shared);
        while let Some(next) = state.next() {
            match next.send(Self { state: Some(Arc::clone(&shared)) }) {
                Ok(()) => return,
                // The request was cancelled: the loop offers the slot to the next one, without recursion through `drop`.
                Err(mut unused) => unused.state = None,
            }
        }
        state.free = state.free.saturating_add(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
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
        assert!(queue.refuses(network(1)));
        assert!(!queue.refuses(network(2)) && !queue.refuses(Origin::Unlimited));
        let other = request(&queue, &order, 2);
        yield_now().await;
        drop(running);
        assert!(other.await.unwrap());
        let mut served = 0;
        for request in flood {
            served += u32::from(request.await.unwrap());
        }
        assert!(!queue.refuses(network(1)));
        assert_eq!(served, 8, "the rest was refused at once");
        assert_eq!(order.lock().unwrap()[..3], [1, 2, 1]);
        assert_eq!(lock(&queue.state).free, 1);
        assert!(lock(&queue.state).sites.is_empty());
    }

    #[tokio::test]
    async fn cancelled_request_passes_its_slot_to_the_next() {
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
    async fn total_queue_limit_excludes_unlimited_origins() {
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

    /// A network of an IPv6 site.
    fn ipv6(site: u128, network: u128) -> Origin {
        let bits = 0x2001_0db8_u128 << 96 | site << 80 | network << 64;
        Origin::Network(IpAddr::V6(Ipv6Addr::from_bits(bits)))
    }

    fn waiting(queue: &Arc<HashQueue>, origin: Origin) -> tokio::task::JoinHandle<bool> {
        let queue = Arc::clone(queue);
        tokio::spawn(async move { queue.acquire(origin).await.is_ok() })
    }

    #[tokio::test]
    async fn networks_of_one_ipv6_site_share_limit_and_round_robin_turn() {
        let queue = Arc::new(HashQueue::new(1, 16));
        let running = queue.acquire(ipv6(0, 0)).await.unwrap();
        let mut flood = Vec::new();
        for network in 0..300 {
            flood.push(waiting(&queue, ipv6(1, network)));
            yield_now().await;
        }
        assert_eq!(lock(&queue.state).limited, 64);
        let other = waiting(&queue, ipv6(2, 0));
        yield_now().await;
        drop(running);
        assert!(other.await.unwrap());
        let mut served = 0;
        for request in flood {
            served += u32::from(request.await.unwrap());
        }
        assert_eq!(served, 64);
        assert_eq!(lock(&queue.state).free, 1);
        assert_eq!(lock(&queue.state).limited, 0);
    }

    #[tokio::test]
    async fn full_queue_drops_requests_of_the_longest_queue() {
        let queue = Arc::new(HashQueue::new(1, 16));
        let running = queue.acquire(ipv6(0, 0)).await.unwrap();
        // Four sites reach the total limit.
        let mut flood = Vec::new();
        for number in 0..256 {
            flood.push(waiting(&queue, ipv6(1 + number / 64, number)));
            yield_now().await;
        }
        let mut others = Vec::new();
        for site in 0..50 {
            others.push(waiting(&queue, ipv6(100 + site, 0)));
            yield_now().await;
        }
        assert_eq!(lock(&queue.state).limited, MAX_WAITING);
        drop(running);
        for request in others {
            assert!(request.await.unwrap());
        }
        let mut served = 0;
        for request in flood {
            served += u32::from(request.await.unwrap());
        }
        assert_eq!(served, 206);
        let state = lock(&queue.state);
        assert!(state.sites.is_empty() && state.turns.is_empty());
    }
}
