use crate::{
    error::{corrupt, store_error},
    rows::{amount_of, hash},
    schema::payment_events as e,
};
use diesel::{ExpressionMethods, QueryDsl, Queryable, Selectable, SelectableHelper, insert_into};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::{PaymentId, StoreError, Timestamp, UserId};
use payments::{EvidenceOrigin, PaymentEvent, PaymentEventKind, PaymentHash, PaymentStatus};

#[derive(Queryable, Selectable)]
#[diesel(table_name = e)]
struct EventRow {
    id: i64,
    payment_id: i64,
    kind: String,
    origin: String,
    actor_id: Option<i64>,
    amount_msats: Option<i64>,
    payment_hash: Option<String>,
    status: String,
    created_at: Timestamp,
}

impl TryFrom<EventRow> for PaymentEvent {
    type Error = StoreError;
    fn try_from(row: EventRow) -> Result<Self, StoreError> {
        let corrupt = |word: &str| corrupt("payment event", row.id, word);
        Ok(Self {
            payment_id: PaymentId::new(row.payment_id),
            kind: PaymentEventKind::parse(&row.kind).ok_or_else(|| corrupt(&row.kind))?,
            origin: EvidenceOrigin::parse(&row.origin).ok_or_else(|| corrupt(&row.origin))?,
            actor: row.actor_id.map(UserId::new),
            amount: row.amount_msats.map(|amount| amount_of("payment event", row.id, amount)).transpose()?,
            payment_hash: row.payment_hash.as_deref().map(|text| hash(row.id, text)).transpose()?,
            status: PaymentStatus::parse(&row.status).ok_or_else(|| corrupt(&row.status))?,
            at: row.created_at,
        })
    }
}

/// Returns a payment's history, oldest first.
pub(crate) async fn of_payment(
    db: &mut AsyncPgConnection,
    payment: PaymentId,
) -> Result<Vec<PaymentEvent>, StoreError> {
    let rows: Vec<EventRow> = e::table
        .filter(e::payment_id.eq(payment.get()))
        .order(e::id)
        .select(EventRow::as_select())
        .load(db)
        .await
        .map_err(store_error)?;
    rows.into_iter().map(PaymentEvent::try_from).collect()
}

/// Appends to a payment's history. A shared reference allows pipelining with another statement.
pub(crate) async fn add(mut db: &AsyncPgConnection, event: &PaymentEvent) -> Result<(), StoreError> {
    insert_into(e::table)
        .values((
            e::payment_id.eq(event.payment_id.get()),
            e::kind.eq(event.kind.as_str()),
            e::origin.eq(event.origin.as_str()),
            e::actor_id.eq(event.actor.map(UserId::get)),
            e::amount_msats.eq(event.amount.map(kernel::Msats::to_i64)),
            e::payment_hash.eq(event.payment_hash.map(PaymentHash::to_hex)),
            e::status.eq(event.status.as_str()),
            e::created_at.eq(event.at),
        ))
        .execute(&mut db)
        .await
        .map(drop)
        .map_err(store_error)
}
