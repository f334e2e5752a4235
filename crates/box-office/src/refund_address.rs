//! Where an order's money goes back to by default.

use crate::{BoxOffice, TicketView};
use identity::WalletConnection;
use kernel::{PaymentId, StoreError};
use payments::{KnownPayer, Payment, PaymentStatus};
use uma_protocol::{PaymentAddress, UmaAddress};

/// The address that the buyer gave (`buyer`, empty if none), else the one of the wallet that paid. `None` if neither is known: the refund
/// then waits for an address.
pub fn refund_address(buyer: &str, payment: &Payment) -> Option<String> {
    let given = Some(buyer.trim()).filter(|address| !address.is_empty());
    let address = given.or_else(|| payment.payer.address())?;
    PaymentAddress::parse(address).ok().map(|address| address.as_str().to_owned())
}

impl BoxOffice {
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
