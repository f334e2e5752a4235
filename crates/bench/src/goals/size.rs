//! A shop with a million tickets, relative to one with a thousand.

use super::{Bound::AtLeast, Effort, Goal};
use crate::{
    load::{
        driver::Requests,
        scenario::{Scenario, get},
        site::Site,
    },
    say,
};
use std::sync::Arc;
use testkit::postgres::Cluster;
use tokio_postgres::NoTls;

const FEW: i64 = 1_000;
const MANY: i64 = 1_000_000;

/// Goal 20.
pub(super) async fn flat(effort: Effort) -> Vec<Goal> {
    let (small, large) = (shop_with(FEW).await, shop_with(MANY).await);
    let (mut buying, mut looking, mut listing) = (vec![], vec![], vec![]);
    for round in 1..=effort.rounds {
        say(format!("round {round}"));
        let (few, many) = (small.turn("1,000", effort).await, large.turn("1,000,000", effort).await);
        buying.push(many[0] / few[0]);
        looking.push(many[1] / few[1]);
        listing.push(many[2] / few[2]);
    }
    vec![
        Goal::of("20 purchases at 1,000,000 tickets ÷ at 1,000", &buying, AtLeast(0.8), AtLeast(0.95)),
        Goal::of("20 event as JSON, likewise", &looking, AtLeast(0.8), AtLeast(0.95)),
        Goal::of("20 own tickets, likewise", &listing, AtLeast(0.8), AtLeast(0.95)),
    ]
}

struct Sized {
    site: Site,
    hot: Scenario,
    requests: [Requests; 2],
    _cluster: Cluster,
}

async fn shop_with(tickets: i64) -> Sized {
    let cluster = Cluster::start(true);
    let site = Site::open(Some(&cluster)).await;
    let event = site.organiser.event("Sold before", 2_000_000, 21).await;
    fill(site.database.as_deref().unwrap(), event, tickets).await;
    say(format!("  filled with {tickets} tickets"));
    let hot = Scenario::prepare("hot", &site).await;
    let own = site.organiser.tickets_of(2).await;
    let page = get(&format!("/api/events/{event}"));
    let requests: [Requests; 2] = [Arc::new(move |_| page.clone()), Arc::new(move |_| own.clone())];
    site.rest().await;
    Sized { site, hot, requests, _cluster: cluster }
}

impl Sized {
    async fn turn(&self, name: &str, effort: Effort) -> [f64; 3] {
        let mut rates = [0.0; 3];
        let loads = [&self.hot.requests, &self.requests[0], &self.requests[1]];
        for (rate, requests) in rates.iter_mut().zip(loads) {
            let drawn = self.site.drive(&self.site.load(effort.time, 64), requests).await;
            say(format!("  {name:<10} {drawn}"));
            *rate = drawn.figures.rate();
            self.site.rest().await;
        }
        rates
    }
}

/// Fills the event with tickets of ten thousand buyers, paid long ago.
async fn fill(url: &str, event: i64, tickets: i64) {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    let people = "INSERT INTO users (email, name, password_hash, tokens_valid_from, created_at, updated_at) \
        SELECT 'person' || n || '@mail.example', 'Buyer', 'x', now(), now(), now() FROM generate_series(1, 10000) AS n";
    client.execute(people, &[]).await.unwrap();
    let sold = "WITH people AS (SELECT array_agg(id) AS ids FROM users WHERE email LIKE 'person%'), \
        sold AS (INSERT INTO tickets (event_id, user_id, ticket_code, payment_status, uma_address, paid_at, created_at, updated_at) \
            SELECT $1, ids[1 + (n % 10000)::integer], md5(n::text) || md5((-n)::text), 'paid', '$a@b.example', now(), now(), now() \
            FROM people, generate_series(1, $2::bigint) AS n RETURNING id, ticket_code), \
        paid AS (INSERT INTO payments (ticket_id, event_id, status, price_msats, paid_at, created_at, updated_at) \
            SELECT id, $1, 'paid', 21000, now(), now(), now() FROM sold RETURNING id, ticket_id) \
        INSERT INTO uma_request_invoices (payment_id, event_id, invoice_id, payment_hash, bolt11, amount_msats, metadata, \
            uma_address, status, settled_msats, settled_at, expires_at, created_at) \
        SELECT paid.id, $1, ticket_code, ticket_code, ticket_code, 21000, '', '$a@b.example', 'settled', 21000, now(), now(), \
            now() FROM paid JOIN sold ON sold.id = paid.ticket_id";
    client.execute(sold, &[&event, &tickets]).await.unwrap();
    client
        .execute("UPDATE events SET seats_taken = $2::bigint WHERE id = $1", &[&event, &tickets])
        .await
        .unwrap();
    client.batch_execute("VACUUM ANALYZE").await.unwrap();
}
