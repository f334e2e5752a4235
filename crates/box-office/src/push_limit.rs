use crate::{BoxOffice, JobEnd, TicketView};
use chrono::Duration;
use kernel::{PaymentId, StoreError, Timestamp, UserId};
use payments::{CollectionState, Payment};
use std::collections::BTreeSet;
use uma_protocol::address::UmaAddress;

/// How long a pushed UMA Request counts as unanswered.
const UNANSWERED: Duration = Duration::minutes(2);
/// Interval between two checks of a waiting request.
const CHECK_INTERVAL: Duration = Duration::seconds(10);
const ORDERED_BY: &str = "ordered by ";
/// Longest name shown in another person's wallet, in characters.
const MAX_NAME: usize = 40;
/// Collection detail of a waiting request, shown to the buyer.
const WAITING_DETAIL: &str =
    "This UMA address already has unanswered payment requests. Pay with the QR code, or wait: yours follows.";

/// A UMA Request due to be pushed to a payer's VASP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushRequest {
    /// The payment.
    pub payment_id: PaymentId,
    /// The payer's address in lower case.
    pub payer: String,
    /// The ordering account; `None` for a guest.
    pub user_id: Option<UserId>,
    /// Time of the decision.
    pub at: Timestamp,
}

/// A stored UMA Request of a payer, waiting or pushed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Push {
    /// The payment.
    pub payment_id: PaymentId,
    /// The payer's address in lower case.
    pub payer: String,
    /// When it was first due.
    pub queued_at: Timestamp,
    /// When it was pushed.
    pub pushed_at: Option<Timestamp>,
    /// Whether it can still be answered: the payment is pending and the VASP did not refuse it.
    pub open: bool,
}

/// A verified pay request (UMAD-05) from the payer of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenPayreq {
    /// The payment.
    pub payment_id: PaymentId,
    /// The payer's address in lower case.
    pub payer: String,
    /// Time of receipt.
    pub at: Timestamp,
}

/// Whether a request may be pushed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PushTurn {
    /// Now; it counts as pushed.
    Now,
    /// Not yet: the payer's limit is reached, or older requests wait.
    Wait,
}

/// Decides which requests are pushed: at most `max` unanswered ones per payer, oldest first; pairs of account and payer in
/// `trusted`, with an earlier paid and answered order, are exempt. Stores call it with the payers locked, and with all of
/// their open requests in `pushes`.
pub fn decide_pushes(
    requests: &[PushRequest],
    pushes: &mut [Push],
    trusted: &BTreeSet<(UserId, String)>,
    max: u32,
) -> Vec<PushTurn> {
    requests.iter().map(|request| decide_push(request, pushes, trusted, max)).collect()
}

fn decide_push(
    request: &PushRequest,
    pushes: &mut [Push],
    trusted: &BTreeSet<(UserId, String)>,
    max: u32,
) -> PushTurn {
    let Some(own) = pushes.iter().find(|push| push.payment_id == request.payment_id).cloned() else {
        return PushTurn::Wait;
    };
    // The job ran before.
    if own.pushed_at.is_some() {
        return PushTurn::Now;
    }
    let trusted = request.user_id.is_some_and(|user| trusted.contains(&(user, request.payer.clone())));
    let ahead = |push: &&Push| match push.pushed_at {
        Some(at) => request.at.signed_duration_since(at) < UNANSWERED,
        None => (push.queued_at, push.payment_id) < (own.queued_at, own.payment_id),
    };
    let others = pushes.iter().filter(|push| push.payer == own.payer && push.payment_id != own.payment_id);
    let before = others.filter(|push| push.open).filter(ahead).count();
    if !trusted && before >= usize::try_from(max).unwrap_or(usize::MAX) {
        return PushTurn::Wait;
    }
    for push in pushes.iter_mut().filter(|push| push.payment_id == own.payment_id) {
        push.pushed_at = Some(request.at);
    }
    PushTurn::Now
}

/// "ordered by NAME", shown in a wallet that may belong to another person. Only letters, digits, spaces, hyphens and apostrophes
/// are kept, so that the name carries no link and no text direction.
pub(crate) fn ordered_by(name: Option<&str>) -> String {
    let kept: String = name
        .unwrap_or_default()
        .chars()
        .map(|c| if c.is_alphanumeric() || c == '-' || c == '\'' { c } else { ' ' })
        .collect();
    let words: Vec<&str> = kept.split_whitespace().collect();
    let name: String = words.join(" ").chars().take(MAX_NAME).collect();
    if name.is_empty() { format!("{ORDERED_BY}a guest") } else { format!("{ORDERED_BY}{name}") }
}

/// Replaces the name that `ordered_by` put into an invoice's metadata. The text stays JSON (LUD-06), because a name has no quotes.
pub fn without_orderer(metadata: &str) -> String {
    match metadata.rsplit_once(ORDERED_BY).and_then(|(head, tail)| Some((head, tail.split_once('"')?))) {
        Some((head, (_, rest))) => format!("{head}{ORDERED_BY}a former account\"{rest}"),
        None => metadata.to_owned(),
    }
}

