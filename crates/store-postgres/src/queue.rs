use crate::{
    Postgres,
    batch::{Column, hot_pool_error},
    error::{corrupt, driver_error, is_unique_violation, store_error, without_nul},
    schema,
    session::PgSession,
};
use async_trait::async_trait;
use box_office::{
    DomainEvent, Job, JobEnd, JobStats, NewAudit, NewJob, NewWebhook, Outbox, Queue, Task, Webhook,
};
use diesel::{
    ExpressionMethods, OptionalExtension, QueryDsl, Queryable, QueryableByName, Selectable, SelectableHelper,
    insert_into,
    result::Error,
    sql_query,
    sql_types::{BigInt, Nullable, Timestamptz},
    update,
};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use identity::KNOWN_NETWORK_LIFE;
use kernel::{JobId, Page, StoreError, Timestamp, UserId, WebhookId};
use schema::{audit_log as a, jobs as j, webhook_inbox as h};
use std::collections::HashSet;
use tokio_postgres::Row;

/// Status of a job that is waiting or leased.
const QUEUED: &str = "queued";
const DONE: &str = "done";
const DEAD: &str = "dead";

#[derive(Queryable, Selectable)]
#[diesel(table_name = j)]
struct JobRow {
    id: i64,
    task: serde_json::Value,
    run_at: Timestamp,
    attempts: i32,
    last_error: Option<String>,
    created_at: Timestamp,
}

impl TryFrom<JobRow> for Job {
    type Error = StoreError;
    fn try_from(row: JobRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: JobId::new(row.id),
            task: serde_json::from_value(row.task)
                .map_err(|error| corrupt("job", row.id, &error.to_string()))?,
            attempts: u32::try_from(row.attempts).map_err(|_| corrupt("job", row.id, "negative attempts"))?,
            run_at: row.run_at,
            created_at: row.created_at,
            last_error: row.last_error,
        })
    }
}

/// Parses jobs and skips tasks unknown to this release; a newer replica enqueued those.
fn parse_jobs(rows: impl IntoIterator<Item = JobRow>) -> Vec<Job> {
    let read = rows.into_iter().map(|row| {
        let id = row.id;
        Job::try_from(row)
            .inspect_err(|error| tracing::warn!(job.id = id, %error, "unknown or invalid job skipped"))
    });
    read.filter_map(Result::ok).collect()
}

/// Reads a row of the `claim_jobs` statement.
fn read_job_row(row: &Row) -> Result<JobRow, StoreError> {
    let read = || -> Result<_, tokio_postgres::Error> {
        Ok(JobRow {
            id: row.try_get(0)?,
            task: row.try_get(1)?,
            run_at: row.try_get(2)?,
            attempts: row.try_get(3)?,
            last_error: row.try_get(4)?,
            created_at: row.try_get(5)?,
        })
    };
    read().map_err(driver_error)
}

/// Job results, one vector per column.
#[derive(Default)]
struct JobResultColumns {
    ids: Vec<i64>,
    /// Identify the claim: each claim increments the job's attempts.
    attempts: Vec<i32>,
    statuses: Vec<&'static str>,
    run_at: Vec<Option<Timestamp>>,
    errors: Vec<Option<String>>,
    webhook_jobs: Vec<i64>,
    webhooks: Vec<i64>,
}

impl JobResultColumns {
    fn add(&mut self, job: &Job, end: &JobEnd) -> Result<(), StoreError> {
        let (status, run_at, error) = match end {
            JobEnd::Done => (DONE, None, job.last_error.clone()),
            JobEnd::Retry { at, error } => (QUEUED, Some(*at), error.clone()),
            JobEnd::DeadLetter { error } => (DEAD, None, Some(error.clone())),
        };
        if let (JobEnd::Done, Task::Webhook { webhook_id }) = (end, &job.task) {
            self.webhook_jobs.push(job.id.get());
            self.webhooks.push(webhook_id.get());
        }
        self.ids.push(job.id.get());
        self.attempts.push(i32::try_from(job.attempts).map_err(|error| StoreError::Failed(error.into()))?);
        self.statuses.push(status);
        self.run_at.push(run_at);
        self.errors.push(error.as_deref().map(without_nul));
        Ok(())
    }
}

