use crate::{AccountNotice, ProofReason};
use kernel::{EventId, JobId, PaymentId, RefundId, Timestamp, UserId, WebhookId};
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
        /// The address at the time of the change.
        email: String,
        /// What changed.
        notice: AccountNotice,
        /// When.
        at: Timestamp,
    },
    /// Send the ticket and receipt, or another notice, by mail.
    Mail {
        /// The payment it is about; free tickets mail by `ticket_id`.
        ticket_id: kernel::TicketId,
        /// Which letter: `ticket`, `expired`, `failed`, `refund_due`, `refunded`, `cancelled`.
        letter: String,
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

impl Task {
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

/// How a claim ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobEnd {
    /// Done.
    Done,
    /// Once more, not before `at`.
    Again {
        /// When.
        at: Timestamp,
        /// Why, when something went wrong.
        error: Option<String>,
    },
    /// Given up; an admin is shown it.
    Dead {
        /// Why.
        error: String,
    },
}
