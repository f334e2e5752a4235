//! `box_office::RecipientLimits`.

use super::StoreUnderTest;
use crate::builders::{add_event, add_user, at, hold_request, in_session, new_event, noon, take};
use box_office::{
    CollectionUpdate, Job, JobEnd, MailCharge, MailScope, MailVerdict, NewJob, OverLimit, PushRequest,
    PushTurn, SeenPayreq, Store, Task,
};
use chrono::Duration;
use identity::{KNOWN_NETWORK_LIFE, User};
use kernel::{JobId, PaymentId, Timestamp};
use payments::{Collection, CollectionState, Payment, PaymentState, PaymentStatus};
use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

const PAYER: &str = "$alice@vasp.example";

/// Ids of jobs that do not exist, so that each email is counted on its own.
static OTHER_JOBS: AtomicI64 = AtomicI64::new(1_000_000);

fn charge(key: &str, over: OverLimit, now: Timestamp) -> MailCharge {
    let job = JobId::new(OTHER_JOBS.fetch_add(1, Ordering::Relaxed));
    charge_of(job, key, over, now)
}

fn charge_of(job: JobId, key: &str, over: OverLimit, now: Timestamp) -> MailCharge {
    let scope = MailScope { key: key.into(), burst: 2, interval: Duration::minutes(10), over };
    MailCharge { job, scopes: vec![scope], at: now }
}

/// Enqueues and claims jobs.
async fn jobs(store: &dyn Store, count: i64) -> Vec<Job> {
    in_session(store, async |session| {
        for number in 1..=count {
            let task = Task::Collect { payment_id: PaymentId::new(number) };
            session.enqueue(&NewJob { task, run_at: noon(), key: None }).await.unwrap();
        }
    })
    .await;
    let mut jobs = store.claim_jobs(noon(), at(60), 100).await.unwrap();
    jobs.sort_by_key(|job| job.id);
    jobs
}

/// [`box_office::RecipientLimits::charge_mail`].
pub async fn emails_are_counted_by_their_scopes(t: StoreUnderTest) {
    let drop = |key: &str, minute| charge(key, OverLimit::Drop, at(minute));
    let batch = [drop("a", 0), drop("b", 0), drop("a", 0), drop("a", 0)];
    let verdicts = t.store.charge_mail(&batch).await.unwrap();
    assert_eq!(verdicts, [MailVerdict::Send, MailVerdict::Send, MailVerdict::Send, MailVerdict::Drop]);
    let outside = t.outside().0;
    assert_eq!(outside.charge_mail(&[drop("a", 9)]).await.unwrap(), [MailVerdict::Drop]);
    assert_eq!(outside.charge_mail(&[drop("a", 10)]).await.unwrap(), [MailVerdict::Send]);
    assert_eq!(outside.charge_mail(&[]).await.unwrap(), []);
}

/// [`box_office::RecipientLimits::charge_mail`].
pub async fn delayed_emails_are_counted_once(t: StoreUnderTest) {
    let late = || charge("a", OverLimit::Delay(Duration::days(1)), noon());
    let verdicts = t.store.charge_mail(&[late(), late(), late()]).await.unwrap();
    assert_eq!(verdicts[2], MailVerdict::Later(at(10)));
    assert_eq!(t.outside().0.charge_mail(&[late()]).await.unwrap(), [MailVerdict::Later(at(20))]);
}

/// [`box_office::RecipientLimits::charge_mail`]: a retried job is not counted again, on any replica.
pub async fn email_of_a_retried_job_is_counted_once(t: StoreUnderTest) {
    let jobs = jobs(&*t.store, 4).await;
    let outside = t.outside().0;
    let of = |index: usize, minute| {
        charge_of(jobs[index].id, "a", OverLimit::Delay(Duration::days(1)), at(minute))
    };
    let verdicts = t.store.charge_mail(&[of(0, 0), of(0, 0), of(1, 0), of(2, 0)]).await.unwrap();
    let later = MailVerdict::Later(at(10));
    assert_eq!(verdicts, [MailVerdict::Send, MailVerdict::Send, MailVerdict::Send, later]);
    for minute in 0..3 {
        let again = outside.charge_mail(&[of(0, minute), of(2, minute)]).await.unwrap();
        assert_eq!(again, [MailVerdict::Send, later]);
    }
    assert_eq!(outside.charge_mail(&[of(2, 10), of(3, 10)]).await.unwrap()[0], MailVerdict::Send);
    let again = JobEnd::Retry { at: at(20), error: Some("mail server".into()) };
    assert_eq!(t.store.finish_jobs(&[(jobs[0].clone(), again)]).await.unwrap(), [true]);
    assert_eq!(t.store.charge_mail(&[of(0, 11)]).await.unwrap(), [MailVerdict::Send], "kept with the job");
}

