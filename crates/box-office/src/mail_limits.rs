use crate::{BoxOffice, Job, JobEnd, Origin, account_email::address_tag};
use chrono::Duration;
use identity::Email;
use kernel::{JobId, StoreError, Timestamp, UserId};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// Confirmation links for one account and one address: one per this time.
const PROOF_INTERVAL: Duration = Duration::minutes(15);
/// Confirmation links of one account a day, to whatever addresses.
const PROOFS_PER_ACCOUNT: u32 = 5;
/// Notices of one account a day to addresses that were never proved.
const NOTICES_PER_ACCOUNT: u32 = 5;
/// Reset links to one address a day. They have a limit of their own: other emails must not use it up.
const RESETS_PER_ADDRESS: u32 = 5;
/// Longest delay of an email that a buyer did not pay for.
const MAX_DELAY: Duration = Duration::hours(6);
/// Share of a domain's hourly limit that one network may use: one in this many.
const DOMAIN_SHARES: u32 = 10;
/// First pause of an email that is judged again; it grows with the job's age, up to [`MAX_RETRY_PAUSE`].
const RETRY_PAUSE: Duration = Duration::minutes(10);
const MAX_RETRY_PAUSE: Duration = Duration::hours(6);
/// An email that was never allowed for this long is dropped.
const MAX_RETRY_AGE: Duration = Duration::days(3);

/// Emails that one recipient may be sent. 0: no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MailLimits {
    /// To an address that is not proved, a day; beyond it they are dropped.
    pub per_address: u32,
    /// To a proved address, or about a payment, a day; beyond it they are delayed.
    pub per_customer: u32,
    /// To the unproved addresses of one domain, an hour; beyond it they are delayed.
    pub per_domain: u32,
}

/// Why an email is sent, as far as limits go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MailKind {
    /// The link that proves the address of an account; `first` if it was not requested once more.
    Proof { account: UserId, first: bool },
    /// A change of an account.
    Notice(UserId),
    /// The link that sets a password.
    Reset,
    /// About money that was paid.
    Paid,
    /// Any other.
    Other,
}

/// An email as far as limits go.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mail<'a> {
    pub(crate) kind: MailKind,
    pub(crate) to: &'a Email,
    /// Whether the account proved the address.
    pub(crate) proved: bool,
    /// Tag of the network that caused it.
    pub(crate) network: Option<&'a str>,
}

/// What happens to an email over a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OverLimit {
    /// It is not sent.
    Drop,
    /// It is judged again later.
    Retry,
    /// It is sent when the limit allows it, unless that is later than this.
    Delay(Duration),
    /// It is sent when the limit allows it; if that is later than this, it is judged again later.
    DelayOrRetry(Duration),
}

/// One limit that an email counts towards (generic cell rate algorithm).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailScope {
    /// Names the limit and what it is counted for.
    pub key: String,
    /// Emails at once.
    pub burst: u32,
    /// Time in which one more is allowed.
    pub interval: Duration,
    /// What happens beyond.
    pub over: OverLimit,
}

/// An email to be counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailCharge {
    /// The job that sends it: a job's email is counted once.
    pub job: JobId,
    /// The limits that it counts towards.
    pub scopes: Vec<MailScope>,
    /// When.
    pub at: Timestamp,
}

/// Whether an email is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailVerdict {
    /// Now.
    Send,
    /// At this time; it is counted already.
    Later(Timestamp),
    /// Not now, and it is not counted: no limit allows it before this time.
    Retry(Timestamp),
    /// Not at all; it is not counted.
    Drop,
}

impl MailVerdict {
    /// The verdict on an email that was counted before, to be sent at this time.
    pub fn of_counted(send_at: Timestamp, now: Timestamp) -> Self {
        if send_at > now { Self::Later(send_at) } else { Self::Send }
    }

    /// When a counted email is sent; `None` for one that is not counted.
    pub const fn send_at(self, now: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Send => Some(now),
            Self::Later(at) => Some(at),
            Self::Retry(_) | Self::Drop => None,
        }
    }
}

/// What the limits know about emails, read under their locks.
#[derive(Debug, Clone, Default)]
pub struct MailUsage {
    /// Per key, the time at which the scope is unused again.
    pub used_until: BTreeMap<String, Timestamp>,
    /// Per job whose email was counted, when it is sent.
    pub send_at: BTreeMap<JobId, Timestamp>,
}

/// Decides about an email by how far each scope is used up, and counts it, once per job. Pure; stores call it with the scopes
/// locked.
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

