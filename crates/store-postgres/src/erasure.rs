use crate::{Postgres, error::store_error, session::PgSession};
use async_trait::async_trait;
use box_office::{Erasure, without_orderer};
use diesel::{
    QueryableByName,
    result::Error,
    sql_query,
    sql_types::{Array, BigInt, Nullable, Text},
};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use kernel::{StoreError, UserId};

#[derive(QueryableByName)]
struct OrderRow {
    #[diesel(sql_type = BigInt)]
    payment_id: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    invoice_id: Option<i64>,
    #[diesel(sql_type = Nullable<Text>)]
    metadata: Option<String>,
}

/// Erases personal data from orders that are not pending.
async fn erase(db: &mut AsyncPgConnection, orders: Vec<OrderRow>) -> Result<(), Error> {
    let payments: Vec<i64> = orders.iter().map(|order| order.payment_id).collect();
    let (ids, texts): (Vec<i64>, Vec<String>) = orders
        .into_iter()
        .filter_map(|order| Some((order.invoice_id?, without_orderer(&order.metadata?))))
        .unzip();
    sql_query(
        "UPDATE uma_request_invoices SET metadata = new.metadata FROM unnest($1, $2) AS new (id, metadata) \
        WHERE uma_request_invoices.id = new.id",
    )
    .bind::<Array<BigInt>, _>(ids)
    .bind::<Array<Text>, _>(texts)
    .execute(db)
    .await?;
    for statement in [
        "DELETE FROM uma_pushes WHERE payment_id = ANY($1)",
        "DELETE FROM erased_orders WHERE payment_id = ANY($1)",
    ] {
        sql_query(statement).bind::<Array<BigInt>, _>(&payments).execute(db).await?;
    }
    Ok(())
}

#[async_trait]
impl Erasure for PgSession {
    async fn erase_orders(&mut self, user: UserId) -> Result<(), StoreError> {
        let db = self.db();
        sql_query(
            "UPDATE orders SET payer_address = NULL WHERE buyer_key = 'account/' || $1 AND total_sats = 0 AND status = 'paid'",
        )
        .bind::<BigInt, _>(user.get())
        .execute(db)
        .await
        .map_err(store_error)?;
        let orders = sql_query(
            "SELECT p.id AS payment_id, i.id AS invoice_id, i.metadata FROM tickets t JOIN payments p ON p.ticket_id = t.id \
            LEFT JOIN uma_request_invoices i ON i.payment_id = p.id WHERE t.user_id = $1 AND p.status <> 'pending' ORDER BY i.id",
        );
        let orders = orders.bind::<BigInt, _>(user.get()).load(db).await.map_err(store_error)?;
        erase(db, orders).await.map_err(store_error)?;
        for statement in [
            "INSERT INTO erased_orders (payment_id) SELECT p.id FROM tickets t JOIN payments p ON p.ticket_id = t.id \
                WHERE t.user_id = $1 AND p.status = 'pending' ON CONFLICT DO NOTHING",
            // Free tickets have no `hold_expires_at`.
            "UPDATE tickets SET uma_address = '' WHERE user_id = $1 AND payment_status = 'paid' AND hold_expires_at IS NULL",
        ] {
            sql_query(statement).bind::<BigInt, _>(user.get()).execute(db).await.map_err(store_error)?;
        }
        Ok(())
    }
}

impl Postgres {
    pub(crate) async fn erase_ended(&self, limit: u32) -> Result<u64, StoreError> {
        let mut db = self.connection().await?;
        let erased = db.transaction(async |db| {
            let ended: Vec<OrderRow> = sql_query(
                "SELECT e.payment_id, NULL::bigint AS invoice_id, NULL AS metadata FROM erased_orders e \
                JOIN payments p ON p.id = e.payment_id WHERE p.status <> 'pending' ORDER BY p.id LIMIT $1 FOR UPDATE OF e",
            )
            .bind::<BigInt, _>(i64::from(limit))
            .load(db)
            .await?;
            let payments: Vec<i64> = ended.into_iter().map(|order| order.payment_id).collect();
            if !payments.is_empty() {
                let orders: Vec<OrderRow> = sql_query(
                    "SELECT p.id AS payment_id, i.id AS invoice_id, i.metadata FROM unnest($1) AS p (id) \
                    LEFT JOIN uma_request_invoices i ON i.payment_id = p.id ORDER BY i.id",
                )
                .bind::<Array<BigInt>, _>(&payments)
                .load(db)
                .await?;
                erase(db, orders).await?;
            }
            Ok::<_, Error>(payments.len())
        });
        let erased = erased.await.map_err(store_error)?;
        u64::try_from(erased).map_err(|error| StoreError::Failed(error.into()))
    }
}
