use crate::{BoxOffice, Job, JobEnd, account_email::address_tag};
use chrono::Duration;
use identity::Email;
use kernel::{StoreError, Timestamp, UserId};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// Confirmation links for one account and one address: one per this time.
const PROOF_INTERVAL: Duration = Duration::minutes(15);
/// Confirmation links of one account a day, to whatever addresses.
const PROOFS_PER_ACCOUNT: u32 = 5;
/// Reset links to one address a day. They have a limit of their own: other emails must not use it up.
const RESETS_PER_ADDRESS: u32 = 5;
/// Longest delay of an email that a buyer did not pay for.
const MAX_DELAY: Duration = Duration::hours(6);

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
    /// The link that proves the address of an account.
    Proof(UserId),
    /// The link that sets a password.
    Reset,
    /// About money that was paid.
    Paid,
    /// Any other.
    Other,
}

/// What happens to an email over a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OverLimit {
    /// It is not sent.
    Drop,
    /// It is sent when the limit allows it, unless that is later than this.
    Delay(Duration),
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
    /// Not at all; it is not counted.
    Drop,
}

/// Decides about an email by how far each scope is used up, and counts it. Pure; stores call it with the scopes locked.
/// `used_until` holds, per key, the time at which the scope is unused again.
pub fn judge_mail(used_until: &mut BTreeMap<String, Timestamp>, charge: &MailCharge) -> MailVerdict {
    let now = charge.at;
    let mut send_at = now;
    let mut used = Vec::with_capacity(charge.scopes.len());
    for scope in &charge.scopes {
        let from = used_until.get(&scope.key).copied().unwrap_or(now).max(now);
        let until = from.checked_add_signed(scope.interval).unwrap_or(from);
        let burst = i32::try_from(scope.burst).unwrap_or(i32::MAX);
        let whole = scope.interval.checked_mul(burst).unwrap_or(Duration::MAX);
        let allowed_at = until.checked_sub_signed(whole).unwrap_or(now);
        let delay = allowed_at.signed_duration_since(now);
        let allowed = match scope.over {
            _ if delay <= Duration::zero() => true,
            OverLimit::Drop => false,
            OverLimit::Delay(most) => delay <= most,
        };
        if !allowed {
            return MailVerdict::Drop;
        }
        send_at = send_at.max(allowed_at);
        used.push((scope.key.clone(), until));
    }
    used_until.extend(used);
    if send_at > now { MailVerdict::Later(send_at) } else { MailVerdict::Send }
}

/// The limits that an email counts towards.
pub(crate) fn mail_scopes(
    kind: MailKind,
    email: &Email,
    proved: bool,
    limits: &MailLimits,
) -> Vec<MailScope> {
    let address = address_tag(email);
    let per_day = |name: &str, count: u32, over| MailScope {
        key: format!("{name}/{address}"),
        burst: count,
        interval: Duration::days(1).checked_div(i32::try_from(count).unwrap_or(i32::MAX)).unwrap_or_default(),
        over,
    };
    let customer = per_day("customer", limits.per_customer, OverLimit::Delay(Duration::MAX));
    let stranger = per_day("address", limits.per_address, OverLimit::Drop);
    let domain = email.as_str().rsplit_once('@').map_or("", |(_, domain)| domain);
    let domain = MailScope {
        key: format!("domain/{}", hex::encode(Sha256::digest(domain).get(..16).unwrap_or_default())),
        burst: limits.per_domain,
        interval: Duration::hours(1)
            .checked_div(i32::try_from(limits.per_domain).unwrap_or(i32::MAX))
            .unwrap_or_default(),
        over: OverLimit::Delay(MAX_DELAY),
    };
    let scopes = match kind {
        MailKind::Proof(account) => vec![
            MailScope {
                key: format!("proof/{account}/{address}"),
                burst: 1,
                interval: PROOF_INTERVAL,
                over: OverLimit::Drop,
            },
            MailScope {
                key: format!("proofs/{account}"),
                ..per_day("", PROOFS_PER_ACCOUNT, OverLimit::Drop)
            },
            stranger,
            domain,
        ],
        MailKind::Reset => vec![per_day("reset", RESETS_PER_ADDRESS, OverLimit::Drop)],
        MailKind::Paid => vec![customer],
        MailKind::Other if proved => vec![customer],
        MailKind::Other => vec![stranger, domain],
    };
    scopes.into_iter().filter(|scope| scope.burst > 0).collect()
}

