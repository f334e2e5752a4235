use super::{Arguments, Outcome, print_line};
use crate::wiring::{Database, NodeDependencies, SystemPorts};
use box_office::{Ledger, compare_with_node};
use chrono::TimeDelta;

/// Accepted delay of holds and jobs.
const TOLERANCE: TimeDelta = TimeDelta::minutes(10);

/// Default period of the node comparison, in days.
const NODE_DAYS: i64 = 90;

/// Checks the ledger: every received millisatoshi is kept, refunded or refundable. `--node` compares refunds with the
/// node's outgoing payments, in both directions.
pub(super) async fn audit(mut args: Arguments) -> Outcome {
    let with_node = args.flag("node");
    let days = match args.option("days")? {
        Some(days) => days.parse::<u32>().map_err(|_| "--days needs a number")?.into(),
        None => NODE_DAYS,
    };
    let config = args.configuration()?;
    let database = Database::open(&config.database).await?;
    let now = SystemPorts::of(&config).clock.now();
    let ledger = database.store.ledger(now.checked_sub_signed(TOLERANCE).unwrap_or(now)).await?;
    print_line(&format!("received     {:>16} msats", ledger.received));
    print_line(&format!("kept         {:>16} msats", ledger.kept));
    print_line(&format!("refunded     {:>16} msats", ledger.refunded));
    print_line(&format!("refundable   {:>16} msats", ledger.refundable));
    print_line(&format!("event level  {:>16} msats", ledger.event_level));
    let mut errors = errors(&ledger);
    if with_node {
        let system = SystemPorts::of(&config);
        let node = NodeDependencies::for_audit(&config, &system)?;
        let since = now.checked_sub_signed(TimeDelta::days(days)).unwrap_or(now);
        let compared = compare_with_node(&*database.store, &*node, since).await?;
        print_line(&format!("sent by node {:>16} msats in {days} days", compared.sent));
        print_line(&format!("in ledger    {:>16} msats in {days} days", compared.recorded));
        errors.extend(compared.differences.iter().map(ToString::to_string));
    }
    for error in &errors {
        print_line(&format!("ERROR: {error}"));
    }
    if errors.is_empty() {
        print_line("The ledger is consistent.");
        Ok(())
    } else {
        Err("the ledger is inconsistent".into())
    }
}

fn errors(ledger: &Ledger) -> Vec<String> {
    let mut errors = ledger.inconsistencies();
    if ledger.overdue_holds > 0 {
        errors.push(format!("{} overdue holds", ledger.overdue_holds));
    }
    if ledger.overdue_jobs > 0 {
        errors.push(format!("{} overdue jobs", ledger.overdue_jobs));
    }
    errors
}
