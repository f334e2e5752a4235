use crate::{
    error::Fault,
    invoices::hash,
    schema,
    values::{count, micros, micros_opt, msats, parse_word, timestamp, timestamp_opt, without_nul},
};
use diesel::{prelude::*, sql_query, sql_types::BigInt, sqlite::SqliteConnection};
use kernel::{Msats, PaymentId, RefundId, Timestamp, UserId};
use payments::{OrderStatus, OutgoingOrder, Payer};
use schema::pay_orders::{dsl, table};

#[derive(Queryable, Selectable)]
#[diesel(table_name = schema::pay_orders)]
struct OrderRow {
    payer: String,
    payment_hash: String,
    payment_id: i64,
    refund_id: Option<i64>,
    bolt11: String,
    amount_msats: i64,
    attempt: i64,
    ordered_at: i64,
    expires_at: i64,
    status: String,
    detail: String,
    answered_at: Option<i64>,
}

impl TryFrom<OrderRow> for OutgoingOrder {
    type Error = Fault;
    fn try_from(row: OrderRow) -> Result<Self, Fault> {
        Ok(Self {
            payer: parse_word(Payer::parse, &row.payer)?,
            payment_hash: hash(&row.payment_hash)?,
            payment_id: PaymentId::new(row.payment_id),
            refund_id: row.refund_id.map(RefundId::new),
            bolt11: row.bolt11,
            amount: msats(row.amount_msats)?,
            attempt: count(row.attempt)?,
            ordered_at: timestamp(row.ordered_at)?,
            expires_at: timestamp(row.expires_at)?,
            status: parse_word(OrderStatus::parse, &row.status)?,
            detail: row.detail,
            answered_at: timestamp_opt(row.answered_at)?,
        })
    }
}

pub(crate) fn of_payment(
    connection: &mut SqliteConnection,
    payment: PaymentId,
) -> Result<Vec<OutgoingOrder>, Fault> {
    let rows = table
        .filter(dsl::payment_id.eq(payment.get()))
        .order(dsl::id.desc())
        .select(OrderRow::as_select())
        .load(connection)?;
    rows.into_iter().map(OutgoingOrder::try_from).collect()
}

/// CROSS JOIN fixes the join order: a user has few tickets, and a ticket few orders.
const ORDERED_FROM_WALLET: &str = "
    SELECT coalesce(sum(o.amount_msats), 0) AS total FROM tickets t
    CROSS JOIN payments p ON p.ticket_id = t.id CROSS JOIN pay_orders o ON o.payment_id = p.id
    WHERE t.user_id = ? AND o.payer = 'wallet' AND o.ordered_at >= ? AND o.status NOT IN ('failed', 'not_sent')";

#[derive(QueryableByName)]
struct Total {
    #[diesel(sql_type = BigInt)]
    total: i64,
}

pub(crate) fn from_wallet(
    connection: &mut SqliteConnection,
    user: UserId,
    since: Timestamp,
) -> Result<Msats, Fault> {
    let sum: Total = sql_query(ORDERED_FROM_WALLET)
        .bind::<BigInt, _>(user.get())
        .bind::<BigInt, _>(micros(since))
        .get_result(connection)?;
    msats(sum.total)
}

pub(crate) fn add(connection: &mut SqliteConnection, order: &OutgoingOrder) -> Result<bool, Fault> {
    let rows = diesel::insert_into(table)
        .values((
            dsl::payer.eq(order.payer.as_str()),
            dsl::payment_hash.eq(order.payment_hash.to_hex()),
            dsl::payment_id.eq(order.payment_id.get()),
            dsl::refund_id.eq(order.refund_id.map(RefundId::get)),
            dsl::bolt11.eq(without_nul(&order.bolt11)),
            dsl::amount_msats.eq(order.amount.to_i64()),
            dsl::attempt.eq(i64::from(order.attempt)),
            dsl::ordered_at.eq(micros(order.ordered_at)),
            dsl::expires_at.eq(micros(order.expires_at)),
            dsl::status.eq(order.status.as_str()),
            dsl::detail.eq(without_nul(&order.detail)),
            dsl::answered_at.eq(micros_opt(order.answered_at)),
        ))
        .on_conflict((dsl::payer, dsl::payment_hash))
        .do_nothing()
        .execute(connection)?;
    Ok(rows == 1)
}

pub(crate) fn put(connection: &mut SqliteConnection, order: &OutgoingOrder) -> Result<(), Fault> {
    let known = dsl::payer.eq(order.payer.as_str()).and(dsl::payment_hash.eq(order.payment_hash.to_hex()));
    let rows = diesel::update(table.filter(known))
        .set((
            dsl::attempt.eq(i64::from(order.attempt)),
            dsl::ordered_at.eq(micros(order.ordered_at)),
            dsl::expires_at.eq(micros(order.expires_at)),
            dsl::status.eq(order.status.as_str()),
            dsl::detail.eq(without_nul(&order.detail)),
            dsl::answered_at.eq(micros_opt(order.answered_at)),
        ))
        .execute(connection)?;
    if rows == 1 {
        Ok(())
    } else {
        Err(Fault::corrupt(format!("outgoing order {} does not exist", order.payment_hash)))
    }
}
