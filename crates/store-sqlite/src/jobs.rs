use crate::{
    erasure::erase_ended,
    error::{Fault, is_unique_violation},
    prune, quotas, schema,
    session::SqliteSession,
    store::Sqlite,
    values::{count, large_count, micros, timestamp, timestamp_opt, without_nul},
};
use async_trait::async_trait;
use box_office::{
    DomainEvent, Job, JobEnd, JobStats, NewAudit, NewJob, NewWebhook, Outbox, Queue, Task, Webhook,
};
use diesel::{dsl::sql, prelude::*, sql_types::Bool, sqlite::SqliteConnection};
use kernel::{JobId, Page, StoreError, Timestamp, UserId, WebhookId};
use schema::jobs::{dsl, table};

#[derive(Queryable, Selectable)]
#[diesel(table_name = schema::jobs)]
struct JobRow {
    id: i64,
    task: String,
    run_at: i64,
    attempts: i64,
    last_error: Option<String>,
    created_at: i64,
}

impl JobRow {
    /// Returns `None` for a task unknown to this release: a newer replica enqueued it.
    fn read(self) -> Result<Option<Job>, Fault> {
        let task = match serde_json::from_str::<Task>(&self.task) {
            Ok(task) => task,
            Err(error) => {
                tracing::warn!(job.id = self.id, %error, "unknown job kind");
                return Ok(None);
            }
        };
        Ok(Some(Job {
            id: JobId::new(self.id),
            task,
            attempts: count(self.attempts)?,
            run_at: timestamp(self.run_at)?,
            created_at: timestamp(self.created_at)?,
            last_error: self.last_error,
        }))
    }
}

/// A status filter as a literal: SQLite uses a partial index only if the query repeats its condition.
fn is(status: &'static str) -> diesel::expression::SqlLiteral<Bool> {
    sql::<Bool>(match status {
        "queued" => "status = 'queued'",
        "dead" => "status = 'dead'",
        _ => "status = 'done'",
    })
}

#[diesel::dsl::auto_type(no_type_alias)]
fn is_free(now: i64) -> _ {
    dsl::lease_until.is_null().or(dsl::lease_until.assume_not_null().le(now))
}

/// Limits jobs to task kinds known to this release; a newer release runs the others.
fn is_known() -> diesel::expression::SqlLiteral<Bool> {
    sql::<Bool>(&format!("json_extract(task, '$.task') IN ('{}')", Task::KINDS.join("', '")))
}

/// Adds a job and returns its id, or `None` if an unfinished job has its key.
pub(crate) fn enqueue(
    connection: &mut SqliteConnection,
    job: &NewJob,
    created_at: Timestamp,
) -> Result<Option<i64>, Fault> {
    let task = serde_json::to_string(&job.task).map_err(|error| Fault::corrupt(error.to_string()))?;
    Ok(diesel::insert_into(table)
        .values((
            dsl::task.eq(task),
            dsl::key.eq(&job.key),
            dsl::run_at.eq(micros(job.run_at)),
            dsl::created_at.eq(micros(created_at)),
        ))
        .on_conflict_do_nothing()
        .returning(dsl::id)
        .get_result(connection)
        .optional()?)
}

pub(crate) fn any_due(connection: &mut SqliteConnection, now: i64) -> Result<bool, Fault> {
    let due = table.filter(is("queued").and(dsl::run_at.le(now)).and(is_free(now)).and(is_known()));
    Ok(diesel::select(diesel::dsl::exists(due)).get_result(connection)?)
}

pub(crate) fn claim(
    connection: &mut SqliteConnection,
    now: i64,
    lease_until: i64,
    limit: u32,
) -> Result<Vec<Job>, Fault> {
    let due: Vec<i64> = table
        .filter(is("queued").and(dsl::run_at.le(now)).and(is_free(now)).and(is_known()))
        .order((dsl::run_at, dsl::id))
        .limit(limit.into())
        .select(dsl::id)
        .load(connection)?;
    let mut jobs = Vec::with_capacity(due.len());
    for id in due {
        let row = diesel::update(table.find(id))
            .set((dsl::lease_until.eq(lease_until), dsl::attempts.eq(dsl::attempts + 1)))
            .returning(JobRow::as_returning())
            .get_result(connection)?;
        jobs.extend(row.read()?);
    }
    Ok(jobs)
}

