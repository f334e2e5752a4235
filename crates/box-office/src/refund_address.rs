//! Where an order's money goes back to by default.

use crate::{
    BoxOffice, Caller, RefundError, SeenOrder, TicketView,
    refunds::{begin_refund, parse_destination},
    transition::open_refunds,
};
use identity::WalletConnection;
use kernel::{OrderId, PaymentId, StoreError};
use payments::{KnownPayer, Payment, PaymentStatus, Refund, RefundStatus};
use uma_protocol::{PaymentAddress, UmaAddress};

/// The address that the buyer gave (`buyer`, empty if none), else the one of the wallet that paid. `None` if neither is known: the refund
/// then waits for an address.
pub fn refund_address(buyer: &str, payment: &Payment) -> Option<String> {
    let given = Some(buyer.trim()).filter(|address| !address.is_empty());
    let address = given.or_else(|| payment.payer.address())?;
    PaymentAddress::parse(address).ok().map(|address| address.as_str().to_owned())
}

/// Failed refunds of a payment after which only the organiser names addresses: each calls a server that the buyer chose.
const MAX_FAILED: usize = 5;

/// Whether the buyer may name the address of a refund: the order is no longer pending, money that no open
/// refund covers is to be refunded, and either no address is known or the last refund failed.
pub(crate) fn needs_refund_address(buyer: &str, payment: &Payment, refunds: &[Refund]) -> bool {
    let is_failed = |refund: &Refund| refund.status == RefundStatus::Failed;
    let last = refunds.iter().max_by_key(|refund| refund.id);
    let is_missing = refund_address(buyer, payment).is_none() || last.is_some_and(is_failed);
    let failures = refunds.iter().filter(|refund| is_failed(refund)).count();
    let unassigned = payment.state.refundable().saturating_sub(open_refunds(refunds));
    let is_open = payment.state.status == PaymentStatus::Pending;
    is_missing && !is_open && failures < MAX_FAILED && !unassigned.is_zero()
}

impl BoxOffice {
    /// Begins the refund of an order to an address that its buyer names, where [`SeenOrder::needs_refund_address`].
    pub async fn refund_to_address(
        &self,
        id: OrderId,
        destination: &str,
        caller: Option<&Caller>,
        token: Option<&str>,
    ) -> Result<SeenOrder, RefundError> {
        let seen = self.order_status(id, caller, token).await?;
        let destination = parse_destination(destination)?;
        let known = seen.view.payment.as_ref().ok_or(RefundError::AddressNotNeeded)?;
        let buyer = seen.view.order.buyer.payer_address.as_deref().unwrap_or_default();
        let mut session = self.store().begin().await?;
        let payment = session.payment_for_update(known.id).await?;
        let refunds = session.refunds_for_update(known.id).await?;
        let Some(payment) = payment.filter(|payment| needs_refund_address(buyer, payment, &refunds)) else {
            session.rollback().await?;
            return Err(RefundError::AddressNotNeeded);
        };
        begin_refund(&mut *session, &payment, &destination, caller.map(Caller::id), None, self.now()).await?;
        session.commit().await?;
        Ok(self.order_status(id, caller, token).await?)
    }

    /// Records the address of a wallet that pays a pending order for which the buyer gave none.
    pub(crate) async fn name_payer(&self, view: &TicketView, payer: &UmaAddress) -> Result<(), StoreError> {
        let Some(known) = &view.payment else { return Ok(()) };
        let payer = payer.normalized();
        if !view.ticket.uma_address.is_empty() || known.payer.clone().after(&payer) == known.payer {
            return Ok(());
        }
        let mut session = self.store().begin().await?;
        let payment = session.payment_for_update(known.id).await?;
        let pending = payment.filter(|payment| payment.state.status == PaymentStatus::Pending);
        let Some(payment) = pending else { return session.rollback().await };
        let named = Payment { payer: payment.payer.clone().after(&payer), updated_at: self.now(), ..payment };
        session.put_payment(&named).await?;
        session.commit().await
    }

    /// Records the address of the connected wallet that proved to have paid. The proof outweighs earlier pay requests.
    pub(crate) async fn name_paying_wallet(
        &self,
        id: PaymentId,
        connection: &WalletConnection,
    ) -> Result<(), StoreError> {
        let address = connection.uma_address.as_deref().map(UmaAddress::parse);
        let Some(Ok(address)) = address else { return Ok(()) };
        let mut session = self.store().begin().await?;
        let Some(payment) = session.payment_for_update(id).await? else { return session.rollback().await };
        let payer = KnownPayer::One(address.normalized());
        session.put_payment(&Payment { payer, updated_at: self.now(), ..payment }).await?;
        session.commit().await
    }
}
