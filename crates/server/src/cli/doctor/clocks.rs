//! Comparison of the shop's clock with other clocks.

use super::findings::Findings;
use kernel::Timestamp;

/// Difference above which sales fail: holds, invoices and signatures expire at other times here than there. The grace after a hold is
/// two minutes.
const MAX_DIFFERENCE_SECS: i64 = 60;
/// Difference that is worth a note. Invoices carry whole seconds.
const NOTED_DIFFERENCE_SECS: i64 = 5;

/// Seconds that another clock, read between two readings of the shop's, is ahead of the shop's; negative if behind.
pub(super) fn ahead_secs(other: Timestamp, before: Timestamp, after: Timestamp) -> i64 {
    let (other, before, after) = (other.timestamp(), before.timestamp(), after.timestamp());
    if other < before {
        other.saturating_sub(before)
    } else if other > after {
        other.saturating_sub(after)
    } else {
        0
    }
}

/// Reports the difference to the clock of `whose`.
pub(super) fn report(findings: &mut Findings, whose: &str, ahead_secs: i64) {
    let seconds = ahead_secs.saturating_abs();
    let side = if ahead_secs > 0 { "ahead of" } else { "behind" };
    let difference = format!("the clock of {whose} is {seconds} s {side} the shop's");
    if seconds > MAX_DIFFERENCE_SECS {
        findings.fail(
            "clock",
            format!(
                "{difference}: synchronise both (NTP), since tickets and invoices expire by these clocks"
            ),
        );
    } else if seconds > NOTED_DIFFERENCE_SECS {
        findings.note("clock", format!("{difference}: synchronise both (NTP)"));
    } else {
        findings.pass("clock", format!("agrees with the clock of {whose}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_are_compared_within_the_time_that_the_answer_took() {
        let at = |seconds| Timestamp::from_timestamp(seconds, 0).unwrap();
        for (other, ahead, line) in [
            (1_000, 0, None),
            (1_010, 0, None),
            (1_015, 5, None),
            (994, -6, Some("note   clock: the clock of the node is 6 s behind the shop's")),
            (1_070, 60, Some("note   clock: the clock of the node is 60 s ahead of the shop's")),
            (939, -61, Some("ERROR  clock: the clock of the node is 61 s behind the shop's")),
        ] {
            assert_eq!(ahead_secs(at(other), at(1_000), at(1_010)), ahead, "{other}");
            let mut findings = Findings::silent();
            report(&mut findings, "the node", ahead);
            let warning = findings.warnings().next();
            assert_eq!(warning.is_some(), line.is_some(), "{other}: {warning:?}");
            assert!(line.is_none_or(|line| warning.unwrap().contains(line)), "{other}: {warning:?}");
        }
    }
}
