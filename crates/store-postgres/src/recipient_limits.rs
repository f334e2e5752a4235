use crate::{Postgres, error::store_error};
use async_trait::async_trait;
use box_office::{
    MailCharge, MailUsage, MailVerdict, Push, PushRequest, PushTurn, RecipientLimits, SeenPayreq,
    decide_mail, decide_pushes,
};
use diesel::{
    QueryableByName,
    result::Error,
    sql_query,
    sql_types::{Array, BigInt, Bool, Nullable, Text, Timestamptz},
};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use kernel::{JobId, PaymentId, StoreError, Timestamp, UserId};
use std::collections::{BTreeMap, BTreeSet};

#[derive(QueryableByName)]
struct UsedRow {
    #[diesel(sql_type = Text)]
    scope: String,
    #[diesel(sql_type = Timestamptz)]
    used_until: Timestamp,
}

#[derive(QueryableByName)]
struct CountedRow {
    #[diesel(sql_type = BigInt)]
    id: i64,
    #[diesel(sql_type = Timestamptz)]
    mail_at: Timestamp,
}

#[derive(QueryableByName)]
struct PushRow {
    #[diesel(sql_type = BigInt)]
    payment_id: i64,
    #[diesel(sql_type = Text)]
    payer: String,
    #[diesel(sql_type = Timestamptz)]
    queued_at: Timestamp,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pushed_at: Option<Timestamp>,
    #[diesel(sql_type = Bool)]
    open: bool,
}

#[derive(QueryableByName)]
struct TrustRow {
    #[diesel(sql_type = BigInt)]
    user_id: i64,
    #[diesel(sql_type = Text)]
    payer: String,
}

async fn charge(db: &mut AsyncPgConnection, charges: &[MailCharge]) -> Result<Vec<MailVerdict>, Error> {
    let keys: BTreeSet<&str> =
        charges.iter().flat_map(|charge| &charge.scopes).map(|scope| scope.key.as_str()).collect();
    let Some(since) = charges.iter().map(|charge| charge.at).min() else { return Ok(Vec::new()) };
    // The upsert locks all scopes, new ones included, in key order.
    let rows: Vec<UsedRow> = sql_query(
        "INSERT INTO mail_limits (scope, used_until) SELECT scope, $2 FROM unnest($1) AS requested (scope) ORDER BY scope \
        ON CONFLICT (scope) DO UPDATE SET used_until = mail_limits.used_until RETURNING scope, used_until",
    )
    .bind::<Array<Text>, _>(keys.into_iter().collect::<Vec<_>>())
    .bind::<Timestamptz, _>(since)
    .load(db)
    .await?;
    // Read after locking: if two workers run the same job, only one counts it.
    let ids: Vec<i64> = charges.iter().map(|charge| charge.job.get()).collect();
    let counted: Vec<CountedRow> =
        sql_query("SELECT id, mail_at FROM jobs WHERE id = ANY($1) AND mail_at IS NOT NULL")
            .bind::<Array<BigInt>, _>(ids)
            .load(db)
            .await?;
    let before: BTreeMap<JobId, Timestamp> =
        counted.into_iter().map(|row| (JobId::new(row.id), row.mail_at)).collect();
    let used_until = rows.into_iter().map(|row| (row.scope, row.used_until)).collect();
    let mut usage = MailUsage { used_until, send_at: before.clone() };
    let verdicts = charges.iter().map(|charge| decide_mail(&mut usage, charge)).collect();
    let counted = usage.send_at.into_iter().filter(|(job, _)| !before.contains_key(job));
    let (ids, times): (Vec<i64>, Vec<Timestamp>) = counted.map(|(job, at)| (job.get(), at)).unzip();
    let (scopes, until): (Vec<String>, Vec<Timestamp>) = usage.used_until.into_iter().unzip();
    sql_query(
        "UPDATE mail_limits SET used_until = new.used_until FROM unnest($1, $2) AS new (scope, used_until) \
        WHERE mail_limits.scope = new.scope",
    )
    .bind::<Array<Text>, _>(scopes)
    .bind::<Array<Timestamptz>, _>(until)
    .execute(db)
    .await?;
    sql_query("UPDATE jobs SET mail_at = new.at FROM unnest($1, $2) AS new (id, at) WHERE jobs.id = new.id")
        .bind::<Array<BigInt>, _>(ids)
        .bind::<Array<Timestamptz>, _>(times)
        .execute(db)
        .await?;
    Ok(verdicts)
}

