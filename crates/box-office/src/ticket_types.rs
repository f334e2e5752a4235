//! Ticket types of an event: use cases of its organiser.

use crate::{BoxOffice, Caller, OrderTerms, Session};
use events::{
    Event, ExchangeRate, TicketPrice, TicketType, TicketTypeDraft, TicketTypePatch, TypePatchError,
    default_type, mark_default_change,
};
use kernel::{EventId, FieldCode, FieldErrors, StoreError, TicketTypeId, Timestamp};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// Most ticket types of an event, archived ones included: event responses list them.
pub const MAX_TICKET_TYPES: usize = 50;

/// Reason for refusing a change of ticket types.
#[derive(Debug, thiserror::Error)]
pub enum TicketTypeError {
    /// Field validation failed.
    #[error(transparent)]
    Invalid(#[from] FieldErrors),
    /// The event does not exist.
    #[error("event not found")]
    UnknownEvent,
    /// The type does not exist.
    #[error("ticket type not found")]
    NotFound,
    /// The new quota is below the seats taken.
    #[error(transparent)]
    QuotaBelowTaken(TypePatchError),
    /// The event has as many types as possible.
    #[error("an event can have at most {MAX_TICKET_TYPES} ticket types")]
    TooMany,
    /// The store failed.
    #[error("the ticket type could not be stored")]
    Store(#[from] StoreError),
}

/// Ticket types of an event that is locked in an open session.
struct Edit {
    session: Box<dyn Session>,
    event: Event,
    before: Vec<TicketType>,
    rates: Vec<ExchangeRate>,
    now: Timestamp,
}

/// Names of ticket types.
pub type TypeNames = HashMap<TicketTypeId, String>;

/// Most events whose ticket types are read from cache one by one.
const MAX_CACHED_READS: usize = 4;

impl BoxOffice {
    /// Names of the ticket types of these events, archived ones included.
    pub async fn type_names(&self, events: &BTreeSet<EventId>) -> Result<TypeNames, StoreError> {
        let named = |one: &TicketType| (one.id, one.name.clone());
        if events.len() > MAX_CACHED_READS {
            let ids: Vec<EventId> = events.iter().copied().collect();
            return Ok(self.store().ticket_types_of(&ids).await?.iter().map(named).collect());
        }
        let mut names = TypeNames::new();
        for event in events {
            names.extend(self.ticket_types(*event).await?.iter().map(named));
        }
        Ok(names)
    }

    /// Returns an event's ticket types, archived ones included, from cache with the guarantees of [`BoxOffice::event`].
    pub async fn ticket_types(&self, event: EventId) -> Result<Arc<Vec<TicketType>>, StoreError> {
        self.event_cache.ticket_types(self.store(), event, self.now()).await
    }

    /// Adds a ticket type. Without a `position` it is the last one.
    pub async fn add_ticket_type(
        &self,
        caller: &Caller,
        event: EventId,
        mut draft: TicketTypeDraft,
        position: Option<i64>,
    ) -> Result<TicketType, TicketTypeError> {
        let mut edit = self.edit_types(event).await?;
        if edit.before.len() >= MAX_TICKET_TYPES {
            edit.session.rollback().await?;
            return Err(TicketTypeError::TooMany);
        }
        let last = edit.before.iter().map(|one| i64::from(one.position)).max();
        draft.position = position.unwrap_or_else(|| last.map_or(0, |last| last.saturating_add(1)));
        let new = match draft.check(event, edit.now) {
            Ok(new) => new,
            Err(errors) => {
                edit.session.rollback().await?;
                return Err(errors.into());
            }
        };
        let added = edit.session.add_ticket_type(&new).await?;
        let (id, name) = (added.id, added.name.clone());
        let mut types = edit.before.clone();
        types.push(added);
        let line = self.audit_line(caller, "ticket_type.create", subject(id), name);
        edit.session.audit(&line).await?;
        let types = edit.finish(types.clone(), types).await?;
        types.into_iter().find(|one| one.id == id).ok_or(TicketTypeError::NotFound)
    }

    /// Changes a ticket type. Orders that were placed keep their prices.
    pub async fn update_ticket_type(
        &self,
        caller: &Caller,
        id: TicketTypeId,
        patch: &TicketTypePatch,
    ) -> Result<TicketType, TicketTypeError> {
        let mut edit = self.edit_types_of(id).await?;
        let Some(current) = edit.before.iter().find(|one| one.id == id).cloned() else {
            edit.session.rollback().await?;
            return Err(TicketTypeError::NotFound);
        };
        let changed = match patch.apply(&current, edit.now) {
            Ok(changed) => changed,
            Err(error) => {
                edit.session.rollback().await?;
                return Err(match error {
                    TypePatchError::Invalid(fields) => fields.into(),
                    below @ TypePatchError::QuotaBelowTaken { .. } => TicketTypeError::QuotaBelowTaken(below),
                });
            }
        };
        let line = self.audit_line(caller, "ticket_type.update", subject(id), changes(&current, &changed));
        edit.session.audit(&line).await?;
        let written = edit.before.clone();
        let types = written.iter().map(|one| if one.id == id { changed.clone() } else { one.clone() });
        let types = edit.finish(written.clone(), types.collect()).await?;
        types.into_iter().find(|one| one.id == id).ok_or(TicketTypeError::NotFound)
    }

    /// Deletes a ticket type that no order and no promo code names, or archives and returns any other one. An event keeps at
    /// least one type.
    pub async fn remove_ticket_type(
        &self,
        caller: &Caller,
        id: TicketTypeId,
    ) -> Result<Option<TicketType>, TicketTypeError> {
        let mut edit = self.edit_types_of(id).await?;
        let Some(current) = edit.before.iter().find(|one| one.id == id).cloned() else {
            edit.session.rollback().await?;
            return Err(TicketTypeError::NotFound);
        };
        let others: Vec<_> = edit.before.iter().filter(|one| one.id != id).cloned().collect();
        if !others.is_empty() && edit.session.delete_ticket_type(&current).await? {
            let line = self.audit_line(caller, "ticket_type.delete", subject(id), current.name);
            edit.session.audit(&line).await?;
            edit.finish(others.clone(), others).await?;
            return Ok(None);
        }
        let line = self.audit_line(caller, "ticket_type.archive", subject(id), current.name);
        edit.session.audit(&line).await?;
        let (written, now) = (edit.before.clone(), edit.now);
        let archived = |one: &TicketType| TicketType {
            archived_at: one.archived_at.or(Some(now)),
            updated_at: now,
            ..one.clone()
        };
        let types = written.iter().map(|one| if one.id == id { archived(one) } else { one.clone() });
        let types = edit.finish(written.clone(), types.collect()).await?;
        Ok(types.into_iter().find(|one| one.id == id))
    }

    /// Sets the order of an event's ticket types. Types that `ids` leaves out follow in their present order.
    pub async fn sort_ticket_types(
        &self,
        caller: &Caller,
        event: EventId,
        ids: &[TicketTypeId],
    ) -> Result<Vec<TicketType>, TicketTypeError> {
        let mut edit = self.edit_types(event).await?;
        let known: BTreeSet<_> = edit.before.iter().map(|one| one.id).collect();
        let named: BTreeSet<_> = ids.iter().copied().collect();
        if named.len() != ids.len() || !named.is_subset(&known) {
            edit.session.rollback().await?;
            let message = "must be ticket types of the event, each once";
            return Err(FieldErrors::one("ids", FieldCode::UnknownValue, message).into());
        }
        let rest = edit.before.iter().map(|one| one.id).filter(|id| !named.contains(id));
        let positions: HashMap<_, _> = ids.iter().copied().chain(rest).zip(0_u32..).collect();
        let now = edit.now;
        let mut types = edit.before.clone();
        for one in &mut types {
            let position = positions.get(&one.id).copied().unwrap_or(one.position);
            if position != one.position {
                (one.position, one.updated_at) = (position, now);
            }
        }
        types.sort_by_key(|one| (one.position, one.id));
        let line = self.audit_line(caller, "ticket_type.sort", format!("event/{event}"), String::new());
        edit.session.audit(&line).await?;
        let written = edit.before.clone();
        edit.finish(written, types).await
    }

    async fn edit_types_of(&self, id: TicketTypeId) -> Result<Edit, TicketTypeError> {
        let known = self.store().ticket_type(id).await?.ok_or(TicketTypeError::NotFound)?;
        self.edit_types(known.event_id).await
    }

    /// Locks an event with its types.
    async fn edit_types(&self, event: EventId) -> Result<Edit, TicketTypeError> {
        let terms = self.order_terms();
        let mut session = self.store().begin().await?;
        let none = BTreeSet::new();
        let inventory = session.inventory_for_update(event, &none, &BTreeSet::new(), &terms).await?;
        let Some(inventory) = inventory else {
            session.rollback().await?;
            return Err(TicketTypeError::UnknownEvent);
        };
        let inventory = inventory.into_inner();
        Ok(Edit {
            session,
            event: inventory.event,
            before: inventory.ticket_types,
            rates: terms.rates,
            now: self.now(),
        })
    }

    /// The shop's terms for orders.
    pub(crate) fn order_terms(&self) -> OrderTerms {
        OrderTerms {
            limits: self.settings().order_limits,
            outstanding: self.settings().hold_limits,
            rates: self.rates(),
        }
    }
}

impl Edit {
    /// Writes the types that differ from those in the store (`written`) and commits.
    async fn finish(
        mut self,
        written: Vec<TicketType>,
        mut types: Vec<TicketType>,
    ) -> Result<Vec<TicketType>, TicketTypeError> {
        mark_default_change(&self.before, &mut types, &self.rates, self.now);
        for one in types.iter().filter(|one| !written.contains(one)) {
            self.session.put_ticket_type(one).await?;
        }
        if let Some(event) = self.repriced(&types) {
            self.session.put_event(&event).await?;
        }
        self.session.commit().await?;
        Ok(types)
    }

    /// The event with the price of its default type, by which lists filter.
    fn repriced(&self, types: &[TicketType]) -> Option<Event> {
        let TicketPrice::Fixed(price) = default_type(types, &self.rates, self.now)?.price else {
            return None;
        };
        (price != self.event.price).then(|| Event {
            price,
            price_changed_at: Some(self.now),
            updated_at: self.now,
            ..self.event.clone()
        })
    }
}

fn subject(id: TicketTypeId) -> String {
    format!("ticket_type/{id}")
}

/// Names of the changed fields, for the audit log.
fn changes(old: &TicketType, new: &TicketType) -> String {
    let fields = [
        ("name", old.name != new.name),
        ("description", old.description != new.description),
        ("price", old.price != new.price),
        ("quota", old.quota != new.quota),
        ("sale_start", old.sale_starts_at != new.sale_starts_at),
        ("sale_end", old.sale_ends_at != new.sale_ends_at),
        ("min_per_order", old.min_per_order != new.min_per_order),
        ("max_per_order", old.max_per_order != new.max_per_order),
        ("hidden", old.visibility != new.visibility),
        ("position", old.position != new.position),
        ("archived", old.archived_at.is_some() != new.archived_at.is_some()),
    ];
    fields.iter().filter(|(_, changed)| *changed).map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
}