impl BoxOffice {
    /// Counts a job's email towards the limits of its recipient, once per job. `Some` when it is not sent now.
    pub(crate) async fn limit_mail(
        &self,
        job: &Job,
        kind: MailKind,
        email: &Email,
        proved: bool,
    ) -> Result<Option<JobEnd>, StoreError> {
        // The first claim counts it; later ones are delayed emails whose time has come, or failed deliveries.
        if job.attempts > 1 {
            return Ok(None);
        }
        let scopes = mail_scopes(kind, email, proved, &self.settings().mail_limits);
        if scopes.is_empty() {
            return Ok(None);
        }
        let verdict = self.mail_queue.submit(MailCharge { scopes, at: self.now() }).await;
        Ok(match verdict.map_err(|error| StoreError::Unavailable(error.into()))? {
            MailVerdict::Send => None,
            MailVerdict::Later(at) => {
                tracing::info!(job.id = %job.id, ?email, ?kind, %at, "email delayed by the limits of its recipient");
                Some(JobEnd::Again { at, error: None })
            }
            MailVerdict::Drop => {
                tracing::warn!(job.id = %job.id, ?email, ?kind, "email dropped by the limits of its recipient");
                Some(JobEnd::Done)
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{TimeZone, Utc};

    const LIMITS: MailLimits = MailLimits { per_address: 10, per_customer: 100, per_domain: 2_000 };

    fn noon() -> Timestamp {
        Utc.with_ymd_and_hms(2026, 11, 23, 12, 0, 0).unwrap()
    }

    fn email(text: &str) -> Email {
        Email::parse(text).unwrap()
    }

    /// How many of `count` emails at once are sent, delayed and dropped.
    fn outcome(count: u32, kind: impl Fn(u32) -> (MailKind, Email, bool)) -> [usize; 3] {
        let mut used = BTreeMap::new();
        let mut seen = [0_usize; 3];
        for number in 0..count {
            let (kind, email, proved) = kind(number);
            let scopes = mail_scopes(kind, &email, proved, &LIMITS);
            let [sent, delayed, dropped] = &mut seen;
            match judge_mail(&mut used, &MailCharge { scopes, at: noon() }) {
                MailVerdict::Send => *sent += 1,
                MailVerdict::Later(_) => *delayed += 1,
                MailVerdict::Drop => *dropped += 1,
            }
        }
        seen
    }

    #[test]
    fn five_hundred_proofs_for_one_account_are_one_email_per_address_and_few_in_all() {
        let proof = MailKind::Proof(UserId::new(1));
        assert_eq!(outcome(500, |_| (proof, email("a@b.example"), false)), [1, 0, 499]);
        let many = outcome(500, |number| (proof, email(&format!("a{number}@b.example")), false));
        assert_eq!(many, [5, 0, 495]);
    }

    #[test]
    fn many_accounts_cannot_flood_one_address() {
        let kind = |number: u32| (MailKind::Proof(UserId::new(number.into())), email("a@b.example"), false);
        assert_eq!(outcome(500, kind), [10, 0, 490]);
        assert_eq!(outcome(500, |_| (MailKind::Other, email("a@b.example"), false)), [10, 0, 490]);
        assert_eq!(outcome(500, |_| (MailKind::Reset, email("a@b.example"), true)), [5, 0, 495]);
    }

    #[test]
    fn emails_about_payments_are_delayed_and_never_dropped() {
        assert_eq!(outcome(500, |_| (MailKind::Paid, email("a@b.example"), false)), [100, 400, 0]);
        assert_eq!(outcome(500, |_| (MailKind::Other, email("a@b.example"), true)), [100, 400, 0]);
    }

    #[test]
    fn unproved_addresses_of_one_domain_are_sent_a_bounded_number_an_hour() {
        let kind = |number: u32| {
            (MailKind::Proof(UserId::new(number.into())), email(&format!("a{number}@b.example")), false)
        };
        let [sent, delayed, dropped] = outcome(20_000, kind);
        // Two thousand at once, and those of six hours.
        assert_eq!((sent, delayed), (2_000, 12_000));
        assert_eq!(dropped, 6_000);
    }

    #[test]
    fn delayed_emails_get_slots_one_after_the_other() {
        let mut used = BTreeMap::new();
        let scope = MailScope {
            key: "k".into(),
            burst: 2,
            interval: Duration::hours(1),
            over: OverLimit::Delay(Duration::hours(2)),
        };
        let mut judge = |at| judge_mail(&mut used, &MailCharge { scopes: vec![scope.clone()], at });
        let hour = |hours| noon() + Duration::hours(hours);
        assert_eq!([judge(noon()), judge(noon())], [MailVerdict::Send; 2]);
        assert_eq!(judge(noon()), MailVerdict::Later(hour(1)));
        assert_eq!(judge(noon()), MailVerdict::Later(hour(2)));
        assert_eq!(judge(noon()), MailVerdict::Drop);
        assert_eq!(judge(hour(1)), MailVerdict::Later(hour(3)));
        assert_eq!(judge(hour(9)), MailVerdict::Send);
    }

    #[test]
    fn zero_is_no_limit() {
        let none = MailLimits { per_address: 0, per_customer: 0, per_domain: 0 };
        assert_eq!(mail_scopes(MailKind::Other, &email("a@b.example"), false, &none), []);
        assert_eq!(mail_scopes(MailKind::Paid, &email("a@b.example"), true, &none), []);
    }
}