async fn claim(
    db: &mut AsyncPgConnection,
    requests: &[PushRequest],
    max: u32,
) -> Result<Vec<PushTurn>, Error> {
    let payers: Vec<&str> = requests.iter().map(|request| request.payer.as_str()).collect();
    let ids: Vec<i64> = requests.iter().map(|request| request.payment_id.get()).collect();
    let times: Vec<Timestamp> = requests.iter().map(|request| request.at).collect();
    let users: Vec<i64> = requests.iter().filter_map(|request| request.user_id.map(UserId::get)).collect();
    sql_query(
        "SELECT pg_advisory_xact_lock(hashtextextended('uma_pushes/' || payer, 0)) FROM \
        (SELECT DISTINCT payer FROM unnest($1) AS requested (payer) ORDER BY payer) AS payers",
    )
    .bind::<Array<Text>, _>(&payers)
    .execute(db)
    .await?;
    sql_query(
        "INSERT INTO uma_pushes (payment_id, payer, queued_at) SELECT * FROM unnest($1, $2, $3) \
        ON CONFLICT (payment_id) DO NOTHING",
    )
    .bind::<Array<BigInt>, _>(&ids)
    .bind::<Array<Text>, _>(&payers)
    .bind::<Array<Timestamptz>, _>(&times)
    .execute(db)
    .await?;
    let rows: Vec<PushRow> = sql_query(
        "SELECT u.payment_id, u.payer, u.queued_at, u.pushed_at, \
        p.status = 'pending' AND u.refused_at IS NULL AS open \
        FROM uma_pushes u JOIN payments p ON p.id = u.payment_id \
        WHERE u.payer = ANY($1) AND (p.status = 'pending' OR u.payment_id = ANY($2))",
    )
    .bind::<Array<Text>, _>(&payers)
    .bind::<Array<BigInt>, _>(&ids)
    .load(db)
    .await?;
    let trusted: Vec<TrustRow> = sql_query(
        "SELECT DISTINCT t.user_id, u.payer FROM uma_pushes u JOIN payments p ON p.id = u.payment_id \
        JOIN tickets t ON t.id = p.ticket_id \
        WHERE u.payer = ANY($1) AND u.payreq_at IS NOT NULL AND p.status = 'paid' AND t.user_id = ANY($2)",
    )
    .bind::<Array<Text>, _>(&payers)
    .bind::<Array<BigInt>, _>(&users)
    .load(db)
    .await?;
    let trusted = trusted.into_iter().map(|row| (UserId::new(row.user_id), row.payer)).collect();
    let mut pushes: Vec<Push> = rows
        .into_iter()
        .map(|row| Push {
            payment_id: PaymentId::new(row.payment_id),
            payer: row.payer,
            queued_at: row.queued_at,
            pushed_at: row.pushed_at,
            open: row.open,
        })
        .collect();
    let unsent: BTreeSet<PaymentId> =
        pushes.iter().filter(|push| push.pushed_at.is_none()).map(|push| push.payment_id).collect();
    let turns = decide_pushes(requests, &mut pushes, &trusted, max);
    let pushed = pushes.iter().filter(|push| unsent.contains(&push.payment_id));
    let (ids, times): (Vec<i64>, Vec<Timestamp>) =
        pushed.filter_map(|push| Some((push.payment_id.get(), push.pushed_at?))).unzip();
    sql_query(
        "UPDATE uma_pushes SET pushed_at = new.at FROM unnest($1, $2) AS new (id, at) \
        WHERE uma_pushes.payment_id = new.id",
    )
    .bind::<Array<BigInt>, _>(ids)
    .bind::<Array<Timestamptz>, _>(times)
    .execute(db)
    .await?;
    Ok(turns)
}

#[async_trait]
impl RecipientLimits for Postgres {
    async fn charge_mail(&self, charges: &[MailCharge]) -> Result<Vec<MailVerdict>, StoreError> {
        let mut db = self.connection().await?;
        db.transaction(async |db| charge(db, charges).await).await.map_err(store_error)
    }

    async fn claim_pushes(&self, requests: &[PushRequest], max: u32) -> Result<Vec<PushTurn>, StoreError> {
        let mut db = self.connection().await?;
        db.transaction(async |db| claim(db, requests, max).await).await.map_err(store_error)
    }

    async fn mark_payreqs(&self, seen: &[SeenPayreq]) -> Result<(), StoreError> {
        let of = |payreq: &SeenPayreq| (payreq.payment_id.get(), (payreq.payer.clone(), payreq.at));
        // One row per payment, because a statement cannot update a row twice. Sorted, so that all batches
        // lock in the same order.
        let rows: BTreeMap<i64, (String, Timestamp)> = seen.iter().map(of).collect();
        let ids: Vec<i64> = rows.keys().copied().collect();
        let (payers, times): (Vec<String>, Vec<Timestamp>) = rows.into_values().unzip();
        sql_query(
            "INSERT INTO uma_pushes (payment_id, payer, queued_at, payreq_at) \
            SELECT id, payer, at, at FROM unnest($1, $2, $3) AS new (id, payer, at) ORDER BY id \
            ON CONFLICT (payment_id) DO UPDATE SET payreq_at = excluded.payreq_at",
        )
        .bind::<Array<BigInt>, _>(ids)
        .bind::<Array<Text>, _>(payers)
        .bind::<Array<Timestamptz>, _>(times)
        .execute(&mut *self.connection().await?)
        .await
        .map_err(store_error)?;
        Ok(())
    }
}