/// [`box_office::RecipientLimits::charge_mail`]: a deferred email is counted when it is allowed.
pub async fn deferred_email_is_not_counted(t: StoreUnderTest) {
    let jobs = jobs(&*t.store, 4).await;
    let of = |index: usize, minute| charge_of(jobs[index].id, "a", OverLimit::Retry, at(minute));
    let verdicts = t.store.charge_mail(&[of(0, 0), of(1, 0), of(2, 0), of(3, 0)]).await.unwrap();
    let retry = MailVerdict::Retry(at(10));
    assert_eq!(verdicts, [MailVerdict::Send, MailVerdict::Send, retry, retry]);
    let outside = t.outside().0;
    assert_eq!(outside.charge_mail(&[of(3, 10), of(2, 10)]).await.unwrap()[0], MailVerdict::Send);
    assert_eq!(outside.charge_mail(&[of(2, 19)]).await.unwrap(), [MailVerdict::Retry(at(20))]);
}

/// [`box_office::RecipientLimits::charge_mail`]: two workers of one job count its email once.
pub async fn concurrent_workers_of_a_job_count_its_email_once(t: StoreUnderTest) {
    let job = jobs(&*t.store, 1).await.remove(0);
    let (second, _) = t.outside();
    let tasks: Vec<_> = (0..8)
        .map(|n| {
            let store = Arc::clone(if n % 2 == 0 { &t.store } else { &second });
            let charge = charge_of(job.id, "a", OverLimit::Drop, noon());
            tokio::spawn(async move { store.charge_mail(&[charge]).await.unwrap().remove(0) })
        })
        .collect();
    let mut verdicts = BTreeSet::new();
    for task in tasks {
        verdicts.insert(format!("{:?}", task.await.unwrap()));
    }
    assert_eq!(verdicts, BTreeSet::from(["Send".to_owned()]));
    let other = charge("a", OverLimit::Drop, noon());
    assert_eq!(t.store.charge_mail(&[other]).await.unwrap(), [MailVerdict::Send], "one was counted");
}

/// [`box_office::RecipientLimits::charge_mail`]: replicas share a limit.
pub async fn replicas_share_the_limit_of_a_recipient(t: StoreUnderTest) {
    let (second, _) = t.outside();
    let tasks: Vec<_> = (0..20)
        .map(|n| {
            let store = Arc::clone(if n % 2 == 0 { &t.store } else { &second });
            tokio::spawn(async move {
                let scopes = [if n % 3 == 0 { "a" } else { "z" }, "m"]
                    .map(|key| charge(key, OverLimit::Drop, noon()).scopes.remove(0));
                let job = JobId::new(1_000 + n);
                store.charge_mail(&[MailCharge { job, scopes: scopes.to_vec(), at: noon() }]).await.unwrap()
            })
        })
        .collect();
    let mut sent = 0;
    for task in tasks {
        sent += u32::from(task.await.unwrap() == [MailVerdict::Send]);
    }
    assert_eq!(sent, 2);
}

/// [`box_office::Queue::prune`].
pub async fn unused_email_limits_are_pruned(t: StoreUnderTest) {
    t.store
        .charge_mail(&[charge("a", OverLimit::Drop, at(0)), charge("b", OverLimit::Drop, at(60))])
        .await
        .unwrap();
    assert_eq!(t.store.prune(at(30), 100).await.unwrap(), 1);
}

async fn payments(t: &StoreUnderTest, user: &User, count: u64) -> Vec<Payment> {
    let event = add_event(&*t.store, &new_event(50, 10)).await;
    let mut payments = Vec::new();
    for number in 1..=count {
        payments.push(take(&*t.orders, hold_request(&event, user, number)).await.payment.unwrap());
    }
    payments
}

fn request(payment: &Payment, user: Option<&User>, minute: i64) -> PushRequest {
    PushRequest {
        payment_id: payment.id,
        payer: PAYER.into(),
        user_id: user.map(|user| user.id),
        at: at(minute),
    }
}

async fn claim(store: &dyn Store, request: PushRequest) -> PushTurn {
    store.claim_pushes(&[request], 2).await.unwrap().pop().unwrap()
}

async fn put(store: &dyn Store, payment: Payment) {
    in_session(store, async |session| session.put_payment(&payment).await.unwrap()).await;
}

