use crate::{BoxOffice, OrderView};
use hmac::{Hmac, Mac, digest::KeyInit};
use identity::NetworkTag;
use kernel::{Secret, TicketId};
use sha2::{Digest, Sha256};
use std::{fmt, net::IpAddr};
use subtle::ConstantTimeEq;
use tickets::Ticket;

const TAG_BYTES: usize = 16;

/// Derives the unguessable parts of links that carry a ticket's public id, from a service key and random bits of the row.
pub struct Links {
    key: Secret<[u8; 32]>,
    /// Key of stream tokens and watch sessions.
    stream_key: Secret<[u8; 32]>,
}

impl fmt::Debug for Links {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Links(***)")
    }
}

impl Links {
    /// Derives the keys from the master secret.
    pub fn new(master: &[u8]) -> Self {
        let key = |purpose: &[u8]| {
            Secret::new(Sha256::new().chain_update(purpose).chain_update(master).finalize().into())
        };
        Self { key: key(b"tickets/links/"), stream_key: key(b"tickets/stream/") }
    }

    /// Token that shows the full status of a ticket without an account.
    pub fn status_token(&self, ticket: &Ticket) -> String {
        self.tag("status", ticket)
    }

    /// Verifies a status token in constant time.
    pub fn is_status_token(&self, ticket: &Ticket, token: &str) -> bool {
        same(&self.status_token(ticket), token)
    }

    /// Tag in a ticket's pay request URL.
    pub fn payreq_tag(&self, ticket: &Ticket) -> String {
        self.tag("payreq", ticket)
    }

    /// Verifies a pay request tag in constant time.
    pub fn is_payreq_tag(&self, ticket: &Ticket, tag: &str) -> bool {
        same(&self.payreq_tag(ticket), tag)
    }

    /// Reference to a ticket for LNURL wallets.
    pub fn reference(&self, ticket: &Ticket) -> String {
        format!("{}-{}", ticket.id, self.tag("lnurl", ticket))
    }

    /// Parses the ticket id of a reference, which [`Links::is_reference`] must verify.
    pub fn ticket_of(reference: &str) -> Option<TicketId> {
        reference.split_once('-')?.0.parse().ok()
    }

    /// Verifies a reference in constant time.
    pub fn is_reference(&self, ticket: &Ticket, reference: &str) -> bool {
        same(&self.reference(ticket), reference)
    }

    /// Tag under which a network is stored; without the key it reveals no address.
    pub fn network_tag(&self, network: IpAddr) -> NetworkTag {
        let address = match network.to_canonical() {
            IpAddr::V4(address) => address.to_ipv6_mapped(),
            IpAddr::V6(address) => address,
        };
        let tag = hmac(self.key.expose(), &[b"network/", &address.octets()]);
        tag.first_chunk().copied().unwrap_or_default()
    }

    /// Idempotency key scope for guests of one network. The address itself is not stored.
    fn guest_namespace(&self, network: IpAddr) -> String {
        format!("guest/{}", hex::encode(self.network_tag(network)))
    }

    /// Token that opens an order. Another purpose than any link of its tickets, so that a named holder cannot derive it.
    pub(crate) fn order_token(&self, view: &OrderView) -> String {
        self.order_tag("order", view, &[])
    }

    /// Verifies an order token in constant time.
    pub(crate) fn is_order_token(&self, view: &OrderView, token: &str) -> bool {
        same(&self.order_token(view), token)
    }

    /// Token that confirms a guest's email address and with it a free order: it is mailed to that address only.
    pub(crate) fn confirmation_token(&self, view: &OrderView) -> String {
        let email = view.order.buyer.email.as_ref().map_or("", |email| email.address.as_str());
        self.order_tag("confirm", view, email.as_bytes())
    }

    /// Verifies a confirmation token in constant time.
    pub(crate) fn is_confirmation_token(&self, view: &OrderView, token: &str) -> bool {
        same(&self.confirmation_token(view), token)
    }

    /// HMAC of an order for one purpose, with the random bits of its first ticket: order numbers repeat after the restore of a backup.
    fn order_tag(&self, purpose: &str, view: &OrderView, more: &[u8]) -> String {
        let number = view.order.id.get().to_be_bytes();
        let key = view.tickets.first().and_then(|first| first.ticket.link_key.as_ref());
        let key = key.map_or([].as_slice(), |key| key.expose());
        let tag = hmac(self.key.expose(), &[b"orders/", purpose.as_bytes(), b"/", &number, key, more]);
        hex::encode(tag.get(..TAG_BYTES).unwrap_or_default())
    }

