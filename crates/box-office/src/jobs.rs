use crate::{AccountNotice, HolderNotice, ProofReason, TicketMail};
use chrono::Duration;
use kernel::{
    EventId, JobId, Language, OrderId, PaymentId, RefundId, TicketId, Timestamp, UserId, WebhookId,
};
use payments::PaymentHash;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// Work of a job. Each task may run twice, run on two replicas at once, or be interrupted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "task", rename_all = "snake_case")]
pub enum Task {
    /// Request the money from the buyer's wallet, or else from their VASP.
    Collect {
        /// The payment.
        payment_id: PaymentId,
    },
    /// Poll our node about an invoice until it is settled or known to be unpaid.
    Watch {
        /// Payment hash, 64 hexadecimal digits.
        payment_hash: String,
    },
    /// Check the invoices that a webhook names at our node.
    Webhook {
        /// The webhook in the inbox.
        webhook_id: WebhookId,
    },
    /// Advance a refund until it is paid or has failed.
    Refund {
        /// The payment.
        payment_id: PaymentId,
        /// The refund.
        refund_id: RefundId,
    },
    /// Cancel or refund the remaining tickets of a cancelled event, one page per run.
    CancelEvent {
        /// The event.
        event_id: EventId,
    },
    /// Send the link that proves an email address.
    VerifyEmail {
        /// The account.
        user_id: UserId,
        /// Tag of the address to prove; `None` for the account's current address.
        #[serde(default)]
        address: Option<String>,
        /// Reason for sending.
        #[serde(default)]
        reason: ProofReason,
        /// Time of the request.
        #[serde(default)]
        requested_at: Option<Timestamp>,
        /// Tag of the network that requested it.
        #[serde(default)]
        network: Option<String>,
        /// The network, for the email.
        #[serde(default)]
        requested_from: Option<IpAddr>,
    },
    /// Send a password reset link, if an account has the address.
    PasswordReset {
        /// The requested address.
        email: String,
        /// Time of the request.
        requested_at: Timestamp,
        /// The network that requested it, for the email.
        #[serde(default)]
        requested_from: Option<IpAddr>,
    },
    /// Send a login link, if an account has the address.
    LoginLink {
        /// The requested address.
        email: String,
        /// Time of the request.
        requested_at: Timestamp,
        /// The network that requested it, for the email.
        requested_from: Option<IpAddr>,
    },
    /// Notify an address of a change of its account.
    AccountNotice {
        /// The account; missing in jobs of earlier releases.
        #[serde(default)]
        user_id: Option<UserId>,
        /// The address at the time of the change.
        email: String,
        /// Topic.
        notice: AccountNotice,
        /// Whether the address was proved.
        #[serde(default)]
        proved: bool,
        /// Time of the change.
        at: Timestamp,
        /// Language of the account.
        #[serde(default)]
        language: Language,
        /// Tag of the network that requested the change.
        #[serde(default)]
        network: Option<String>,
        /// The network, for the email.
        #[serde(default)]
        requested_from: Option<IpAddr>,
    },
    /// Notify a ticket's buyer by email.
    Mail(TicketMail),
    /// Send a guest the link of an order that is not issued yet.
    MailOrder {
        /// The order.
        order_id: OrderId,
    },
    /// Send a ticket to the person that it is for.
    MailHolder {
        /// The ticket.
        ticket_id: TicketId,
        /// Tag of the address.
        address: String,
    },
    /// Notify the person that a ticket is for.
    NotifyHolder {
        /// The ticket.
        ticket_id: TicketId,
        /// Tag of the address.
        address: String,
        /// What happened to the ticket.
        notice: HolderNotice,
    },
    /// Enqueue the emails about a changed event, one page per run.
    AnnounceEvent {
        /// The event.
        event_id: EventId,
    },
    /// Notify a ticket's holder of a changed event.
    MailEventUpdate {
        /// The ticket.
        ticket_id: TicketId,
    },
    /// Revoke a disconnected UMA Auth connection (RFC 7009).
    RevokeWallet {
        /// The former owner; the token is encrypted for this account.
        user_id: UserId,
        /// The wallet's address; the provider's configuration names the revocation endpoint.
        uma_address: String,
        /// UMA Auth client id.
        client_id: String,
        /// The encrypted refresh token.
        refresh_token: String,
    },
}

/// Timeouts of the adapters, from which the leases of jobs are derived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallLimits {
    /// One query to our node.
    pub node_question: Duration,
    /// One payment by our node.
    pub node_payment: Duration,
    /// One call of a buyer's wallet.
    pub wallet: Duration,
    /// One request to another VASP, a wallet provider, or a Lightning address.
    pub counterparty: Duration,
    /// One email.
    pub mail: Duration,
}

impl CallLimits {
    /// The same limit for every adapter.
    pub const fn up_to(limit: Duration) -> Self {
        Self { node_question: limit, node_payment: limit, wallet: limit, counterparty: limit, mail: limit }
    }
}

