//! `box_office::Queue` and `box_office::Outbox`.

use super::StoreUnderTest;
use crate::builders::{
    add_event, add_user, at, hold_request, in_session, msats, new_event, noon, payment_hash, seen_nonce, take,
};
use box_office::{
    AccountNotice, Job, JobEnd, JobStats, MailContent, NewAudit, NewJob, NewWebhook, ProofReason, Store,
    Task, TicketMail,
};
use kernel::{EventId, JobId, Page, PaymentId, RefundId, TicketId, Timestamp, UserId, WebhookId};
use payments::{Collection, CollectionState, Notice, Payment};
use std::{collections::BTreeSet, sync::Arc};

fn job(number: i64, run_at: Timestamp) -> NewJob {
    NewJob { task: Task::Collect { payment_id: PaymentId::new(number) }, run_at, key: None }
}

fn keyed(number: i64, key: &str) -> NewJob {
    NewJob { key: Some(key.into()), ..job(number, noon()) }
}

async fn enqueue(store: &dyn Store, jobs: &[NewJob]) {
    in_session(store, async |session| {
        for job in jobs {
            session.enqueue(job).await.unwrap();
        }
    })
    .await;
}

async fn claim(store: &dyn Store, now: Timestamp) -> Vec<Job> {
    store.claim_jobs(now, now + chrono::Duration::minutes(1), 100).await.unwrap()
}

pub(super) async fn finish(store: &dyn Store, job: &Job, end: &JobEnd) -> bool {
    store.finish_jobs(&[(job.clone(), end.clone())]).await.unwrap() == [true]
}

fn numbers(jobs: &[Job]) -> Vec<i64> {
    jobs.iter()
        .map(|job| match &job.task {
            Task::Collect { payment_id } => payment_id.get(),
            other => panic!("not enqueued here: {other:?}"),
        })
        .collect()
}

fn webhook(event_id: &str) -> NewWebhook {
    NewWebhook {
        event_id: event_id.into(),
        body: b"{}".to_vec(),
        signature: "00ff".into(),
        received_at: noon(),
    }
}

/// [`box_office::Queue::claim_jobs`].
pub async fn due_jobs_are_leased_oldest_first_up_to_limit(t: StoreUnderTest) {
    enqueue(&*t.store, &[job(1, at(3)), job(2, at(1)), job(3, at(2)), job(4, at(5))]).await;
    assert_eq!(t.store.claim_jobs(at(0), at(9), 10).await.unwrap(), []);
    let first = t.store.claim_jobs(at(3), at(9), 2).await.unwrap();
    assert_eq!(numbers(&first), [2, 3]);
    assert_eq!((first[0].run_at, first[0].attempts, first[0].last_error.as_ref()), (at(1), 1, None));
    assert_eq!(numbers(&t.store.claim_jobs(at(3), at(9), 10).await.unwrap()), [1]);
    assert_eq!(t.store.claim_jobs(at(3), at(9), 10).await.unwrap(), []);
    assert_eq!(numbers(&t.store.claim_jobs(at(5), at(9), 10).await.unwrap()), [4]);
}

