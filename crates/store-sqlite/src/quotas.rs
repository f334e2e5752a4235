//! Outstanding seats, counted for the quotas of a batch.

use crate::{error::Fault, schema::tickets::dsl, values::count};
use box_office::QuotaKey;
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, Integer},
    sqlite::SqliteConnection,
};

#[diesel::declare_sql_function]
extern "SQL" {
    /// Lower case of ASCII letters; addresses contain no other capitals.
    fn lower(text: diesel::sql_types::Text) -> diesel::sql_types::Text;
}

const CLEAR_NETWORKS: &str = "UPDATE tickets SET network_tag = NULL, site_tag = NULL WHERE id IN (\
    SELECT t.id FROM tickets t JOIN events e ON e.id = t.event_id WHERE t.network_tag IS NOT NULL AND (e.end_time <= ?1 \
    OR NOT (t.payment_status = 'pending' OR (t.payment_status = 'paid' AND t.hold_expires_at IS NULL))) LIMIT ?2)";

/// Clears the network tags of events that ended before `now`, and tags that an older release left on other
/// tickets.
pub(crate) fn clear_networks(connection: &mut SqliteConnection, now: i64, limit: u32) -> Result<u64, Fault> {
    let limit = i32::try_from(limit).unwrap_or(i32::MAX);
    let rows =
        sql_query(CLEAR_NETWORKS).bind::<BigInt, _>(now).bind::<Integer, _>(limit).execute(connection)?;
    Ok(u64::try_from(rows).unwrap_or(u64::MAX))
}

/// Counts the seats that use one quota.
pub(crate) fn outstanding(connection: &mut SqliteConnection, key: &QuotaKey) -> Result<u32, Fault> {
    let free = dsl::payment_status.eq("paid").and(dsl::hold_expires_at.is_null());
    let seats = dsl::tickets.filter(dsl::payment_status.eq("pending").or(free));
    let seats: i64 = match key {
        QuotaKey::Account(event, user) => seats
            .filter(dsl::user_id.eq(user.get()))
            .filter(dsl::event_id.eq(event.get()))
            .count()
            .get_result(connection)?,
        QuotaKey::Payer(network, address) => seats
            .filter(dsl::network_tag.eq(network.as_slice()))
            .filter(dsl::user_id.is_null())
            .filter(lower(dsl::uma_address).eq(address))
            .count()
            .get_result(connection)?,
        QuotaKey::Network(network) => {
            seats.filter(dsl::network_tag.eq(network.as_slice())).count().get_result(connection)?
        }
        QuotaKey::Site(site) => {
            seats.filter(dsl::site_tag.eq(site.as_slice())).count().get_result(connection)?
        }
    };
    count(seats)
}
