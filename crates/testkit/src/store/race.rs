//! The harness that races callers for seats, and a broken store that it must catch.

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

/// How a race ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Race {
    /// Callers who got a seat.
    pub held: u32,
    /// Callers who were told that there is none.
    pub sold_out: u32,
}

/// Lets `callers` ask for one seat each at the same moment, in turn through each of `handles`.
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

/// A [`Holds`] without its guard: it looks at the seats, and takes one later, with nothing locked in between. It waits until
/// `callers` requests have looked, so that the fault shows every time.
pub struct Unguarded {
    store: Arc<dyn Store>,
    looked: Barrier,
}

impl Unguarded {
    /// Takes the guard off.
    pub fn new(store: Arc<dyn Store>, callers: usize) -> Self {
        Self { store, looked: Barrier::new(callers) }
    }

    async fn hold(&self, request: &HoldRequest) -> Result<HoldOutcome, StoreError> {
        let mut event = self.store.event(request.event_id).await?;
        self.looked.wait().await;
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
impl Holds for Unguarded {
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

    async fn update_collections(&self, notes: &[CollectionUpdate]) -> Result<Vec<bool>, StoreError> {
        Ok(vec![false; notes.len()])
    }

    async fn remember_all(&self, nonces: &[SeenNonce]) -> Result<Vec<bool>, StoreError> {
        Ok(vec![false; nonces.len()])
    }
}
