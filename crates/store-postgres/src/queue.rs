use crate::{
    Postgres,
    error::{corrupt, store_error, words},
    schema,
    session::PgSession,
};
use async_trait::async_trait;
use box_office::{Change, Job, JobEnd, JobStats, NewAudit, NewJob, NewWebhook, Outbox, Queue, Task, Webhook};
use diesel::{
    ExpressionMethods, OptionalExtension, QueryDsl, Queryable, QueryableByName, Selectable, SelectableHelper,
    insert_into,
    result::{DatabaseErrorKind, Error},
    sql_query,
    sql_types::{BigInt, Nullable, Timestamptz},
    update,
};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use kernel::{JobId, Page, StoreError, Timestamp, UserId, WebhookId};
use schema::{audit_log as a, jobs as j, webhook_inbox as h};

/// Waiting or leased. The other two words are `done` and `dead`.
const QUEUED: &str = "queued";
const DONE: &str = "done";
const DEAD: &str = "dead";

#[derive(Queryable, QueryableByName, Selectable)]
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

/// Adds a job, unless its key has an unfinished one.
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
        self.touch(Change::Jobs);
        add_job(self.db(), job).await
    }

    async fn audit(&mut self, entry: &NewAudit) -> Result<(), StoreError> {
        insert_into(a::table)
            .values((
                a::actor_id.eq(entry.actor.map(UserId::get)),
                a::action.eq(words(&entry.action)),
                a::subject.eq(words(&entry.subject)),
                a::detail.eq(words(&entry.detail)),
                a::created_at.eq(entry.at),
            ))
            .execute(self.db())
            .await
            .map_err(store_error)?;
        Ok(())
    }
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
        let rows: Vec<JobRow> = sql_query(
            "WITH due AS MATERIALIZED (\
                SELECT id FROM jobs \
                WHERE status = 'queued' AND run_at <= $1 AND (lease_until IS NULL OR lease_until <= $1) \
                ORDER BY run_at, id LIMIT $3 FOR UPDATE SKIP LOCKED\
            ) \
            UPDATE jobs SET attempts = attempts + 1, lease_until = $2 FROM due WHERE jobs.id = due.id \
            RETURNING jobs.id, task, run_at, attempts, last_error, created_at",
        )
        .bind::<Timestamptz, _>(now)
        .bind::<Timestamptz, _>(lease_until)
        .bind::<BigInt, _>(i64::from(limit))
        .load(&mut *self.lend().await?)
        .await
        .map_err(store_error)?;
        let mut jobs = rows.into_iter().map(Job::try_from).collect::<Result<Vec<_>, _>>()?;
        jobs.sort_by_key(|job| (job.run_at, job.id));
        Ok(jobs)
    }

    async fn finish_job(&self, job: &Job, end: &JobEnd) -> Result<bool, StoreError> {
        let attempts = i32::try_from(job.attempts).map_err(|error| StoreError::Failed(error.into()))?;
        // `attempts` proves the claim: whoever claimed it later counted on.
        let claim = update(
            j::table
                .find(job.id.get())
                .filter(j::status.eq(QUEUED))
                .filter(j::attempts.eq(attempts))
                .filter(j::lease_until.is_not_null()),
        );
        let free = j::lease_until.eq(None::<Timestamp>);
        let db = &mut *self.lend().await?;
        let ended = match (end, &job.task) {
            (JobEnd::Done, Task::Webhook { webhook_id }) => {
                let id = webhook_id.get();
                db.transaction(async |db| {
                    let ended = claim.set((j::status.eq(DONE), free)).execute(db).await?;
                    if ended > 0 {
                        update(h::table.find(id))
                            .set(h::processed_at.eq(diesel::dsl::now))
                            .execute(db)
                            .await?;
                    }
                    Ok(ended)
                })
                .await
            }
            (JobEnd::Done, _) => claim.set((j::status.eq(DONE), free)).execute(db).await,
            (JobEnd::Again { at, error }, _) => {
                claim
                    .set((j::run_at.eq(*at), j::last_error.eq(error.as_deref().map(words)), free))
                    .execute(db)
                    .await
            }
            (JobEnd::Dead { error }, _) => {
                claim.set((j::status.eq(DEAD), j::last_error.eq(Some(words(error))), free)).execute(db).await
            }
        };
        Ok(ended.map_err(store_error)? > 0)
    }

    async fn dead_jobs(&self, page: Page) -> Result<Vec<Job>, StoreError> {
        let rows: Vec<JobRow> = j::table
            .filter(j::status.eq(DEAD))
            .order(j::id.desc())
            .limit(page.limit().into())
            .offset(page.offset().into())
            .select(JobRow::as_select())
            .load(&mut *self.lend().await?)
            .await
            .map_err(store_error)?;
        rows.into_iter().map(Job::try_from).collect()
    }

    async fn revive_job(&self, id: JobId, now: Timestamp) -> Result<bool, StoreError> {
        let revived = update(j::table.find(id.get()).filter(j::status.eq(DEAD)))
            .set((j::status.eq(QUEUED), j::run_at.eq(now), j::lease_until.eq(None::<Timestamp>)))
            .execute(&mut *self.lend().await?)
            .await;
        match revived {
            // Or an unfinished job has the same key by now, and does the same.
            Ok(0) | Err(Error::DatabaseError(DatabaseErrorKind::UniqueViolation, _)) => Ok(false),
            Ok(_) => {
                self.changes.tell([Change::Jobs]);
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
        .get_result(&mut *self.lend().await?)
        .await
        .map_err(store_error)?;
        Ok(JobStats {
            due: stats.due.unsigned_abs(),
            oldest_due: stats.oldest_due,
            dead: stats.dead.unsigned_abs(),
        })
    }

    async fn receive_webhook(&self, webhook: &NewWebhook) -> Result<bool, StoreError> {
        let db = &mut *self.lend().await?;
        let kept = db
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
        if kept {
            self.changes.tell([Change::Jobs]);
        }
        Ok(kept)
    }

    async fn webhook(&self, id: WebhookId) -> Result<Option<Webhook>, StoreError> {
        let row: Option<(String, Vec<u8>, String, Timestamp)> = h::table
            .find(id.get())
            .select((h::event_id, h::body, h::signature, h::received_at))
            .first(&mut *self.lend().await?)
            .await
            .optional()
            .map_err(store_error)?;
        Ok(row.map(|(event_id, body, signature, received_at)| Webhook {
            id,
            webhook: NewWebhook { event_id, body, signature, received_at },
        }))
    }

    async fn prune(&self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        let db = &mut *self.lend().await?;
        let mut gone = 0;
        for statement in [
            "DELETE FROM jobs WHERE id IN (SELECT id FROM jobs WHERE status = 'done' AND run_at < $1 \
                ORDER BY run_at LIMIT $2)",
            "DELETE FROM webhook_inbox WHERE id IN (SELECT id FROM webhook_inbox \
                WHERE processed_at IS NOT NULL AND received_at < $1 ORDER BY received_at LIMIT $2)",
            "DELETE FROM nonces WHERE (domain, nonce) IN (SELECT domain, nonce FROM nonces WHERE seen_at < $1 \
                ORDER BY seen_at LIMIT $2)",
            "DELETE FROM idempotency_keys WHERE (scope, key) IN (SELECT scope, key FROM idempotency_keys \
                WHERE created_at < $1 ORDER BY created_at LIMIT $2)",
        ] {
            gone += sql_query(statement)
                .bind::<Timestamptz, _>(before)
                .bind::<BigInt, _>(i64::from(limit))
                .execute(db)
                .await
                .map_err(store_error)?;
        }
        u64::try_from(gone).map_err(|error| StoreError::Failed(error.into()))
    }
}

/// Carries our errors through diesel's transaction.
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