/// Adds a job unless an unfinished one has its key.
async fn add_job(db: &mut AsyncPgConnection, job: &NewJob) -> Result<(), StoreError> {
    let task = serde_json::to_value(&job.task).map_err(|error| StoreError::Failed(error.into()))?;
    insert_into(j::table)
        .values((j::task.eq(task), j::key.eq(job.key.as_deref()), j::run_at.eq(job.run_at)))
        .on_conflict_do_nothing()
        .execute(db)
        .await
        .map_err(store_error)?;
    Ok(())
}

#[async_trait]
impl Outbox for PgSession {
    async fn enqueue(&mut self, job: &NewJob) -> Result<(), StoreError> {
        self.publish_on_commit(DomainEvent::Jobs);
        add_job(self.db(), job).await
    }

    async fn audit(&mut self, entry: &NewAudit) -> Result<(), StoreError> {
        add_audit(self.db(), entry).await.map_err(store_error)
    }
}

/// Adds an audit log entry.
async fn add_audit(db: &mut AsyncPgConnection, entry: &NewAudit) -> Result<(), Error> {
    insert_into(a::table)
        .values((
            a::actor_id.eq(entry.actor.map(UserId::get)),
            a::action.eq(without_nul(&entry.action)),
            a::subject.eq(without_nul(&entry.subject)),
            a::detail.eq(without_nul(&entry.detail)),
            a::created_at.eq(entry.at),
        ))
        .execute(db)
        .await
        .map(drop)
}

#[derive(QueryableByName)]
struct Stats {
    #[diesel(sql_type = BigInt)]
    due: i64,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    oldest_due: Option<Timestamp>,
    #[diesel(sql_type = BigInt)]
    dead: i64,
}

#[async_trait]
impl Queue for Postgres {
    async fn claim_jobs(
        &self,
        now: Timestamp,
        lease_until: Timestamp,
        limit: u32,
    ) -> Result<Vec<Job>, StoreError> {
        let hot = self.hot.get().await.map_err(hot_pool_error)?;
        let (limit, kinds) = (i64::from(limit), Task::KINDS.as_slice());
        let columns: [&Column; 4] = [&now, &lease_until, &limit, &kinds];
        let rows = hot.client.query(&hot.statements.claim_jobs, &columns).await.map_err(driver_error)?;
        let mut jobs = parse_jobs(rows.iter().map(read_job_row).collect::<Result<Vec<_>, _>>()?);
        jobs.sort_by_key(|job| (job.run_at, job.id));
        Ok(jobs)
    }

    async fn finish_jobs(&self, ends: &[(Job, JobEnd)]) -> Result<Vec<bool>, StoreError> {
        let (mut rows, mut first) = (JobResultColumns::default(), HashSet::new());
        // A second result of the same claim is rejected.
        for (job, end) in ends.iter().filter(|(job, _)| first.insert(job.id)) {
            rows.add(job, end)?;
        }
        let hot = self.hot.get().await.map_err(hot_pool_error)?;
        let columns: [&Column; 7] = [
            &rows.ids,
            &rows.attempts,
            &rows.statuses,
            &rows.run_at,
            &rows.errors,
            &rows.webhook_jobs,
            &rows.webhooks,
        ];
        let ended = hot.client.query(&hot.statements.finish_jobs, &columns).await.map_err(driver_error)?;
        let mut ended = ended
            .iter()
            .map(|row| row.try_get(0))
            .collect::<Result<HashSet<i64>, _>>()
            .map_err(driver_error)?;
        Ok(ends.iter().map(|(job, _)| ended.remove(&job.id.get())).collect())
    }

