use crate::{BoxOffice, Job, JobEnd, Origin, account_email::address_tag};
use chrono::Duration;
use identity::Email;
use kernel::{JobId, StoreError, Timestamp, UserId};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// Interval between confirmation links for one account and address.
const PROOF_INTERVAL: Duration = Duration::minutes(15);
/// Confirmation links per account and day, over all addresses.
const PROOFS_PER_ACCOUNT: u32 = 5;
/// Notices per account and day to unproved addresses.
const NOTICES_PER_ACCOUNT: u32 = 5;
/// Password reset links per address and day. A limit of their own, so that other emails cannot exhaust it.
const RESETS_PER_ADDRESS: u32 = 5;
/// Login links per address and day, a limit of their own as well.
const LOGIN_LINKS_PER_ADDRESS: u32 = 10;
/// Longest delay of an email that is not about a payment.
const MAX_DELAY: Duration = Duration::hours(6);
/// Share of a domain's hourly limit for one network: 1/`DOMAIN_SHARES`.
const DOMAIN_SHARES: u32 = 10;
/// First retry delay of an uncounted email; grows with the job's age up to [`MAX_RETRY_PAUSE`].
const RETRY_PAUSE: Duration = Duration::minutes(10);
const MAX_RETRY_PAUSE: Duration = Duration::hours(6);
/// Age at which an email that was never allowed is dropped.
const MAX_RETRY_AGE: Duration = Duration::days(3);

/// Email limits per recipient; 0 disables a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MailLimits {
    /// Per unproved address and day; further emails are dropped.
    pub per_address: u32,
    /// Per proved address, or about payments, per day; further emails are delayed.
    pub per_customer: u32,
    /// To unproved addresses of one domain, per hour; further emails are delayed.
    pub per_domain: u32,
}

/// Category of an email for its limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MailKind {
    /// Confirmation link of an account's address; `first` unless it was requested again.
    Proof { account: UserId, first: bool },
    /// Notice about an account.
    Notice(UserId),
    /// Password reset link.
    Reset,
    /// Login link.
    LoginLink,
    /// About a payment that was received.
    Paid,
    /// Any other.
    Other,
}

/// Properties of an email that its limits depend on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mail<'a> {
    pub(crate) kind: MailKind,
    pub(crate) to: &'a Email,
    /// Whether the account has proved the address.
    pub(crate) proved: bool,
    /// Tag of the requesting network.
    pub(crate) network: Option<&'a str>,
}

/// Handling of an email over a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OverLimit {
    /// Drop it.
    Drop,
    /// Decide again later.
    Retry,
    /// Delay it until the limit allows it; drop it if that takes longer.
    Delay(Duration),
    /// Delay it until the limit allows it; decide again later if that takes longer.
    DelayOrRetry(Duration),
}

/// One limit that an email counts towards (generic cell rate algorithm, GCRA).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailScope {
    /// Key of the limit and its subject.
    pub key: String,
    /// Burst size.
    pub burst: u32,
    /// Emission interval.
    pub interval: Duration,
    /// Handling of further emails.
    pub over: OverLimit,
}

/// An email to count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailCharge {
    /// Sending job; its email is counted once.
    pub job: JobId,
    /// Limits that it counts towards.
    pub scopes: Vec<MailScope>,
    /// Time of the decision.
    pub at: Timestamp,
}

/// Decision about an email.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailVerdict {
    /// Send now.
    Send,
    /// Send at this time; counted already.
    Later(Timestamp),
    /// Decide again, not before this time; not counted.
    Retry(Timestamp),
    /// Do not send; not counted.
    Drop,
}

impl MailVerdict {
    /// Verdict on an email that is counted already and scheduled for `send_at`.
    pub fn of_counted(send_at: Timestamp, now: Timestamp) -> Self {
        if send_at > now { Self::Later(send_at) } else { Self::Send }
    }

    /// Sending time of a counted email; `None` if it is not counted.
    pub const fn send_at(self, now: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Send => Some(now),
            Self::Later(at) => Some(at),
            Self::Retry(_) | Self::Drop => None,
        }
    }
}

