//! Events of a relay connection, as reported to its subscriptions.

use nostr::{
    event::{Event, EventId, Kind},
    key::PublicKey,
};
use serde_json::{Value, json};
use tokio::sync::mpsc;

/// What a subscription accepts. The relay's filter and the check of received events are derived from it, so that the relay need
/// not be trusted.
#[derive(Debug, Clone)]
pub(crate) struct EventFilter {
    pub(crate) author: PublicKey,
    pub(crate) kind: Kind,
    /// The request that a response must reference (`e`).
    pub(crate) answer_to: Option<EventId>,
    /// The key that a notification must reference (`p`). Unused for responses: some wallets put their own key there.
    pub(crate) addressed_to: Option<PublicKey>,
    /// Maximal number of stored events.
    pub(crate) limit: Option<u32>,
}

impl EventFilter {
    pub(crate) fn to_json(&self) -> Value {
        let mut filter = json!({ "kinds": [self.kind.as_u16()], "authors": [self.author.to_hex()] });
        if let Some(fields) = filter.as_object_mut() {
            if let Some(id) = self.answer_to {
                fields.insert("#e".to_owned(), json!([id.to_hex()]));
            }
            if let Some(key) = self.addressed_to {
                fields.insert("#p".to_owned(), json!([key.to_hex()]));
            }
            if let Some(limit) = self.limit {
                fields.insert("limit".to_owned(), json!(limit));
            }
        }
        filter
    }

    /// Whether the event matches and is authentic. Id and signature are checked last, since that is expensive.
    pub(crate) fn admits(&self, event: &Event) -> bool {
        event.pubkey == self.author
            && event.kind == self.kind
            && self.answer_to.is_none_or(|id| has_tag(event, "e", &id.to_hex()))
            && self.addressed_to.is_none_or(|key| has_tag(event, "p", &key.to_hex()))
            && event.verify().is_ok()
    }
}

fn has_tag(event: &Event, name: &str, value: &str) -> bool {
    event
        .tags
        .iter()
        .any(|tag| tag.kind() == name && tag.content().is_some_and(|text| text.eq_ignore_ascii_case(value)))
}

/// A relay event.
#[derive(Debug)]
pub(crate) enum ReportEvent {
    /// The subscription is live, and all stored events were sent (EOSE).
    Ready,
    /// A matching, verified event.
    Event(Box<Event>),
    /// The relay closed the subscription.
    Closed(String),
    /// The socket is closed. It is reopened while there are subscriptions.
    Down(String),
    /// The request is about to be written: from here on it may be executed.
    Sent,
    /// No byte of the request was written.
    NotSent(String),
    /// The relay refused the request and, by its reason, did not pass it on.
    Refused(String),
}

/// An event of one of the connection's relays, by its index.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) relay: usize,
    pub(crate) event: ReportEvent,
}

pub(crate) type Reports = mpsc::Sender<Report>;

/// Whether a refusal (`OK false`) guarantees that the event was not passed on (NIP-01, prefixes). `error` and `duplicate` do not.
pub(crate) fn was_not_passed_on(reason: &str) -> bool {
    let prefix = reason.split(':').next().unwrap_or_default().trim();
    ["pow", "blocked", "rate-limited", "invalid", "restricted", "auth-required", "mute"].contains(&prefix)
}

#[cfg(test)]
mod tests {
    use super::*;
    use nostr::{
        event::{EventBuilder, FinalizeEvent, Tag},
        key::Keys,
    };

    fn answer(author: &Keys, kind: Kind, to: EventId) -> Event {
        EventBuilder::new(kind, "x").tag(Tag::event(to)).finalize(author).unwrap()
    }

    #[test]
    fn only_the_wallets_response_to_this_request_is_admitted() {
        let (wallet, stranger, id) =
            (Keys::generate(), Keys::generate(), EventId::from_slice(&[7; 32]).unwrap());
        let kind = Kind::WalletConnectResponse;
        let filter = EventFilter {
            author: wallet.public_key(),
            kind,
            answer_to: Some(id),
            addressed_to: None,
            limit: None,
        };
        let good = answer(&wallet, kind, id);
        assert!(filter.admits(&good));
        assert!(!filter.admits(&answer(&stranger, kind, id)));
        assert!(!filter.admits(&answer(&wallet, Kind::WalletConnectInfo, id)));
        assert!(!filter.admits(&answer(&wallet, kind, EventId::from_slice(&[8; 32]).unwrap())));
        let mut forged = good.clone();
        forged.content = "y".to_owned();
        assert!(!filter.admits(&forged), "the id must be that of the content");
        let mut claimed = answer(&stranger, kind, id);
        claimed.pubkey = wallet.public_key();
        assert!(!filter.admits(&claimed), "the signature must be the author's");
    }

    #[test]
    fn only_listed_refusals_guarantee_that_the_event_was_dropped() {
        assert!(was_not_passed_on("mute: no subscribers"));
        assert!(was_not_passed_on("blocked: pubkey"));
        assert!(!was_not_passed_on("error: could not save"));
        assert!(!was_not_passed_on("duplicate: have it"));
        assert!(!was_not_passed_on(""));
    }
}
