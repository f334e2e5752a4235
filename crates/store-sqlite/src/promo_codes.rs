use crate::{
    error::{Fault, is_unique_violation},
    schema::{
        orders::dsl as orders,
        promo_code_types::dsl as types,
        promo_codes::{dsl, table},
    },
    values::{count, micros, micros_opt, sats, timestamp, timestamp_opt},
};
use diesel::{
    dsl::{exists, not},
    prelude::*,
    sqlite::SqliteConnection,
};
use events::{Discount, NewPromoCode, Percent, PromoCode, PromoCodeText, PromoTypes};
use kernel::{EventId, PromoCodeId, TicketTypeId};
use std::collections::BTreeSet;

#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = crate::schema::promo_codes)]
struct CodeRow {
    id: i64,
    event_id: Option<i64>,
    code: String,
    discount_kind: String,
    discount_amount: Option<i64>,
    all_types: bool,
    max_uses: Option<i64>,
    used: i64,
    max_uses_per_buyer: Option<i64>,
    valid_from: Option<i64>,
    valid_until: Option<i64>,
    archived_at: Option<i64>,
    created_at: i64,
    updated_at: i64,
}

impl CodeRow {
    fn complete(self, connection: &mut SqliteConnection) -> Result<PromoCode, Fault> {
        let named: Vec<i64> = if self.all_types {
            Vec::new()
        } else {
            types::promo_code_types
                .filter(types::promo_code_id.eq(self.id))
                .select(types::ticket_type_id)
                .load(connection)?
        };
        // The text is a secret and must not appear in an error.
        let invalid = || Fault::corrupt(format!("promo code {}", self.id));
        let discount = match (self.discount_kind.as_str(), self.discount_amount) {
            ("free", None) => Discount::Free,
            ("sats", Some(off)) => Discount::SatsOff(sats(off)?),
            ("percent", Some(percent)) => {
                let percent = u8::try_from(percent).ok().and_then(Percent::new);
                Discount::Percent(percent.ok_or_else(invalid)?)
            }
            _ => return Err(invalid()),
        };
        Ok(PromoCode {
            id: PromoCodeId::new(self.id),
            event_id: self.event_id.map(EventId::new),
            code: PromoCodeText::parse(&self.code).map_err(|_| invalid())?,
            discount,
            ticket_types: if self.all_types {
                PromoTypes::All
            } else {
                PromoTypes::Only(named.into_iter().map(TicketTypeId::new).collect())
            },
            max_uses: self.max_uses.map(count).transpose()?,
            used: count(self.used)?,
            max_uses_per_buyer: self.max_uses_per_buyer.map(count).transpose()?,
            valid_from: timestamp_opt(self.valid_from)?,
            valid_until: timestamp_opt(self.valid_until)?,
            archived_at: timestamp_opt(self.archived_at)?,
            created_at: timestamp(self.created_at)?,
            updated_at: timestamp(self.updated_at)?,
        })
    }
}

fn complete_all(connection: &mut SqliteConnection, rows: Vec<CodeRow>) -> Result<Vec<PromoCode>, Fault> {
    rows.into_iter().map(|row| row.complete(connection)).collect()
}

pub(crate) fn find(connection: &mut SqliteConnection, id: PromoCodeId) -> Result<Option<PromoCode>, Fault> {
    let row = table.find(id.get()).select(CodeRow::as_select()).get_result(connection).optional()?;
    row.map(|row| row.complete(connection)).transpose()
}

pub(crate) fn of_event(
    connection: &mut SqliteConnection,
    event: Option<EventId>,
) -> Result<Vec<PromoCode>, Fault> {
    let rows = table
        .filter(dsl::event_id.is(event.map(EventId::get)))
        .order(dsl::id)
        .select(CodeRow::as_select())
        .load(connection)?;
    complete_all(connection, rows)
}

/// Codes with one of these texts, of all events, by id.
pub(crate) fn named(
    connection: &mut SqliteConnection,
    texts: &BTreeSet<PromoCodeText>,
) -> Result<Vec<PromoCode>, Fault> {
    let rows = table
        .filter(dsl::code.eq_any(texts.iter().map(PromoCodeText::expose)))
        .order(dsl::id)
        .select(CodeRow::as_select())
        .load(connection)?;
    complete_all(connection, rows)
}

