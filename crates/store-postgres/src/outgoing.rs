use crate::{
    error::{corrupt, require_one_row, store_error, without_nul},
    rows::{amount_of, hash},
    schema::pay_orders as o,
};
use diesel::{
    BoolExpressionMethods, ExpressionMethods, QueryDsl, QueryResult, Queryable, QueryableByName, Selectable,
    SelectableHelper, insert_into, sql_query,
    sql_types::{BigInt, Timestamptz},
    update,
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::{Msats, PaymentId, RefundId, StoreError, Timestamp, UserId};
use payments::{OrderStatus, OutgoingOrder, Payer};

#[derive(Queryable, Selectable)]
#[diesel(table_name = o)]
struct OrderRow {
    id: i64,
    payer: String,
    payment_hash: String,
    payment_id: i64,
    refund_id: Option<i64>,
    bolt11: String,
    amount_msats: i64,
    attempt: i32,
    ordered_at: Timestamp,
    expires_at: Timestamp,
    status: String,
    detail: String,
    answered_at: Option<Timestamp>,
}

impl TryFrom<OrderRow> for OutgoingOrder {
    type Error = StoreError;
    fn try_from(row: OrderRow) -> Result<Self, StoreError> {
        let bad = |word: &str| corrupt("outgoing order", row.id, word);
        Ok(Self {
            payer: Payer::parse(&row.payer).ok_or_else(|| bad(&row.payer))?,
            payment_hash: hash(row.id, &row.payment_hash)?,
            payment_id: PaymentId::new(row.payment_id),
            refund_id: row.refund_id.map(RefundId::new),
            amount: amount_of("outgoing order", row.id, row.amount_msats)?,
            attempt: u32::try_from(row.attempt).map_err(|error| bad(&error.to_string()))?,
            ordered_at: row.ordered_at,
            expires_at: row.expires_at,
            status: OrderStatus::parse(&row.status).ok_or_else(|| bad(&row.status))?,
            bolt11: row.bolt11,
            detail: row.detail,
            answered_at: row.answered_at,
        })
    }
}

fn orders(rows: QueryResult<Vec<OrderRow>>) -> Result<Vec<OutgoingOrder>, StoreError> {
    rows.map_err(store_error)?.into_iter().map(OutgoingOrder::try_from).collect()
}

fn attempt(order: &OutgoingOrder) -> i32 {
    i32::try_from(order.attempt).unwrap_or(i32::MAX)
}

/// Returns a payment's outgoing orders, newest first.
pub(crate) async fn of_payment(
    db: &mut AsyncPgConnection,
    payment: PaymentId,
) -> Result<Vec<OutgoingOrder>, StoreError> {
    let of_payment = o::table.filter(o::payment_id.eq(payment.get())).order(o::id.desc());
    orders(of_payment.select(OrderRow::as_select()).load(db).await)
}

/// Returns a payment's outgoing orders, newest first, and locks them.
pub(crate) async fn locked(
    db: &mut AsyncPgConnection,
    payment: PaymentId,
) -> Result<Vec<OutgoingOrder>, StoreError> {
    let of_payment = o::table.filter(o::payment_id.eq(payment.get())).order(o::id.desc());
    orders(of_payment.select(OrderRow::as_select()).for_no_key_update().load(db).await)
}

const ORDERED_FROM_WALLET: &str = "SELECT coalesce(sum(o.amount_msats), 0)::bigint AS total FROM tickets t
    JOIN payments p ON p.ticket_id = t.id JOIN pay_orders o ON o.payment_id = p.id
    WHERE t.user_id = $1 AND o.payer = 'wallet' AND o.ordered_at >= $2 AND o.status NOT IN ('failed', 'not_sent')";

#[derive(QueryableByName)]
struct Total {
    #[diesel(sql_type = BigInt)]
    total: i64,
}

/// Sum of the orders to a user's wallet since a time.
pub(crate) async fn from_wallet(
    db: &mut AsyncPgConnection,
    user: UserId,
    since: Timestamp,
) -> Result<Msats, StoreError> {
    let sum: Total = sql_query(ORDERED_FROM_WALLET)
        .bind::<BigInt, _>(user.get())
        .bind::<Timestamptz, _>(since)
        .get_result(db)
        .await
        .map_err(store_error)?;
    amount_of("orders to a wallet", user.get(), sum.total)
}

/// Adds an order; returns `false` if it exists.
pub(crate) async fn add(db: &mut AsyncPgConnection, order: &OutgoingOrder) -> Result<bool, StoreError> {
    let rows = insert_into(o::table)
        .values((
            o::payer.eq(order.payer.as_str()),
            o::payment_hash.eq(order.payment_hash.to_hex()),
            o::payment_id.eq(order.payment_id.get()),
            o::refund_id.eq(order.refund_id.map(RefundId::get)),
            o::bolt11.eq(without_nul(&order.bolt11)),
            o::amount_msats.eq(order.amount.to_i64()),
            o::attempt.eq(attempt(order)),
            o::ordered_at.eq(order.ordered_at),
            o::expires_at.eq(order.expires_at),
            o::status.eq(order.status.as_str()),
            o::detail.eq(without_nul(&order.detail)),
            o::answered_at.eq(order.answered_at),
        ))
        .on_conflict((o::payer, o::payment_hash))
        .do_nothing()
        .execute(db)
        .await
        .map_err(store_error)?;
    Ok(rows == 1)
}

/// Overwrites the mutable columns of an order.
pub(crate) async fn put(db: &mut AsyncPgConnection, order: &OutgoingOrder) -> Result<(), StoreError> {
    let known = o::payer.eq(order.payer.as_str()).and(o::payment_hash.eq(order.payment_hash.to_hex()));
    let rows = update(o::table.filter(known))
        .set((
            o::attempt.eq(attempt(order)),
            o::ordered_at.eq(order.ordered_at),
            o::expires_at.eq(order.expires_at),
            o::status.eq(order.status.as_str()),
            o::detail.eq(without_nul(&order.detail)),
            o::answered_at.eq(order.answered_at),
        ))
        .execute(db)
        .await
        .map_err(store_error)?;
    require_one_row(rows, "outgoing order", order.payment_hash)
}
