use hmac::{Hmac, Mac, digest::KeyInit};
use identity::NetworkTag;
use kernel::{Secret, TicketId};
use sha2::{Digest, Sha256};
use std::{fmt, net::IpAddr};
use subtle::ConstantTimeEq;

const TAG_BYTES: usize = 16;

/// Makes the unguessable parts of links that carry a ticket's public number: nothing to store, nothing to look up.
pub struct Links(Secret<[u8; 32]>);

impl fmt::Debug for Links {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Links(***)")
    }
}

impl Links {
    /// Derives a key of its own from the shop's master secret.
    pub fn new(master: &[u8]) -> Self {
        Self(Secret::new(
            Sha256::new().chain_update(b"tickets/links/").chain_update(master).finalize().into(),
        ))
    }

    /// Lets the holder see the full status of a ticket without an account.
    pub fn status_token(&self, ticket: TicketId) -> String {
        self.tag("status", ticket)
    }

    /// Whether this is the ticket's status token; takes the same time for every wrong one.
    pub fn is_status_token(&self, ticket: TicketId, token: &str) -> bool {
        same(&self.status_token(ticket), token)
    }

    /// The tag of a ticket's pay request URL.
    pub fn payreq_tag(&self, ticket: TicketId) -> String {
        self.tag("payreq", ticket)
    }

    /// Whether this is the tag of the ticket's pay request URL.
    pub fn is_payreq_tag(&self, ticket: TicketId, tag: &str) -> bool {
        same(&self.payreq_tag(ticket), tag)
    }

    /// A reference that names one ticket to LNURL wallets.
    pub fn reference(&self, ticket: TicketId) -> String {
        format!("{ticket}-{}", self.tag("lnurl", ticket))
    }

    /// The ticket of a reference that we made.
    pub fn ticket_of(&self, reference: &str) -> Option<TicketId> {
        let ticket: TicketId = reference.split_once('-')?.0.parse().ok()?;
        same(&self.reference(ticket), reference).then_some(ticket)
    }

    /// The tag under which a network is stored: without the key it names no address.
    pub(crate) fn network_tag(&self, network: IpAddr) -> NetworkTag {
        let address = match network.to_canonical() {
            IpAddr::V4(address) => address.to_ipv6_mapped(),
            IpAddr::V6(address) => address,
        };
        let tag = hmac(self.0.expose(), &[b"network/", &address.octets()]);
        tag.first_chunk().copied().unwrap_or_default()
    }

    fn tag(&self, purpose: &str, ticket: TicketId) -> String {
        let tag = hmac(self.0.expose(), &[purpose.as_bytes(), b"/", &ticket.get().to_be_bytes()]);
        hex::encode(tag.get(..TAG_BYTES).unwrap_or_default())
    }
}

fn same(one: &str, other: &str) -> bool {
    one.as_bytes().ct_eq(other.as_bytes()).into()
}

fn hmac(key: &[u8; 32], message: &[&[u8]]) -> [u8; 32] {
    // A key of exactly one block cannot be refused.
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

    #[test]
    fn a_link_opens_one_ticket_for_one_purpose() {
        let links = Links::new(&[1; 32]);
        let (one, two) = (TicketId::new(1), TicketId::new(2));
        assert!(links.is_status_token(one, &links.status_token(one)));
        assert!(!links.is_status_token(two, &links.status_token(one)));
        assert!(!links.is_status_token(one, &links.payreq_tag(one)));
        assert!(!Links::new(&[2; 32]).is_status_token(one, &links.status_token(one)));
        assert_eq!(links.ticket_of(&links.reference(two)), Some(two));
        assert_eq!(links.ticket_of(&links.reference(two).replace("2-", "1-")), None);
        assert_eq!(links.ticket_of("2-"), None);
    }
}