    async fn extend_lease(&self, job: &Job, lease_until: Timestamp) -> Result<bool, StoreError> {
        let attempts = i32::try_from(job.attempts).unwrap_or(i32::MAX);
        let claimed = j::table
            .find(job.id.get())
            .filter(j::status.eq(QUEUED))
            .filter(j::attempts.eq(attempts))
            .filter(j::lease_until.is_not_null());
        let rows = update(claimed)
            .set(j::lease_until.eq(lease_until))
            .execute(&mut *self.connection().await?)
            .await
            .map_err(store_error)?;
        Ok(rows == 1)
    }

    async fn failed_jobs(&self, page: Page) -> Result<Vec<Job>, StoreError> {
        let rows: Vec<JobRow> = j::table
            .filter(j::status.eq(DEAD))
            .order(j::id.desc())
            .limit(page.limit().into())
            .offset(page.offset().into())
            .select(JobRow::as_select())
            .load(&mut *self.connection().await?)
            .await
            .map_err(store_error)?;
        Ok(parse_jobs(rows))
    }

    async fn requeue_job(
        &self,
        id: JobId,
        now: Timestamp,
        audit: Option<&NewAudit>,
    ) -> Result<bool, StoreError> {
        let mut connection = self.connection().await?;
        let requeued = connection
            .transaction(async |db| {
                let rows = update(j::table.find(id.get()).filter(j::status.eq(DEAD)))
                    .set((j::status.eq(QUEUED), j::run_at.eq(now), j::lease_until.eq(None::<Timestamp>)))
                    .execute(db)
                    .await?;
                if let Some(entry) = audit.filter(|_| rows == 1) {
                    add_audit(db, entry).await?;
                }
                Ok::<_, Error>(rows == 1)
            })
            .await;
        match requeued {
            Ok(false) => Ok(false),
            // An unfinished job with the same key makes this one redundant.
            Err(error) if is_unique_violation(&error) => Ok(false),
            Ok(true) => {
                self.notifications.publish([DomainEvent::Jobs]);
                Ok(true)
            }
            Err(error) => Err(store_error(error)),
        }
    }

    async fn job_stats(&self, now: Timestamp) -> Result<JobStats, StoreError> {
        let stats: Stats = sql_query(
            "SELECT count(*) AS due, min(run_at) AS oldest_due, (SELECT count(*) FROM jobs WHERE status = 'dead') AS dead \
            FROM jobs WHERE status = 'queued' AND run_at <= $1 AND (lease_until IS NULL OR lease_until <= $1)",
        )
        .bind::<Timestamptz, _>(now)
        .get_result(&mut *self.connection().await?)
        .await
        .map_err(store_error)?;
        Ok(JobStats {
            due: stats.due.unsigned_abs(),
            oldest_due: stats.oldest_due,
            dead: stats.dead.unsigned_abs(),
        })
    }

    async fn receive_webhook(&self, webhook: &NewWebhook) -> Result<bool, StoreError> {
        let db = &mut *self.connection().await?;
        let inserted = db
            .transaction(async |db| {
                let id: Option<i64> = insert_into(h::table)
                    .values((
                        h::event_id.eq(&webhook.event_id),
                        h::body.eq(&webhook.body),
                        h::signature.eq(&webhook.signature),
                        h::received_at.eq(webhook.received_at),
                    ))
                    .on_conflict_do_nothing()
                    .returning(h::id)
                    .get_result(db)
                    .await
                    .optional()
                    .map_err(InTransaction::from)?;
                let Some(id) = id else { return Ok(false) };
                let task = Task::Webhook { webhook_id: WebhookId::new(id) };
                add_job(
                    db,
                    &NewJob { task, run_at: webhook.received_at, key: Some(format!("webhook/{id}")) },
                )
                .await?;
                Ok(true)
            })
            .await
            .map_err(|InTransaction(error)| error)?;
        if inserted {
            self.notifications.publish([DomainEvent::Jobs]);
        }
        Ok(inserted)
    }

    async fn webhook(&self, id: WebhookId) -> Result<Option<Webhook>, StoreError> {
        let row: Option<(String, Vec<u8>, String, Timestamp)> = h::table
            .find(id.get())
            .select((h::event_id, h::body, h::signature, h::received_at))
            .first(&mut *self.connection().await?)
            .await
            .optional()
            .map_err(store_error)?;
        Ok(row.map(|(event_id, body, signature, received_at)| Webhook {
            id,
            webhook: NewWebhook { event_id, body, signature, received_at },
        }))
    }

