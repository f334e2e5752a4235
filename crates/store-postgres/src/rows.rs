//! Table rows and their conversions to domain types. Values that a domain type rejects are
//! [`StoreError::Corrupt`].

use crate::{error::corrupt, schema};
use diesel::{Queryable, Selectable};
use events::{Event, EventDetails, Zone};
use identity::{Email, PasswordHash, Sealed, User, WalletBudget, WalletConnection, WalletHealth};
use kernel::{
    EventId, InvoiceRowId, Language, Msats, OrderId, PaymentId, Sats, Secret, StoreError, TicketId,
    TicketTypeId, Timestamp, UserId, time::readable,
};
use payments::{
    Collection, CollectionState, Invoice, InvoiceRole, InvoiceStatus, KnownPayer, Payment, PaymentHash,
    PaymentState, PaymentStatus,
};
use std::collections::BTreeMap;
use tickets::{Holder, Ticket, TicketCode, TicketOrder, TicketStatus};
use tokio_postgres::{Row, types::FromSql};

/// Reads the columns of a row in order.
pub(crate) struct RowReader<'a> {
    row: &'a Row,
    next: usize,
}

impl<'a> RowReader<'a> {
    pub(crate) const fn of(row: &'a Row) -> Self {
        Self { row, next: 0 }
    }

    pub(crate) fn next<T: FromSql<'a>>(&mut self) -> Result<T, tokio_postgres::Error> {
        let cell = self.row.try_get(self.next);
        self.next = self.next.saturating_add(1);
        cell
    }

    /// Whether the next column is NULL, as in an outer join without a match.
    pub(crate) fn is_null(&self) -> Result<bool, tokio_postgres::Error> {
        self.row.try_get::<_, Option<i64>>(self.next).map(|number| number.is_none())
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = schema::users)]
pub(crate) struct UserRow {
    pub(crate) id: i64,
    pub(crate) email: Option<String>,
    pub(crate) name: String,
    pub(crate) password_hash: Option<String>,
    pub(crate) email_verified_at: Option<Timestamp>,
    pub(crate) tokens_valid_from: Timestamp,
    pub(crate) deleted_at: Option<Timestamp>,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
    pub(crate) account_key: Option<Vec<u8>>,
    language: String,
}

/// A language; English for one of a later release.
pub(crate) fn language(column: &str) -> Language {
    Language::parse(column).unwrap_or_default()
}

impl TryFrom<UserRow> for User {
    type Error = StoreError;
    fn try_from(row: UserRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: UserId::new(row.id),
            email: row.email.map(Email::from_stored),
            name: row.name,
            password_hash: row.password_hash.map(PasswordHash::from_stored),
            email_verified_at: row.email_verified_at,
            tokens_valid_from: row.tokens_valid_from,
            account_key: row_key("user", row.id, row.account_key)?,
            language: language(&row.language),
            deleted_at: row.deleted_at,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = schema::events)]
pub(crate) struct EventRow {
    pub(crate) id: i64,
    pub(crate) title: String,
    pub(crate) description: String,
    pub(crate) start_time: Timestamp,
    pub(crate) end_time: Timestamp,
    pub(crate) capacity: i32,
    pub(crate) price_sats: i64,
    pub(crate) stream_url: String,
    pub(crate) is_active: bool,
    pub(crate) cancelled_at: Option<Timestamp>,
    pub(crate) seats_taken: i32,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
    pub(crate) time_zone: String,
    pub(crate) price_changed_at: Option<Timestamp>,
    pub(crate) network_limit: Option<i32>,
    pub(crate) host_name: String,
    pub(crate) contact: String,
    pub(crate) tags: String,
    pub(crate) replay_until: Option<Timestamp>,
    pub(crate) gated: bool,
}

impl EventRow {
    /// Reads a row of the hot path; columns in this order.
    pub(crate) fn read(reader: &mut RowReader<'_>) -> Result<Self, tokio_postgres::Error> {
        Ok(Self {
            id: reader.next()?,
            title: reader.next()?,
            description: reader.next()?,
            start_time: reader.next()?,
            end_time: reader.next()?,
            capacity: reader.next()?,
            price_sats: reader.next()?,
            stream_url: reader.next()?,
            is_active: reader.next()?,
            cancelled_at: reader.next()?,
            seats_taken: reader.next()?,
            created_at: reader.next()?,
            updated_at: reader.next()?,
            time_zone: reader.next()?,
            price_changed_at: reader.next()?,
            network_limit: reader.next()?,
            host_name: reader.next()?,
            contact: reader.next()?,
            tags: reader.next()?,
            replay_until: reader.next()?,
            gated: reader.next()?,
        })
    }
}

