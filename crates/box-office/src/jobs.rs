use crate::{AccountNotice, ProofReason, TicketMail};
use chrono::Duration;
use kernel::{EventId, JobId, PaymentId, RefundId, TicketId, Timestamp, UserId, WebhookId};
use payments::PaymentHash;
use serde::{Deserialize, Serialize};

/// What a job does. Each may run twice, at once on two replicas, or be killed half way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "task", rename_all = "snake_case")]
pub enum Task {
    /// Ask the buyer's wallet, or else their VASP, for the money.
    Collect {
        /// Whose money.
        payment_id: PaymentId,
    },
    /// Ask our node about an invoice, again and again until it is settled or known unpaid.
    Watch {
        /// The invoice, as 64 hexadecimal digits.
        payment_hash: String,
    },
    /// Read back from our node what a webhook hints at.
    Webhook {
        /// The inbox row.
        webhook_id: WebhookId,
    },
    /// Bring a refund further, until it arrived or failed for certain.
    Refund {
        /// Whose money.
        payment_id: PaymentId,
        /// Which refund.
        refund_id: RefundId,
    },
    /// Give back or refund what is left of a cancelled event's tickets, a page at a time.
    CancelEvent {
        /// Which event.
        event_id: EventId,
    },
    /// Send the link that proves an e-mail address.
    VerifyEmail {
        /// Whose.
        user_id: UserId,
        /// Tag of the address to prove; without one, the account's present address.
        #[serde(default)]
        address: Option<String>,
        /// Why.
        #[serde(default)]
        reason: ProofReason,
        /// When it was requested.
        #[serde(default)]
        requested_at: Option<Timestamp>,
        /// Tag of the network that requested it.
        #[serde(default)]
        network: Option<String>,
    },
    /// Send the link that sets a new password, if an account has the address.
    PasswordReset {
        /// The address as requested.
        email: String,
        /// When it was requested.
        requested_at: Timestamp,
    },
    /// Notify an address of a change of the account that had it.
    AccountNotice {
        /// Whose address it was; jobs of earlier releases do not say.
        #[serde(default)]
        user_id: Option<UserId>,
        /// The address at the time of the change.
        email: String,
        /// What changed.
        notice: AccountNotice,
        /// Whether the address was proved.
        #[serde(default)]
        proved: bool,
        /// When.
        at: Timestamp,
        /// Tag of the network that requested the change.
        #[serde(default)]
        network: Option<String>,
    },
    /// Notify a ticket's buyer by mail.
    Mail(TicketMail),
    /// Enqueue the emails about a changed event, a page at a time.
    AnnounceEvent {
        /// Which event.
        event_id: EventId,
    },
    /// Notify a ticket's holder of how the event changed.
    MailEventUpdate {
        /// The ticket.
        ticket_id: TicketId,
    },
    /// Revoke a UMA Auth connection that its owner took away (RFC 7009).
    RevokeWallet {
        /// Whose it was; the token is sealed for this account.
        user_id: UserId,
        /// The wallet's address; its provider's configuration names the endpoint.
        uma_address: String,
        /// UMA Auth client id.
        client_id: String,
        /// The refresh token, sealed.
        refresh_token: String,
    },
}

/// Timeouts of the adapters, gathered where they are wired: a job's lease derives from them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallLimits {
    /// One question to our node.
    pub node_question: Duration,
    /// One order to pay to our node.
    pub node_payment: Duration,
    /// One answer of a buyer's wallet.
    pub wallet: Duration,
    /// One request to another VASP, to a provider, or to a Lightning address.
    pub counterparty: Duration,
    /// One email.
    pub mail: Duration,
}

impl CallLimits {
    /// No limit in any adapter is longer than that.
    pub const fn up_to(limit: Duration) -> Self {
        Self { node_question: limit, node_payment: limit, wallet: limit, counterparty: limit, mail: limit }
    }
}

/// Shortest lease, and that of a claim that was not renewed yet.
pub(crate) const MIN_LEASE: Duration = Duration::seconds(60);
/// Tries of a failing job before it is given up.
const MAX_TRIES: u32 = 12;
/// Longest pause of a failing job that watches money.
const MAX_MONEY_PAUSE: Duration = Duration::seconds(30);
/// Time for the database beside the calls.
const LEASE_MARGIN: Duration = Duration::seconds(15);

