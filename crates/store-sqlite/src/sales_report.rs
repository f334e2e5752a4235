use crate::{
    error::Fault,
    values::{large_count, msats},
};
use box_office::{CodeSales, SalesReport, TypeSales};
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, Text},
    sqlite::SqliteConnection,
};
use events::PromoCodeText;
use kernel::{EventId, PromoCodeId, TicketTypeId};

/// Valid tickets by type. The event of a ticket repeats that of its type, for the index.
const TYPES: &str = "SELECT y.id, y.name, \
        count(t.id) FILTER (WHERE o.kind = 'sale') AS sold, \
        coalesce(sum(t.price_msats) FILTER (WHERE o.kind = 'sale'), 0) AS revenue, \
        count(t.id) FILTER (WHERE o.kind = 'complimentary') AS complimentary \
    FROM ticket_types y \
    LEFT JOIN tickets t ON t.ticket_type_id = y.id AND t.event_id = y.event_id AND t.payment_status = 'paid' \
    LEFT JOIN orders o ON o.id = t.order_id \
    WHERE y.event_id = ?1 GROUP BY y.id ORDER BY y.position, y.id";

/// Valid tickets by promo code: codes of the event, and those for all events that its orders name.
const CODES: &str = "SELECT c.id, c.code, \
        count(DISTINCT t.order_id) AS orders, count(t.id) AS tickets, \
        coalesce(sum(l.discount_sats), 0) AS discount, \
        coalesce(sum(t.price_msats), 0) AS revenue \
    FROM promo_codes c \
    LEFT JOIN orders o ON o.promo_code_id = c.id AND o.event_id = ?1 \
    LEFT JOIN tickets t ON t.order_id = o.id AND t.payment_status = 'paid' \
    LEFT JOIN order_lines l ON l.order_id = t.order_id AND l.ticket_type_id = t.ticket_type_id \
    WHERE c.event_id = ?1 OR (c.event_id IS NULL AND EXISTS \
        (SELECT 1 FROM orders named WHERE named.promo_code_id = c.id AND named.event_id = ?1)) \
    GROUP BY c.id ORDER BY c.id";

const REFUNDED: &str = "SELECT coalesce(sum(refunded_msats), 0) AS amount FROM payments WHERE event_id = ?1";

#[derive(QueryableByName)]
struct TypeRow {
    #[diesel(sql_type = BigInt)]
    id: i64,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = BigInt)]
    sold: i64,
    #[diesel(sql_type = BigInt)]
    revenue: i64,
    #[diesel(sql_type = BigInt)]
    complimentary: i64,
}

#[derive(QueryableByName)]
struct CodeRow {
    #[diesel(sql_type = BigInt)]
    id: i64,
    #[diesel(sql_type = Text)]
    code: String,
    #[diesel(sql_type = BigInt)]
    orders: i64,
    #[diesel(sql_type = BigInt)]
    tickets: i64,
    #[diesel(sql_type = BigInt)]
    discount: i64,
    #[diesel(sql_type = BigInt)]
    revenue: i64,
}

#[derive(QueryableByName)]
struct Refunded {
    #[diesel(sql_type = BigInt)]
    amount: i64,
}

pub(crate) fn read(connection: &mut SqliteConnection, event: EventId) -> Result<SalesReport, Fault> {
    let id = event.get();
    let types: Vec<TypeRow> = sql_query(TYPES).bind::<BigInt, _>(id).load(connection)?;
    let codes: Vec<CodeRow> = sql_query(CODES).bind::<BigInt, _>(id).load(connection)?;
    let refunded: Refunded = sql_query(REFUNDED).bind::<BigInt, _>(id).get_result(connection)?;
    let types = types.into_iter().map(|row| {
        Ok(TypeSales {
            ticket_type_id: TicketTypeId::new(row.id),
            name: row.name,
            sold: large_count(row.sold)?,
            revenue: msats(row.revenue)?,
            complimentary: large_count(row.complimentary)?,
        })
    });
    let promo_codes = codes.into_iter().map(|row| {
        Ok(CodeSales {
            promo_code_id: PromoCodeId::new(row.id),
            code: PromoCodeText::parse(&row.code)
                .map_err(|_| Fault::corrupt(format!("text of promo code {}", row.id)))?,
            orders: large_count(row.orders)?,
            tickets: large_count(row.tickets)?,
            discount: msats(row.discount.saturating_mul(1_000))?,
            revenue: msats(row.revenue)?,
        })
    });
    Ok(SalesReport {
        types: types.collect::<Result<_, Fault>>()?,
        promo_codes: promo_codes.collect::<Result<_, Fault>>()?,
        refunded: msats(refunded.amount)?,
    })
}
