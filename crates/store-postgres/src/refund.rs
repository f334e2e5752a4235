use crate::{
    error::{corrupt, is_unique_violation, require_one_row, store_error, without_nul},
    rows::{amount_of, hash},
    schema::refunds as r,
};
use diesel::{ExpressionMethods, QueryDsl, Queryable, Selectable, SelectableHelper, insert_into, update};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::{PaymentId, RefundId, StoreError, Timestamp, UserId};
use payments::{NewRefund, PaymentHash, Refund, RefundStatus};

#[derive(Queryable, Selectable)]
#[diesel(table_name = r)]
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
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl TryFrom<RefundRow> for Refund {
    type Error = StoreError;
    fn try_from(row: RefundRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: RefundId::new(row.id),
            payment_id: PaymentId::new(row.payment_id),
            amount: amount_of("refund", row.id, row.amount_msats)?,
            destination: row.destination,
            status: RefundStatus::parse(&row.status).ok_or_else(|| corrupt("refund", row.id, &row.status))?,
            bolt11: row.bolt11,
            payment_hash: row.payment_hash.map(|text| hash(row.id, &text)).transpose()?,
            fee: amount_of("refund", row.id, row.fee_msats)?,
            error: row.error,
            requested_by: row.requested_by.map(UserId::new),
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

/// Returns a payment's refunds, newest first.
pub(crate) async fn of_payment(
    db: &mut AsyncPgConnection,
    payment: PaymentId,
) -> Result<Vec<Refund>, StoreError> {
    let rows: Vec<RefundRow> = r::table
        .filter(r::payment_id.eq(payment.get()))
        .order(r::id.desc())
        .select(RefundRow::as_select())
        .load(db)
        .await
        .map_err(store_error)?;
    rows.into_iter().map(Refund::try_from).collect()
}

/// Returns refunds with an invoice that changed since a time.
pub(crate) async fn since(db: &mut AsyncPgConnection, since: Timestamp) -> Result<Vec<Refund>, StoreError> {
    let rows: Vec<RefundRow> = r::table
        .filter(r::payment_hash.is_not_null())
        .filter(r::updated_at.ge(since))
        .order(r::id)
        .select(RefundRow::as_select())
        .load(db)
        .await
        .map_err(store_error)?;
    rows.into_iter().map(Refund::try_from).collect()
}

/// Returns a payment's refunds, newest first, and locks them.
pub(crate) async fn locked(
    db: &mut AsyncPgConnection,
    payment: PaymentId,
) -> Result<Vec<Refund>, StoreError> {
    let rows: Vec<RefundRow> = r::table
        .filter(r::payment_id.eq(payment.get()))
        .order(r::id.desc())
        .select(RefundRow::as_select())
        .for_no_key_update()
        .load(db)
        .await
        .map_err(store_error)?;
    rows.into_iter().map(Refund::try_from).collect()
}

/// Adds a requested refund.
pub(crate) async fn add(db: &mut AsyncPgConnection, refund: &NewRefund) -> Result<Refund, StoreError> {
    let row: RefundRow = insert_into(r::table)
        .values((
            r::payment_id.eq(refund.payment_id.get()),
            r::amount_msats.eq(refund.amount.to_i64()),
            r::destination.eq(without_nul(&refund.destination)),
            r::requested_by.eq(refund.requested_by.map(UserId::get)),
            r::created_at.eq(refund.created_at),
            r::updated_at.eq(refund.created_at),
        ))
        .returning(RefundRow::as_returning())
        .get_result(db)
        .await
        .map_err(store_error)?;
    Refund::try_from(row)
}

/// Overwrites the mutable columns of a refund; returns `false` if another refund has its payment hash.
pub(crate) async fn put(db: &mut AsyncPgConnection, refund: &Refund) -> Result<bool, StoreError> {
    let rows = update(r::table.find(refund.id.get()))
        .set((
            r::status.eq(refund.status.as_str()),
            r::bolt11.eq(refund.bolt11.as_deref()),
            r::payment_hash.eq(refund.payment_hash.map(PaymentHash::to_hex)),
            r::fee_msats.eq(refund.fee.to_i64()),
            r::error.eq(without_nul(&refund.error)),
            r::updated_at.eq(refund.updated_at),
        ))
        .execute(db)
        .await;
    match rows {
        Ok(rows) => require_one_row(rows, "refund", refund.id).map(|()| true),
        Err(error) if is_unique_violation(&error) => Ok(false),
        Err(error) => Err(store_error(error)),
    }
}