impl TryFrom<EventRow> for Event {
    type Error = StoreError;
    fn try_from(row: EventRow) -> Result<Self, StoreError> {
        let seats =
            |seats: i32| u32::try_from(seats).map_err(|_| corrupt("event", row.id, &seats.to_string()));
        Ok(Self {
            id: EventId::new(row.id),
            title: row.title,
            description: row.description,
            start_time: readable(row.start_time),
            end_time: readable(row.end_time),
            time_zone: Zone::parse(&row.time_zone).map_err(|_| corrupt("event", row.id, &row.time_zone))?,
            capacity: seats(row.capacity)?,
            price: Sats::try_from(row.price_sats)
                .map_err(|error| corrupt("event", row.id, &error.to_string()))?,
            stream_url: row.stream_url,
            is_active: row.is_active,
            cancelled_at: row.cancelled_at,
            created_at: row.created_at,
            updated_at: row.updated_at,
            seats_taken: seats(row.seats_taken)?,
            price_changed_at: row.price_changed_at,
            network_limit: row.network_limit.map(seats).transpose()?,
            details: EventDetails {
                host_name: row.host_name,
                contact: row.contact,
                tags: row.tags.lines().map(str::to_owned).collect(),
                replay_until: row.replay_until,
                gated: row.gated,
            },
        })
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = schema::tickets)]
pub(crate) struct TicketRow {
    pub(crate) id: i64,
    pub(crate) event_id: i64,
    pub(crate) user_id: Option<i64>,
    pub(crate) ticket_code: String,
    pub(crate) payment_status: String,
    pub(crate) uma_address: String,
    pub(crate) hold_expires_at: Option<Timestamp>,
    pub(crate) checked_in_at: Option<Timestamp>,
    pub(crate) paid_at: Option<Timestamp>,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
    pub(crate) link_key: Option<Vec<u8>>,
    order_id: Option<i64>,
    ticket_type_id: Option<i64>,
    price_msats: Option<i64>,
    holder_name: Option<String>,
    holder_email: Option<String>,
}

impl TicketRow {
    /// Reads a row of the hot path; columns in this order.
    pub(crate) fn read(reader: &mut RowReader<'_>) -> Result<Self, tokio_postgres::Error> {
        Ok(Self {
            id: reader.next()?,
            event_id: reader.next()?,
            user_id: reader.next()?,
            ticket_code: reader.next()?,
            payment_status: reader.next()?,
            uma_address: reader.next()?,
            hold_expires_at: reader.next()?,
            checked_in_at: reader.next()?,
            paid_at: reader.next()?,
            created_at: reader.next()?,
            updated_at: reader.next()?,
            link_key: reader.next()?,
            order_id: reader.next()?,
            ticket_type_id: reader.next()?,
            price_msats: reader.next()?,
            holder_name: reader.next()?,
            holder_email: reader.next()?,
        })
    }

    /// The ticket and the person that it is for.
    pub(crate) fn with_holder(mut self) -> Result<(Ticket, Holder), StoreError> {
        let holder = Holder { name: self.holder_name.take(), email: self.holder_email.take() };
        Ok((Ticket::try_from(self)?, holder))
    }
}

fn ticket_order(
    ticket: i64,
    order: Option<i64>,
    ticket_type: Option<i64>,
    price: Option<i64>,
) -> Result<Option<TicketOrder>, StoreError> {
    let (Some(order), Some(ticket_type), Some(price)) = (order, ticket_type, price) else { return Ok(None) };
    let price = amount_of("ticket", ticket, price)?.to_sats_exact();
    Ok(Some(TicketOrder {
        order_id: OrderId::new(order),
        ticket_type_id: TicketTypeId::new(ticket_type),
        price: price.ok_or_else(|| corrupt("ticket", ticket, "price"))?,
    }))
}

