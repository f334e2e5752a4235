use crate::{error::Fault, values::micros};
use diesel::{
    RunQueryDsl, sql_query,
    sql_types::{BigInt, Integer},
    sqlite::SqliteConnection,
};
use identity::KNOWN_NETWORK_LIFE;
use kernel::Timestamp;

/// Statements with cutoff (`?1`), row limit (`?2`) and the cutoff of long retention (`?3`); dead jobs and their webhooks are
/// kept. Jobs come first, because a webhook is deleted after its job.
const STATEMENTS: [&str; 8] = [
    "DELETE FROM jobs WHERE id IN (SELECT id FROM jobs WHERE status = 'done' AND run_at < ?1 LIMIT ?2)",
    "DELETE FROM webhook_inbox WHERE id IN (SELECT w.id FROM webhook_inbox w LEFT JOIN jobs j ON j.id = w.job_id \
     WHERE w.received_at < ?1 AND (j.id IS NULL OR j.status = 'done') LIMIT ?2)",
    "DELETE FROM nonces WHERE (domain, nonce) IN (SELECT domain, nonce FROM nonces WHERE seen_at < ?1 LIMIT ?2)",
    "DELETE FROM idempotency_keys WHERE (scope, key) IN \
     (SELECT scope, key FROM idempotency_keys WHERE created_at < ?1 LIMIT ?2)",
    "DELETE FROM email_tokens WHERE (user_id, purpose) IN \
     (SELECT user_id, purpose FROM email_tokens WHERE expires_at < ?1 LIMIT ?2)",
    "DELETE FROM mail_limits WHERE scope IN (SELECT scope FROM mail_limits WHERE used_until < ?1 LIMIT ?2)",
    "DELETE FROM known_networks WHERE (user_id, network) IN \
     (SELECT user_id, network FROM known_networks WHERE seen_at < ?3 LIMIT ?2)",
    "DELETE FROM uma_pushes WHERE payment_id IN (SELECT u.payment_id FROM uma_pushes u JOIN payments p ON p.id = u.payment_id \
     WHERE u.queued_at < ?1 AND p.status <> 'pending' AND (u.queued_at < ?3 OR u.payreq_at IS NULL OR p.status <> 'paid') \
     LIMIT ?2)",
];

pub(crate) fn prune(connection: &mut SqliteConnection, before: Timestamp, limit: u32) -> Result<u64, Fault> {
    let long_cutoff = micros(before.checked_sub_signed(KNOWN_NETWORK_LIFE).unwrap_or(before));
    let limit = i32::try_from(limit).unwrap_or(i32::MAX);
    let mut deleted = 0;
    for statement in STATEMENTS {
        // Binds all three parameters, whether or not the statement uses them.
        let rows = sql_query(format!("WITH parameters AS (SELECT ?1, ?2, ?3) {statement}"))
            .bind::<BigInt, _>(micros(before))
            .bind::<Integer, _>(limit)
            .bind::<BigInt, _>(long_cutoff)
            .execute(connection)?;
        deleted += u64::try_from(rows).unwrap_or(u64::MAX);
    }
    Ok(deleted)
}
