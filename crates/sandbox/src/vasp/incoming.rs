use super::{
    Vasp,
    error::VaspError,
    store::{PaymentRequest, RequestState},
};

use kernel::{Sats, Timestamp};
use std::sync::Arc;
use uma_protocol::{UmaError, error::ErrorCode, request::UmaRequestBody};

impl Vasp {
    /// Accepts a pushed UMA Invoice (UMAD-11): verifies it with its receiver's published key and adds a request for its
    /// payer. The same invoice again returns the existing request.
    pub(crate) async fn take_push(
        self: &Arc<Self>,
        body: &str,
        query: &str,
    ) -> Result<PaymentRequest, VaspError> {
        let text = UmaRequestBody::parse(body, query)?.to_bech32()?;
        let invoice = self.checked_invoice(&text, false).await?;
        let terms = invoice.terms();
        let sender = terms.sender.as_ref();
        let sender =
            sender.ok_or_else(|| UmaError::new(ErrorCode::InvalidInvoice, "the invoice names no payer"))?;
        let user = self.user_of(sender)?;
        let amount = Sats::new(terms.amount).map(Sats::to_msats);
        let amount = amount.map_err(|error| UmaError::new(ErrorCode::AmountOutOfRange, error.to_string()))?;
        let now = self.now();
        let (request, fresh) = self.store.add(PaymentRequest {
            id: self.world.uuid()?,
            user: user.clone(),
            target: text,
            pushed: true,
            payee: terms.receiver.to_string(),
            amount: Some(amount),
            comment: None,
            expires_at: Timestamp::from_timestamp(terms.expires_at, 0),
            state: RequestState::Pending { trouble: None },
            bolt11: None,
            created_at: now,
            updated_at: now,
        })?;
        self.world.changed();
        if fresh && self.auto_approves(&user) {
            self.settle_later(request.id.clone());
        }
        Ok(request)
    }
}