impl TryFrom<TicketRow> for Ticket {
    type Error = StoreError;
    fn try_from(row: TicketRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: TicketId::new(row.id),
            event_id: EventId::new(row.event_id),
            order: ticket_order(row.id, row.order_id, row.ticket_type_id, row.price_msats)?,
            user_id: row.user_id.map(UserId::new),
            // The code admits its holder and must not appear in an error.
            code: TicketCode::parse(&row.ticket_code)
                .map_err(|_| corrupt("ticket", row.id, "invalid code"))?,
            link_key: row_key("ticket", row.id, row.link_key)?,
            status: TicketStatus::parse(&row.payment_status)
                .ok_or_else(|| corrupt("ticket", row.id, &row.payment_status))?,
            uma_address: row.uma_address,
            hold_expires_at: row.hold_expires_at,
            checked_in_at: row.checked_in_at,
            paid_at: row.paid_at,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = schema::payments)]
pub(crate) struct PaymentRow {
    pub(crate) id: i64,
    pub(crate) ticket_id: i64,
    pub(crate) event_id: i64,
    pub(crate) status: String,
    pub(crate) price_msats: i64,
    revoked_msats: i64,
    pub(crate) refunded_msats: i64,
    revoked_refunded_msats: i64,
    pub(crate) late: bool,
    pub(crate) collection_state: String,
    pub(crate) collection_detail: String,
    pub(crate) wallet_allowed: bool,
    payer_address: Option<String>,
    pub(crate) paid_at: Option<Timestamp>,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

impl PaymentRow {
    /// Reads a row of the hot path; columns in this order.
    pub(crate) fn read(reader: &mut RowReader<'_>) -> Result<Self, tokio_postgres::Error> {
        Ok(Self {
            id: reader.next()?,
            ticket_id: reader.next()?,
            event_id: reader.next()?,
            status: reader.next()?,
            price_msats: reader.next()?,
            revoked_msats: reader.next()?,
            refunded_msats: reader.next()?,
            revoked_refunded_msats: reader.next()?,
            late: reader.next()?,
            collection_state: reader.next()?,
            collection_detail: reader.next()?,
            wallet_allowed: reader.next()?,
            payer_address: reader.next()?,
            paid_at: reader.next()?,
            created_at: reader.next()?,
            updated_at: reader.next()?,
        })
    }

