//! Transitions of orders.

use crate::{
    error::Fault,
    schema::{
        events::dsl as e, orders::dsl as o, promo_codes::dsl as c, ticket_types::dsl as y, tickets::dsl as t,
    },
    values::{micros, micros_opt},
};
use diesel::{
    dsl::case_when,
    prelude::*,
    sql_types::{BigInt, Bool},
    sqlite::SqliteConnection,
};
use kernel::UserId;
use tickets::{InventoryDelta, Order, TicketStatus, Transition};

diesel::define_sql_function! {
    /// The larger number.
    #[sql_name = "max"]
    fn larger(one: BigInt, other: BigInt) -> BigInt;
}

pub(crate) fn put_transition(
    connection: &mut SqliteConnection,
    before: &Order,
    transition: &Transition,
) -> Result<(), Fault> {
    if transition.is_empty() {
        return Ok(());
    }
    let order = &transition.order;
    let rows = diesel::update(o::orders.find(order.id.get()))
        .set((
            o::status.eq(order.status.as_str()),
            o::hold_expires_at.eq(micros_opt(order.hold_expires_at)),
            o::issued_at.eq(micros_opt(order.issued_at)),
            o::updated_at.eq(micros(order.updated_at)),
        ))
        .execute(connection)?;
    if rows != 1 {
        return Err(Fault::corrupt(format!("order {} does not exist", order.id)));
    }
    if order.buyer != before.buyer {
        let email = order.buyer.email.as_ref();
        diesel::update(o::orders.find(order.id.get()))
            .set((
                o::user_id.eq(order.buyer.user_id.map(UserId::get)),
                o::guest_email.eq(email.map(|email| &email.address)),
                o::email_confirmed_at.eq(micros_opt(email.and_then(|email| email.confirmed_at))),
                o::payer_address.eq(&order.buyer.payer_address),
                o::buyer_key.eq(order.buyer.key().map(|key| key.to_column())),
            ))
            .execute(connection)?;
    }
    for (id, status) in &transition.tickets {
        let issued = *status == TicketStatus::Paid;
        // Network tags are kept only while the seat is outstanding.
        let outstanding = *status == TicketStatus::Pending || (issued && order.hold_expires_at.is_none());
        let now = micros(order.updated_at);
        diesel::update(t::tickets.find(id.get()))
            .set((
                t::payment_status.eq(status.as_str()),
                t::hold_expires_at.eq(micros_opt(order.hold_expires_at)),
                t::updated_at.eq(now),
                t::network_tag.eq(case_when(outstanding.into_sql::<Bool>(), t::network_tag)),
                t::site_tag.eq(case_when(outstanding.into_sql::<Bool>(), t::site_tag)),
            ))
            .execute(connection)?;
        if issued {
            diesel::update(t::tickets.find(id.get())).set(t::paid_at.eq(now)).execute(connection)?;
        }
    }
    change(connection, order, &transition.taken, 1)?;
    change(connection, order, &transition.released, -1)
}

/// Changes the counters of event, types and promo code.
fn change(
    connection: &mut SqliteConnection,
    order: &Order,
    delta: &InventoryDelta,
    sign: i64,
) -> Result<(), Fault> {
    let signed = |seats: u32| i64::from(seats).saturating_mul(sign);
    if delta.seats > 0 {
        diesel::update(e::events.find(order.event_id.get()))
            .set(e::seats_taken.eq(larger(e::seats_taken + signed(delta.seats), 0)))
            .execute(connection)?;
        for (id, seats) in &delta.types {
            diesel::update(y::ticket_types.find(id.get()))
                .set(y::taken.eq(larger(y::taken + signed(*seats), 0)))
                .execute(connection)?;
        }
    }
    if let Some(code) = delta.promo_code {
        diesel::update(c::promo_codes.find(code.get()))
            .set(c::used.eq(larger(c::used + sign, 0)))
            .execute(connection)?;
    }
    Ok(())
}