/// Usage of email limits, read under their locks.
#[derive(Debug, Clone, Default)]
pub struct MailUsage {
    /// Per key, the theoretical arrival time (GCRA).
    pub used_until: BTreeMap<String, Timestamp>,
    /// Sending time per counted job.
    pub send_at: BTreeMap<JobId, Timestamp>,
}

/// Decides about an email and counts it, once per job. Pure; stores call it with the scopes locked.
pub fn decide_mail(usage: &mut MailUsage, charge: &MailCharge) -> MailVerdict {
    let now = charge.at;
    if let Some(counted) = usage.send_at.get(&charge.job) {
        return MailVerdict::of_counted(*counted, now);
    }
    let mut send_at = now;
    let mut retry_at = None;
    let mut used = Vec::with_capacity(charge.scopes.len());
    for scope in &charge.scopes {
        let from = usage.used_until.get(&scope.key).copied().unwrap_or(now).max(now);
        let until = from.checked_add_signed(scope.interval).unwrap_or(from);
        let burst = i32::try_from(scope.burst).unwrap_or(i32::MAX);
        let whole = scope.interval.checked_mul(burst).unwrap_or(Duration::MAX);
        let allowed_at = until.checked_sub_signed(whole).unwrap_or(now);
        let delay = allowed_at.signed_duration_since(now);
        match scope.over {
            _ if delay <= Duration::zero() => {}
            OverLimit::Delay(most) | OverLimit::DelayOrRetry(most) if delay <= most => {}
            OverLimit::Drop | OverLimit::Delay(_) => return MailVerdict::Drop,
            OverLimit::Retry | OverLimit::DelayOrRetry(_) => retry_at = retry_at.max(Some(allowed_at)),
        }
        send_at = send_at.max(allowed_at);
        used.push((scope.key.clone(), until));
    }
    if let Some(at) = retry_at {
        return MailVerdict::Retry(at);
    }
    usage.used_until.extend(used);
    usage.send_at.insert(charge.job, send_at);
    MailVerdict::of_counted(send_at, now)
}

/// Limits that an email counts towards.
pub(crate) fn mail_scopes(mail: &Mail<'_>, limits: &MailLimits) -> Vec<MailScope> {
    let address = address_tag(mail.to);
    let first = matches!(mail.kind, MailKind::Proof { first: true, .. });
    // Shared limits may be exhausted by others, so a first confirmation link is delayed instead of dropped.
    let shared = |over| match over {
        OverLimit::Drop if first => OverLimit::Retry,
        OverLimit::Delay(most) if first => OverLimit::DelayOrRetry(most),
        over => over,
    };
    let scope = |key: String, burst: u32, period: Duration, over| {
        let count = i32::try_from(burst).unwrap_or(i32::MAX);
        MailScope { key, burst, interval: period.checked_div(count).unwrap_or_default(), over }
    };
    let per_day = |key: String, count: u32, over| scope(key, count, Duration::days(1), over);
    let customer =
        || per_day(format!("customer/{address}"), limits.per_customer, OverLimit::Delay(Duration::MAX));
    let unproved = || per_day(format!("address/{address}"), limits.per_address, shared(OverLimit::Drop));
    let domain = mail.to.as_str().rsplit_once('@').map_or("", |(_, domain)| domain);
    let domain = hex::encode(Sha256::digest(domain).get(..16).unwrap_or_default());
    let per_hour = |key: String, count: u32, over| scope(key, count, Duration::hours(1), shared(over));
    let of_domain =
        |kind: &str| per_hour(format!("{kind}/{domain}"), limits.per_domain, OverLimit::Delay(MAX_DELAY));
    // Checked beside the domain's limit, which all networks share.
    let of_network = || {
        let share = limits.per_domain.div_ceil(DOMAIN_SHARES);
        let key = |network| format!("domain/{domain}/{network}");
        mail.network.map(|network| per_hour(key(network), share, OverLimit::Drop))
    };
    let mut scopes = match mail.kind {
        MailKind::Reset => {
            vec![per_day(format!("reset/{address}"), RESETS_PER_ADDRESS, OverLimit::Drop)]
        }
        MailKind::LoginLink => {
            vec![per_day(format!("login-link/{address}"), LOGIN_LINKS_PER_ADDRESS, OverLimit::Drop)]
        }
        MailKind::Paid => vec![customer()],
        MailKind::Notice(_) | MailKind::Other if mail.proved => vec![customer()],
        MailKind::Proof { account, .. } => vec![
            scope(format!("proof/{account}/{address}"), 1, PROOF_INTERVAL, OverLimit::Drop),
            per_day(format!("proofs/{account}"), PROOFS_PER_ACCOUNT, OverLimit::Drop),
            unproved(),
            of_domain("domain"),
        ],
        MailKind::Notice(account) => vec![
            per_day(format!("notices/{account}"), NOTICES_PER_ACCOUNT, OverLimit::Drop),
            unproved(),
            of_domain("domain"),
        ],
        // A separate domain key, since the network of an order is unknown here.
        MailKind::Other => vec![unproved(), of_domain("domain/other")],
    };
    if !mail.proved && matches!(mail.kind, MailKind::Proof { .. } | MailKind::Notice(_)) {
        scopes.extend(of_network());
    }
    scopes.into_iter().filter(|scope| scope.burst > 0).collect()
}