    /// Converts the row; settlements are the received amounts by payment hash.
    pub(crate) fn with(self, settlements: BTreeMap<PaymentHash, Msats>) -> Result<Payment, StoreError> {
        let money = |amount: i64| amount_of("payment", self.id, amount);
        Ok(Payment {
            id: PaymentId::new(self.id),
            ticket_id: TicketId::new(self.ticket_id),
            event_id: EventId::new(self.event_id),
            state: PaymentState {
                status: PaymentStatus::parse(&self.status)
                    .ok_or_else(|| corrupt("payment", self.id, &self.status))?,
                price: money(self.price_msats)?,
                revoked: money(self.revoked_msats)?,
                settlements,
                refunded: money(self.refunded_msats)?,
                revoked_refunded: money(self.revoked_refunded_msats)?,
                late: self.late,
            },
            collection: Collection {
                state: CollectionState::parse(&self.collection_state)
                    .ok_or_else(|| corrupt("payment", self.id, &self.collection_state))?,
                detail: self.collection_detail,
            },
            wallet_allowed: self.wallet_allowed,
            payer: KnownPayer::from_column(self.payer_address),
            paid_at: self.paid_at,
            created_at: self.created_at,
            updated_at: self.updated_at,
        })
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = schema::uma_request_invoices)]
pub(crate) struct InvoiceRow {
    pub(crate) id: i64,
    pub(crate) payment_id: Option<i64>,
    pub(crate) event_id: i64,
    pub(crate) invoice_id: String,
    pub(crate) payment_hash: String,
    pub(crate) bolt11: String,
    pub(crate) amount_msats: i64,
    pub(crate) metadata: String,
    pub(crate) uma_address: String,
    pub(crate) uma_invoice: Option<String>,
    pub(crate) status: String,
    pub(crate) settled_msats: i64,
    pub(crate) settled_at: Option<Timestamp>,
    pub(crate) expires_at: Timestamp,
    pub(crate) created_at: Timestamp,
    pub(crate) role: Option<String>,
}

impl InvoiceRow {
    /// Reads a row of the hot path; columns in this order.
    pub(crate) fn read(reader: &mut RowReader<'_>) -> Result<Self, tokio_postgres::Error> {
        Ok(Self {
            id: reader.next()?,
            payment_id: reader.next()?,
            event_id: reader.next()?,
            invoice_id: reader.next()?,
            payment_hash: reader.next()?,
            bolt11: reader.next()?,
            amount_msats: reader.next()?,
            metadata: reader.next()?,
            uma_address: reader.next()?,
            uma_invoice: reader.next()?,
            status: reader.next()?,
            settled_msats: reader.next()?,
            settled_at: reader.next()?,
            expires_at: reader.next()?,
            created_at: reader.next()?,
            role: reader.next()?,
        })
    }
}

impl TryFrom<InvoiceRow> for Invoice {
    type Error = StoreError;
    fn try_from(row: InvoiceRow) -> Result<Self, StoreError> {
        let money = |amount: i64| amount_of("invoice", row.id, amount);
        let role = InvoiceRole::parse(row.role.as_deref(), &row.metadata);
        Ok(Self {
            role: role.ok_or_else(|| corrupt("invoice", row.id, "unknown role"))?,
            id: InvoiceRowId::new(row.id),
            payment_id: row.payment_id.map(PaymentId::new),
            event_id: EventId::new(row.event_id),
            payment_hash: hash(row.id, &row.payment_hash)?,
            amount: money(row.amount_msats)?,
            status: InvoiceStatus::parse(&row.status)
                .ok_or_else(|| corrupt("invoice", row.id, &row.status))?,
            settled: money(row.settled_msats)?,
            invoice_id: row.invoice_id,
            bolt11: row.bolt11,
            metadata: row.metadata,
            uma_address: row.uma_address,
            uma_invoice: row.uma_invoice,
            settled_at: row.settled_at.map(readable),
            expires_at: readable(row.expires_at),
            created_at: row.created_at,
        })
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = schema::nwc_connections)]
pub(crate) struct WalletRow {
    pub(crate) user_id: i64,
    pub(crate) connection_uri: String,
    pub(crate) expires_at: Option<Timestamp>,
    pub(crate) refresh_token: Option<String>,
    pub(crate) client_id: Option<String>,
    pub(crate) token_endpoint: Option<String>,
    pub(crate) uma_address: Option<String>,
    pub(crate) failure: Option<String>,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
    pub(crate) budget_per_purchase_sats: Option<i64>,
    pub(crate) budget_per_day_sats: Option<i64>,
    pub(crate) refresh_claimed_until: Option<Timestamp>,
    pub(crate) silences: i32,
}

impl TryFrom<WalletRow> for WalletConnection {
    type Error = StoreError;
    fn try_from(row: WalletRow) -> Result<Self, StoreError> {
        let sats = |amount: Option<i64>| {
            amount
                .map(Sats::try_from)
                .transpose()
                .map_err(|error| corrupt("wallet connection", row.user_id, &error.to_string()))
        };
        Ok(Self {
            budget: WalletBudget {
                per_purchase: sats(row.budget_per_purchase_sats)?,
                per_day: sats(row.budget_per_day_sats)?,
            },
            user_id: UserId::new(row.user_id),
            uri: Sealed::from_stored(row.connection_uri),
            expires_at: row.expires_at.map(readable),
            refresh_token: row.refresh_token.map(Sealed::from_stored),
            client_id: row.client_id,
            token_endpoint: row.token_endpoint,
            uma_address: row.uma_address,
            health: row.failure.map_or(WalletHealth::Connected, WalletHealth::Failed),
            created_at: row.created_at,
            refresh_claimed_until: row.refresh_claimed_until,
            silences: u32::try_from(row.silences).unwrap_or_default(),
            updated_at: row.updated_at,
        })
    }
}

/// Parses the random bits of a row, if present.
fn row_key(what: &str, id: i64, bytes: Option<Vec<u8>>) -> Result<Option<Secret<[u8; 16]>>, StoreError> {
    let key = bytes.map(|bytes| bytes.try_into().map(Secret::new)).transpose();
    // The bits are a secret and must not appear in an error.
    key.map_err(|_| corrupt(what, id, "random bits: not 16 bytes"))
}

pub(crate) fn amount_of(what: &str, id: i64, amount: i64) -> Result<Msats, StoreError> {
    Msats::try_from(amount).map_err(|error| corrupt(what, id, &error.to_string()))
}

pub(crate) fn hash(id: i64, text: &str) -> Result<PaymentHash, StoreError> {
    PaymentHash::from_hex(text).map_err(|_| corrupt("invoice", id, text))
}

/// Converts seats for a column; capacities are far below `i32::MAX`.
pub(crate) fn seats_column(seats: u32) -> i32 {
    i32::try_from(seats).unwrap_or(i32::MAX)
}