/// Columns of a discount: kind and amount.
fn discount_columns(discount: Discount) -> (&'static str, Option<i64>) {
    match discount {
        Discount::Percent(percent) => ("percent", Some(percent.get().into())),
        Discount::SatsOff(off) => ("sats", Some(off.to_i64())),
        Discount::Free => ("free", None),
    }
}

fn put_types(connection: &mut SqliteConnection, id: i64, named: &PromoTypes) -> Result<(), Fault> {
    diesel::delete(types::promo_code_types.filter(types::promo_code_id.eq(id))).execute(connection)?;
    let PromoTypes::Only(named) = named else { return Ok(()) };
    for one in named {
        diesel::insert_into(types::promo_code_types)
            .values((types::promo_code_id.eq(id), types::ticket_type_id.eq(one.get())))
            .execute(connection)?;
    }
    Ok(())
}

/// Adds a code; `None` if its text is taken.
pub(crate) fn add(connection: &mut SqliteConnection, new: &NewPromoCode) -> Result<Option<PromoCode>, Fault> {
    let (kind, amount) = discount_columns(new.discount);
    let row: Result<CodeRow, _> = diesel::insert_into(table)
        .values((
            dsl::event_id.eq(new.event_id.map(EventId::get)),
            dsl::code.eq(new.code.expose()),
            dsl::discount_kind.eq(kind),
            dsl::discount_amount.eq(amount),
            dsl::all_types.eq(new.ticket_types == PromoTypes::All),
            dsl::max_uses.eq(new.max_uses.map(i64::from)),
            dsl::used.eq(0),
            dsl::max_uses_per_buyer.eq(new.max_uses_per_buyer.map(i64::from)),
            dsl::valid_from.eq(micros_opt(new.valid_from)),
            dsl::valid_until.eq(micros_opt(new.valid_until)),
            dsl::created_at.eq(micros(new.created_at)),
            dsl::updated_at.eq(micros(new.created_at)),
        ))
        .returning(CodeRow::as_returning())
        .get_result(connection);
    let row = match row {
        Ok(row) => row,
        Err(error) if is_unique_violation(&error) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    put_types(connection, row.id, &new.ticket_types)?;
    row.complete(connection).map(Some)
}

pub(crate) fn put(connection: &mut SqliteConnection, code: &PromoCode) -> Result<(), Fault> {
    let (kind, amount) = discount_columns(code.discount);
    let rows = diesel::update(table.find(code.id.get()))
        .set((
            dsl::discount_kind.eq(kind),
            dsl::discount_amount.eq(amount),
            dsl::all_types.eq(code.ticket_types == PromoTypes::All),
            dsl::max_uses.eq(code.max_uses.map(i64::from)),
            dsl::used.eq(i64::from(code.used)),
            dsl::max_uses_per_buyer.eq(code.max_uses_per_buyer.map(i64::from)),
            dsl::valid_from.eq(micros_opt(code.valid_from)),
            dsl::valid_until.eq(micros_opt(code.valid_until)),
            dsl::archived_at.eq(micros_opt(code.archived_at)),
            dsl::updated_at.eq(micros(code.updated_at)),
        ))
        .execute(connection)?;
    if rows != 1 {
        return Err(Fault::corrupt(format!("promo code {} does not exist", code.id)));
    }
    put_types(connection, code.id.get(), &code.ticket_types)
}

/// Deletes a code that no order names.
pub(crate) fn delete(connection: &mut SqliteConnection, id: PromoCodeId) -> Result<bool, Fault> {
    let ordered = orders::orders.filter(orders::promo_code_id.eq(id.get()));
    Ok(diesel::delete(table.find(id.get()).filter(not(exists(ordered)))).execute(connection)? == 1)
}

/// Writes the counter of a code.
pub(crate) fn put_used(connection: &mut SqliteConnection, id: PromoCodeId, used: u32) -> Result<(), Fault> {
    diesel::update(table.find(id.get())).set(dsl::used.eq(i64::from(used))).execute(connection)?;
    Ok(())
}
