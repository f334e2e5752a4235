use crate::{
    error::Fault,
    schema::{
        order_lines::dsl as lines,
        promo_code_types::dsl as code_types,
        ticket_types::{dsl, table},
    },
    values::{count, micros, micros_opt, sats, timestamp, timestamp_opt},
};
use diesel::{
    dsl::{exists, not},
    prelude::*,
    sqlite::SqliteConnection,
};
use events::{Currency, CurrencyAmount, NewTicketType, TicketPrice, TicketType, Visibility};
use kernel::{EventId, TicketTypeId};

#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = crate::schema::ticket_types)]
struct TypeRow {
    id: i64,
    event_id: i64,
    name: String,
    description: String,
    price_kind: String,
    price_sats: Option<i64>,
    price_currency: Option<String>,
    price_minor_units: Option<i64>,
    quota: Option<i64>,
    taken: i64,
    sale_starts_at: Option<i64>,
    sale_ends_at: Option<i64>,
    min_per_order: i64,
    max_per_order: Option<i64>,
    visibility: String,
    position: i64,
    archived_at: Option<i64>,
    price_changed_at: Option<i64>,
    created_at: i64,
    updated_at: i64,
}

impl TryFrom<TypeRow> for TicketType {
    type Error = Fault;
    fn try_from(row: TypeRow) -> Result<Self, Fault> {
        let invalid = || Fault::corrupt(format!("price of ticket type {}", row.id));
        let amount = row.price_sats.map(sats).transpose()?;
        let price = match (row.price_kind.as_str(), amount, row.price_currency, row.price_minor_units) {
            ("fixed", Some(price), ..) => TicketPrice::Fixed(price),
            ("chosen", Some(min), ..) => TicketPrice::PayWhatYouWant { min },
            ("currency", _, Some(currency), Some(minor)) => TicketPrice::InCurrency(CurrencyAmount {
                currency: Currency::parse(&currency).map_err(|_| invalid())?,
                minor_units: u64::try_from(minor).map_err(|_| invalid())?,
            }),
            _ => return Err(invalid()),
        };
        Ok(Self {
            id: TicketTypeId::new(row.id),
            event_id: EventId::new(row.event_id),
            name: row.name,
            description: row.description,
            price,
            quota: row.quota.map(count).transpose()?,
            taken: count(row.taken)?,
            sale_starts_at: timestamp_opt(row.sale_starts_at)?,
            sale_ends_at: timestamp_opt(row.sale_ends_at)?,
            min_per_order: count(row.min_per_order)?,
            max_per_order: row.max_per_order.map(count).transpose()?,
            visibility: match row.visibility.as_str() {
                "public" => Visibility::Public,
                "hidden" => Visibility::HiddenUntilCode,
                other => return Err(Fault::corrupt(format!("unknown visibility {other:?}"))),
            },
            position: count(row.position)?,
            archived_at: timestamp_opt(row.archived_at)?,
            price_changed_at: timestamp_opt(row.price_changed_at)?,
            created_at: timestamp(row.created_at)?,
            updated_at: timestamp(row.updated_at)?,
        })
    }
}

/// Columns of a price: kind, satoshis, currency, minor units.
type PriceColumns = (&'static str, Option<i64>, Option<String>, Option<i64>);

fn price_columns(price: TicketPrice) -> PriceColumns {
    match price {
        TicketPrice::Fixed(sats) => ("fixed", Some(sats.to_i64()), None, None),
        TicketPrice::PayWhatYouWant { min } => ("chosen", Some(min.to_i64()), None, None),
        TicketPrice::InCurrency(amount) => {
            let minor = i64::try_from(amount.minor_units).unwrap_or(i64::MAX);
            ("currency", None, Some(amount.currency.to_string()), Some(minor))
        }
    }
}

const fn visibility_column(visibility: Visibility) -> &'static str {
    match visibility {
        Visibility::Public => "public",
        Visibility::HiddenUntilCode => "hidden",
    }
}

/// Types of these events, by event, position and id.
pub(crate) fn of_events(
    connection: &mut SqliteConnection,
    events: &[EventId],
) -> Result<Vec<TicketType>, Fault> {
    let rows: Vec<TypeRow> = table
        .filter(dsl::event_id.eq_any(events.iter().map(|event| event.get())))
        .order((dsl::event_id, dsl::position, dsl::id))
        .select(TypeRow::as_select())
        .load(connection)?;
    rows.into_iter().map(TicketType::try_from).collect()
}

