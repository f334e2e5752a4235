//! Refusals of a relay, and authentication to it (NIP-42).

use super::{Served, Task, frame, write};
use crate::{
    code::redact,
    report::{Report, ReportEvent, was_not_passed_on},
    socket::Socket,
};
use nostr::event::{EventBuilder, EventId, FinalizeEvent, Kind, Tag};
use serde_json::json;

/// Authentication state of one socket.
#[derive(Default)]
pub(super) struct Auth {
    challenge: Option<String>,
    sent: Option<EventId>,
    done: bool,
}

impl Auth {
    pub(super) fn challenged(challenge: &str) -> Self {
        Self { challenge: Some(challenge.to_owned()), sent: None, done: false }
    }
}

impl Task {
    pub(super) async fn closed(&mut self, socket: &mut Socket, id: &str, reason: &str) -> Served {
        let wants_auth = reason.starts_with("auth-required");
        let challenged = self.auth.challenge.is_some();
        let Some(subscription) = self.subscriptions.get_mut(id) else { return Served::Continue(()) };
        subscription.ready = false;
        if wants_auth && !subscription.needs_auth && !(self.auth.done && challenged) {
            subscription.needs_auth = true;
            return self.authenticate(socket).await;
        }
        // Not subscribed again on this socket; the next one may accept.
        subscription.needs_auth = true;
        let event = ReportEvent::Closed(redact(reason));
        let _ = subscription.reports.try_send(Report { relay: self.number, event });
        Served::Continue(())
    }

    pub(super) async fn ok(&mut self, socket: &mut Socket, id: &str, accepted: bool, reason: &str) -> Served {
        let Ok(id) = EventId::from_hex(id) else { return Served::Continue(()) };
        if self.auth.sent == Some(id) {
            self.auth.sent = None;
            self.auth.done = accepted;
            return if accepted { self.repeat_refused(socket).await } else { self.auth_refused(reason) };
        }
        let Some(publishing) = self.publishing.get_mut(&id) else { return Served::Continue(()) };
        if !accepted && reason.starts_with("auth-required") && !self.auth.done {
            publishing.needs_auth = true;
            return self.authenticate(socket).await;
        }
        let Some(publishing) = self.publishing.remove(&id) else { return Served::Continue(()) };
        if !accepted && was_not_passed_on(reason) {
            self.report(&publishing.reports, ReportEvent::Refused(redact(reason)));
        }
        Served::Continue(())
    }

    /// Answers the challenge once; without one, refused requests stay queued.
    pub(super) async fn authenticate(&mut self, socket: &mut Socket) -> Served {
        let Some(challenge) =
            self.auth.challenge.clone().filter(|_| self.auth.sent.is_none() && !self.auth.done)
        else {
            return Served::Continue(());
        };
        let event = EventBuilder::new(Kind::Authentication, "")
            .tag(Tag::custom("relay", [self.relay.as_str()]))
            .tag(Tag::custom("challenge", [challenge]))
            .finalize(&self.keys);
        let Ok(event) = event else { return Served::Continue(()) };
        self.auth.sent = Some(event.id);
        write(socket, frame(&json!(["AUTH", event]))).await
    }

    /// Repeats what was refused as `auth-required`: the relay did not pass it on.
    async fn repeat_refused(&mut self, socket: &mut Socket) -> Served {
        let waiting: Vec<String> =
            self.subscriptions.iter().filter(|(_, one)| one.needs_auth).map(|(id, _)| id.clone()).collect();
        for id in waiting {
            self.subscribe(socket, &id).await?;
        }
        let waiting: Vec<EventId> =
            self.publishing.iter().filter(|(_, one)| one.needs_auth).map(|(id, _)| *id).collect();
        for id in waiting {
            self.publish(socket, id).await?;
        }
        Served::Continue(())
    }

    fn auth_refused(&mut self, reason: &str) -> Served {
        let why = format!("the relay rejected the authentication: {}", redact(reason));
        for subscription in self.subscriptions.values().filter(|one| one.needs_auth) {
            self.report(&subscription.reports, ReportEvent::Closed(why.clone()));
        }
        let refused: Vec<EventId> =
            self.publishing.iter().filter(|(_, one)| one.needs_auth).map(|(id, _)| *id).collect();
        for id in refused {
            if let Some(publishing) = self.publishing.remove(&id) {
                self.report(&publishing.reports, ReportEvent::Refused(why.clone()));
            }
        }
        Served::Continue(())
    }
}