    /// Signature of a quote.
    pub(crate) fn quote_tag(&self, payload: &[u8]) -> String {
        hex::encode(hmac(self.key.expose(), &[b"quote/", payload]))
    }

    /// Tag of a stream token or an organiser's watch session.
    pub(crate) fn stream_tag(&self, purpose: &[u8], payload: &[u8]) -> [u8; 32] {
        hmac(self.stream_key.expose(), &[purpose, payload])
    }

    /// Verifies such a tag, or its first bytes, in constant time.
    pub(crate) fn is_stream_tag(&self, purpose: &[u8], payload: &[u8], tag: &[u8]) -> bool {
        let expected = self.stream_tag(purpose, payload);
        let expected = expected.get(..TAG_BYTES).unwrap_or_default();
        expected.ct_eq(tag).into()
    }

    /// HMAC of the ticket for one purpose. A row without random bits keeps the tag of earlier releases, derived from the id alone.
    fn tag(&self, purpose: &str, ticket: &Ticket) -> String {
        let number = ticket.id.get().to_be_bytes();
        let key = ticket.link_key.as_ref().map_or([].as_slice(), |key| key.expose());
        let tag = hmac(self.key.expose(), &[purpose.as_bytes(), b"/", &number, key]);
        hex::encode(tag.get(..TAG_BYTES).unwrap_or_default())
    }
}

impl BoxOffice {
    /// Idempotency key scope for guests of one network.
    pub fn guest_namespace(&self, network: IpAddr) -> String {
        self.dependencies.links.guest_namespace(network)
    }
}

pub(crate) fn same(one: &str, other: &str) -> bool {
    one.as_bytes().ct_eq(other.as_bytes()).into()
}

pub(crate) fn hmac(key: &[u8; 32], message: &[&[u8]]) -> [u8; 32] {
    // An HMAC key of exactly one block is valid.
    let mut block = [0_u8; 64];
    block.iter_mut().zip(key).for_each(|(slot, byte)| *slot = *byte);
    let mut mac = <Hmac<Sha256> as KeyInit>::new(&block.into());
    for part in message {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use tickets::{TicketCode, TicketStatus};

    fn ticket(id: i64, link_key: Option<[u8; 16]>) -> Ticket {
        let now = kernel::Timestamp::UNIX_EPOCH;
        Ticket {
            id: TicketId::new(id),
            event_id: kernel::EventId::new(1),
            order: None,
            user_id: None,
            code: TicketCode::parse("TKT-00000000000000000000000000").unwrap(),
            link_key: link_key.map(Secret::new),
            status: TicketStatus::Pending,
            uma_address: String::new(),
            hold_expires_at: None,
            checked_in_at: None,
            paid_at: None,
            created_at: now,
            updated_at: now,
        }
    }

    #[test]
    fn links_are_bound_to_one_ticket_and_one_purpose() {
        let links = Links::new(&[1; 32]);
        let (one, two) = (ticket(1, Some([1; 16])), ticket(2, Some([1; 16])));
        assert!(links.is_status_token(&one, &links.status_token(&one)));
        assert!(!links.is_status_token(&two, &links.status_token(&one)));
        assert!(!links.is_status_token(&one, &links.payreq_tag(&one)));
        assert!(!Links::new(&[2; 32]).is_status_token(&one, &links.status_token(&one)));
        assert!(links.is_reference(&two, &links.reference(&two)));
        assert!(!links.is_reference(&one, &links.reference(&two).replace("2-", "1-")));
        assert_eq!(Links::ticket_of(&links.reference(&two)), Some(two.id));
        assert_eq!(Links::ticket_of("-"), None);
    }

    #[test]
    fn reused_ticket_ids_get_different_links() {
        let links = Links::new(&[1; 32]);
        let (lost, next, old) = (ticket(7, Some([1; 16])), ticket(7, Some([2; 16])), ticket(7, None));
        for (one, other) in [(&lost, &next), (&old, &next), (&lost, &old)] {
            assert!(!links.is_status_token(other, &links.status_token(one)));
            assert!(!links.is_payreq_tag(other, &links.payreq_tag(one)));
            assert!(!links.is_reference(other, &links.reference(one)));
        }
    }

    #[test]
    fn links_of_earlier_releases_stay_valid() {
        let links = Links::new(&[1; 32]);
        let old = ticket(7, None);
        let tag = hmac(links.key.expose(), &[b"status/", &7_i64.to_be_bytes()]);
        assert!(links.is_status_token(&old, &hex::encode(&tag[..TAG_BYTES])));
    }
}
