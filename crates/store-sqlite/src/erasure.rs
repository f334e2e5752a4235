use crate::{
    error::Fault,
    orders,
    schema::{
        erased_orders::dsl as erased, payments::dsl as p, tickets::dsl as t, uma_pushes::dsl as pushes,
        uma_request_invoices::dsl as i,
    },
    session::SqliteSession,
};
use async_trait::async_trait;
use box_office::{Erasure, without_orderer};
use diesel::{prelude::*, sqlite::SqliteConnection};
use kernel::{StoreError, UserId};

/// Erases personal data from orders that are not pending.
fn erase(connection: &mut SqliteConnection, payments: &[i64]) -> Result<(), Fault> {
    for payment in payments {
        let invoices: Vec<(i64, String)> = i::uma_request_invoices
            .filter(i::payment_id.eq(payment))
            .select((i::id, i::metadata))
            .load(connection)?;
        for (id, metadata) in invoices {
            diesel::update(i::uma_request_invoices.find(id))
                .set(i::metadata.eq(without_orderer(&metadata)))
                .execute(connection)?;
        }
        diesel::delete(pushes::uma_pushes.find(payment)).execute(connection)?;
        diesel::delete(erased::erased_orders.find(payment)).execute(connection)?;
    }
    Ok(())
}

/// Completes the erasure of at most `limit` orders that are no longer pending.
pub(crate) fn erase_ended(connection: &mut SqliteConnection, limit: u32) -> Result<u64, Fault> {
    let ended: Vec<i64> = p::payments
        .filter(p::id.eq_any(erased::erased_orders.select(erased::payment_id)))
        .filter(p::status.ne("pending"))
        .order(p::id)
        .limit(limit.into())
        .select(p::id)
        .load(connection)?;
    erase(connection, &ended)?;
    Ok(u64::try_from(ended.len()).unwrap_or(u64::MAX))
}

#[async_trait]
impl Erasure for SqliteSession {
    async fn erase_orders(&mut self, user: UserId) -> Result<(), StoreError> {
        self.run(move |connection, _| {
            let payments: Vec<(i64, String)> = p::payments
                .filter(p::ticket_id.eq_any(t::tickets.filter(t::user_id.eq(user.get())).select(t::id)))
                .select((p::id, p::status))
                .load(connection)?;
            let (pending, ended): (Vec<_>, Vec<_>) =
                payments.into_iter().partition(|(_, status)| status == "pending");
            erase(connection, &ended.into_iter().map(|(id, _)| id).collect::<Vec<_>>())?;
            for (payment, _) in pending {
                diesel::insert_into(erased::erased_orders)
                    .values(erased::payment_id.eq(payment))
                    .on_conflict_do_nothing()
                    .execute(connection)?;
            }
            orders::erase_free(connection, user)?;
            // Free tickets have no `hold_expires_at`.
            let free = t::tickets.filter(t::user_id.eq(user.get()).and(t::hold_expires_at.is_null()));
            diesel::update(free.filter(t::payment_status.eq("paid")))
                .set(t::uma_address.eq(""))
                .execute(connection)?;
            Ok(())
        })
        .await
    }
}
