use crate::{
    error::{Fault, is_unique_violation},
    invoices::hash,
    schema,
    values::{micros, msats, parse_word, timestamp, without_nul},
};
use diesel::{prelude::*, sqlite::SqliteConnection};
use kernel::{PaymentId, RefundId, UserId};
use payments::{NewRefund, PaymentHash, Refund, RefundStatus};
use schema::refunds::{dsl, table};

#[derive(Queryable, Selectable)]
#[diesel(table_name = schema::refunds)]
struct RefundRow {
    id: i64,
    payment_id: i64,
    amount_msats: i64,
    destination: String,
    status: String,
    bolt11: Option<String>,
    payment_hash: Option<String>,
    fee_msats: i64,
    error: String,
    requested_by: Option<i64>,
    created_at: i64,
    updated_at: i64,
}

impl TryFrom<RefundRow> for Refund {
    type Error = Fault;
    fn try_from(row: RefundRow) -> Result<Self, Fault> {
        Ok(Self {
            id: RefundId::new(row.id),
            payment_id: PaymentId::new(row.payment_id),
            amount: msats(row.amount_msats)?,
            destination: row.destination,
            status: parse_word(RefundStatus::parse, &row.status)?,
            bolt11: row.bolt11,
            payment_hash: row.payment_hash.as_deref().map(hash).transpose()?,
            fee: msats(row.fee_msats)?,
            error: row.error,
            requested_by: row.requested_by.map(UserId::new),
            created_at: timestamp(row.created_at)?,
            updated_at: timestamp(row.updated_at)?,
        })
    }
}

pub(crate) fn of_payment(
    connection: &mut SqliteConnection,
    payment: PaymentId,
) -> Result<Vec<Refund>, Fault> {
    let rows = table
        .filter(dsl::payment_id.eq(payment.get()))
        .order(dsl::id.desc())
        .select(RefundRow::as_select())
        .load(connection)?;
    rows.into_iter().map(Refund::try_from).collect()
}

pub(crate) fn since(connection: &mut SqliteConnection, since: i64) -> Result<Vec<Refund>, Fault> {
    let rows = table
        .filter(dsl::payment_hash.is_not_null().and(dsl::updated_at.ge(since)))
        .order(dsl::id)
        .select(RefundRow::as_select())
        .load(connection)?;
    rows.into_iter().map(Refund::try_from).collect()
}

pub(crate) fn add(connection: &mut SqliteConnection, refund: &NewRefund) -> Result<Refund, Fault> {
    diesel::insert_into(table)
        .values((
            dsl::payment_id.eq(refund.payment_id.get()),
            dsl::amount_msats.eq(refund.amount.to_i64()),
            dsl::destination.eq(&refund.destination),
            dsl::requested_by.eq(refund.requested_by.map(UserId::get)),
            dsl::created_at.eq(micros(refund.created_at)),
            dsl::updated_at.eq(micros(refund.created_at)),
        ))
        .returning(RefundRow::as_returning())
        .get_result(connection)?
        .try_into()
}

/// Overwrites the mutable columns of a refund; returns `false` if another refund has its payment hash.
pub(crate) fn put(connection: &mut SqliteConnection, refund: &Refund) -> Result<bool, Fault> {
    let rows = diesel::update(table.find(refund.id.get()))
        .set((
            dsl::status.eq(refund.status.as_str()),
            dsl::bolt11.eq(&refund.bolt11),
            dsl::payment_hash.eq(refund.payment_hash.map(PaymentHash::to_hex)),
            dsl::fee_msats.eq(refund.fee.to_i64()),
            dsl::error.eq(without_nul(&refund.error)),
            dsl::updated_at.eq(micros(refund.updated_at)),
        ))
        .execute(connection);
    match rows {
        Ok(1) => Ok(true),
        Ok(_) => Err(Fault::corrupt(format!("refund {} does not exist", refund.id))),
        Err(error) if is_unique_violation(&error) => Ok(false),
        Err(error) => Err(error.into()),
    }
}