/// The limits that an email counts towards.
pub(crate) fn mail_scopes(mail: &Mail<'_>, limits: &MailLimits) -> Vec<MailScope> {
    let address = address_tag(mail.to);
    let first = matches!(mail.kind, MailKind::Proof { first: true, .. });
    // Others may have used up a shared limit: a first link is late then, never lost.
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
    let stranger = || per_day(format!("address/{address}"), limits.per_address, shared(OverLimit::Drop));
    let domain = mail.to.as_str().rsplit_once('@').map_or("", |(_, domain)| domain);
    let domain = hex::encode(Sha256::digest(domain).get(..16).unwrap_or_default());
    let per_hour = |key: String, count: u32, over| scope(key, count, Duration::hours(1), shared(over));
    let of_domain =
        |kind: &str| per_hour(format!("{kind}/{domain}"), limits.per_domain, OverLimit::Delay(MAX_DELAY));
    // A network over its share is not counted towards the domain, which other networks use too.
    let of_network = || {
        let share = limits.per_domain.div_ceil(DOMAIN_SHARES);
        let key = |network| format!("domain/{domain}/{network}");
        mail.network.map(|network| per_hour(key(network), share, OverLimit::Drop))
    };
    let mut scopes = match mail.kind {
        MailKind::Reset => {
            vec![per_day(format!("reset/{address}"), RESETS_PER_ADDRESS, OverLimit::Drop)]
        }
        MailKind::Paid => vec![customer()],
        MailKind::Notice(_) | MailKind::Other if mail.proved => vec![customer()],
        MailKind::Proof { account, .. } => vec![
            scope(format!("proof/{account}/{address}"), 1, PROOF_INTERVAL, OverLimit::Drop),
            per_day(format!("proofs/{account}"), PROOFS_PER_ACCOUNT, OverLimit::Drop),
            stranger(),
            of_domain("domain"),
        ],
        MailKind::Notice(account) => vec![
            per_day(format!("notices/{account}"), NOTICES_PER_ACCOUNT, OverLimit::Drop),
            stranger(),
            of_domain("domain"),
        ],
        // Counted apart, since the network of an order is unknown here.
        MailKind::Other => vec![stranger(), of_domain("domain/other")],
    };
    if !mail.proved && matches!(mail.kind, MailKind::Proof { .. } | MailKind::Notice(_)) {
        scopes.extend(of_network());
    }
    scopes.into_iter().filter(|scope| scope.burst > 0).collect()
}

/// When an uncounted email is judged again: later with its age, so that many of them are few attempts, and spread by the jobs'
/// numbers, so that they do not compete for the same slot. `None`: not any more.
fn retry_at(job: JobId, allowed_at: Timestamp, created_at: Timestamp, now: Timestamp) -> Option<Timestamp> {
    let age = now.signed_duration_since(created_at);
    if age >= MAX_RETRY_AGE {
        return None;
    }
    let pause = age.clamp(RETRY_PAUSE, MAX_RETRY_PAUSE);
    // Multiplicative hashing (Knuth, TAOCP 6.4) of the number to 1/256ths.
    let share = (job.get().wrapping_mul(2_654_435_761) >> 24) & 0xff;
    let spread = pause.checked_div(256)?.checked_mul(i32::try_from(share).ok()?)?;
    now.max(allowed_at).checked_add_signed(pause)?.checked_add_signed(spread)
}

impl BoxOffice {
    /// The tag of the network behind a request, for limits of email: of the whole /48 for IPv6, which one customer commonly has.
    pub(crate) fn mail_network(&self, origin: Origin) -> Option<String> {
        match origin.site() {
            Origin::Unlimited => None,
            Origin::Network(site) => Some(hex::encode(self.dependencies.links.network_tag(site))),
        }
    }

    /// Counts a job's email towards the limits of its recipient, once per job. `Some` when it is not sent now.
    pub(crate) async fn limit_mail(&self, job: &Job, mail: Mail<'_>) -> Result<Option<JobEnd>, StoreError> {
        let scopes = mail_scopes(&mail, &self.settings().mail_limits);
        if scopes.is_empty() {
            return Ok(None);
        }
        let now = self.now();
        let verdict = self.mail_queue.submit(MailCharge { job: job.id, scopes, at: now }).await;
        let again = match verdict.map_err(|error| StoreError::Unavailable(error.into()))? {
            MailVerdict::Send => return Ok(None),
            MailVerdict::Later(at) => Some(at),
            MailVerdict::Retry(at) => retry_at(job.id, at, job.created_at, now),
            MailVerdict::Drop => None,
        };
        Ok(Some(match again {
            Some(at) => {
                tracing::info!(job.id = %job.id, ?mail, %at, "email delayed by the limits of its recipient");
                JobEnd::Retry { at, error: None }
            }
            None => {
                tracing::warn!(job.id = %job.id, ?mail, "email dropped by the limits of its recipient");
                JobEnd::Done
            }
        }))
    }
}

#[cfg(test)]
#[path = "mail_limits/tests.rs"]
mod tests;