/// [`box_office::Queue::claim_jobs`] and [`box_office::Queue::failed_jobs`]: unknown jobs are not leased, not
/// counted as attempts, and do not block other jobs.
pub async fn jobs_of_unknown_kinds_are_left_unclaimed(t: StoreUnderTest) {
    // The same store is tested with SQL access in another suite.
    let Some(run_sql) = &t.run_sql else { return };
    let become_task = async |job: &Job, task: &str| {
        run_sql(format!("UPDATE jobs SET task = '{task}' WHERE id = {}", job.id)).await;
    };
    enqueue(&*t.store, &[job(1, noon()), job(2, noon()), job(3, noon())]).await;
    let jobs = claim(&*t.store, noon()).await;
    for job in &jobs {
        finish(&*t.store, job, &JobEnd::Retry { at: at(1), error: None }).await;
    }
    become_task(&jobs[0], r#"{"task":"of_a_newer_release","x":1}"#).await;
    become_task(&jobs[1], r#"{"task":"collect","of_a_newer_release":1}"#).await;
    assert_eq!(numbers(&claim(&*t.store, at(2)).await), [3]);
    assert_eq!(numbers(&t.outside().0.claim_jobs(at(10), at(11), 10).await.unwrap()), [3]);
    become_task(&jobs[0], r#"{"task":"collect","payment_id":1}"#).await;
    let known = claim(&*t.store, at(20)).await;
    assert_eq!(numbers(&known), [1, 3]);
    assert_eq!(known[0].attempts, 2, "it was never leased");
    for job in &known {
        finish(&*t.store, job, &JobEnd::DeadLetter { error: "no".into() }).await;
    }
    become_task(&known[0], r#"{"task":"of_a_newer_release"}"#).await;
    assert_eq!(numbers(&t.store.failed_jobs(Page::default()).await.unwrap()), [3]);
}

/// [`box_office::Queue::claim_jobs`], called concurrently through both handles.
pub async fn concurrent_callers_claim_each_job_once(t: StoreUnderTest) {
    let jobs: Vec<NewJob> = (0..60).map(|number| job(number, noon())).collect();
    enqueue(&*t.store, &jobs).await;
    let (second, _) = t.outside();
    let tasks: Vec<_> = (0..8)
        .map(|n| {
            let store = Arc::clone(if n % 2 == 0 { &t.store } else { &second });
            tokio::spawn(async move {
                let mut mine = Vec::new();
                loop {
                    let claimed = store.claim_jobs(noon(), at(9), 7).await.unwrap();
                    if claimed.is_empty() && store.job_stats(noon()).await.unwrap().due == 0 {
                        return mine;
                    }
                    mine.extend(numbers(&claimed));
                }
            })
        })
        .collect();
    let mut all = Vec::new();
    for task in tasks {
        all.extend(task.await.unwrap());
    }
    assert_eq!(all.len(), 60);
    assert_eq!(all.into_iter().collect::<BTreeSet<_>>().len(), 60);
}

/// [`box_office::Queue::claim_jobs`].
pub async fn job_with_an_expired_lease_is_claimed_again(t: StoreUnderTest) {
    enqueue(&*t.store, &[job(1, noon())]).await;
    assert_eq!(numbers(&t.store.claim_jobs(at(0), at(5), 10).await.unwrap()), [1]);
    assert_eq!(t.outside().0.claim_jobs(at(4), at(9), 10).await.unwrap(), []);
    assert_eq!(numbers(&t.outside().0.claim_jobs(at(5), at(9), 10).await.unwrap()), [1]);
}

/// [`box_office::Queue::extend_lease`].
pub async fn lease_is_extended_while_the_claim_is_valid(t: StoreUnderTest) {
    enqueue(&*t.store, &[job(1, noon())]).await;
    let first = t.store.claim_jobs(at(0), at(5), 10).await.unwrap().pop().unwrap();
    assert!(t.outside().0.extend_lease(&first, at(9)).await.unwrap());
    assert_eq!(t.outside().0.claim_jobs(at(8), at(20), 10).await.unwrap(), []);
    let second = t.outside().0.claim_jobs(at(9), at(20), 10).await.unwrap().pop().unwrap();
    assert!(!t.store.extend_lease(&first, at(90)).await.unwrap(), "lost to the second claim");
    assert_eq!(numbers(&t.store.claim_jobs(at(20), at(30), 10).await.unwrap()), [1]);
    let third = Job { attempts: second.attempts + 1, ..second };
    assert!(t.store.extend_lease(&third, at(40)).await.unwrap());
    assert!(finish(&*t.store, &third, &JobEnd::Done).await);
    assert!(!t.store.extend_lease(&third, at(50)).await.unwrap(), "ended");
    assert_eq!(claim(&*t.store, at(100)).await, []);
}

/// [`box_office::Queue::claim_jobs`].
pub async fn each_claim_increments_attempts(t: StoreUnderTest) {
    enqueue(&*t.store, &[job(1, noon())]).await;
    for attempt in 1..=5 {
        let claimed = claim(&*t.store, at(i64::from(attempt))).await.pop().unwrap();
        assert_eq!(claimed.attempts, attempt);
        if attempt % 2 == 0 {
            let retry = JobEnd::Retry { at: noon(), error: Some(format!("fault {attempt}")) };
            assert!(finish(&*t.store, &claimed, &retry).await);
        }
    }
}

/// [`JobEnd::Done`].
pub async fn finished_job_is_not_claimed_again(t: StoreUnderTest) {
    enqueue(&*t.store, &[job(1, noon())]).await;
    let claimed = claim(&*t.store, noon()).await.pop().unwrap();
    assert!(finish(&*t.store, &claimed, &JobEnd::Done).await);
    assert_eq!(claim(&*t.store, at(100)).await, []);
    assert_eq!(t.store.job_stats(at(100)).await.unwrap(), JobStats::default());
}

/// [`JobEnd::Retry`].
pub async fn retried_job_is_due_at_its_new_time(t: StoreUnderTest) {
    enqueue(&*t.store, &[job(1, noon())]).await;
    let claimed = claim(&*t.store, noon()).await.pop().unwrap();
    let retry = JobEnd::Retry { at: at(7), error: Some("timeout".into()) };
    assert!(finish(&*t.store, &claimed, &retry).await);
    assert_eq!(claim(&*t.store, at(6)).await, []);
    let back = claim(&*t.store, at(7)).await.pop().unwrap();
    assert_eq!(
        back,
        Job { attempts: 2, run_at: at(7), last_error: Some("timeout".into()), ..claimed.clone() }
    );
    let without_error = JobEnd::Retry { at: at(8), error: None };
    assert!(finish(&*t.store, &back, &without_error).await);
    assert_eq!(claim(&*t.store, at(8)).await.pop().unwrap().last_error, None);
}

/// [`JobEnd::DeadLetter`], [`box_office::Queue::failed_jobs`] and [`box_office::Queue::requeue_job`].
pub async fn dead_job_is_listed_and_can_be_requeued(t: StoreUnderTest) {
    enqueue(&*t.store, &[job(1, noon()), job(2, noon())]).await;
    let claimed = claim(&*t.store, noon()).await;
    for dead in &claimed {
        let end = JobEnd::DeadLetter { error: "no such wallet".into() };
        assert!(finish(&*t.store, dead, &end).await);
    }
    assert_eq!(claim(&*t.store, at(100)).await, []);
    let dead = t.store.failed_jobs(Page::default()).await.unwrap();
    assert_eq!(numbers(&dead), [2, 1]);
    assert_eq!(dead[0].last_error.as_deref(), Some("no such wallet"));
    assert_eq!(numbers(&t.store.failed_jobs(Page::new(Some(1), Some(1))).await.unwrap()), [1]);
    assert!(t.store.requeue_job(dead[0].id, at(3), None).await.unwrap());
    assert!(!t.store.requeue_job(dead[0].id, at(3), None).await.unwrap());
    assert!(!t.store.requeue_job(JobId::new(999), at(3), None).await.unwrap());
    assert_eq!(numbers(&t.store.failed_jobs(Page::default()).await.unwrap()), [1]);
    assert_eq!(claim(&*t.store, at(2)).await, []);
    let back = claim(&*t.store, at(3)).await.pop().unwrap();
    assert_eq!((back.id, back.run_at, back.attempts), (dead[0].id, at(3), 2));
}

/// [`box_office::Queue::finish_jobs`].
pub async fn finishing_a_lost_claim_has_no_effect(t: StoreUnderTest) {
    enqueue(&*t.store, &[job(1, noon())]).await;
    let lost = t.store.claim_jobs(at(0), at(1), 1).await.unwrap().pop().unwrap();
    let held = t.outside().0.claim_jobs(at(1), at(5), 1).await.unwrap().pop().unwrap();
    for end in [
        JobEnd::Done,
        JobEnd::DeadLetter { error: "late".into() },
        JobEnd::Retry { at: at(0), error: Some("late".into()) },
    ] {
        assert!(!finish(&*t.store, &lost, &end).await);
    }
    assert_eq!(claim(&*t.store, at(4)).await, []);
    assert_eq!(t.store.failed_jobs(Page::default()).await.unwrap(), []);
    assert!(finish(&*t.store, &held, &JobEnd::Done).await);
    assert!(!finish(&*t.store, &held, &JobEnd::Done).await);
}

/// [`box_office::Queue::finish_jobs`].
pub async fn finish_jobs_returns_results_in_order(t: StoreUnderTest) {
    let jobs: Vec<NewJob> = (1..=4).map(|number| job(number, noon())).collect();
    enqueue(&*t.store, &jobs).await;
    assert!(t.store.receive_webhook(&webhook("evt_1")).await.unwrap());
    let first = t.store.claim_jobs(at(0), at(1), 1).await.unwrap();
    let claimed = claim(&*t.store, at(1)).await;
    assert_eq!(claimed.len(), 5);
    let dead = || JobEnd::DeadLetter { error: "no".into() };
    let ends = [
        (claimed[3].clone(), JobEnd::Done),
        (first[0].clone(), JobEnd::Done),
        (claimed[1].clone(), JobEnd::Retry { at: at(7), error: Some("later".into()) }),
        (claimed[3].clone(), dead()),
        (claimed[2].clone(), dead()),
        (claimed[4].clone(), JobEnd::Done),
    ];
    assert!(matches!(claimed[4].task, Task::Webhook { .. }));
    assert_eq!(t.outside().0.finish_jobs(&ends).await.unwrap(), [true, false, true, false, true, true]);
    assert_eq!(numbers(&t.store.failed_jobs(Page::default()).await.unwrap()), [3]);
    let back = claim(&*t.store, at(7)).await;
    assert_eq!(numbers(&back), [1, 2]);
    assert_eq!(back[1].last_error.as_deref(), Some("later"));
    // The webhook counts as processed, so it is pruned.
    assert_eq!(t.store.prune(at(400), 100).await.unwrap(), 3);
    assert!(t.store.finish_jobs(&[]).await.unwrap().is_empty());
}

/// [`NewJob::key`] and [`box_office::Outbox::enqueue`].
pub async fn key_allows_one_unfinished_job(t: StoreUnderTest) {
    enqueue(&*t.store, &[keyed(1, "k"), keyed(2, "k"), keyed(3, "other"), job(4, noon()), job(5, noon())])
        .await;
    enqueue(&*t.store, &[keyed(6, "k")]).await;
    let claimed = claim(&*t.store, noon()).await;
    assert_eq!(numbers(&claimed), [1, 3, 4, 5]);
    enqueue(&*t.store, &[keyed(7, "k")]).await;
    assert_eq!(claim(&*t.store, noon()).await, []);
    assert!(finish(&*t.store, &claimed[0], &JobEnd::Done).await);
    enqueue(&*t.store, &[keyed(8, "k")]).await;
    let next = claim(&*t.store, noon()).await.pop().unwrap();
    assert_eq!(numbers(std::slice::from_ref(&next)), [8]);
    assert!(finish(&*t.store, &next, &JobEnd::DeadLetter { error: "no".into() }).await);
    enqueue(&*t.store, &[keyed(9, "k")]).await;
    assert_eq!(numbers(&claim(&*t.store, noon()).await), [9]);
}

/// [`box_office::Queue::requeue_job`].
pub async fn requeue_writes_job_and_audit_entry_together(t: StoreUnderTest) {
    enqueue(&*t.store, &[keyed(1, "k")]).await;
    let dead = claim(&*t.store, noon()).await.pop().unwrap();
    assert!(finish(&*t.store, &dead, &JobEnd::DeadLetter { error: "no".into() }).await);
    enqueue(&*t.store, &[keyed(2, "k")]).await;
    let audit = NewAudit {
        actor: None,
        action: "job.requeue".into(),
        subject: format!("job/{}", dead.id),
        detail: String::new(),
        at: noon(),
    };
    let log = async || t.outside().0.audit_log(Page::default()).await.unwrap();
    // An unfinished job has the key: nothing is requeued or logged.
    assert!(!t.store.requeue_job(dead.id, at(1), Some(&audit)).await.unwrap());
    assert!(!t.store.requeue_job(JobId::new(999), at(1), Some(&audit)).await.unwrap());
    assert_eq!(log().await, []);
    let other = claim(&*t.store, at(1)).await;
    assert!(finish(&*t.store, &other[0], &JobEnd::Done).await);
    assert!(t.store.requeue_job(dead.id, at(1), Some(&audit)).await.unwrap());
    assert_eq!(log().await.into_iter().map(|entry| entry.entry).collect::<Vec<_>>(), [audit]);
    assert_eq!(numbers(&claim(&*t.store, at(1)).await), [1]);
}

/// Rule of the suite; see [`crate::store`].
pub async fn requeue_does_not_duplicate_an_unfinished_job(t: StoreUnderTest) {
    enqueue(&*t.store, &[keyed(1, "k")]).await;
    let dead = claim(&*t.store, noon()).await.pop().unwrap();
    assert!(finish(&*t.store, &dead, &JobEnd::DeadLetter { error: "no".into() }).await);
    enqueue(&*t.store, &[keyed(2, "k")]).await;
    assert!(!t.store.requeue_job(dead.id, at(1), None).await.unwrap());
    let other = claim(&*t.store, at(1)).await;
    assert_eq!(numbers(&other), [2]);
    assert!(finish(&*t.store, &other[0], &JobEnd::Done).await);
    assert!(t.store.requeue_job(dead.id, at(1), None).await.unwrap());
    assert_eq!(numbers(&claim(&*t.store, at(1)).await), [1]);
}

/// [`box_office::Outbox`]: jobs are written in the transaction that causes them.
pub async fn uncommitted_jobs_are_not_visible(t: StoreUnderTest) {
    let mut session = t.store.begin().await.unwrap();
    session.enqueue(&job(1, noon())).await.unwrap();
    assert_eq!(t.store.job_stats(noon()).await.unwrap().due, 0);
    session.rollback().await.unwrap();
    assert_eq!(claim(&*t.store, noon()).await, []);
}

/// [`Task`].
pub async fn tasks_round_trip(t: StoreUnderTest) {
    let tasks = [
        Task::Collect { payment_id: PaymentId::new(i64::MAX) },
        Task::watch(payment_hash(1)),
        Task::Webhook { webhook_id: WebhookId::new(7) },
        Task::notify(TicketId::new(8), Notice::Underpaid { received: msats(1), price: msats(2) }),
        // As written by releases without notices.
        Task::Mail(TicketMail {
            ticket_id: TicketId::new(8),
            content: MailContent::Template("refund_due".into()),
        }),
        Task::Refund { payment_id: PaymentId::new(9), refund_id: RefundId::new(10) },
        Task::CancelEvent { event_id: EventId::new(11) },
        Task::RevokeWallet {
            user_id: UserId::new(13),
            uma_address: "$alice@vasp.example".into(),
            client_id: "npub1x wss://relay.example".into(),
            refresh_token: "a:AAAA".into(),
        },
        Task::VerifyEmail {
            user_id: UserId::new(12),
            address: Some("00ff".into()),
            reason: ProofReason::Changed,
            requested_at: Some(noon()),
            network: Some("00".into()),
            requested_from: Some([192, 0, 2, 7].into()),
        },
        Task::PasswordReset { email: "a@b.example".into(), requested_at: noon(), requested_from: None },
        Task::LoginLink { email: "a@b.example".into(), requested_at: noon(), requested_from: None },
        Task::AccountNotice {
            user_id: Some(UserId::new(7)),
            email: "a@b.example".into(),
            notice: AccountNotice::Deleted,
            proved: true,
            at: noon(),
            language: kernel::Language::Ko,
            network: None,
            requested_from: Some("2001:db8::".parse().unwrap()),
        },
    ];
    for task in tasks {
        enqueue(&*t.store, &[NewJob { task: task.clone(), run_at: noon(), key: None }]).await;
        let claimed = claim(&*t.store, noon()).await.pop().unwrap();
        assert_eq!(claimed.task, task);
        assert!(finish(&*t.store, &claimed, &JobEnd::Done).await);
    }
}

/// [`box_office::Queue::job_stats`]: leased jobs are not due.
pub async fn job_stats_count_due_and_dead_jobs(t: StoreUnderTest) {
    assert_eq!(t.store.job_stats(noon()).await.unwrap(), JobStats::default());
    enqueue(&*t.store, &[job(1, at(1)), job(2, at(2)), job(3, at(3)), job(4, at(9))]).await;
    let stats = t.store.job_stats(at(3)).await.unwrap();
    assert_eq!(stats, JobStats { due: 3, oldest_due: Some(at(1)), dead: 0 });
    let claimed = t.store.claim_jobs(at(3), at(5), 1).await.unwrap().pop().unwrap();
    let stats = t.store.job_stats(at(3)).await.unwrap();
    assert_eq!(stats, JobStats { due: 2, oldest_due: Some(at(2)), dead: 0 });
    assert!(finish(&*t.store, &claimed, &JobEnd::DeadLetter { error: "no".into() }).await);
    let stats = t.outside().0.job_stats(at(9)).await.unwrap();
    assert_eq!(stats, JobStats { due: 3, oldest_due: Some(at(2)), dead: 1 });
}

/// [`box_office::Queue::receive_webhook`].
pub async fn webhook_is_stored_once_with_its_job(t: StoreUnderTest) {
    let (second, _) = t.outside();
    let tasks: Vec<_> = (0..10)
        .map(|n| {
            let store = Arc::clone(if n % 2 == 0 { &t.store } else { &second });
            tokio::spawn(async move { store.receive_webhook(&webhook("evt_1")).await.unwrap() })
        })
        .collect();
    let mut kept = 0;
    for task in tasks {
        kept += u32::from(task.await.unwrap());
    }
    assert_eq!(kept, 1);
    let jobs = claim(&*t.store, noon()).await;
    assert_eq!(jobs.len(), 1);
    let Task::Webhook { webhook_id } = jobs[0].task else { panic!("{:?}", jobs[0].task) };
    assert_eq!(t.store.webhook(webhook_id).await.unwrap().unwrap().webhook, webhook("evt_1"));
    assert!(finish(&*t.store, &jobs[0], &JobEnd::Done).await);
    assert!(!t.store.receive_webhook(&webhook("evt_1")).await.unwrap());
    assert!(t.store.receive_webhook(&webhook("evt_2")).await.unwrap());
    assert_eq!(claim(&*t.store, noon()).await.len(), 1);
}

/// [`box_office::Queue::webhook`].
pub async fn webhook_body_round_trips(t: StoreUnderTest) {
    let raw = NewWebhook { body: (0..=255).collect(), received_at: at(3), ..webhook("evt_1") };
    assert!(t.store.receive_webhook(&raw).await.unwrap());
    let job = claim(&*t.store, at(3)).await.pop().unwrap();
    let Task::Webhook { webhook_id } = job.task else { panic!("{:?}", job.task) };
    let kept = t.outside().0.webhook(webhook_id).await.unwrap().unwrap();
    assert_eq!((kept.id, kept.webhook), (webhook_id, raw));
    assert_eq!(t.store.webhook(WebhookId::new(999)).await.unwrap(), None);
}

/// [`box_office::Queue::prune`]: unfinished and dead rows are kept at any age.
pub async fn old_finished_rows_are_pruned(t: StoreUnderTest) {
    let event = add_event(&*t.store, &new_event(5, 10)).await;
    let user = add_user(&*t.store, 1).await;
    let key = Some(crate::builders::idempotency_key("once", 1));
    take(&*t.orders, crate::purchases::HoldRequest { key: key.clone(), ..hold_request(&event, &user, 1) })
        .await;
    for event_id in ["evt_done", "evt_dead", "evt_waiting"] {
        assert!(t.store.receive_webhook(&webhook(event_id)).await.unwrap());
    }
    enqueue(&*t.store, &[job(1, noon()), job(2, noon()), job(3, noon())]).await;
    let nonces = [seen_nonce("vasp.example", "old", noon()), seen_nonce("vasp.example", "young", at(500))];
    assert_eq!(t.holds.remember_all(&nonces).await.unwrap(), [true, true]);
    let claimed = claim(&*t.store, noon()).await;
    assert_eq!(claimed.len(), 6);
    let end = async |job: &Job, end: JobEnd| assert!(finish(&*t.store, job, &end).await);
    end(&claimed[0], JobEnd::Done).await;
    end(&claimed[1], JobEnd::DeadLetter { error: "no".into() }).await;
    end(&claimed[3], JobEnd::Done).await;
    end(&claimed[4], JobEnd::DeadLetter { error: "no".into() }).await;
    assert_eq!(t.store.prune(noon(), 100).await.unwrap(), 0);
    // Two finished jobs, one processed webhook, one nonce, one key.
    assert_eq!(t.store.prune(at(400), 100).await.unwrap(), 5);
    assert_eq!(t.store.prune(at(400), 100).await.unwrap(), 0);
    assert_eq!(t.store.failed_jobs(Page::default()).await.unwrap().len(), 2);
    assert_eq!(claim(&*t.store, at(400)).await.len(), 2);
    for kept in [&claimed[1], &claimed[2]] {
        let Task::Webhook { webhook_id } = kept.task else { panic!("{:?}", kept.task) };
        assert!(t.store.webhook(webhook_id).await.unwrap().is_some());
    }
    assert_eq!(t.holds.remember_all(&nonces).await.unwrap(), [true, false]);
    take(&*t.orders, crate::purchases::HoldRequest { key, ..hold_request(&event, &user, 2) }).await;
}

/// [`box_office::Queue::prune`] in bounded batches.
pub async fn pruning_deletes_at_most_limit_rows_per_table(t: StoreUnderTest) {
    let jobs: Vec<NewJob> = (0..7).map(|number| job(number, noon())).collect();
    enqueue(&*t.store, &jobs).await;
    let nonces: Vec<_> = (0..7).map(|n| seen_nonce("vasp.example", &n.to_string(), noon())).collect();
    t.holds.remember_all(&nonces).await.unwrap();
    for claimed in claim(&*t.store, noon()).await {
        assert!(finish(&*t.store, &claimed, &JobEnd::Done).await);
    }
    let mut deleted = Vec::new();
    while deleted.last() != Some(&0) {
        deleted.push(t.store.prune(at(400), 3).await.unwrap());
    }
    assert_eq!(deleted, [6, 6, 2, 0]);
}

/// [`box_office::Outbox::audit`] and [`box_office::Views::audit_log`].
pub async fn audit_log_is_read_newest_first(t: StoreUnderTest) {
    let admin = add_user(&*t.store, 1).await;
    let entries: Vec<NewAudit> = (0..4)
        .map(|number| NewAudit {
            actor: (number % 2 == 0).then_some(admin.id),
            action: "event.update".into(),
            subject: format!("event/{number}"),
            detail: "capacity 5 → 6".into(),
            at: at(number),
        })
        .collect();
    in_session(&*t.store, async |session| {
        for entry in &entries {
            session.audit(entry).await.unwrap();
        }
    })
    .await;
    let mut seen = Vec::new();
    for offset in [0, 3] {
        seen.extend(t.store.audit_log(Page::new(Some(3), Some(offset))).await.unwrap());
    }
    assert!(seen.windows(2).all(|pair| pair[0].id > pair[1].id));
    let read: Vec<NewAudit> = seen.into_iter().rev().map(|row| row.entry).collect();
    assert_eq!(read, entries);
}

/// Rule of the suite; see [`crate::store`].
pub async fn nul_in_foreign_text_is_replaced(t: StoreUnderTest) {
    let event = add_event(&*t.store, &new_event(5, 10)).await;
    let user = add_user(&*t.store, 1).await;
    let payment = take(&*t.orders, hold_request(&event, &user, 1)).await.payment.unwrap();
    enqueue(&*t.store, &[job(1, noon()), job(2, noon())]).await;
    let claimed = claim(&*t.store, noon()).await;
    let retry = JobEnd::Retry { at: noon(), error: Some("a\0b".into()) };
    assert!(finish(&*t.store, &claimed[0], &retry).await);
    assert!(finish(&*t.store, &claimed[1], &JobEnd::DeadLetter { error: "a\0b".into() }).await);
    let collection = Collection { state: CollectionState::Refused, detail: "a\0b".into() };
    let audit =
        NewAudit { actor: None, action: "x".into(), subject: "y".into(), detail: "a\0b".into(), at: noon() };
    in_session(&*t.store, async |session| {
        session.put_payment(&Payment { collection, ..payment.clone() }).await.unwrap();
        session.audit(&audit).await.unwrap();
    })
    .await;
    let kept = "a\u{FFFD}b";
    assert_eq!(claim(&*t.store, noon()).await[0].last_error.as_deref(), Some(kept));
    assert_eq!(t.store.failed_jobs(Page::default()).await.unwrap()[0].last_error.as_deref(), Some(kept));
    assert_eq!(t.store.audit_log(Page::default()).await.unwrap()[0].entry.detail, kept);
    assert_eq!(t.store.payment(payment.id).await.unwrap().unwrap().collection.detail, kept);
}