impl Task {
    /// The lease that a renewal asks for: all calls that the task makes one after the other, and a margin.
    pub fn lease(&self, limits: &CallLimits) -> Duration {
        let calls = match self {
            // Terms and invoice of the destination, the node's key and books, the payment, its books again.
            Self::Refund { .. } => {
                [(limits.counterparty, 2), (limits.node_question, 4), (limits.node_payment, 1)]
            }
            // Refresh, payment and look-up; configuration and push.
            Self::Collect { .. } => [(limits.counterparty, 4), (limits.wallet, 2), (limits.node_question, 1)],
            Self::Watch { .. } | Self::Webhook { .. } => {
                [(limits.node_question, 4), (limits.counterparty, 0), (limits.wallet, 0)]
            }
            Self::VerifyEmail { .. }
            | Self::PasswordReset { .. }
            | Self::AccountNotice { .. }
            | Self::MailEventUpdate { .. }
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

    /// The word for each kind of task in the database; the order is of no meaning.
    pub const KINDS: [&'static str; 12] = [
        "collect",
        "watch",
        "webhook",
        "refund",
        "cancel_event",
        "verify_email",
        "password_reset",
        "account_notice",
        "mail",
        "revoke_wallet",
        "announce_event",
        "mail_event_update",
    ];

    /// Whether money is open while the task is: it is tried until it ends by itself, never given up because of a failure.
    pub const fn watches_money(&self) -> bool {
        match self {
            Self::Collect { .. }
            | Self::Watch { .. }
            | Self::Webhook { .. }
            | Self::Refund { .. }
            | Self::CancelEvent { .. } => true,
            Self::VerifyEmail { .. }
            | Self::PasswordReset { .. }
            | Self::AccountNotice { .. }
            | Self::Mail(_)
            | Self::AnnounceEvent { .. }
            | Self::MailEventUpdate { .. }
            | Self::RevokeWallet { .. } => false,
        }
    }

    /// The job that watches an invoice.
    pub fn watch(hash: PaymentHash) -> Self {
        Self::Watch { payment_hash: hash.to_hex() }
    }
}

/// A job to add.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewJob {
    /// What to do.
    pub task: Task,
    /// Not before.
    pub run_at: Timestamp,
    /// At most one unfinished job has this key.
    pub key: Option<String>,
}

/// A claimed job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Its number.
    pub id: JobId,
    /// What to do.
    pub task: Task,
    /// How often it was claimed, this time included; also the proof of the claim.
    pub attempts: u32,
    /// When it was due.
    pub run_at: Timestamp,
    /// When it was added.
    pub created_at: Timestamp,
    /// What went wrong last time.
    pub last_error: Option<String>,
}

impl Job {
    /// The end of a claim whose task failed because of the store or another part of the shop. A task that watches money is tried
    /// again after a capped pause, however often it was claimed before: polls count as claims.
    pub fn retry_or_dead_letter(&self, error: &str, now: Timestamp) -> JobEnd {
        let again = |pause: Duration| JobEnd::Retry {
            at: now.checked_add_signed(pause).unwrap_or(now),
            error: Some(error.to_owned()),
        };
        let pause = Duration::seconds(1_i64 << self.attempts.min(10));
        if self.task.watches_money() {
            return again(pause.min(MAX_MONEY_PAUSE));
        }
        if self.attempts < MAX_TRIES {
            return again(pause);
        }
        self.given_up(error)
    }

    /// The end of a job that is not tried again.
    pub(crate) fn given_up(&self, error: &str) -> JobEnd {
        // Their jobs hold an address that may belong to no account, so they are not kept for an admin.
        if matches!(self.task, Task::PasswordReset { .. } | Task::AccountNotice { .. }) {
            tracing::warn!(job.id = %self.id, error, "account email given up");
            return JobEnd::Done;
        }
        JobEnd::DeadLetter { error: error.to_owned() }
    }
}

/// How a claim ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobEnd {
    /// Done.
    Done,
    /// Once more, not before `at`.
    Retry {
        /// When.
        at: Timestamp,
        /// Why, when something went wrong.
        error: Option<String>,
    },
    /// Given up; an admin is shown it.
    DeadLetter {
        /// Why.
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
        let words = String::new;
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
            },
            Task::PasswordReset { email: words(), requested_at: now() },
            Task::AccountNotice {
                email: words(),
                notice: AccountNotice::Deleted,
                proved: false,
                at: now(),
                user_id: None,
                network: None,
            },
            Task::Mail(TicketMail { ticket_id, content: crate::MailContent::Template(words()) }),
            Task::RevokeWallet { user_id, uma_address: words(), client_id: words(), refresh_token: words() },
            Task::AnnounceEvent { event_id: EventId::new(6) },
            Task::MailEventUpdate { ticket_id },
        ]
    }

    #[test]
    fn every_kind_of_task_is_known_by_its_word() {
        let words: Vec<_> = tasks()
            .iter()
            .map(|task| serde_json::to_value(task).unwrap()["task"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(words, Task::KINDS);
    }

    #[test]
    fn one_failure_after_many_polls_gives_up_no_task_that_watches_money() {
        for task in tasks().into_iter().filter(Task::watches_money) {
            for attempts in [1, 12, 13, 500, u32::MAX] {
                let end =
                    job(task.clone(), attempts).retry_or_dead_letter("the database is not available", now());
                let JobEnd::Retry { at, error: Some(_) } = end else { panic!("{task:?}: {end:?}") };
                assert!(at > now() && at <= now() + MAX_MONEY_PAUSE, "{task:?}");
            }
        }
        let watching = tasks().iter().filter(|task| task.watches_money()).count();
        assert_eq!(watching, 5);
        let mail = tasks().remove(8);
        assert!(matches!(job(mail, MAX_TRIES).retry_or_dead_letter("no", now()), JobEnd::DeadLetter { .. }));
    }

    #[test]
    fn a_lease_covers_every_call_that_its_task_makes() {
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
