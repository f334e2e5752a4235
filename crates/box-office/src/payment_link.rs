use crate::BoxOffice;
use tickets::Ticket;
use uma_protocol::lnurlp::encode_lnurl;

/// Link for paying one order with an LNURL wallet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentLink {
    /// LNURL-pay endpoint of the order (LUD-06).
    pub url: String,
    /// The endpoint in bech32 (LUD-01), upper case for compact QR codes.
    pub lnurl: String,
}

impl BoxOffice {
    /// The payment link of a ticket's order.
    pub(crate) fn payment_link(&self, ticket: &Ticket) -> PaymentLink {
        let user = self.dependencies.uma_address.user();
        let path = format!("/.well-known/lnurlp/{}", user.trim_start_matches('$'));
        let reference = self.dependencies.links.reference(ticket);
        let url = format!("{}{path}?ticket={reference}", self.settings().base_url);
        PaymentLink { lnurl: encode_lnurl(&url), url }
    }
}
