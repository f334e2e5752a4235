use crate::error::Fault;
use diesel::{
    RunQueryDsl, sql_query,
    sql_types::{BigInt, Integer},
    sqlite::SqliteConnection,
};

/// What is forgotten, each statement with the moment and the most rows. Jobs come first: a webhook is processed once its job is
/// done, or gone. Jobs that were given up stay, and so do their webhooks.
const STATEMENTS: [&str; 6] = [
    "DELETE FROM jobs WHERE id IN (SELECT id FROM jobs WHERE status = 'done' AND run_at < ?1 LIMIT ?2)",
    "DELETE FROM webhook_inbox WHERE id IN (SELECT w.id FROM webhook_inbox w LEFT JOIN jobs j ON j.id = w.job_id \
     WHERE w.received_at < ?1 AND (j.id IS NULL OR j.status = 'done') LIMIT ?2)",
    "DELETE FROM nonces WHERE (domain, nonce) IN (SELECT domain, nonce FROM nonces WHERE seen_at < ?1 LIMIT ?2)",
    "DELETE FROM idempotency_keys WHERE (scope, key) IN \
     (SELECT scope, key FROM idempotency_keys WHERE created_at < ?1 LIMIT ?2)",
    "DELETE FROM email_tokens WHERE (user_id, purpose) IN \
     (SELECT user_id, purpose FROM email_tokens WHERE expires_at < ?1 LIMIT ?2)",
    "DELETE FROM mail_limits WHERE scope IN (SELECT scope FROM mail_limits WHERE used_until < ?1 LIMIT ?2)",
];

pub(crate) fn prune(connection: &mut SqliteConnection, before: i64, limit: u32) -> Result<u64, Fault> {
    let limit = i32::try_from(limit).unwrap_or(i32::MAX);
    let mut gone = 0;
    for statement in STATEMENTS {
        let rows =
            sql_query(statement).bind::<BigInt, _>(before).bind::<Integer, _>(limit).execute(connection)?;
        gone += u64::try_from(rows).unwrap_or(u64::MAX);
    }
    Ok(gone)
}
