//! The hot path: a whole batch in one transaction and two round trips. The first locks and reads, the second writes and commits.

use crate::Postgres;
use async_trait::async_trait;
use box_office::{AttachOutcome, Attachment, HoldOutcome, HoldRequest, Holds, Note, SeenNonce};
use kernel::StoreError;
use tokio_postgres::types::ToSql;

mod attach;
mod hold;
mod nonce;
mod note;

/// How often a batch is run again when it lost a race against another replica's.
const RETRIES: u32 = 3;

#[async_trait]
impl Holds for Postgres {
    async fn hold_all(&self, requests: &[HoldRequest]) -> Result<Vec<HoldOutcome>, StoreError> {
        if requests.is_empty() {
            return Ok(Vec::new());
        }
        let mut left = RETRIES;
        loop {
            match self.hold_once(requests).await {
                Err(StoreError::Conflict(_)) if left > 0 => left -= 1,
                outcome => return outcome,
            }
        }
    }

    async fn attach_all(&self, attachments: &[Attachment]) -> Result<Vec<AttachOutcome>, StoreError> {
        if attachments.is_empty() {
            return Ok(Vec::new());
        }
        let mut left = RETRIES;
        loop {
            match self.attach_once(attachments).await {
                Err(StoreError::Conflict(_)) if left > 0 => left -= 1,
                outcome => return outcome,
            }
        }
    }

    async fn note_all(&self, notes: &[Note]) -> Result<Vec<bool>, StoreError> {
        let connection = self.hot.get().await.map_err(no_connection)?;
        let noted = note::note(&connection, notes).await?;
        self.changes.tell(noted.changes);
        Ok(noted.outcomes)
    }

    async fn remember_all(&self, nonces: &[SeenNonce]) -> Result<Vec<bool>, StoreError> {
        let connection = self.hot.get().await.map_err(no_connection)?;
        nonce::remember(&connection, nonces).await
    }
}

impl Postgres {
    async fn hold_once(&self, requests: &[HoldRequest]) -> Result<Vec<HoldOutcome>, StoreError> {
        let mut connection = self.hot.get().await.map_err(no_connection)?;
        let held = hold::hold(&mut connection, requests).await?;
        self.changes.tell(held.changes);
        Ok(held.outcomes)
    }

    async fn attach_once(&self, attachments: &[Attachment]) -> Result<Vec<AttachOutcome>, StoreError> {
        let mut connection = self.hot.get().await.map_err(no_connection)?;
        let attached = attach::attach(&mut connection, attachments).await?;
        self.changes.tell(attached.changes);
        Ok(attached.outcomes)
    }
}

/// The values of one column, as a parameter.
pub(crate) type Column<'a> = dyn ToSql + Sync + 'a;

/// What a batch came to, and what to tell others of it.
struct Done<Outcome> {
    outcomes: Vec<Outcome>,
    changes: Vec<box_office::Change>,
}

pub(crate) fn no_connection(error: bb8::RunError<tokio_postgres::Error>) -> StoreError {
    StoreError::Unavailable(error.into())
}