pub(crate) fn finish(connection: &mut SqliteConnection, job: &Job, end: &JobEnd) -> Result<bool, Fault> {
    let claimed = table
        .find(job.id.get())
        .filter(is("queued"))
        .filter(dsl::attempts.eq(i64::from(job.attempts)))
        .filter(dsl::lease_until.is_not_null());
    let rows = match end {
        JobEnd::Done => diesel::update(claimed)
            .set((dsl::status.eq("done"), dsl::lease_until.eq(None::<i64>)))
            .execute(connection)?,
        JobEnd::Retry { at, error } => diesel::update(claimed)
            .set((
                dsl::run_at.eq(micros(*at)),
                dsl::lease_until.eq(None::<i64>),
                dsl::last_error.eq(error.as_deref().map(without_nul)),
            ))
            .execute(connection)?,
        JobEnd::DeadLetter { error } => diesel::update(claimed)
            .set((
                dsl::status.eq("dead"),
                dsl::lease_until.eq(None::<i64>),
                dsl::last_error.eq(Some(without_nul(error))),
            ))
            .execute(connection)?,
    };
    Ok(rows == 1)
}

/// Extends the lease of a claimed job.
fn extend(connection: &mut SqliteConnection, job: &Job, lease_until: i64) -> Result<bool, Fault> {
    let claimed = table
        .find(job.id.get())
        .filter(is("queued"))
        .filter(dsl::attempts.eq(i64::from(job.attempts)))
        .filter(dsl::lease_until.is_not_null());
    Ok(diesel::update(claimed).set(dsl::lease_until.eq(lease_until)).execute(connection)? == 1)
}