/// Shortest lease; also the lease of a claim before its first renewal.
pub(crate) const MIN_LEASE: Duration = Duration::seconds(60);
/// Maximum attempts of a failing job before it is dead-lettered.
const MAX_TRIES: u32 = 12;
/// Longest retry delay of a failing job that watches money.
const MAX_MONEY_PAUSE: Duration = Duration::seconds(30);
/// Time for database calls beside the adapter calls.
const LEASE_MARGIN: Duration = Duration::seconds(15);

impl Task {
    /// Lease requested by a renewal: the sum of the task's sequential calls and a margin.
    pub fn lease(&self, limits: &CallLimits) -> Duration {
        let calls = match self {
            // Destination: terms and invoice. Node: public key, look-up, payment, look-up.
            Self::Refund { .. } => {
                [(limits.counterparty, 2), (limits.node_question, 4), (limits.node_payment, 1)]
            }
            // Token refresh, wallet payment and look-up; VASP configuration and push.
            Self::Collect { .. } => [(limits.counterparty, 4), (limits.wallet, 2), (limits.node_question, 1)],
            Self::Watch { .. } | Self::Webhook { .. } => {
                [(limits.node_question, 4), (limits.counterparty, 0), (limits.wallet, 0)]
            }
            Self::VerifyEmail { .. }
            | Self::PasswordReset { .. }
            | Self::LoginLink { .. }
            | Self::AccountNotice { .. }
            | Self::MailEventUpdate { .. }
            | Self::MailOrder { .. }
            | Self::MailHolder { .. }
            | Self::NotifyHolder { .. }
            | Self::Mail(_) => [(limits.mail, 1), (limits.counterparty, 0), (limits.wallet, 0)],
            Self::RevokeWallet { .. } => [(limits.counterparty, 4), (limits.wallet, 0), (limits.mail, 0)],
            Self::CancelEvent { .. } | Self::AnnounceEvent { .. } => {
                [(limits.node_question, 0), (limits.counterparty, 0), (limits.wallet, 0)]
            }
        };
        let calls = calls.into_iter().fold(LEASE_MARGIN, |sum, (limit, times)| {
            let all = limit.checked_mul(times).unwrap_or(Duration::MAX);
            sum.checked_add(&all).unwrap_or(Duration::MAX)
        });
        calls.max(MIN_LEASE)
    }

    /// Stored names of all tasks, in no particular order.
    pub const KINDS: [&'static str; 16] = [
        "collect",
        "watch",
        "webhook",
        "refund",
        "cancel_event",
        "verify_email",
        "password_reset",
        "login_link",
        "account_notice",
        "mail",
        "revoke_wallet",
        "announce_event",
        "mail_event_update",
        "mail_order",
        "mail_holder",
        "notify_holder",
    ];

    /// Whether money is outstanding during the task. Such a task is retried until it ends, never dead-lettered for failures.
    pub const fn has_outstanding_money(&self) -> bool {
        match self {
            Self::Collect { .. }
            | Self::Watch { .. }
            | Self::Webhook { .. }
            | Self::Refund { .. }
            | Self::CancelEvent { .. } => true,
            Self::VerifyEmail { .. }
            | Self::PasswordReset { .. }
            | Self::LoginLink { .. }
            | Self::AccountNotice { .. }
            | Self::Mail(_)
            | Self::AnnounceEvent { .. }
            | Self::MailEventUpdate { .. }
            | Self::MailOrder { .. }
            | Self::MailHolder { .. }
            | Self::NotifyHolder { .. }
            | Self::RevokeWallet { .. } => false,
        }
    }

    /// Task that polls an invoice.
    pub fn watch(hash: PaymentHash) -> Self {
        Self::Watch { payment_hash: hash.to_hex() }
    }
}

/// A job to enqueue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewJob {
    /// Task.
    pub task: Task,
    /// Earliest start.
    pub run_at: Timestamp,
    /// Deduplication key: at most one unfinished job has it.
    pub key: Option<String>,
}

/// A claimed job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Job id.
    pub id: JobId,
    /// Task.
    pub task: Task,
    /// Number of claims, including this one; also identifies the claim.
    pub attempts: u32,
    /// Due time.
    pub run_at: Timestamp,
    /// Time of enqueuing.
    pub created_at: Timestamp,
    /// Error of the last run.
    pub last_error: Option<String>,
}

impl Job {
    /// Ends a claim whose task failed, with exponential backoff. A task that watches money is always retried after a capped
    /// delay, because polls count as claims too.
    pub fn retry_or_dead_letter(&self, error: &str, now: Timestamp) -> JobEnd {
        let again = |pause: Duration| JobEnd::Retry {
            at: now.checked_add_signed(pause).unwrap_or(now),
            error: Some(error.to_owned()),
        };
        let pause = Duration::seconds(1_i64 << self.attempts.min(10));
        if self.task.has_outstanding_money() {
            return again(pause.min(MAX_MONEY_PAUSE));
        }
        if self.attempts < MAX_TRIES {
            return again(pause);
        }
        self.dead_letter(error)
    }

