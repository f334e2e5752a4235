use crate::BoxOffice;
use tickets::Ticket;
use uma_protocol::lnurlp::encode_lnurl;

/// The link under which an LNURL wallet pays one order, and no other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentLink {
    /// Its LNURL-pay endpoint (LUD-06).
    pub url: String,
    /// The same in bech32 (LUD-01), upper case for compact QR codes.
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