    async fn erase_networks(&self, now: Timestamp, limit: u32) -> Result<u64, StoreError> {
        let cleared = sql_query(
            "UPDATE tickets SET network_tag = NULL, site_tag = NULL WHERE id IN (SELECT t.id FROM tickets t \
                JOIN events e ON e.id = t.event_id WHERE t.network_tag IS NOT NULL AND (e.end_time <= $1 OR NOT \
                (t.payment_status = 'pending' OR (t.payment_status = 'paid' AND t.hold_expires_at IS NULL))) \
                LIMIT $2 FOR NO KEY UPDATE OF t SKIP LOCKED)",
        )
        .bind::<Timestamptz, _>(now)
        .bind::<BigInt, _>(i64::from(limit))
        .execute(&mut *self.connection().await?)
        .await
        .map_err(store_error)?;
        u64::try_from(cleared).map_err(|error| StoreError::Failed(error.into()))
    }

    async fn erase_ended_orders(&self, limit: u32) -> Result<u64, StoreError> {
        self.erase_ended(limit).await
    }

    async fn prune(&self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        let db = &mut *self.connection().await?;
        let long_cutoff = before.checked_sub_signed(KNOWN_NETWORK_LIFE).unwrap_or(before);
        let mut deleted = 0;
        for statement in [
            "DELETE FROM jobs WHERE id IN (SELECT id FROM jobs WHERE status = 'done' AND run_at < $1 \
                ORDER BY run_at LIMIT $2)",
            "DELETE FROM webhook_inbox WHERE id IN (SELECT id FROM webhook_inbox \
                WHERE processed_at IS NOT NULL AND received_at < $1 ORDER BY received_at LIMIT $2)",
            "DELETE FROM nonces WHERE (domain, nonce) IN (SELECT domain, nonce FROM nonces WHERE seen_at < $1 \
                ORDER BY seen_at LIMIT $2)",
            "DELETE FROM idempotency_keys WHERE (scope, key) IN (SELECT scope, key FROM idempotency_keys \
                WHERE created_at < $1 ORDER BY created_at LIMIT $2)",
            "DELETE FROM email_tokens WHERE (user_id, purpose) IN (SELECT user_id, purpose FROM email_tokens \
                WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)",
            "DELETE FROM mail_limits WHERE scope IN (SELECT scope FROM mail_limits WHERE used_until < $1 \
                ORDER BY used_until LIMIT $2)",
            "DELETE FROM known_networks WHERE (user_id, network) IN (SELECT user_id, network FROM known_networks \
                WHERE seen_at < $3 ORDER BY seen_at LIMIT $2)",
            "DELETE FROM uma_pushes WHERE payment_id IN (SELECT u.payment_id FROM uma_pushes u \
                JOIN payments p ON p.id = u.payment_id WHERE u.queued_at < $1 AND p.status <> 'pending' \
                AND (u.queued_at < $3 OR u.payreq_at IS NULL OR p.status <> 'paid') ORDER BY u.queued_at LIMIT $2)",
        ] {
            // Binds all three parameters, whether or not the statement uses them.
            deleted += sql_query(format!("WITH parameters AS (SELECT $1, $2, $3) {statement}"))
                .bind::<Timestamptz, _>(before)
                .bind::<BigInt, _>(i64::from(limit))
                .bind::<Timestamptz, _>(long_cutoff)
                .execute(db)
                .await
                .map_err(store_error)?;
        }
        u64::try_from(deleted).map_err(|error| StoreError::Failed(error.into()))
    }
}

/// Carries a [`StoreError`] through diesel's transaction.
struct InTransaction(StoreError);

impl From<Error> for InTransaction {
    fn from(error: Error) -> Self {
        Self(store_error(error))
    }
}

impl From<StoreError> for InTransaction {
    fn from(error: StoreError) -> Self {
        Self(error)
    }
}
