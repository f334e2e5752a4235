use crate::{Links, WatchSessionId};
use kernel::{EventId, TicketId, Timestamp, UserId};

/// Payload of a token: event, ticket (0 for organisers), session, expiry.
const PAYLOAD_BYTES: usize = 40;
const TAG_BYTES: usize = 16;

/// What a stream token authorizes: one session of one ticket, for one event, until it expires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct StreamClaims {
    pub(crate) event: EventId,
    /// `None` for an organiser.
    pub(crate) ticket: Option<TicketId>,
    pub(crate) session: WatchSessionId,
    /// Whole seconds.
    pub(crate) expires_at: Timestamp,
}

impl StreamClaims {
    pub(crate) fn sign(&self, links: &Links) -> String {
        let payload = self.payload();
        let tag = links.stream_tag(b"media/", &payload);
        hex::encode([payload.as_slice(), tag.get(..TAG_BYTES).unwrap_or_default()].concat())
    }

    /// The claims of a token with a valid tag. The caller checks the expiry.
    pub(crate) fn verify(token: &str, links: &Links) -> Option<Self> {
        let mut bytes = [0_u8; PAYLOAD_BYTES + TAG_BYTES];
        hex::decode_to_slice(token, &mut bytes).ok()?;
        let (payload, tag) = bytes.split_first_chunk::<PAYLOAD_BYTES>()?;
        if !links.is_stream_tag(b"media/", payload, tag) {
            return None;
        }
        let (event, rest) = payload.split_first_chunk::<8>()?;
        let (ticket, rest) = rest.split_first_chunk::<8>()?;
        let (session, expiry) = rest.split_first_chunk::<16>()?;
        Some(Self {
            event: EventId::new(i64::from_be_bytes(*event)),
            ticket: Some(i64::from_be_bytes(*ticket)).filter(|id| *id != 0).map(TicketId::new),
            session: WatchSessionId(*session),
            expires_at: Timestamp::from_timestamp(i64::from_be_bytes(*expiry.first_chunk()?), 0)?,
        })
    }

    fn payload(&self) -> Vec<u8> {
        let ticket = self.ticket.map_or(0, TicketId::get);
        let mut payload = Vec::with_capacity(PAYLOAD_BYTES);
        payload.extend(self.event.get().to_be_bytes());
        payload.extend(ticket.to_be_bytes());
        payload.extend(self.session.0);
        payload.extend(self.expires_at.timestamp().to_be_bytes());
        payload
    }
}

/// A watch session as its page holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SessionSecret {
    /// Of a ticket, with a random secret.
    Ticket(TicketId, [u8; 16]),
    /// Of an organiser, who needs no ticket and no row.
    Organiser { event: EventId, user: UserId, issued_at: Timestamp },
}

impl SessionSecret {
    /// Signed, so that an invented session costs no read of the store.
    pub(crate) fn write(&self, links: &Links) -> String {
        let payload = match self {
            Self::Ticket(ticket, secret) => format!("t{ticket}.{}", hex::encode(secret)),
            Self::Organiser { event, user, issued_at } => {
                format!("o{event}.{user}.{}", issued_at.timestamp())
            }
        };
        let tag = links.stream_tag(b"session/", payload.as_bytes());
        format!("{payload}-{}", hex::encode(tag.get(..TAG_BYTES).unwrap_or_default()))
    }

    pub(crate) fn read(text: &str, links: &Links) -> Option<Self> {
        let (payload, tail) = text.split_once('-')?;
        let mut tag = [0_u8; TAG_BYTES];
        hex::decode_to_slice(tail, &mut tag).ok()?;
        if !links.is_stream_tag(b"session/", payload.as_bytes(), &tag) {
            return None;
        }
        if let Some(ticket) = payload.strip_prefix('t') {
            let (ticket, hex) = ticket.split_once('.')?;
            let mut secret = [0_u8; 16];
            hex::decode_to_slice(hex, &mut secret).ok()?;
            return Some(Self::Ticket(ticket.parse().ok()?, secret));
        }
        let mut parts = payload.strip_prefix('o')?.split('.');
        let mut number = || parts.next()?.parse::<i64>().ok();
        Some(Self::Organiser {
            event: EventId::new(number()?),
            user: UserId::new(number()?),
            issued_at: Timestamp::from_timestamp(number()?, 0)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claims() -> StreamClaims {
        StreamClaims {
            event: EventId::new(7),
            ticket: Some(TicketId::new(9)),
            session: WatchSessionId([3; 16]),
            expires_at: Timestamp::from_timestamp(1_800_000_000, 0).unwrap(),
        }
    }

    #[test]
    fn a_stream_token_is_read_back_and_any_change_invalidates_it() {
        let links = Links::new(&[1; 32]);
        for claims in [claims(), StreamClaims { ticket: None, ..claims() }] {
            let token = claims.sign(&links);
            assert_eq!(StreamClaims::verify(&token, &links), Some(claims));
            for at in 0..token.len() {
                let mut other = token.clone().into_bytes();
                other[at] = if other[at] == b'0' { b'1' } else { b'0' };
                assert_eq!(StreamClaims::verify(std::str::from_utf8(&other).unwrap(), &links), None, "{at}");
            }
            assert_eq!(StreamClaims::verify(&token, &Links::new(&[2; 32])), None);
        }
        for token in ["", "00", "é", &"0".repeat(112)] {
            assert_eq!(StreamClaims::verify(token, &links), None);
        }
    }

    #[test]
    fn a_session_is_read_back_and_a_forged_one_is_not() {
        let links = Links::new(&[1; 32]);
        let issued_at = Timestamp::from_timestamp(1_800_000_000, 0).unwrap();
        let organiser = SessionSecret::Organiser { event: EventId::new(7), user: UserId::new(5), issued_at };
        for session in [SessionSecret::Ticket(TicketId::new(9), [4; 16]), organiser] {
            assert_eq!(SessionSecret::read(&session.write(&links), &links), Some(session));
        }
        let ticket = SessionSecret::Ticket(TicketId::new(9), [4; 16]);
        for forged in
            [organiser.write(&links).replace(".5.", ".6."), ticket.write(&links).replace("t9", "t8")]
        {
            assert_eq!(SessionSecret::read(&forged, &links), None);
        }
        for text in ["", "-", "9-", "9-zz", "o7.5.1-00"] {
            assert_eq!(SessionSecret::read(text, &links), None);
        }
    }
}
