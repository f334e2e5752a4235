//! Harness for concurrent holds, and an incorrect store that it must detect.

use crate::builders::{code, hold_request};
use async_trait::async_trait;
use box_office::{
    AttachOutcome, Attachment, CollectionUpdate, Hold, HoldOutcome, HoldRefusal, HoldRequest, Holds,
    OutstandingSeats, SeenNonce, Store, decide_hold,
};
use events::Event;
use identity::User;
use kernel::{StoreError, TicketId};
use std::sync::Arc;
use tickets::{Ticket, TicketStatus};
use tokio::sync::Barrier;

/// Outcomes of a race.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Race {
    /// Requests that got a seat.
    pub held: u32,
    /// Requests refused as sold out.
    pub sold_out: u32,
}

/// Holds one seat per caller concurrently, alternating between `handles`.
pub async fn race(handles: &[Arc<dyn Holds>], event: &Event, user: &User, callers: u32) -> Race {
    let start = Arc::new(Barrier::new(usize::try_from(callers).unwrap()));
    let tasks: Vec<_> = (0..callers)
        .zip(handles.iter().cycle())
        .map(|(number, holds)| {
            let (start, holds) = (Arc::clone(&start), Arc::clone(holds));
            let request = hold_request(event, user, u64::from(number));
            tokio::spawn(async move {
                start.wait().await;
                holds.hold_all(&[request]).await.unwrap().pop().unwrap()
            })
        })
        .collect();
    let mut outcome = Race { held: 0, sold_out: 0 };
    for task in tasks {
        match task.await.unwrap() {
            HoldOutcome::Held(_) => outcome.held += 1,
            HoldOutcome::Refused(HoldRefusal::SoldOut) => outcome.sold_out += 1,
            other => panic!("neither a seat nor sold out: {other:?}"),
        }
    }
    outcome
}

/// A [`Holds`] without locking: it reads the seats and writes them later. A barrier makes all `callers` read
/// before any write, so that overselling is deterministic.
pub struct UnlockedHolds {
    store: Arc<dyn Store>,
    all_read: Barrier,
}

impl UnlockedHolds {
    /// Creates the store; `callers` is the number of concurrent requests.
    pub fn new(store: Arc<dyn Store>, callers: usize) -> Self {
        Self { store, all_read: Barrier::new(callers) }
    }

    async fn hold(&self, request: &HoldRequest) -> Result<HoldOutcome, StoreError> {
        let mut event = self.store.event(request.event_id).await?;
        self.all_read.wait().await;
        if let Err(refusal) = decide_hold(event.as_mut(), true, &mut OutstandingSeats::default(), request) {
            return Ok(HoldOutcome::Refused(refusal));
        }
        let event = event.unwrap();
        let mut session = self.store.begin().await?;
        session.put_event(&event).await?;
        session.commit().await?;
        let ticket = Ticket {
            id: TicketId::new(0),
            event_id: event.id,
            user_id: None,
            code: code(0),
            link_key: None,
            status: TicketStatus::Pending,
            uma_address: String::new(),
            hold_expires_at: None,
            checked_in_at: None,
            paid_at: None,
            created_at: request.now,
            updated_at: request.now,
        };
        Ok(HoldOutcome::Held(Box::new(Hold { ticket, payment: None, event })))
    }
}

#[async_trait]
impl Holds for UnlockedHolds {
    async fn hold_all(&self, requests: &[HoldRequest]) -> Result<Vec<HoldOutcome>, StoreError> {
        let mut outcomes = Vec::with_capacity(requests.len());
        for request in requests {
            outcomes.push(self.hold(request).await?);
        }
        Ok(outcomes)
    }

    async fn attach_all(&self, attachments: &[Attachment]) -> Result<Vec<AttachOutcome>, StoreError> {
        Ok(attachments.iter().map(|_| AttachOutcome::NotPending).collect())
    }

    async fn update_collections(&self, updates: &[CollectionUpdate]) -> Result<Vec<bool>, StoreError> {
        Ok(vec![false; updates.len()])
    }

    async fn remember_all(&self, nonces: &[SeenNonce]) -> Result<Vec<bool>, StoreError> {
        Ok(vec![false; nonces.len()])
    }
}
