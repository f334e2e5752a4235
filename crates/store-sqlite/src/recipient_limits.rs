use crate::{
    error::Fault,
    schema,
    store::Sqlite,
    values::{micros, micros_opt, timestamp, timestamp_opt},
};
use async_trait::async_trait;
use box_office::{
    MailCharge, MailUsage, MailVerdict, Push, PushRequest, PushTurn, RecipientLimits, SeenPayreq,
    decide_mail, decide_pushes,
};
use diesel::{prelude::*, sqlite::SqliteConnection};
use kernel::{JobId, PaymentId, StoreError, Timestamp, UserId};
use std::collections::{BTreeMap, BTreeSet};

fn charge(connection: &mut SqliteConnection, charges: &[MailCharge]) -> Result<Vec<MailVerdict>, Fault> {
    use schema::{
        jobs::dsl as j,
        mail_limits::{dsl, table},
    };
    let keys: BTreeSet<&str> =
        charges.iter().flat_map(|charge| &charge.scopes).map(|scope| scope.key.as_str()).collect();
    let rows: Vec<(String, i64)> = table.filter(dsl::scope.eq_any(&keys)).load(connection)?;
    let before = rows
        .into_iter()
        .map(|(scope, until)| Ok((scope, timestamp(until)?)))
        .collect::<Result<BTreeMap<String, Timestamp>, Fault>>()?;
    let jobs: Vec<i64> = charges.iter().map(|charge| charge.job.get()).collect();
    let counted: Vec<(i64, Option<i64>)> = j::jobs
        .filter(j::id.eq_any(jobs).and(j::mail_at.is_not_null()))
        .select((j::id, j::mail_at))
        .load(connection)?;
    let mut send_at = BTreeMap::new();
    for (id, at) in counted {
        if let Some(at) = timestamp_opt(at)? {
            send_at.insert(JobId::new(id), at);
        }
    }
    let counted: BTreeSet<JobId> = send_at.keys().copied().collect();
    let mut usage = MailUsage { used_until: before.clone(), send_at };
    let verdicts = charges.iter().map(|charge| decide_mail(&mut usage, charge)).collect();
    for (job, at) in usage.send_at.iter().filter(|(job, _)| !counted.contains(job)) {
        diesel::update(j::jobs.find(job.get())).set(j::mail_at.eq(micros(*at))).execute(connection)?;
    }
    for (scope, until) in usage.used_until.iter().filter(|(scope, until)| before.get(*scope) != Some(until)) {
        diesel::replace_into(table)
            .values((dsl::scope.eq(scope), dsl::used_until.eq(micros(*until))))
            .execute(connection)?;
    }
    Ok(verdicts)
}

type PushRow = (i64, String, i64, Option<i64>, Option<i64>, String);

fn claim(
    connection: &mut SqliteConnection,
    requests: &[PushRequest],
    max: u32,
) -> Result<Vec<PushTurn>, Fault> {
    use schema::{
        payments::dsl as p,
        tickets::dsl as t,
        uma_pushes::{dsl, table},
    };
    for request in requests {
        diesel::insert_into(table)
            .values((
                dsl::payment_id.eq(request.payment_id.get()),
                dsl::payer.eq(&request.payer),
                dsl::queued_at.eq(micros(request.at)),
            ))
            .on_conflict_do_nothing()
            .execute(connection)?;
    }
    let payers: BTreeSet<&str> = requests.iter().map(|request| request.payer.as_str()).collect();
    let own: BTreeSet<i64> = requests.iter().map(|request| request.payment_id.get()).collect();
    let users: BTreeSet<i64> =
        requests.iter().filter_map(|request| request.user_id.map(UserId::get)).collect();
    let rows: Vec<PushRow> = table
        .inner_join(p::payments)
        .filter(dsl::payer.eq_any(&payers))
        .filter(p::status.eq("pending").or(dsl::payment_id.eq_any(&own)))
        .select((dsl::payment_id, dsl::payer, dsl::queued_at, dsl::pushed_at, dsl::refused_at, p::status))
        .load(connection)?;
    let mut pushes = rows
        .into_iter()
        .map(|(id, payer, queued, pushed, refused, status)| {
            Ok(Push {
                payment_id: PaymentId::new(id),
                payer,
                queued_at: timestamp(queued)?,
                pushed_at: timestamp_opt(pushed)?,
                open: status == "pending" && refused.is_none(),
            })
        })
        .collect::<Result<Vec<_>, Fault>>()?;
    let trusted: Vec<(Option<i64>, String)> = table
        .inner_join(p::payments.inner_join(t::tickets))
        .filter(dsl::payer.eq_any(&payers))
        .filter(dsl::payreq_at.is_not_null())
        .filter(p::status.eq("paid"))
        .filter(t::user_id.eq_any(&users))
        .select((t::user_id, dsl::payer))
        .distinct()
        .load(connection)?;
    let trusted = trusted.into_iter().filter_map(|(user, payer)| Some((UserId::new(user?), payer))).collect();
    let before: BTreeMap<PaymentId, Option<Timestamp>> =
        pushes.iter().map(|push| (push.payment_id, push.pushed_at)).collect();
    let turns = decide_pushes(requests, &mut pushes, &trusted, max);
    for push in pushes.iter().filter(|push| before.get(&push.payment_id) != Some(&push.pushed_at)) {
        diesel::update(table.find(push.payment_id.get()))
            .set(dsl::pushed_at.eq(micros_opt(push.pushed_at)))
            .execute(connection)?;
    }
    Ok(turns)
}

fn mark(connection: &mut SqliteConnection, seen: &[SeenPayreq]) -> Result<(), Fault> {
    use schema::uma_pushes::{dsl, table};
    for payreq in seen {
        let at = micros(payreq.at);
        diesel::insert_into(table)
            .values((
                dsl::payment_id.eq(payreq.payment_id.get()),
                dsl::payer.eq(&payreq.payer),
                dsl::queued_at.eq(at),
                dsl::payreq_at.eq(at),
            ))
            .on_conflict(dsl::payment_id)
            .do_update()
            .set(dsl::payreq_at.eq(at))
            .execute(connection)?;
    }
    Ok(())
}

#[async_trait]
impl RecipientLimits for Sqlite {
    async fn charge_mail(&self, charges: &[MailCharge]) -> Result<Vec<MailVerdict>, StoreError> {
        let charges = charges.to_vec();
        self.write(move |connection, _| charge(connection, &charges)).await
    }

    async fn claim_pushes(&self, requests: &[PushRequest], max: u32) -> Result<Vec<PushTurn>, StoreError> {
        let requests = requests.to_vec();
        self.write(move |connection, _| claim(connection, &requests, max)).await
    }

    async fn mark_payreqs(&self, seen: &[SeenPayreq]) -> Result<(), StoreError> {
        let seen = seen.to_vec();
        self.write(move |connection, _| mark(connection, &seen)).await
    }
}