/// Time of the next decision about an uncounted email: backs off with the job's age, and is spread by job id to avoid contention
/// for the same slot. `None` after [`MAX_RETRY_AGE`].
fn retry_at(job: JobId, allowed_at: Timestamp, created_at: Timestamp, now: Timestamp) -> Option<Timestamp> {
    let age = now.signed_duration_since(created_at);
    if age >= MAX_RETRY_AGE {
        return None;
    }
    let pause = age.clamp(RETRY_PAUSE, MAX_RETRY_PAUSE);
    // Multiplicative hashing (Knuth, TAOCP 6.4) of the id to 1/256ths.
    let share = (job.get().wrapping_mul(2_654_435_761) >> 24) & 0xff;
    let spread = pause.checked_div(256)?.checked_mul(i32::try_from(share).ok()?)?;
    now.max(allowed_at).checked_add_signed(pause)?.checked_add_signed(spread)
}

impl BoxOffice {
    /// Tag of the requesting network for email limits; of the whole /48 for IPv6, which is commonly one customer.
    pub(crate) fn mail_network(&self, origin: Origin) -> Option<String> {
        match origin.site() {
            Origin::Unlimited | Origin::Exempt(_) => None,
            Origin::Network(site) => Some(hex::encode(self.dependencies.links.network_tag(site))),
        }
    }

    /// Counts a job's email towards the limits of its recipient, once per job. `Some` if it is not sent now.
    pub(crate) async fn limit_mail(&self, job: &Job, mail: Mail<'_>) -> Result<Option<JobEnd>, StoreError> {
        let scopes = mail_scopes(&mail, &self.settings().mail_limits);
        if scopes.is_empty() {
            return Ok(None);
        }
        let now = self.now();
        let verdict = self.mail_queue.submit(MailCharge { job: job.id, scopes, at: now }).await;
        let retry_at = match verdict.map_err(|error| StoreError::Unavailable(error.into()))? {
            MailVerdict::Send => return Ok(None),
            MailVerdict::Later(at) => Some(at),
            MailVerdict::Retry(at) => retry_at(job.id, at, job.created_at, now),
            MailVerdict::Drop => None,
        };
        Ok(Some(match retry_at {
            Some(at) => {
                tracing::info!(job.id = %job.id, ?mail, %at, "email delayed by recipient limits");
                JobEnd::Retry { at, error: None }
            }
            None => {
                tracing::warn!(job.id = %job.id, ?mail, "email dropped by recipient limits");
                JobEnd::Done
            }
        }))
    }
}

#[cfg(test)]
#[path = "mail_limits/tests.rs"]
mod tests;
