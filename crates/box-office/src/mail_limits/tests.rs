use super::*;
use chrono::{TimeZone, Utc};

const LIMITS: MailLimits = MailLimits { per_address: 10, per_customer: 100, per_domain: 2_000 };

fn noon() -> Timestamp {
    Utc.with_ymd_and_hms(2026, 11, 23, 12, 0, 0).unwrap()
}

fn email(text: &str) -> Email {
    Email::parse(text).unwrap()
}

fn proof(account: u32, first: bool) -> MailKind {
    MailKind::Proof { account: UserId::new(account.into()), first }
}

/// Counts how many of `count` simultaneous emails are sent, delayed, decided again, and dropped.
fn outcome<'n>(count: u32, mail: impl Fn(u32) -> (MailKind, Email, bool, Option<&'n str>)) -> [usize; 4] {
    let mut usage = MailUsage::default();
    let mut seen = [0_usize; 4];
    for number in 0..count {
        let (kind, to, proved, network) = mail(number);
        let scopes = mail_scopes(&Mail { kind, to: &to, proved, network }, &LIMITS);
        let [sent, delayed, again, dropped] = &mut seen;
        let charge = MailCharge { job: JobId::new(number.into()), scopes, at: noon() };
        match decide_mail(&mut usage, &charge) {
            MailVerdict::Send => *sent += 1,
            MailVerdict::Later(_) => *delayed += 1,
            MailVerdict::Retry(_) => *again += 1,
            MailVerdict::Drop => *dropped += 1,
        }
    }
    seen
}

#[test]
fn repeated_proofs_are_limited_per_address_and_per_account() {
    let one = outcome(500, |_| (proof(1, false), email("a@b.example"), false, None));
    assert_eq!(one, [1, 0, 0, 499]);
    for first in [false, true] {
        let many =
            outcome(500, |number| (proof(1, first), email(&format!("a{number}@b.example")), false, None));
        assert_eq!(many, [5, 0, 0, 495]);
    }
}

#[test]
fn notices_of_one_account_to_unproved_addresses_are_limited() {
    let notice = MailKind::Notice(UserId::new(1));
    let sent = outcome(500, |number| (notice, email(&format!("a{number}@b.example")), false, None));
    assert_eq!(sent, [5, 0, 0, 495]);
    // A proved address is notified of every change.
    assert_eq!(outcome(50, |_| (notice, email("a@b.example"), true, None)), [50, 0, 0, 0]);
}

#[test]
fn many_accounts_cannot_flood_one_address() {
    let sent = outcome(500, |number| (proof(number, false), email("a@b.example"), false, None));
    assert_eq!(sent, [10, 0, 0, 490]);
    let other = outcome(500, |_| (MailKind::Other, email("a@b.example"), false, None));
    assert_eq!(other, [10, 0, 0, 490]);
    assert_eq!(outcome(500, |_| (MailKind::Reset, email("a@b.example"), true, None)), [5, 0, 0, 495]);
    assert_eq!(outcome(500, |_| (MailKind::LoginLink, email("a@b.example"), true, None)), [10, 0, 0, 490]);
    // The first link to an address whose limit others exhausted is retried.
    let first = outcome(500, |number| (proof(number, true), email("a@b.example"), false, None));
    assert_eq!(first, [10, 0, 490, 0]);
}

#[test]
fn emails_about_payments_are_delayed_and_never_dropped() {
    assert_eq!(outcome(500, |_| (MailKind::Paid, email("a@b.example"), false, None)), [100, 400, 0, 0]);
    assert_eq!(outcome(500, |_| (MailKind::Other, email("a@b.example"), true, None)), [100, 400, 0, 0]);
}

