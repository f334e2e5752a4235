//! Quotes: prices of an order without a hold, signed so that an order may carry them.

use crate::{BoxOffice, links::Links};
use events::{Event, PromoCode, PromoCodeText, PromoRefusal, TicketType};
use kernel::{EventId, StoreError};
use std::{collections::BTreeMap, sync::Arc};
use tickets::{Buyer, Inventory, LineRequest, OrderKind, OrderRefusal, OrderRequest, Quote, quote};

/// Request for a quote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuoteRequest {
    /// The event.
    pub event_id: EventId,
    /// Tickets; none to see what a promo code offers.
    pub lines: Vec<LineRequest>,
    /// Promo code.
    pub promo_code: Option<PromoCodeText>,
}

/// Prices of an order.
#[derive(Debug, Clone)]
pub struct QuotedOrder {
    /// Prices with their end of validity; `None` for a request without lines.
    pub quote: Option<Quote>,
    /// The signed quote.
    pub signed: Option<String>,
    /// The event.
    pub event: Arc<Event>,
    /// All types of the event.
    pub ticket_types: Arc<Vec<TicketType>>,
    /// The promo code of the request.
    pub promo_code: Option<PromoCode>,
}

/// Reason for refusing a quote.
#[derive(Debug, thiserror::Error)]
pub enum QuoteError {
    /// The event does not exist.
    #[error("event not found")]
    UnknownEvent,
    /// By the rules of orders.
    #[error(transparent)]
    Refused(#[from] OrderRefusal),
    /// The quote cannot be signed.
    #[error("the quote could not be signed")]
    Encoding(#[from] serde_json::Error),
    /// The store failed.
    #[error("the order could not be quoted")]
    Store(#[from] StoreError),
}

impl BoxOffice {
    /// Prices an order as it would be placed now. Holds nothing, and reads event and types from cache.
    pub async fn quote_order(&self, request: QuoteRequest) -> Result<QuotedOrder, QuoteError> {
        let now = self.now();
        let event = self.event(request.event_id).await?.ok_or(QuoteError::UnknownEvent)?;
        let ticket_types = self.ticket_types(event.id).await?;
        let promo_codes = match &request.promo_code {
            Some(text) => self.store().promo_codes_named(text).await?,
            None => Vec::new(),
        };
        let inventory = Inventory {
            event: (*event).clone(),
            ticket_types: (*ticket_types).clone(),
            promo_codes,
            rates: self.rates(),
            buyers: BTreeMap::new(),
            limits: self.settings().order_limits,
        };
        let promo_code = request.promo_code.as_ref().map(|text| inventory.promo_code(text).cloned());
        let promo_code = promo_code.map(|found| found.ok_or(PromoRefusal::Unknown));
        let promo_code = promo_code.transpose().map_err(OrderRefusal::Promo)?;
        let quoted = if let (true, Some(promo_code)) = (request.lines.is_empty(), &promo_code) {
            event.on_sale(now).map_err(OrderRefusal::EventNotOnSale)?;
            let types = ticket_types.iter().map(|one| one.id);
            promo_code.check(event.id, types, now).map_err(OrderRefusal::Promo)?;
            None
        } else {
            let order = OrderRequest {
                kind: OrderKind::Sale,
                lines: request.lines,
                promo_code: request.promo_code,
                shown: None,
                buyer: Buyer::default(),
                free_allowed: true,
                hold_expires_at: now,
            };
            Some(quote(&inventory, &order, now)?)
        };
        let signed = quoted.as_ref().map(|quoted| self.dependencies.links.sign_quote(quoted)).transpose()?;
        Ok(QuotedOrder { quote: quoted, signed, event, ticket_types, promo_code })
    }

    /// Verifies a signed quote. An expired one is returned too: its total is the price that was shown.
    pub fn verify_quote(&self, signed: &str) -> Option<Quote> {
        self.dependencies.links.quote(signed)
    }
}

impl Links {
    /// Encodes and signs a quote: its JSON and a tag, both in hexadecimal.
    fn sign_quote(&self, quote: &Quote) -> Result<String, serde_json::Error> {
        let payload = serde_json::to_vec(quote)?;
        Ok(format!("{}.{}", hex::encode(&payload), self.quote_tag(&payload)))
    }

    /// Decodes a quote and verifies its signature in constant time.
    fn quote(&self, signed: &str) -> Option<Quote> {
        let (payload, tag) = signed.split_once('.')?;
        let payload = hex::decode(payload).ok()?;
        if !crate::links::same(&self.quote_tag(&payload), tag) {
            return None;
        }
        serde_json::from_slice(&payload).ok()
    }
}
