//! Organiser, tags and stream access of an event: fields that clients of earlier releases do not send.

use crate::{event::Event, fields::OptionPatch};
use kernel::{
    FieldCode, FieldErrors, Timestamp,
    text::{TextError, has_hidden, line},
    time::is_plausible,
};

const MAX_HOST_NAME: usize = 100;
const MAX_CONTACT: usize = 200;
const MAX_TAGS: usize = 8;
const MAX_TAG: usize = 30;

/// Host, tags and watch settings of an event.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EventDetails {
    /// Public name shown as the event's host, entered by the organiser; may be empty.
    pub host_name: String,
    /// Email address or https address of the host; may be empty.
    pub contact: String,
    /// Tags, distinct ignoring case; each is one line.
    pub tags: Vec<String>,
    /// When the replay ends, after the event's end; `None` without a replay.
    pub replay_until: Option<Timestamp>,
    /// Whether ticket holders get the watch page instead of the stream's address.
    pub gated: bool,
}

/// A change of [`EventDetails`], or those of a new event; absent fields keep their value.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DetailsPatch {
    /// See [`EventDetails::host_name`].
    pub host_name: Option<String>,
    /// See [`EventDetails::contact`].
    pub contact: Option<String>,
    /// See [`EventDetails::tags`].
    pub tags: Option<Vec<String>>,
    /// See [`EventDetails::replay_until`].
    pub replay_until: OptionPatch<Timestamp>,
    /// See [`EventDetails::gated`].
    pub gated: Option<bool>,
}

impl DetailsPatch {
    /// The details with this change, for an event that now ends at `end_time` and ended at `ended`. Clients of earlier releases
    /// move an event without its replay; one that the new end overtakes keeps its length.
    pub(crate) fn apply(
        &self,
        details: &EventDetails,
        ended: Timestamp,
        end_time: Timestamp,
    ) -> Result<EventDetails, FieldErrors> {
        let mut errors = FieldErrors::default();
        let host_name = match &self.host_name {
            Some(name) if *name != details.host_name => checked_host_name(name, &mut errors),
            _ => details.host_name.clone(),
        };
        let contact = match &self.contact {
            Some(contact) if *contact != details.contact => checked_contact(contact, &mut errors),
            _ => details.contact.clone(),
        };
        let tags = match &self.tags {
            Some(tags) if *tags != details.tags => checked_tags(tags, &mut errors),
            _ => details.tags.clone(),
        };
        let replay_until = match self.replay_until {
            OptionPatch::Set(Some(until)) => {
                if !is_plausible(until) {
                    errors.add(
                        "replay_until",
                        FieldCode::NotATime,
                        "must be a time from the year 2000 to 2199",
                    );
                } else if until <= end_time {
                    errors.add("replay_until", FieldCode::NotAfterEnd, "must be after end_time");
                }
                Some(until)
            }
            OptionPatch::Set(None) => None,
            OptionPatch::Keep => details.replay_until.map(|until| {
                let moved = end_time.checked_add_signed(until.signed_duration_since(ended));
                if until > end_time { until } else { moved.unwrap_or(until) }
            }),
        };
        let gated = self.gated.unwrap_or(details.gated);
        errors.into_result().map(|()| EventDetails { host_name, contact, tags, replay_until, gated })
    }
}

impl Event {
    /// What ticket holders get as the stream's address: that of the watch page below the web app's `base_url` if the event is gated.
    pub fn holder_link(&self, base_url: &str) -> String {
        if self.details.gated {
            format!("{base_url}/events/{}/watch", self.id)
        } else {
            self.stream_url.clone()
        }
    }
}

fn checked_host_name(name: &str, errors: &mut FieldErrors) -> String {
    match line(name, MAX_HOST_NAME) {
        Ok(name) => name,
        Err(TextError::Empty) => String::new(),
        Err(error) => {
            errors.add_text("host_name", error);
            String::new()
        }
    }
}

fn checked_contact(contact: &str, errors: &mut FieldErrors) -> String {
    let contact = contact.trim();
    if contact.chars().count() > MAX_CONTACT {
        errors.add_text("contact", TextError::TooLong(MAX_CONTACT));
    } else if has_hidden(contact) {
        errors.add_text("contact", TextError::Invisible);
    } else if !contact.is_empty() && !is_email(contact) && !is_https(contact) {
        errors.add("contact", FieldCode::Invalid, "must be an email address or an https address");
    }
    contact.to_owned()
}

/// Whether the text can stand in a `mailto:` link. The address is displayed only, so delivery is not checked.
fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    let label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_alphanumeric() || c == '-')
    };
    !local.is_empty()
        && local.chars().all(|c| !c.is_whitespace() && !"@\"(),:;<>[\\]?&".contains(c))
        && domain.contains('.')
        && domain.split('.').all(label)
}

fn is_https(text: &str) -> bool {
    let Some(rest) = text.strip_prefix("https://") else { return false };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    !host.is_empty()
        && !host.contains('@')
        && !text.contains(|c: char| c.is_whitespace() || "<>\"\\".contains(c))
}