fn requeue(connection: &mut SqliteConnection, id: JobId, now: i64) -> Result<bool, Fault> {
    let dead = table.find(id.get()).filter(is("dead"));
    match diesel::update(dead).set((dsl::status.eq("queued"), dsl::run_at.eq(now))).execute(connection) {
        Ok(rows) => Ok(rows == 1),
        // An unfinished job with the same key makes this one redundant.
        Err(error) if is_unique_violation(&error) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

pub(crate) fn stats(connection: &mut SqliteConnection, now: i64) -> Result<JobStats, Fault> {
    let due = || table.filter(is("queued").and(dsl::run_at.le(now)).and(is_free(now)));
    let number: i64 = due().count().get_result(connection)?;
    let oldest: Option<i64> = due().select(diesel::dsl::min(dsl::run_at)).get_result(connection)?;
    let dead: i64 = table.filter(is("dead")).count().get_result(connection)?;
    Ok(JobStats { due: large_count(number)?, oldest_due: timestamp_opt(oldest)?, dead: large_count(dead)? })
}

fn receive(connection: &mut SqliteConnection, new: &NewWebhook) -> Result<bool, Fault> {
    use schema::webhook_inbox::dsl as inbox;
    let id: Option<i64> = diesel::insert_into(inbox::webhook_inbox)
        .values((
            inbox::event_id.eq(&new.event_id),
            inbox::body.eq(&new.body),
            inbox::signature.eq(&new.signature),
            inbox::received_at.eq(micros(new.received_at)),
        ))
        .on_conflict(inbox::event_id)
        .do_nothing()
        .returning(inbox::id)
        .get_result(connection)
        .optional()?;
    let Some(id) = id else { return Ok(false) };
    let task = Task::Webhook { webhook_id: WebhookId::new(id) };
    let job = NewJob { task, run_at: new.received_at, key: None };
    let job = enqueue(connection, &job, new.received_at)?;
    diesel::update(inbox::webhook_inbox.find(id)).set(inbox::job_id.eq(job)).execute(connection)?;
    Ok(true)
}

fn find_webhook(connection: &mut SqliteConnection, id: WebhookId) -> Result<Option<Webhook>, Fault> {
    use schema::webhook_inbox::dsl as inbox;
    type Row = (String, Vec<u8>, String, i64);
    let row: Option<Row> = inbox::webhook_inbox
        .find(id.get())
        .select((inbox::event_id, inbox::body, inbox::signature, inbox::received_at))
        .get_result(connection)
        .optional()?;
    row.map(|(event_id, body, signature, received_at)| {
        let received_at = timestamp(received_at)?;
        Ok(Webhook { id, webhook: NewWebhook { event_id, body, signature, received_at } })
    })
    .transpose()
}

#[async_trait]
impl Queue for Sqlite {
    async fn claim_jobs(
        &self,
        now: Timestamp,
        lease_until: Timestamp,
        limit: u32,
    ) -> Result<Vec<Job>, StoreError> {
        let (now, lease_until) = (micros(now), micros(lease_until));
        // The read avoids taking the write lock when no job is due.
        if !self.read(move |connection| any_due(connection, now)).await? {
            return Ok(Vec::new());
        }
        self.write(move |connection, _| claim(connection, now, lease_until, limit)).await
    }

    async fn finish_jobs(&self, ends: &[(Job, JobEnd)]) -> Result<Vec<bool>, StoreError> {
        let ends = ends.to_vec();
        self.write(move |connection, _| ends.iter().map(|(job, end)| finish(connection, job, end)).collect())
            .await
    }

    async fn extend_lease(&self, job: &Job, lease_until: Timestamp) -> Result<bool, StoreError> {
        let (job, lease_until) = (job.clone(), micros(lease_until));
        self.write(move |connection, _| extend(connection, &job, lease_until)).await
    }

    async fn failed_jobs(&self, page: Page) -> Result<Vec<Job>, StoreError> {
        self.read(move |connection| {
            let rows: Vec<JobRow> = table
                .filter(is("dead"))
                .order(dsl::id.desc())
                .limit(page.limit().into())
                .offset(page.offset().into())
                .select(JobRow::as_select())
                .load(connection)?;
            rows.into_iter().filter_map(|row| row.read().transpose()).collect()
        })
        .await
    }

    async fn requeue_job(
        &self,
        id: JobId,
        now: Timestamp,
        audit: Option<&NewAudit>,
    ) -> Result<bool, StoreError> {
        let audit = audit.cloned();
        self.write(move |connection, domain_events| {
            if !requeue(connection, id, micros(now))? {
                return Ok(false);
            }
            if let Some(entry) = &audit {
                add_audit(connection, entry)?;
            }
            domain_events.add(DomainEvent::Jobs);
            Ok(true)
        })
        .await
    }

    async fn job_stats(&self, now: Timestamp) -> Result<JobStats, StoreError> {
        self.read(move |connection| stats(connection, micros(now))).await
    }

    async fn receive_webhook(&self, webhook: &NewWebhook) -> Result<bool, StoreError> {
        let webhook = webhook.clone();
        self.write(move |connection, domain_events| {
            domain_events.add(DomainEvent::Jobs);
            receive(connection, &webhook)
        })
        .await
    }

    async fn webhook(&self, id: WebhookId) -> Result<Option<Webhook>, StoreError> {
        self.read(move |connection| find_webhook(connection, id)).await
    }

    async fn erase_networks(&self, now: Timestamp, limit: u32) -> Result<u64, StoreError> {
        self.write(move |connection, _| quotas::clear_networks(connection, micros(now), limit)).await
    }

    async fn erase_ended_orders(&self, limit: u32) -> Result<u64, StoreError> {
        self.write(move |connection, _| erase_ended(connection, limit)).await
    }

    async fn prune(&self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        self.write(move |connection, _| prune::prune(connection, before, limit)).await
    }
}

#[async_trait]
impl Outbox for SqliteSession {
    async fn enqueue(&mut self, job: &NewJob) -> Result<(), StoreError> {
        let job = job.clone();
        self.run(move |connection, domain_events| {
            domain_events.add(DomainEvent::Jobs);
            enqueue(connection, &job, job.run_at).map(|_| ())
        })
        .await
    }

    async fn audit(&mut self, entry: &NewAudit) -> Result<(), StoreError> {
        let entry = entry.clone();
        self.run(move |connection, _| add_audit(connection, &entry)).await
    }
}

/// Adds an audit log entry.
pub(crate) fn add_audit(connection: &mut SqliteConnection, entry: &NewAudit) -> Result<(), Fault> {
    use schema::audit_log::dsl as log;
    diesel::insert_into(log::audit_log)
        .values((
            log::actor_id.eq(entry.actor.map(UserId::get)),
            log::action.eq(without_nul(&entry.action)),
            log::subject.eq(without_nul(&entry.subject)),
            log::detail.eq(without_nul(&entry.detail)),
            log::created_at.eq(micros(entry.at)),
        ))
        .execute(connection)?;
    Ok(())
}
