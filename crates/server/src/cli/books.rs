use super::{Outcome, Words, say};
use crate::wiring::{Database, Machine};
use box_office::Ledger;
use chrono::TimeDelta;

/// Holds and jobs may be this late before it counts.
const TOLERANCE: TimeDelta = TimeDelta::minutes(10);

/// Compares the books: every millisatoshi that came in is a ticket, went back, or is owed back.
pub(super) async fn audit(mut words: Words) -> Outcome {
    let config = words.configuration()?;
    let database = Database::open(&config.database).await?;
    let now = Machine::of(&config).clock.now();
    let ledger = database.store.ledger(now.checked_sub_signed(TOLERANCE).unwrap_or(now)).await?;
    say(&format!("received     {:>16} msats", ledger.received));
    say(&format!("kept         {:>16} msats", ledger.kept));
    say(&format!("refunded     {:>16} msats", ledger.refunded));
    say(&format!("refundable   {:>16} msats", ledger.refundable));
    say(&format!("event level  {:>16} msats", ledger.event_level));
    let faults = faults(&ledger);
    for fault in &faults {
        say(&format!("WRONG: {fault}"));
    }
    if faults.is_empty() {
        say("The books agree.");
        Ok(())
    } else {
        Err("the books do not agree".into())
    }
}

fn faults(ledger: &Ledger) -> Vec<String> {
    let mut faults = Vec::new();
    let accounted = ledger.kept.saturating_add(ledger.refunded).saturating_add(ledger.refundable);
    if accounted != ledger.received {
        faults.push(format!("{} msats came in and {accounted} are accounted for", ledger.received));
    }
    let list = |ids: Vec<String>| ids.join(", ");
    if !ledger.oversold.is_empty() {
        faults.push(format!(
            "oversold events: {}",
            list(ledger.oversold.iter().map(ToString::to_string).collect())
        ));
    }
    if !ledger.miscounted.is_empty() {
        let ids = ledger.miscounted.iter().map(ToString::to_string).collect();
        faults.push(format!("events whose seats are miscounted: {}", list(ids)));
    }
    if !ledger.mismatched.is_empty() {
        let ids = ledger.mismatched.iter().map(ToString::to_string).collect();
        faults.push(format!("tickets that do not fit their payments: {}", list(ids)));
    }
    if ledger.overdue_holds > 0 {
        faults.push(format!("{} holds should have ended", ledger.overdue_holds));
    }
    if ledger.overdue_jobs > 0 {
        faults.push(format!("{} jobs should have run", ledger.overdue_jobs));
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::Msats;

    #[test]
    fn a_missing_millisatoshi_is_found() {
        let msats = |amount| Msats::new(amount).unwrap();
        let even = Ledger {
            received: msats(10),
            kept: msats(7),
            refunded: msats(2),
            refundable: msats(1),
            ..Ledger::default()
        };
        assert_eq!(faults(&even), Vec::<String>::new());
        let short = Ledger { refundable: msats(0), ..even };
        assert_eq!(faults(&short).len(), 1);
    }
}