impl BoxOffice {
    /// Claims a push of a payment's UMA Request. `Some` if it has to wait; the buyer may pay with the QR code meanwhile.
    pub(crate) async fn wait_for_push(
        &self,
        view: &TicketView,
        payment: &Payment,
        payer: &UmaAddress,
        now: Timestamp,
    ) -> Result<Option<JobEnd>, StoreError> {
        if self.settings().pushed_requests == 0 {
            return Ok(None);
        }
        let request = PushRequest {
            payment_id: payment.id,
            payer: payer.normalized(),
            user_id: view.ticket.user_id,
            at: now,
        };
        let turn = self.push_queue.submit(request).await;
        if turn.map_err(|error| StoreError::Unavailable(error.into()))? == PushTurn::Now {
            return Ok(None);
        }
        // Any other state is an answer of the buyer's wallet and must not be overwritten.
        if payment.collection.state == CollectionState::Queued && payment.collection.detail != WAITING_DETAIL
        {
            self.update_collection(payment.id, CollectionState::Queued, WAITING_DETAIL).await?;
        }
        let at = now.checked_add_signed(CHECK_INTERVAL).unwrap_or(now);
        Ok(Some(JobEnd::Retry { at, error: None }))
    }

    /// Records that an order's payer answered it. Once it is paid, requests of the same account to this payer are not limited.
    pub(crate) async fn mark_payreq(
        &self,
        payment_id: PaymentId,
        payer: &UmaAddress,
    ) -> Result<(), StoreError> {
        if self.settings().pushed_requests == 0 {
            return Ok(());
        }
        let seen = SeenPayreq { payment_id, payer: payer.normalized(), at: self.now() };
        self.payreq_queue.submit(seen).await.map_err(|error| StoreError::Unavailable(error.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{TimeZone, Utc};

    fn at(seconds: i64) -> Timestamp {
        Utc.with_ymd_and_hms(2026, 11, 23, 12, 0, 0).unwrap() + Duration::seconds(seconds)
    }

    fn push(id: i64, queued: i64) -> Push {
        Push {
            payment_id: PaymentId::new(id),
            payer: "$a@b.example".into(),
            queued_at: at(queued),
            pushed_at: None,
            open: true,
        }
    }

    fn request(id: i64, now: i64) -> PushRequest {
        PushRequest {
            payment_id: PaymentId::new(id),
            payer: "$a@b.example".into(),
            user_id: Some(UserId::new(7)),
            at: at(now),
        }
    }

    fn turns(ids: &[i64], now: i64, pushes: &mut [Push]) -> Vec<i64> {
        let requests: Vec<_> = ids.iter().map(|id| request(*id, now)).collect();
        let turns = decide_pushes(&requests, pushes, &BTreeSet::new(), 2);
        ids.iter().zip(turns).filter(|(_, turn)| *turn == PushTurn::Now).map(|(id, _)| *id).collect()
    }

    #[test]
    fn oldest_requests_of_a_payer_are_pushed_up_to_the_limit() {
        let mut pushes: Vec<Push> = (1..=62).map(|id| push(id, id)).collect();
        let all: Vec<i64> = (1..=62).rev().collect();
        assert_eq!(turns(&all, 100, &mut pushes), [2, 1]);
        assert!(turns(&[3, 4, 5], 101, &mut pushes).is_empty());
        // Request 1 is paid, declined or expired.
        pushes[0].open = false;
        assert_eq!(turns(&[5, 4, 3], 102, &mut pushes), [3]);
        // Request 2 is two minutes old.
        assert!(turns(&[6, 5, 4], 219, &mut pushes).is_empty());
        assert_eq!(turns(&[6, 5, 4], 220, &mut pushes), [4]);
    }

    #[test]
    fn pushed_request_stays_pushed() {
        let mut pushes = vec![push(1, 1), push(2, 2)];
        assert_eq!(turns(&[1, 1, 2], 10, &mut pushes), [1, 1, 2]);
    }

    #[test]
    fn other_payers_are_not_delayed() {
        let mut pushes = vec![push(1, 1), push(2, 2), Push { payer: "$c@b.example".into(), ..push(3, 3) }];
        assert_eq!(turns(&[1, 2, 3], 10, &mut pushes), [1, 2, 3]);
    }

    #[test]
    fn trusted_payer_of_the_account_is_not_limited() {
        let mut pushes: Vec<Push> = (1..=9).map(|id| push(id, id)).collect();
        let trusted = BTreeSet::from([(UserId::new(7), "$a@b.example".to_owned())]);
        let requests: Vec<_> = (1..=8).map(|id| request(id, 10)).collect();
        let turns = decide_pushes(&requests, &mut pushes, &trusted, 2);
        assert!(turns.iter().all(|turn| *turn == PushTurn::Now));
        let guest = PushRequest { user_id: None, ..request(9, 10) };
        assert_eq!(decide_pushes(&[guest], &mut pushes, &trusted, 2), [PushTurn::Wait]);
    }

    #[test]
    fn erasing_the_orderer_changes_only_the_name() {
        let metadata = |title: &str, by: &str| {
            let plain = serde_json::json!(format!("Ticket: {title}, {by}"));
            format!(r#"[["text/plain",{plain}],["text/identifier","$tickets@shop.example"]]"#)
        };
        for title in ["Late Show", "\"Dinner, ordered by Max\"", ""] {
            let erased = without_orderer(&metadata(title, &ordered_by(Some("Zoë O'Brien-李"))));
            assert_eq!(erased, metadata(title, "ordered by a former account"));
            serde_json::from_str::<serde_json::Value>(&erased).unwrap();
        }
        assert_eq!(without_orderer("[]"), "[]");
    }

    #[test]
    fn orderer_names_contain_no_links() {
        assert_eq!(ordered_by(Some("Zoë O'Brien-李")), "ordered by Zoë O'Brien-李");
        assert_eq!(ordered_by(Some("https://evil.example/x?\u{202e}a")), "ordered by https evil example x a");
        assert_eq!(ordered_by(Some(" \u{200b}. ")), "ordered by a guest");
        assert_eq!(ordered_by(None), "ordered by a guest");
        assert_eq!(ordered_by(Some(&"x".repeat(200))).len(), "ordered by ".len() + MAX_NAME);
    }
}