#[test]
fn unproved_addresses_of_one_domain_share_an_hourly_limit() {
    // 2,000 at once, and those of six hours delayed.
    let many = |first| {
        outcome(20_000, |number| (proof(number, first), email(&format!("a{number}@b.example")), false, None))
    };
    assert_eq!(many(false), [2_000, 12_000, 0, 6_000]);
    assert_eq!(many(true), [2_000, 12_000, 6_000, 0]);
}

#[test]
fn one_network_uses_a_tenth_of_a_domains_limit_and_delays_no_other_network() {
    let sent = outcome(5_000, |number| {
        let network = if number < 4_999 { "one" } else { "two" };
        (proof(number, true), email(&format!("a{number}@b.example")), false, Some(network))
    });
    assert_eq!(sent, [201, 0, 4_799, 0]);
}

#[test]
fn delayed_emails_get_consecutive_slots() {
    let mut usage = MailUsage::default();
    let scope = MailScope {
        key: "k".into(),
        burst: 2,
        interval: Duration::hours(1),
        over: OverLimit::Delay(Duration::hours(2)),
    };
    let mut number = 0;
    let mut decide = |at| {
        number += 1;
        let charge = MailCharge { job: JobId::new(number), scopes: vec![scope.clone()], at };
        decide_mail(&mut usage, &charge)
    };
    let hour = |hours| noon() + Duration::hours(hours);
    assert_eq!([decide(noon()), decide(noon())], [MailVerdict::Send; 2]);
    assert_eq!(decide(noon()), MailVerdict::Later(hour(1)));
    assert_eq!(decide(noon()), MailVerdict::Later(hour(2)));
    assert_eq!(decide(noon()), MailVerdict::Drop);
    assert_eq!(decide(hour(1)), MailVerdict::Later(hour(3)));
    assert_eq!(decide(hour(9)), MailVerdict::Send);
}

#[test]
fn counted_email_is_not_counted_again_but_a_refused_one_is_retried() {
    let mut usage = MailUsage::default();
    let scope = MailScope { key: "k".into(), burst: 1, interval: Duration::hours(1), over: OverLimit::Retry };
    let mut decide = |job, hours| {
        let at = noon() + Duration::hours(hours);
        decide_mail(&mut usage, &MailCharge { job: JobId::new(job), scopes: vec![scope.clone()], at })
    };
    assert_eq!([decide(1, 0), decide(1, 0)], [MailVerdict::Send; 2]);
    assert_eq!([decide(2, 0), decide(2, 0)], [MailVerdict::Retry(noon() + Duration::hours(1)); 2]);
    assert_eq!(decide(2, 1), MailVerdict::Send);
    assert_eq!(decide(1, 9), MailVerdict::Send);
}

#[test]
fn retries_back_off_with_age_and_end() {
    let at = |minutes| noon() + Duration::minutes(minutes);
    for number in 1..500 {
        let retry = |allowed, now| retry_at(JobId::new(number), at(allowed), noon(), at(now)).unwrap();
        assert!((at(10)..at(20)).contains(&retry(0, 0)));
        assert!((at(120)..at(180)).contains(&retry(0, 60)));
        assert!((at(210)..at(270)).contains(&retry(150, 60)));
        assert!((at(3_240)..at(3_600)).contains(&retry(0, 2_880)));
        assert_eq!(retry_at(JobId::new(number), at(0), noon(), noon() + MAX_RETRY_AGE), None);
    }
    let times: std::collections::BTreeSet<_> =
        (1..=100).map(|number| retry_at(JobId::new(number), noon(), noon(), noon())).collect();
    assert!(times.len() > 80, "{}", times.len());
}

#[test]
fn zero_disables_a_limit() {
    let none = MailLimits { per_address: 0, per_customer: 0, per_domain: 0 };
    let to = email("a@b.example");
    let mail = |kind, proved| Mail { kind, to: &to, proved, network: Some("one") };
    assert_eq!(mail_scopes(&mail(MailKind::Other, false), &none), []);
    assert_eq!(mail_scopes(&mail(MailKind::Paid, true), &none), []);
}