/// [`box_office::RecipientLimits::claim_pushes`].
pub async fn two_requests_per_payer_are_pushed_and_the_rest_queue(t: StoreUnderTest) {
    let user = add_user(&*t.store, 1).await;
    let payments = payments(&t, &user, 6).await;
    let outside = t.outside().0;
    let at_minute = |index: usize, minute| request(&payments[index], None, minute);
    assert_eq!(claim(&*t.store, at_minute(0, 0)).await, PushTurn::Now);
    assert_eq!(claim(&*outside, at_minute(1, 0)).await, PushTurn::Now);
    for index in 2..6 {
        assert_eq!(claim(&*t.store, at_minute(index, 1)).await, PushTurn::Wait);
    }
    assert_eq!(claim(&*outside, at_minute(0, 1)).await, PushTurn::Now, "pushed already");
    // A refusal by the wallet does not end the push. Then the VASP refuses one request, and the other
    // expires.
    let refused = |push_refused| CollectionUpdate {
        payment_id: payments[0].id,
        invoice: None,
        collection: Collection { state: CollectionState::Refused, detail: String::new() },
        push_refused,
        at: at(1),
    };
    assert_eq!(t.holds.update_collections(&[refused(false)]).await.unwrap(), [true]);
    assert_eq!(claim(&*outside, at_minute(2, 1)).await, PushTurn::Wait);
    assert_eq!(t.holds.update_collections(&[refused(true)]).await.unwrap(), [true]);
    assert_eq!(claim(&*outside, at_minute(3, 1)).await, PushTurn::Wait, "an older one waits");
    assert_eq!(claim(&*outside, at_minute(2, 1)).await, PushTurn::Now);
    let state = PaymentState { status: PaymentStatus::Expired, ..payments[1].state.clone() };
    put(&*t.store, Payment { state, ..payments[1].clone() }).await;
    assert_eq!(claim(&*outside, at_minute(3, 1)).await, PushTurn::Now);
    assert_eq!(claim(&*outside, at_minute(4, 2)).await, PushTurn::Wait);
    // Pushes stop counting after two minutes, which admits the two queued requests.
    assert_eq!(claim(&*t.store, at_minute(5, 3)).await, PushTurn::Now);
    assert_eq!(claim(&*t.store, at_minute(4, 3)).await, PushTurn::Now);
}

/// [`box_office::RecipientLimits::claim_pushes`]: replicas share a limit.
pub async fn replicas_share_the_push_limit_of_a_payer(t: StoreUnderTest) {
    let user = add_user(&*t.store, 1).await;
    let (second, _) = t.outside();
    let tasks: Vec<_> = (0..)
        .zip(payments(&t, &user, 12).await)
        .map(|(n, payment)| {
            let store = Arc::clone(if n % 2 == 0 { &t.store } else { &second });
            tokio::spawn(async move { claim(&*store, request(&payment, None, 0)).await })
        })
        .collect();
    let mut pushed = 0;
    for task in tasks {
        pushed += u32::from(task.await.unwrap() == PushTurn::Now);
    }
    assert!(pushed <= 2, "{pushed}");
}

/// [`box_office::RecipientLimits::mark_payreqs`].
pub async fn payer_of_an_earlier_paid_order_is_not_limited(t: StoreUnderTest) {
    let (ann, ben) = (add_user(&*t.store, 1).await, add_user(&*t.store, 2).await);
    let payments = payments(&t, &ann, 5).await;
    for payment in &payments[..2] {
        assert_eq!(claim(&*t.store, request(payment, Some(&ann), 0)).await, PushTurn::Now);
    }
    assert_eq!(claim(&*t.store, request(&payments[2], Some(&ann), 0)).await, PushTurn::Wait);
    // Paid, but without a verified payreq.
    let paid = |payment: &Payment| Payment {
        state: PaymentState { status: PaymentStatus::Paid, ..payment.state.clone() },
        ..payment.clone()
    };
    put(&*t.store, paid(&payments[4])).await;
    assert_eq!(claim(&*t.store, request(&payments[2], Some(&ann), 0)).await, PushTurn::Wait);
    let seen = SeenPayreq { payment_id: payments[4].id, payer: PAYER.into(), at: noon() };
    t.store.mark_payreqs(&[seen.clone(), seen]).await.unwrap();
    assert_eq!(claim(&*t.store, request(&payments[3], Some(&ben), 0)).await, PushTurn::Wait);
    assert_eq!(claim(&*t.outside().0, request(&payments[2], Some(&ann), 0)).await, PushTurn::Now);
}

/// [`box_office::Queue::prune`].
pub async fn requests_of_ended_orders_are_pruned(t: StoreUnderTest) {
    let ann = add_user(&*t.store, 1).await;
    let payments = payments(&t, &ann, 3).await;
    for payment in &payments {
        claim(&*t.store, request(payment, Some(&ann), 0)).await;
    }
    let ended = |payment: &Payment, status| Payment {
        state: PaymentState { status, ..payment.state.clone() },
        ..payment.clone()
    };
    put(&*t.store, ended(&payments[0], PaymentStatus::Expired)).await;
    put(&*t.store, ended(&payments[1], PaymentStatus::Paid)).await;
    let seen = SeenPayreq { payment_id: payments[1].id, payer: PAYER.into(), at: noon() };
    t.store.mark_payreqs(&[seen]).await.unwrap();
    assert_eq!(t.store.prune(noon(), 100).await.unwrap(), 0);
    // Only the expired one: a payer that paid is kept longer, a pending order until it ends.
    assert_eq!(t.store.prune(at(1), 100).await.unwrap(), 1);
    assert_eq!(t.store.prune(at(1) + KNOWN_NETWORK_LIFE, 100).await.unwrap(), 1);
    assert_eq!(t.store.prune(at(9) + KNOWN_NETWORK_LIFE, 100).await.unwrap(), 0);
}
