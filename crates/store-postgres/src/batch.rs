//! The hot path: a batch runs in one transaction and two round trips. The first locks and reads, the second
//! writes and commits.

use crate::{Postgres, hot::HotConnection};
use async_trait::async_trait;
use box_office::{
    AttachOutcome, Attachment, CollectionUpdate, Holds, OrderTerms, Orders, PlaceOutcome, PlaceRequest,
    SeenNonce,
};
use kernel::StoreError;
use std::{future::Future, pin::Pin};
use tokio_postgres::types::ToSql;

mod attach;
mod collection;
mod nonce;
mod place;
mod place_columns;
mod quota;

/// Maximum retries of a batch after a conflict with another replica.
const RETRIES: u32 = 3;

#[async_trait]
impl Holds for Postgres {
    async fn attach_all(&self, attachments: &[Attachment]) -> Result<Vec<AttachOutcome>, StoreError> {
        self.batch(attachments, |connection, attachments| Box::pin(attach::attach(connection, attachments)))
            .await
    }

    async fn update_collections(&self, updates: &[CollectionUpdate]) -> Result<Vec<bool>, StoreError> {
        self.batch(updates, |connection, updates| Box::pin(collection::update_all(connection, updates))).await
    }

    async fn remember_all(&self, nonces: &[SeenNonce]) -> Result<Vec<bool>, StoreError> {
        self.batch(nonces, |connection, nonces| Box::pin(nonce::remember(connection, nonces))).await
    }
}

#[async_trait]
impl Orders for Postgres {
    async fn place_all(
        &self,
        terms: &OrderTerms,
        requests: &[PlaceRequest],
    ) -> Result<Vec<PlaceOutcome>, StoreError> {
        self.batch_with(terms, requests, |connection, terms, requests| {
            Box::pin(place::place(connection, terms, requests))
        })
        .await
    }
}

type BatchFuture<'a, Outcome> =
    Pin<Box<dyn Future<Output = Result<BatchResult<Outcome>, StoreError>> + Send + 'a>>;

impl Postgres {
    /// Runs a batch, retries it after a conflict, and publishes its domain events.
    async fn batch<Request: Sync, Outcome>(
        &self,
        requests: &[Request],
        run: for<'a> fn(&'a mut HotConnection, &'a [Request]) -> BatchFuture<'a, Outcome>,
    ) -> Result<Vec<Outcome>, StoreError> {
        self.batch_with(&run, requests, |connection, run, requests| run(connection, requests)).await
    }

    /// As [`Postgres::batch`], with a value that all requests share.
    async fn batch_with<Shared: Sync, Request: Sync, Outcome>(
        &self,
        shared: &Shared,
        requests: &[Request],
        run: for<'a> fn(&'a mut HotConnection, &'a Shared, &'a [Request]) -> BatchFuture<'a, Outcome>,
    ) -> Result<Vec<Outcome>, StoreError> {
        if requests.is_empty() {
            return Ok(Vec::new());
        }
        let mut retries_left = RETRIES;
        loop {
            let mut connection = self.hot.get().await.map_err(hot_pool_error)?;
            match run(&mut connection, shared, requests).await {
                Err(StoreError::Conflict(_)) if retries_left > 0 => retries_left -= 1,
                Err(error) => return Err(error),
                Ok(result) => {
                    self.notifications.publish(result.domain_events);
                    return Ok(result.outcomes);
                }
            }
        }
    }
}

/// Values of one column, bound as a parameter.
pub(crate) type Column<'a> = dyn ToSql + Sync + 'a;

/// Outcomes of a batch and the domain events to publish.
struct BatchResult<Outcome> {
    outcomes: Vec<Outcome>,
    domain_events: Vec<box_office::DomainEvent>,
}

pub(crate) fn hot_pool_error(error: bb8::RunError<tokio_postgres::Error>) -> StoreError {
    StoreError::Unavailable(error.into())
}
