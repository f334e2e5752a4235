//! The hot path: a whole batch in one transaction and two round trips. The first locks and reads, the second writes and commits.

use crate::{Postgres, hot::HotConnection};
use async_trait::async_trait;
use box_office::{AttachOutcome, Attachment, CollectionUpdate, HoldOutcome, HoldRequest, Holds, SeenNonce};
use kernel::StoreError;
use std::{future::Future, pin::Pin};
use tokio_postgres::types::ToSql;

mod attach;
mod collection;
mod hold;
mod nonce;
mod quota;

/// How often a batch is run again when it lost a race against another replica's.
const RETRIES: u32 = 3;

#[async_trait]
impl Holds for Postgres {
    async fn hold_all(&self, requests: &[HoldRequest]) -> Result<Vec<HoldOutcome>, StoreError> {
        self.batch(requests, |connection, requests| Box::pin(hold::hold(connection, requests))).await
    }

    async fn attach_all(&self, attachments: &[Attachment]) -> Result<Vec<AttachOutcome>, StoreError> {
        self.batch(attachments, |connection, attachments| Box::pin(attach::attach(connection, attachments)))
            .await
    }

    async fn update_collections(&self, notes: &[CollectionUpdate]) -> Result<Vec<bool>, StoreError> {
        self.batch(notes, |connection, notes| Box::pin(collection::update(connection, notes))).await
    }

    async fn remember_all(&self, nonces: &[SeenNonce]) -> Result<Vec<bool>, StoreError> {
        self.batch(nonces, |connection, nonces| Box::pin(nonce::remember(connection, nonces))).await
    }
}

type Doing<'a, Outcome> = Pin<Box<dyn Future<Output = Result<Done<Outcome>, StoreError>> + Send + 'a>>;

impl Postgres {
    /// Runs a batch, again when it lost a race, and tells others what came of it.
    async fn batch<Request: Sync, Outcome>(
        &self,
        requests: &[Request],
        run: for<'a> fn(&'a mut HotConnection, &'a [Request]) -> Doing<'a, Outcome>,
    ) -> Result<Vec<Outcome>, StoreError> {
        if requests.is_empty() {
            return Ok(Vec::new());
        }
        let mut left = RETRIES;
        loop {
            let mut connection = self.hot.get().await.map_err(no_connection)?;
            match run(&mut connection, requests).await {
                Err(StoreError::Conflict(_)) if left > 0 => left -= 1,
                Err(error) => return Err(error),
                Ok(done) => {
                    self.changes.publish(done.changes);
                    return Ok(done.outcomes);
                }
            }
        }
    }
}

/// The values of one column, as a parameter.
pub(crate) type Column<'a> = dyn ToSql + Sync + 'a;

/// What a batch came to, and what to tell others of it.
struct Done<Outcome> {
    outcomes: Vec<Outcome>,
    changes: Vec<box_office::DomainEvent>,
}

pub(crate) fn no_connection(error: bb8::RunError<tokio_postgres::Error>) -> StoreError {
    StoreError::Unavailable(error.into())
}
