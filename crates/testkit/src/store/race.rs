//! Harness for concurrent holds, and an incorrect store that it must detect.

use crate::{
    builders::hold_request,
    purchases::{HoldOutcome, Purchases},
};
use async_trait::async_trait;
use box_office::{
    OrderBatch, OrderDecision, OrderIds, OrderTerms, Orders, PlaceOutcome, PlaceRequest, PurchaseRefusal,
    Store,
};
use events::Event;
use identity::User;
use kernel::{Locked, OrderId, PaymentId, StoreError, TicketId};
use std::{collections::BTreeMap, sync::Arc};
use tickets::Inventory;
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
pub async fn race(handles: &[Arc<dyn Orders>], event: &Event, user: &User, callers: u32) -> Race {
    let start = Arc::new(Barrier::new(usize::try_from(callers).unwrap()));
    let tasks: Vec<_> = (0..callers)
        .zip(handles.iter().cycle())
        .map(|(number, orders)| {
            let (start, orders) = (Arc::clone(&start), Arc::clone(orders));
            let request = hold_request(event, user, u64::from(number));
            tokio::spawn(async move {
                start.wait().await;
                orders.hold_all(&[request]).await.unwrap().pop().unwrap()
            })
        })
        .collect();
    let mut outcome = Race { held: 0, sold_out: 0 };
    for task in tasks {
        match task.await.unwrap() {
            HoldOutcome::Held(_) => outcome.held += 1,
            HoldOutcome::Refused(PurchaseRefusal::SoldOut) => outcome.sold_out += 1,
            other => panic!("neither a seat nor sold out: {other:?}"),
        }
    }
    outcome
}

/// An [`Orders`] without locking: it reads the seats and writes them later. A barrier makes all `callers` read before any write, so that
/// overselling is deterministic.
pub struct UnlockedOrders {
    store: Arc<dyn Store>,
    all_read: Barrier,
}

impl UnlockedOrders {
    /// Creates the store; `callers` is the number of concurrent requests.
    pub fn new(store: Arc<dyn Store>, callers: usize) -> Self {
        Self { store, all_read: Barrier::new(callers) }
    }

    async fn place(&self, terms: &OrderTerms, request: &PlaceRequest) -> Result<PlaceOutcome, StoreError> {
        let event = self.store.event(request.event_id).await?.unwrap();
        let inventory = Inventory {
            ticket_types: self.store.ticket_types(event.id).await?,
            event,
            promo_codes: Vec::new(),
            rates: Vec::new(),
            buyers: BTreeMap::new(),
            limits: terms.limits,
        };
        self.all_read.wait().await;
        let mut batch = OrderBatch::default();
        batch.users.extend(request.purchase_for);
        batch.inventories.insert(request.event_id, Locked::by_store(inventory));
        let granted = match batch.decide(&terms.outstanding, request) {
            OrderDecision::Decided(outcome) => return Ok(outcome),
            OrderDecision::Granted(granted) => granted,
        };
        let ids = OrderIds {
            order: OrderId::new(0),
            tickets: vec![TicketId::new(0); granted.tickets()],
            payment: PaymentId::new(0),
        };
        let placed = granted.with_ids(request, &ids)?;
        let mut session = self.store.begin().await?;
        session.put_event(&placed.event).await?;
        session.commit().await?;
        Ok(PlaceOutcome::Placed(Box::new(placed)))
    }
}

#[async_trait]
impl Orders for UnlockedOrders {
    async fn place_all(
        &self,
        terms: &OrderTerms,
        requests: &[PlaceRequest],
    ) -> Result<Vec<PlaceOutcome>, StoreError> {
        let mut outcomes = Vec::with_capacity(requests.len());
        for request in requests {
            outcomes.push(self.place(terms, request).await?);
        }
        Ok(outcomes)
    }
}
