//! Transitions of orders.

use crate::{
    error::{require_one_row, store_error},
    schema::orders as o,
};
use diesel::{
    ExpressionMethods, QueryDsl, sql_query,
    sql_types::{Array, BigInt, Integer, Nullable, Text, Timestamptz},
    update,
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::{StoreError, UserId};
use tickets::{InventoryDelta, Order, Transition};

/// Network tags are kept only while the seat is outstanding.
const PUT_TICKETS: &str = "UPDATE tickets SET payment_status = new.status, hold_expires_at = $3, updated_at = $4, \
        paid_at = CASE WHEN new.status = 'paid' THEN $4 ELSE paid_at END, \
        network_tag = CASE WHEN new.status = 'pending' OR (new.status = 'paid' AND $3 IS NULL) THEN network_tag END, \
        site_tag = CASE WHEN new.status = 'pending' OR (new.status = 'paid' AND $3 IS NULL) THEN site_tag END \
    FROM unnest($1, $2) AS new (id, status) WHERE tickets.id = new.id";
const CHANGE_SEATS: &str = "UPDATE events SET seats_taken = greatest(seats_taken + $2, 0) WHERE id = $1";
const CHANGE_TYPES: &str = "UPDATE ticket_types SET taken = greatest(taken + new.seats, 0) \
    FROM unnest($1, $2) AS new (id, seats) WHERE ticket_types.id = new.id";
const CHANGE_USES: &str = "UPDATE promo_codes SET used = greatest(used + $2, 0) WHERE id = $1";

pub(crate) async fn put_transition(
    db: &mut AsyncPgConnection,
    before: &Order,
    transition: &Transition,
) -> Result<(), StoreError> {
    if transition.is_empty() {
        return Ok(());
    }
    let order = &transition.order;
    let rows = update(o::table.find(order.id.get()))
        .set((
            o::status.eq(order.status.as_str()),
            o::hold_expires_at.eq(order.hold_expires_at),
            o::issued_at.eq(order.issued_at),
            o::updated_at.eq(order.updated_at),
        ))
        .execute(db)
        .await
        .map_err(store_error)?;
    require_one_row(rows, "order", order.id)?;
    if order.buyer != before.buyer {
        let email = order.buyer.email.as_ref();
        update(o::table.find(order.id.get()))
            .set((
                o::user_id.eq(order.buyer.user_id.map(UserId::get)),
                o::guest_email.eq(email.map(|email| &email.address)),
                o::email_confirmed_at.eq(email.and_then(|email| email.confirmed_at)),
                o::payer_address.eq(&order.buyer.payer_address),
                o::buyer_key.eq(order.buyer.key().map(|key| key.to_column())),
            ))
            .execute(db)
            .await
            .map_err(store_error)?;
    }
    let (ids, statuses): (Vec<i64>, Vec<&str>) =
        transition.tickets.iter().map(|(id, status)| (id.get(), status.as_str())).unzip();
    sql_query(PUT_TICKETS)
        .bind::<Array<BigInt>, _>(ids)
        .bind::<Array<Text>, _>(statuses)
        .bind::<Nullable<Timestamptz>, _>(order.hold_expires_at)
        .bind::<Timestamptz, _>(order.updated_at)
        .execute(db)
        .await
        .map_err(store_error)?;
    change(db, order, &transition.taken, 1).await?;
    change(db, order, &transition.released, -1).await
}

/// Changes the counters of event, types and promo code.
async fn change(
    db: &mut AsyncPgConnection,
    order: &Order,
    delta: &InventoryDelta,
    sign: i32,
) -> Result<(), StoreError> {
    let signed = |seats: u32| i32::try_from(seats).unwrap_or(i32::MAX).saturating_mul(sign);
    if delta.seats > 0 {
        sql_query(CHANGE_SEATS)
            .bind::<BigInt, _>(order.event_id.get())
            .bind::<Integer, _>(signed(delta.seats))
            .execute(db)
            .await
            .map_err(store_error)?;
        let (types, seats): (Vec<i64>, Vec<i32>) =
            delta.types.iter().map(|(id, seats)| (id.get(), signed(*seats))).unzip();
        sql_query(CHANGE_TYPES)
            .bind::<Array<BigInt>, _>(types)
            .bind::<Array<Integer>, _>(seats)
            .execute(db)
            .await
            .map_err(store_error)?;
    }
    if let Some(code) = delta.promo_code {
        sql_query(CHANGE_USES)
            .bind::<BigInt, _>(code.get())
            .bind::<Integer, _>(sign)
            .execute(db)
            .await
            .map_err(store_error)?;
    }
    Ok(())
}
