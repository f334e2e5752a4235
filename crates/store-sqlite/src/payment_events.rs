use crate::{
    error::Fault,
    invoices::hash,
    schema,
    values::{micros, msats, parse_word, timestamp},
};
use diesel::{prelude::*, sqlite::SqliteConnection};
use kernel::{Msats, PaymentId, UserId};
use payments::{EvidenceOrigin, PaymentEvent, PaymentEventKind, PaymentHash, PaymentStatus};
use schema::payment_events::{dsl, table};

#[derive(Queryable, Selectable)]
#[diesel(table_name = schema::payment_events)]
struct EventRow {
    payment_id: i64,
    kind: String,
    origin: String,
    actor_id: Option<i64>,
    amount_msats: Option<i64>,
    payment_hash: Option<String>,
    status: String,
    created_at: i64,
}

impl TryFrom<EventRow> for PaymentEvent {
    type Error = Fault;
    fn try_from(row: EventRow) -> Result<Self, Fault> {
        Ok(Self {
            payment_id: PaymentId::new(row.payment_id),
            kind: parse_word(PaymentEventKind::parse, &row.kind)?,
            origin: parse_word(EvidenceOrigin::parse, &row.origin)?,
            actor: row.actor_id.map(UserId::new),
            amount: row.amount_msats.map(msats).transpose()?,
            payment_hash: row.payment_hash.as_deref().map(hash).transpose()?,
            status: parse_word(PaymentStatus::parse, &row.status)?,
            at: timestamp(row.created_at)?,
        })
    }
}

/// Returns a payment's history, oldest first.
pub(crate) fn of_payment(
    connection: &mut SqliteConnection,
    payment: PaymentId,
) -> Result<Vec<PaymentEvent>, Fault> {
    let rows = table
        .filter(dsl::payment_id.eq(payment.get()))
        .order(dsl::id)
        .select(EventRow::as_select())
        .load(connection)?;
    rows.into_iter().map(PaymentEvent::try_from).collect()
}

/// Appends to a payment's history.
pub(crate) fn add(connection: &mut SqliteConnection, event: &PaymentEvent) -> Result<(), Fault> {
    diesel::insert_into(table)
        .values((
            dsl::payment_id.eq(event.payment_id.get()),
            dsl::kind.eq(event.kind.as_str()),
            dsl::origin.eq(event.origin.as_str()),
            dsl::actor_id.eq(event.actor.map(UserId::get)),
            dsl::amount_msats.eq(event.amount.map(Msats::to_i64)),
            dsl::payment_hash.eq(event.payment_hash.map(PaymentHash::to_hex)),
            dsl::status.eq(event.status.as_str()),
            dsl::created_at.eq(micros(event.at)),
        ))
        .execute(connection)?;
    Ok(())
}