    /// Ends a job without another attempt.
    pub(crate) fn dead_letter(&self, error: &str) -> JobEnd {
        // Not kept for an admin: these jobs hold an address that may belong to no account.
        if matches!(
            self.task,
            Task::PasswordReset { .. } | Task::LoginLink { .. } | Task::AccountNotice { .. }
        ) {
            tracing::warn!(job.id = %self.id, error, "account email given up");
            return JobEnd::Done;
        }
        JobEnd::DeadLetter { error: error.to_owned() }
    }
}

/// Outcome of a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobEnd {
    /// Finished.
    Done,
    /// Run again, not before `at`.
    Retry {
        /// Earliest next run.
        at: Timestamp,
        /// Error, if the run failed.
        error: Option<String>,
    },
    /// Failed for good; kept for an admin.
    DeadLetter {
        /// Error.
        error: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        Timestamp::from_timestamp(1_800_000_000, 0).unwrap()
    }

    fn job(task: Task, attempts: u32) -> Job {
        Job { id: JobId::new(1), task, attempts, run_at: now(), created_at: now(), last_error: None }
    }

    fn tasks() -> Vec<Task> {
        let (payment_id, refund_id) = (PaymentId::new(1), RefundId::new(2));
        let (user_id, ticket_id) = (UserId::new(3), kernel::TicketId::new(4));
        let text = String::new;
        vec![
            Task::Collect { payment_id },
            Task::watch(PaymentHash::new([1; 32])),
            Task::Webhook { webhook_id: WebhookId::new(5) },
            Task::Refund { payment_id, refund_id },
            Task::CancelEvent { event_id: EventId::new(6) },
            Task::VerifyEmail {
                user_id,
                address: None,
                reason: ProofReason::default(),
                requested_at: None,
                network: None,
                requested_from: None,
            },
            Task::PasswordReset { email: text(), requested_at: now(), requested_from: None },
            Task::LoginLink { email: text(), requested_at: now(), requested_from: None },
            Task::AccountNotice {
                email: text(),
                notice: AccountNotice::Deleted,
                proved: false,
                at: now(),
                user_id: None,
                language: kernel::Language::En,
                network: None,
                requested_from: None,
            },
            Task::Mail(TicketMail { ticket_id, content: crate::MailContent::Template(text()) }),
            Task::RevokeWallet { user_id, uma_address: text(), client_id: text(), refresh_token: text() },
            Task::AnnounceEvent { event_id: EventId::new(6) },
            Task::MailEventUpdate { ticket_id },
            Task::MailOrder { order_id: OrderId::new(7) },
            Task::MailHolder { ticket_id, address: text() },
            Task::NotifyHolder { ticket_id, address: text(), notice: HolderNotice::Revoked },
        ]
    }

    #[test]
    fn kinds_lists_the_serialized_name_of_every_task() {
        let names: Vec<_> = tasks()
            .iter()
            .map(|task| serde_json::to_value(task).unwrap()["task"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(names, Task::KINDS);
    }

    #[test]
    fn failures_never_dead_letter_a_task_that_watches_money() {
        for task in tasks().into_iter().filter(Task::has_outstanding_money) {
            for attempts in [1, 12, 13, 500, u32::MAX] {
                let end =
                    job(task.clone(), attempts).retry_or_dead_letter("the database is not available", now());
                let JobEnd::Retry { at, error: Some(_) } = end else { panic!("{task:?}: {end:?}") };
                assert!(at > now() && at <= now() + MAX_MONEY_PAUSE, "{task:?}");
            }
        }
        let watching = tasks().iter().filter(|task| task.has_outstanding_money()).count();
        assert_eq!(watching, 5);
        let mail = tasks().into_iter().find(|task| matches!(task, Task::Mail(_))).unwrap();
        assert!(matches!(job(mail, MAX_TRIES).retry_or_dead_letter("no", now()), JobEnd::DeadLetter { .. }));
    }

    #[test]
    fn lease_covers_every_call_of_its_task() {
        let limits = CallLimits {
            node_question: Duration::seconds(20),
            node_payment: Duration::seconds(90),
            wallet: Duration::seconds(90),
            counterparty: Duration::seconds(5),
            mail: Duration::seconds(20),
        };
        let refund = Task::Refund { payment_id: PaymentId::new(1), refund_id: RefundId::new(1) };
        assert_eq!(refund.lease(&limits), Duration::seconds(2 * 5 + 4 * 20 + 90 + 15));
        assert!(Task::Collect { payment_id: PaymentId::new(1) }.lease(&limits) > limits.wallet);
        for limit in [0, 1, 60, 600] {
            let limits = CallLimits::up_to(Duration::seconds(limit));
            assert!(refund.lease(&limits) >= MIN_LEASE.max(Duration::seconds(limit)));
        }
        assert_eq!(refund.lease(&CallLimits::up_to(Duration::MAX)), Duration::MAX);
    }
}