pub(crate) fn find(connection: &mut SqliteConnection, id: TicketTypeId) -> Result<Option<TicketType>, Fault> {
    let row: Option<TypeRow> =
        table.find(id.get()).select(TypeRow::as_select()).get_result(connection).optional()?;
    row.map(TicketType::try_from).transpose()
}

/// Deletes a type that no order line and no promo code names.
pub(crate) fn delete(connection: &mut SqliteConnection, id: TicketTypeId) -> Result<bool, Fault> {
    let ordered = lines::order_lines.filter(lines::ticket_type_id.eq(id.get()));
    let named = code_types::promo_code_types.filter(code_types::ticket_type_id.eq(id.get()));
    let unused = table.find(id.get()).filter(not(exists(ordered))).filter(not(exists(named)));
    Ok(diesel::delete(unused).execute(connection)? == 1)
}

pub(crate) fn add(connection: &mut SqliteConnection, new: &NewTicketType) -> Result<TicketType, Fault> {
    let (kind, sats, currency, minor) = price_columns(new.price);
    let row: TypeRow = diesel::insert_into(table)
        .values((
            dsl::event_id.eq(new.event_id.get()),
            dsl::name.eq(&new.name),
            dsl::description.eq(&new.description),
            dsl::price_kind.eq(kind),
            dsl::price_sats.eq(sats),
            dsl::price_currency.eq(currency),
            dsl::price_minor_units.eq(minor),
            dsl::quota.eq(new.quota.map(i64::from)),
            dsl::taken.eq(0),
            dsl::sale_starts_at.eq(micros_opt(new.sale_starts_at)),
            dsl::sale_ends_at.eq(micros_opt(new.sale_ends_at)),
            dsl::min_per_order.eq(i64::from(new.min_per_order)),
            dsl::max_per_order.eq(new.max_per_order.map(i64::from)),
            dsl::visibility.eq(visibility_column(new.visibility)),
            dsl::position.eq(i64::from(new.position)),
            dsl::created_at.eq(micros(new.created_at)),
            dsl::updated_at.eq(micros(new.created_at)),
        ))
        .returning(TypeRow::as_returning())
        .get_result(connection)?;
    row.try_into()
}

pub(crate) fn put(connection: &mut SqliteConnection, one: &TicketType) -> Result<(), Fault> {
    let (kind, sats, currency, minor) = price_columns(one.price);
    let rows = diesel::update(table.find(one.id.get()))
        .set((
            dsl::name.eq(&one.name),
            dsl::description.eq(&one.description),
            dsl::price_kind.eq(kind),
            dsl::price_sats.eq(sats),
            dsl::price_currency.eq(currency),
            dsl::price_minor_units.eq(minor),
            dsl::quota.eq(one.quota.map(i64::from)),
            dsl::taken.eq(i64::from(one.taken)),
            dsl::sale_starts_at.eq(micros_opt(one.sale_starts_at)),
            dsl::sale_ends_at.eq(micros_opt(one.sale_ends_at)),
            dsl::min_per_order.eq(i64::from(one.min_per_order)),
            dsl::max_per_order.eq(one.max_per_order.map(i64::from)),
            dsl::visibility.eq(visibility_column(one.visibility)),
            dsl::position.eq(i64::from(one.position)),
            dsl::archived_at.eq(micros_opt(one.archived_at)),
            dsl::price_changed_at.eq(micros_opt(one.price_changed_at)),
            dsl::updated_at.eq(micros(one.updated_at)),
        ))
        .execute(connection)?;
    if rows == 1 { Ok(()) } else { Err(Fault::corrupt(format!("ticket type {} does not exist", one.id))) }
}

/// Writes the counter of a type.
pub(crate) fn put_taken(
    connection: &mut SqliteConnection,
    id: TicketTypeId,
    taken: u32,
) -> Result<(), Fault> {
    diesel::update(table.find(id.get())).set(dsl::taken.eq(i64::from(taken))).execute(connection)?;
    Ok(())
}
