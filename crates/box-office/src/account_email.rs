use crate::{
    BoxOffice, Job, JobEnd, MailStamp, MailerError, NewJob, Origin, Outbox, Task,
    mail_limits::{Mail, MailKind},
};
use identity::{Email, User};
use kernel::{Language, StoreError, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::net::IpAddr;

/// Why a confirmation link is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProofReason {
    /// An account was registered with the address.
    #[default]
    Registered,
    /// An account changed its address to this one.
    Changed,
    /// The account requested another link.
    Requested,
}

/// Topic of an account notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountNotice {
    /// The account's address was replaced.
    AddressChanged,
    /// The account was deleted.
    Deleted,
}

/// An email about an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccountEmail {
    /// The link that proves the address.
    Verify {
        /// The link.
        link: String,
        /// Reason for sending.
        reason: ProofReason,
        /// Time of the registration, address change or request.
        requested_at: Timestamp,
        /// Network of the request: an IPv4 address, or the base address of an IPv6 /64.
        requested_from: Option<IpAddr>,
        /// Expiry of the link.
        expires_at: Timestamp,
    },
    /// The link that sets a new password.
    ResetPassword {
        /// The link.
        link: String,
        /// Time of the request.
        requested_at: Timestamp,
        /// Network of the request.
        requested_from: Option<IpAddr>,
        /// Expiry of the link.
        expires_at: Timestamp,
    },
    /// The link that logs in.
    LoginLink {
        /// The link.
        link: String,
        /// Time of the request.
        requested_at: Timestamp,
        /// The network of the request, if known.
        requested_from: Option<IpAddr>,
        /// Expiry of the link.
        expires_at: Timestamp,
    },
    /// A notice without a link.
    Notice {
        /// Topic.
        notice: AccountNotice,
        /// Time of the change.
        at: Timestamp,
        /// Network of the request.
        requested_from: Option<IpAddr>,
    },
}

/// A short, stable tag of an address, for deduplication keys.
pub(crate) fn address_tag(email: &Email) -> String {
    let digest = Sha256::digest(email.as_str());
    hex::encode(digest.get(..16).unwrap_or_default())
}

impl BoxOffice {
    /// Enqueues a notice to the address that an account had before a change, if email is configured. The job carries the
    /// address because the same transaction may erase the account.
    pub(crate) async fn notify_address(
        &self,
        outbox: &mut dyn Outbox,
        user: &User,
        notice: AccountNotice,
        origin: Origin,
    ) -> Result<(), StoreError> {
        let (Some(_), Some(email)) = (&self.dependencies.mailer, &user.email) else { return Ok(()) };
        let proved = user.email_verified_at.is_some();
        let at = self.now();
        let task = Task::AccountNotice {
            user_id: Some(user.id),
            email: email.as_str().to_owned(),
            notice,
            proved,
            at,
            language: user.language,
            network: self.mail_network(origin),
            requested_from: origin.network(),
        };
        outbox.enqueue(&NewJob { task, run_at: at, key: None }).await
    }

    pub(crate) async fn send_account_notice(&self, job: &Job) -> Result<JobEnd, StoreError> {
        let Task::AccountNotice { user_id, email, notice, proved, at, network, language, requested_from } =
            &job.task
        else {
            return Ok(JobEnd::Done);
        };
        let Ok(email) = Email::parse(email) else { return Ok(JobEnd::Done) };
        let kind = user_id.map_or(MailKind::Other, MailKind::Notice);
        let mail = Mail { kind, to: &email, proved: *proved, network: network.as_deref() };
        if let Some(end) = self.limit_mail(job, mail).await? {
            return Ok(end);
        }
        let notice = AccountEmail::Notice { notice: *notice, at: *at, requested_from: *requested_from };
        Ok(self.send_account_email(job, &email, *language, &notice).await)
    }

    pub(crate) async fn send_account_email(
        &self,
        job: &Job,
        to: &Email,
        language: Language,
        email: &AccountEmail,
    ) -> JobEnd {
        let Some(mailer) = &self.dependencies.mailer else { return JobEnd::Done };
        self.email_sent(job, mailer.send_account_email(to, language, email, &MailStamp::of_run(job)).await)
    }

    /// End of a job after its email was handed to the mail server.
    pub(crate) fn email_sent(&self, job: &Job, sent: Result<(), MailerError>) -> JobEnd {
        match sent {
            Ok(()) => JobEnd::Done,
            Err(error @ MailerError::Refused(_)) => job.dead_letter(&error.to_string()),
            Err(error @ MailerError::Unavailable(_)) => {
                job.retry_or_dead_letter(&error.to_string(), self.now())
            }
        }
    }
}
