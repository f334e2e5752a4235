use crate::{
    error::{corrupt, store_error},
    rows::amount_of,
};
use box_office::{CodeSales, SalesReport, TypeSales};
use diesel::{
    QueryableByName, sql_query,
    sql_types::{BigInt, Text},
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use events::PromoCodeText;
use kernel::{EventId, Msats, PromoCodeId, StoreError, TicketTypeId};

/// Valid tickets by type. The event of a ticket repeats that of its type, for the index.
const TYPES: &str = "SELECT y.id, y.name, \
        count(t.id) FILTER (WHERE o.kind = 'sale') AS sold, \
        coalesce(sum(t.price_msats) FILTER (WHERE o.kind = 'sale'), 0)::bigint AS revenue, \
        count(t.id) FILTER (WHERE o.kind = 'complimentary') AS complimentary \
    FROM ticket_types y \
    LEFT JOIN tickets t ON t.ticket_type_id = y.id AND t.event_id = y.event_id AND t.payment_status = 'paid' \
    LEFT JOIN orders o ON o.id = t.order_id \
    WHERE y.event_id = $1 GROUP BY y.id ORDER BY y.position, y.id";

/// Valid tickets by promo code: codes of the event, and those for all events that its orders name.
const CODES: &str = "SELECT c.id, c.code, \
        count(DISTINCT t.order_id) AS orders, count(t.id) AS tickets, \
        coalesce(sum(l.discount_sats), 0)::bigint AS discount, \
        coalesce(sum(t.price_msats), 0)::bigint AS revenue \
    FROM promo_codes c \
    LEFT JOIN orders o ON o.promo_code_id = c.id AND o.event_id = $1 \
    LEFT JOIN tickets t ON t.order_id = o.id AND t.payment_status = 'paid' \
    LEFT JOIN order_lines l ON l.order_id = t.order_id AND l.ticket_type_id = t.ticket_type_id \
    WHERE c.event_id = $1 OR (c.event_id IS NULL AND EXISTS \
        (SELECT 1 FROM orders named WHERE named.promo_code_id = c.id AND named.event_id = $1)) \
    GROUP BY c.id ORDER BY c.id";

const REFUNDED: &str =
    "SELECT coalesce(sum(refunded_msats), 0)::bigint AS amount FROM payments WHERE event_id = $1";

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

pub(super) async fn read(db: &mut AsyncPgConnection, event: EventId) -> Result<SalesReport, StoreError> {
    let id = event.get();
    let types: Vec<TypeRow> = sql_query(TYPES).bind::<BigInt, _>(id).load(db).await.map_err(store_error)?;
    let codes: Vec<CodeRow> = sql_query(CODES).bind::<BigInt, _>(id).load(db).await.map_err(store_error)?;
    let refunded: Refunded =
        sql_query(REFUNDED).bind::<BigInt, _>(id).get_result(db).await.map_err(store_error)?;
    let types = types.into_iter().map(|row| {
        Ok(TypeSales {
            ticket_type_id: TicketTypeId::new(row.id),
            name: row.name,
            sold: row.sold.unsigned_abs(),
            revenue: amount_of("ticket type", row.id, row.revenue)?,
            complimentary: row.complimentary.unsigned_abs(),
        })
    });
    let promo_codes = codes.into_iter().map(|row| {
        let discount = row.discount.unsigned_abs().saturating_mul(1_000);
        Ok(CodeSales {
            promo_code_id: PromoCodeId::new(row.id),
            code: PromoCodeText::parse(&row.code)
                .map_err(|_| corrupt("promo code", row.id, "invalid text"))?,
            orders: row.orders.unsigned_abs(),
            tickets: row.tickets.unsigned_abs(),
            discount: Msats::new(discount).map_err(|error| StoreError::Corrupt(error.to_string()))?,
            revenue: amount_of("promo code", row.id, row.revenue)?,
        })
    });
    Ok(SalesReport {
        types: types.collect::<Result<_, StoreError>>()?,
        promo_codes: promo_codes.collect::<Result<_, StoreError>>()?,
        refunded: amount_of("event", id, refunded.amount)?,
    })
}