fn checked_tags(tags: &[String], errors: &mut FieldErrors) -> Vec<String> {
    let mut checked: Vec<String> = Vec::with_capacity(tags.len().min(MAX_TAGS));
    if tags.len() > MAX_TAGS {
        errors.add("tags", FieldCode::TooLarge, format!("must have at most {MAX_TAGS} entries"));
        return checked;
    }
    for tag in tags {
        match line(tag, MAX_TAG) {
            Ok(tag) if checked.iter().any(|other| other.to_lowercase() == tag.to_lowercase()) => {
                errors.add("tags", FieldCode::Duplicate, "must not contain a tag twice");
            }
            Ok(tag) => checked.push(tag),
            Err(error) => errors.add_text("tags", error),
        }
    }
    checked
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{Duration, TimeZone, Utc};

    fn end() -> Timestamp {
        Utc.with_ymd_and_hms(2026, 11, 23, 12, 0, 0).unwrap()
    }

    fn applied(patch: &DetailsPatch) -> Result<EventDetails, FieldErrors> {
        patch.apply(&EventDetails::default(), end(), end())
    }

    fn faulty(patch: &DetailsPatch) -> Vec<(&'static str, FieldCode)> {
        let errors = applied(patch).unwrap_err();
        errors.fields().iter().map(|(field, (code, _))| (*field, *code)).collect()
    }

    #[test]
    fn texts_are_trimmed_and_may_be_empty() {
        let tags = vec![" Live  music ".to_owned(), "서울".to_owned()];
        let patch = DetailsPatch {
            host_name: Some(" Club  Zero ".into()),
            contact: Some(" hi@club.example ".into()),
            tags: Some(tags),
            ..DetailsPatch::default()
        };
        let details = applied(&patch).unwrap();
        assert_eq!((details.host_name.as_str(), details.contact.as_str()), ("Club Zero", "hi@club.example"));
        assert_eq!(details.tags, ["Live music", "서울"]);
        let cleared = DetailsPatch {
            host_name: Some(String::new()),
            contact: Some(String::new()),
            tags: Some(Vec::new()),
            ..DetailsPatch::default()
        };
        assert_eq!(cleared.apply(&details, end(), end()).unwrap(), EventDetails::default());
        assert_eq!(DetailsPatch::default().apply(&details, end(), end()).unwrap(), details);
    }

    #[test]
    fn a_contact_is_an_email_address_or_an_https_address() {
        let contact = |text: &str| DetailsPatch { contact: Some(text.into()), ..DetailsPatch::default() };
        for good in ["a@b.example", "zoë+x@müller.example", "https://club.example", "https://x.example/a?b#c"]
        {
            assert_eq!(applied(&contact(good)).unwrap().contact, good);
        }
        for bad in [
            "club",
            "http://club.example",
            "javascript:alert(1)",
            "https://",
            "https://a@b.example/",
            "https://a.example/ x",
            "a@b",
            "a b@c.example",
            "a@b@c.example",
            "a?subject=x@b.example",
        ] {
            assert_eq!(faulty(&contact(bad)), [("contact", FieldCode::Invalid)], "{bad}");
        }
        let long = format!("https://a.example/{}", "x".repeat(200));
        assert_eq!(faulty(&contact(&long)), [("contact", FieldCode::TooLong)]);
    }

    #[test]
    fn tags_are_few_short_and_distinct() {
        let tags = |tags: &[&str]| DetailsPatch {
            tags: Some(tags.iter().map(|tag| (*tag).to_owned()).collect()),
            ..DetailsPatch::default()
        };
        assert_eq!(faulty(&tags(&["Jazz", " jazz "])), [("tags", FieldCode::Duplicate)]);
        assert_eq!(faulty(&tags(&[" "])), [("tags", FieldCode::Empty)]);
        assert_eq!(faulty(&tags(&["a\nb"])), [("tags", FieldCode::InvisibleCharacters)]);
        assert_eq!(faulty(&tags(&["x".repeat(31).as_str()])), [("tags", FieldCode::TooLong)]);
        assert_eq!(
            faulty(&tags(&["1", "2", "3", "4", "5", "6", "7", "8", "9"])),
            [("tags", FieldCode::TooLarge)]
        );
        let long = "x".repeat(101);
        let host = DetailsPatch { host_name: Some(long), ..DetailsPatch::default() };
        assert_eq!(faulty(&host), [("host_name", FieldCode::TooLong)]);
    }

    #[test]
    fn a_replay_ends_after_the_event_and_moves_with_it() {
        let until = |until| DetailsPatch { replay_until: OptionPatch::Set(until), ..DetailsPatch::default() };
        assert_eq!(faulty(&until(Some(end()))), [("replay_until", FieldCode::NotAfterEnd)]);
        let far = "+020270-01-01T00:00:00Z".parse().unwrap();
        assert_eq!(faulty(&until(Some(far))), [("replay_until", FieldCode::NotATime)]);
        let week = applied(&until(Some(end() + Duration::days(7)))).unwrap();
        let kept = |end_time| DetailsPatch::default().apply(&week, end(), end_time).unwrap().replay_until;
        assert_eq!(kept(end() + Duration::hours(1)), Some(end() + Duration::days(7)));
        assert_eq!(kept(end() + Duration::days(30)), Some(end() + Duration::days(37)));
        assert_eq!(until(None).apply(&week, end(), end()).unwrap().replay_until, None);
    }
}
