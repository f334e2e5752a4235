use super::*;
use kernel::EventId;
use std::net::Ipv4Addr;
use tokio::sync::broadcast::{self, Sender};

const ONE: TicketId = TicketId::new(1);
const TWO: TicketId = TicketId::new(2);

fn streams(
    total: usize,
    per_network: usize,
    per_ticket: usize,
    backlog: usize,
) -> (Sender<DomainEvent>, Streams) {
    let (publish, changes) = broadcast::channel(backlog);
    let limits = StreamLimits {
        per_network: NonZeroUsize::new(per_network),
        per_ticket: NonZeroUsize::new(per_ticket),
        heartbeat: Duration::from_secs(15),
        max_life: Duration::from_hours(1),
    };
    (publish, Streams::start(changes, total, limits, &Metrics::new().unwrap()))
}

const NETWORKS: [Option<IpAddr>; 4] = [
    None,
    Some(IpAddr::V4(Ipv4Addr::new(203, 0, 113, 1))),
    Some(IpAddr::V4(Ipv4Addr::new(203, 0, 113, 2))),
    Some(IpAddr::V4(Ipv4Addr::new(203, 0, 113, 3))),
];

impl Streams {
    /// Number of streams and the size of each map.
    fn counts(&self) -> (i64, [usize; 4]) {
        let open = self.registry.open();
        let maps = [open.total, open.topics.len(), open.users.len(), open.networks.len()];
        (self.registry.gauge.get(), maps)
    }
}

#[tokio::test]
async fn a_stream_wakes_only_for_its_ticket_and_user() {
    let (publish, streams) = streams(10, 10, 10, 16);
    let user = UserId::new(7);
    let mut owner = streams.open(ONE, &[], Some(user), None, true).unwrap();
    let mut stranger = streams.open(ONE, &[], None, None, false).unwrap();
    let mut other = streams.open(TWO, &[], None, None, false).unwrap();
    for change in [DomainEvent::Jobs, DomainEvent::Event(EventId::new(1)), DomainEvent::Ticket(ONE)] {
        publish.send(change).unwrap();
    }
    assert!(owner.changed().await && stranger.changed().await);
    publish.send(DomainEvent::User(user)).unwrap();
    assert!(owner.changed().await);
    assert!(!stranger.changes.has_changed().unwrap() && !other.changes.has_changed().unwrap());
    publish.send(DomainEvent::Ticket(TWO)).unwrap();
    assert!(other.changed().await);
}

#[tokio::test]
async fn missed_changes_wake_every_stream() {
    let (publish, streams) = streams(10, 10, 10, 2);
    let mut stream = streams.open(ONE, &[], None, None, false).unwrap();
    for _ in 0..5 {
        publish.send(DomainEvent::Jobs).unwrap();
    }
    assert!(stream.changed().await);
}

#[tokio::test]
async fn limits_per_process_network_and_ticket() {
    let (_publish, streams) = streams(5, 3, 2, 16);
    let open = |ticket, network| streams.open(TicketId::new(ticket), &[], None, network, false);
    let first = [open(1, NETWORKS[1]).unwrap(), open(1, NETWORKS[2]).unwrap()];
    assert_eq!(open(1, NETWORKS[3]).unwrap_err(), StreamRefusal::Ticket);
    let second = [open(2, NETWORKS[1]).unwrap(), open(3, NETWORKS[1]).unwrap()];
    assert_eq!(open(4, NETWORKS[1]).unwrap_err(), StreamRefusal::Network);
    let exempt = open(1, None).expect("beyond the limit of its ticket");
    assert_eq!(open(5, None).unwrap_err(), StreamRefusal::Total);
    assert_eq!(streams.counts(), (5, [5, 3, 0, 2]));
    drop((first, second, exempt));
    assert_eq!(streams.counts(), (0, [0; 4]), "nothing is left over");
    open(1, NETWORKS[1]).unwrap();
}

#[tokio::test]
async fn the_holder_of_a_ticket_displaces_an_anonymous_stream() {
    let (_publish, streams) = streams(10, 10, 2, 16);
    let mut strangers: Vec<_> =
        (0..2).map(|_| streams.open(ONE, &[], None, NETWORKS[1], false).unwrap()).collect();
    let holder = streams.open(ONE, &[], Some(UserId::new(7)), NETWORKS[2], true).unwrap();
    assert!(!strangers[0].changed().await, "displaced");
    assert_eq!(streams.counts(), (2, [2, 1, 1, 2]));
    drop(strangers.remove(0));
    assert_eq!(streams.counts(), (2, [2, 1, 1, 2]), "a displaced stream is not freed twice");
    let second = streams.open(ONE, &[], None, NETWORKS[2], true).unwrap();
    assert_eq!(streams.open(ONE, &[], None, NETWORKS[3], true).unwrap_err(), StreamRefusal::Ticket);
    drop((holder, second, strangers));
    assert_eq!(streams.counts(), (0, [0; 4]));
}

#[tokio::test]
async fn streams_of_one_surge_end_at_different_times() {
    let (_publish, streams) = streams(100, 0, 0, 16);
    let life = Duration::from_hours(1);
    let opened: Vec<_> = (0..64).map(|_| streams.open(ONE, &[], None, None, false).unwrap()).collect();
    let ends: BTreeSet<_> = opened.iter().map(|stream| stream.spread(life)).collect();
    assert_eq!(ends.len(), 64);
    assert!(ends.iter().all(|end| *end <= life && *end > life / 8 * 6));
}

#[tokio::test]
async fn viewers_wake_for_their_event_and_leave_nothing_behind() {
    let (publish, streams) = streams(10, 10, 10, 16);
    let (event, other) = (EventId::new(1), EventId::new(2));
    let mut holder = streams.open_watch(Topic::Ticket(ONE), event, NETWORKS[1]).unwrap();
    let mut organiser = streams.open_watch(Topic::Organiser(UserId::new(7)), event, None).unwrap();
    let mut elsewhere = streams.open_watch(Topic::Ticket(TWO), other, None).unwrap();
    publish.send(DomainEvent::Watch(event)).unwrap();
    assert!(holder.changed().await && organiser.changed().await);
    publish.send(DomainEvent::Ticket(ONE)).unwrap();
    publish.send(DomainEvent::User(UserId::new(7))).unwrap();
    assert!(holder.changed().await && organiser.changed().await);
    assert!(!elsewhere.changes.has_changed().unwrap());
    publish.send(DomainEvent::Watch(other)).unwrap();
    assert!(elsewhere.changed().await);
    drop((holder, organiser, elsewhere));
    assert_eq!(streams.counts(), (0, [0; 4]));
    assert!(streams.registry.open().viewers.is_empty());
}
