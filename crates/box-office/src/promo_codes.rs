//! Promo codes: use cases of organisers. Audit lines name a code by its number, because its text is a secret of its audience.

use crate::{BoxOffice, Caller, Session};
use events::{PromoCode, PromoCodeDraft, PromoCodePatch, PromoPatchError};
use kernel::{EventId, FieldErrors, Locked, PromoCodeId, StoreError, TicketTypeId};
use std::collections::BTreeSet;

/// Reason for refusing a change of promo codes.
#[derive(Debug, thiserror::Error)]
pub enum PromoCodeError {
    /// Field validation failed.
    #[error(transparent)]
    Invalid(#[from] FieldErrors),
    /// The event does not exist.
    #[error("event not found")]
    UnknownEvent,
    /// The code does not exist.
    #[error("promo code not found")]
    NotFound,
    /// The event, or the codes for all events, have a code with this text, perhaps an archived one.
    #[error("there is a promo code with this text already")]
    Taken,
    /// The new number of uses is below the uses taken.
    #[error(transparent)]
    MaxUsesBelowUsed(PromoPatchError),
    /// The store failed.
    #[error("the promo code could not be stored")]
    Store(#[from] StoreError),
}

impl BoxOffice {
    /// Adds a promo code of an event, or one for all events (`None`).
    pub async fn add_promo_code(
        &self,
        caller: &Caller,
        event: Option<EventId>,
        draft: PromoCodeDraft,
    ) -> Result<PromoCode, PromoCodeError> {
        let mut session = self.store().begin().await?;
        let Some(types) = self.locked_types(&mut *session, event).await? else {
            session.rollback().await?;
            return Err(PromoCodeError::UnknownEvent);
        };
        let new = match draft.check(event, &types, self.now()) {
            Ok(new) => new,
            Err(errors) => {
                session.rollback().await?;
                return Err(errors.into());
            }
        };
        let Some(added) = session.add_promo_code(&new).await? else {
            session.rollback().await?;
            return Err(PromoCodeError::Taken);
        };
        let scope = event.map_or_else(|| "all events".to_owned(), |event| format!("event/{event}"));
        session.audit(&self.audit_line(caller, "promo_code.create", subject(added.id), scope)).await?;
        session.commit().await?;
        Ok(added)
    }

    /// Changes a promo code. Orders that were placed keep their discounts.
    pub async fn update_promo_code(
        &self,
        caller: &Caller,
        id: PromoCodeId,
        patch: &PromoCodePatch,
    ) -> Result<PromoCode, PromoCodeError> {
        let (mut session, types, code) = self.locked_code(id).await?;
        let changed = match patch.apply(&code, &types, self.now()) {
            Ok(changed) => changed,
            Err(error) => {
                session.rollback().await?;
                return Err(match error {
                    PromoPatchError::Invalid(fields) => fields.into(),
                    below @ PromoPatchError::MaxUsesBelowUsed { .. } => {
                        PromoCodeError::MaxUsesBelowUsed(below)
                    }
                });
            }
        };
        let line = self.audit_line(caller, "promo_code.update", subject(id), changes(&code, &changed));
        let code = code.map(|_| changed);
        session.put_promo_code(&code).await?;
        session.audit(&line).await?;
        session.commit().await?;
        Ok(code.into_inner())
    }

    /// Deletes a promo code that no order names, and archives any other one. Returns the archived code.
    pub async fn remove_promo_code(
        &self,
        caller: &Caller,
        id: PromoCodeId,
    ) -> Result<Option<PromoCode>, PromoCodeError> {
        let (mut session, _, code) = self.locked_code(id).await?;
        if session.delete_promo_code(&code).await? {
            let line = self.audit_line(caller, "promo_code.delete", subject(id), String::new());
            session.audit(&line).await?;
            session.commit().await?;
            return Ok(None);
        }
        let now = self.now();
        let code = code.map(|code| PromoCode {
            archived_at: code.archived_at.or(Some(now)),
            updated_at: now,
            ..code
        });
        session.put_promo_code(&code).await?;
        let line = self.audit_line(caller, "promo_code.archive", subject(id), String::new());
        session.audit(&line).await?;
        session.commit().await?;
        Ok(Some(code.into_inner()))
    }

    /// Locks a promo code, after its event, with the event's types.
    async fn locked_code(
        &self,
        id: PromoCodeId,
    ) -> Result<(Box<dyn Session>, BTreeSet<TicketTypeId>, Locked<PromoCode>), PromoCodeError> {
        let known = self.store().promo_code(id).await?.ok_or(PromoCodeError::NotFound)?;
        let mut session = self.store().begin().await?;
        let types = self.locked_types(&mut *session, known.event_id).await?;
        let code = session.promo_code_for_update(id).await?;
        match types.zip(code) {
            Some((types, code)) => Ok((session, types, code)),
            None => {
                session.rollback().await?;
                Err(PromoCodeError::NotFound)
            }
        }
    }

    /// Types of an event that is locked here; none for codes of all events. `None` if the event does not exist.
    async fn locked_types(
        &self,
        session: &mut dyn Session,
        event: Option<EventId>,
    ) -> Result<Option<BTreeSet<TicketTypeId>>, StoreError> {
        let Some(event) = event else { return Ok(Some(BTreeSet::new())) };
        let (codes, buyers) = (BTreeSet::new(), BTreeSet::new());
        let inventory = session.inventory_for_update(event, &codes, &buyers, &self.order_terms()).await?;
        Ok(inventory.map(|inventory| inventory.ticket_types.iter().map(|one| one.id).collect()))
    }
}

fn subject(id: PromoCodeId) -> String {
    format!("promo_code/{id}")
}

/// Names of the changed fields, for the audit log.
fn changes(old: &PromoCode, new: &PromoCode) -> String {
    let fields = [
        ("discount", old.discount != new.discount),
        ("ticket_type_ids", old.ticket_types != new.ticket_types),
        ("max_uses", old.max_uses != new.max_uses),
        ("max_per_buyer", old.max_uses_per_buyer != new.max_uses_per_buyer),
        ("valid_from", old.valid_from != new.valid_from),
        ("valid_until", old.valid_until != new.valid_until),
        ("archived", old.archived_at.is_some() != new.archived_at.is_some()),
    ];
    fields.iter().filter(|(_, changed)| *changed).map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
}
