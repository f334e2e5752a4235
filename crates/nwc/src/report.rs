//! What a relay connection tells whoever asked something of it.

use nostr::{
    event::{Event, EventId, Kind},
    key::PublicKey,
};
use serde_json::{Value, json};
use tokio::sync::mpsc;

/// What one subscription is for. The relay's filter and our own check come from the same facts, so that a relay which sends
/// something else changes nothing.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    pub(crate) author: PublicKey,
    pub(crate) kind: Kind,
    /// The request that an answer must name (`e`).
    pub(crate) answer_to: Option<EventId>,
    /// Whom a notification must name (`p`). Never used for answers: some wallets put their own key there.
    pub(crate) addressed_to: Option<PublicKey>,
    /// How many stored events are of interest.
    pub(crate) limit: Option<u32>,
}

impl Wanted {
    pub(crate) fn filter(&self) -> Value {
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

    /// Whether this is what was asked for, by the wallet itself: author, kind, `e`, and last, for it is dear, id and signature.
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

/// What happened.
#[derive(Debug)]
pub(crate) enum ReportEvent {
    /// The relay listens for us: everything stored has come.
    Ready,
    /// Something we wanted, verified.
    Event(Box<Event>),
    /// The relay does not listen for us any more.
    Closed(String),
    /// There is no socket. The connection is tried again as long as somebody wants something.
    Down(String),
    /// Our event went out, or part of it: from here on it may be acted upon.
    Sent,
    /// Not a byte of our event went out.
    NotSent(String),
    /// The relay refused our event and, by its reason, passed it to nobody.
    Refused(String),
}

/// News from one of a connection's relays, by its number.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) relay: usize,
    pub(crate) news: ReportEvent,
}

pub(crate) type Reports = mpsc::Sender<Report>;

/// Whether a refusal (`OK false`) promises that nobody got the event (NIP-01, prefixes). `error` and `duplicate` do not.
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
    fn only_the_wallets_own_answer_to_this_very_request_is_admitted() {
        let (wallet, stranger, id) =
            (Keys::generate(), Keys::generate(), EventId::from_slice(&[7; 32]).unwrap());
        let kind = Kind::WalletConnectResponse;
        let wanted = Wanted {
            author: wallet.public_key(),
            kind,
            answer_to: Some(id),
            addressed_to: None,
            limit: None,
        };
        let good = answer(&wallet, kind, id);
        assert!(wanted.admits(&good));
        assert!(!wanted.admits(&answer(&stranger, kind, id)));
        assert!(!wanted.admits(&answer(&wallet, Kind::WalletConnectInfo, id)));
        assert!(!wanted.admits(&answer(&wallet, kind, EventId::from_slice(&[8; 32]).unwrap())));
        let mut forged = good.clone();
        forged.content = "y".to_owned();
        assert!(!wanted.admits(&forged), "the id must be that of the content");
        let mut claimed = answer(&stranger, kind, id);
        claimed.pubkey = wallet.public_key();
        assert!(!wanted.admits(&claimed), "the signature must be the author's");
    }

    #[test]
    fn only_some_refusals_promise_that_nobody_got_the_event() {
        assert!(was_not_passed_on("mute: nobody listens"));
        assert!(was_not_passed_on("blocked: pubkey"));
        assert!(!was_not_passed_on("error: could not save"));
        assert!(!was_not_passed_on("duplicate: have it"));
        assert!(!was_not_passed_on(""));
    }
}
