//! Valid rows and requests for tests that care about a single detail. Functions that take a store write to it
//! and panic on failure.

use crate::SeededEntropy;
use crate::purchases::{Hold, HoldOutcome, HoldRequest, Purchases};
use box_office::{
    AttachOutcome, Attachment, HoldLimits, Holds, IdempotencyKey, OrderMove, Orders, SeenNonce, Session,
    Store,
};
use chrono::{Duration, TimeZone, Utc};
use events::{Event, NewEvent, TicketPrice, TicketType, Zone};
use identity::{
    Email, EmailToken, EmailTokenPurpose, NewUser, PasswordHash, Sealed, User, WalletBudget,
    WalletConnection, WalletHealth,
};
use kernel::{Entropy, EventId, Language, Msats, PaymentId, Sats, Secret, TicketId, Timestamp, UserId};
use payments::{
    EventFacts, Evidence, Invoice, InvoiceRole, InvoiceStatus, NewInvoice, Payment, PaymentHash, TicketMove,
    decide,
};
use tickets::{Reinstatement, Ticket, TicketCode, reinstate};

/// Start time of all tests.
pub fn noon() -> Timestamp {
    Utc.with_ymd_and_hms(2026, 11, 23, 12, 0, 0).unwrap()
}

/// Returns `minutes` after [`noon`].
pub fn at(minutes: i64) -> Timestamp {
    noon() + Duration::minutes(minutes)
}

/// Returns an amount in millisatoshis.
pub fn msats(amount: u64) -> Msats {
    Msats::new(amount).unwrap()
}

/// Ticket code derived from `number`.
pub fn code(number: u64) -> TicketCode {
    TicketCode::random(&SeededEntropy::new(number)).unwrap()
}

/// Random bits of a row, derived from `number`.
pub fn row_key(number: u64) -> Secret<[u8; 16]> {
    let mut bytes = [0_u8; 16];
    SeededEntropy::new(number ^ 0xa5a5).fill(&mut bytes).unwrap();
    Secret::new(bytes)
}

/// Payment hash derived from `number`.
pub fn payment_hash(number: u64) -> PaymentHash {
    let mut bytes = [0_u8; 32];
    SeededEntropy::new(!number).fill(&mut bytes).unwrap();
    PaymentHash::new(bytes)
}

/// A two-hour event on the next day.
pub fn new_event(capacity: u32, price_sats: u64) -> NewEvent {
    NewEvent {
        title: "Late Show".into(),
        description: "Jokes about money".into(),
        start_time: noon() + Duration::days(1),
        end_time: noon() + Duration::days(1) + Duration::hours(2),
        time_zone: Zone::parse("Europe/Berlin").unwrap(),
        capacity,
        price: Sats::new(price_sats).unwrap(),
        stream_url: "https://stream.example/late".into(),
        network_limit: None,
        details: events::EventDetails::default(),
        created_at: noon(),
    }
}

/// The account `user<number>@example.com`.
pub fn new_user(number: u64) -> NewUser {
    NewUser {
        email: Email::parse(&format!("user{number}@example.com")).unwrap(),
        name: format!("User {number}"),
        password_hash: PasswordHash::from_stored(format!("$2b$04$hash-{number}")),
        account_key: row_key(number),
        language: Language::Ko,
        created_at: noon(),
    }
}

/// A verification token for the account's address, valid for a day from [`noon`].
pub fn email_token(user: &User, byte: u8) -> EmailToken {
    EmailToken {
        hash: [byte; 32],
        user_id: user.id,
        purpose: EmailTokenPurpose::VerifyEmail,
        email: user.email.clone().unwrap(),
        created_at: noon(),
        expires_at: noon() + Duration::days(1),
    }
}

/// A wallet connection of the account.
pub fn connection(user: UserId) -> WalletConnection {
    WalletConnection {
        user_id: user,
        uri: Sealed::from_stored("a:AAAA".into()),
        expires_at: None,
        refresh_token: None,
        client_id: None,
        token_endpoint: None,
        uma_address: None,
        health: WalletHealth::Connected,
        budget: WalletBudget::default(),
        refresh_claimed_until: None,
        silences: 0,
        created_at: noon(),
        updated_at: noon(),
    }
}

/// A hold request made at [`noon`] that expires after 15 minutes. Its code derives from `number`.
pub fn hold_request(event: &Event, user: &User, number: u64) -> HoldRequest {
    HoldRequest {
        event_id: event.id,
        user_id: user.id,
        authenticated: true,
        free_allowed: true,
        uma_address: Some("$alice@vasp.example".into()),
        price: None,
        code: code(number),
        repeats_since: None,
        link_key: row_key(number),
        network: None,
        limits: HoldLimits::NONE,
        now: noon(),
        hold_expires_at: at(15),
        key: None,
    }
}

/// An idempotency key in the scope of one caller.
pub fn idempotency_key(key: &str, fingerprint: u8) -> IdempotencyKey {
    IdempotencyKey { scope: "user/1".into(), key: key.into(), fingerprint: [fingerprint; 32] }
}

/// An invoice of a payment. Its hash, node id and bolt11 derive from `number`.
pub fn new_invoice(payment: &Payment, number: u64) -> NewInvoice {
    NewInvoice {
        payment_id: Some(payment.id),
        event_id: payment.event_id,
        role: InvoiceRole::Current,
        invoice_id: format!("LightsparkNode:{number:06}"),
        payment_hash: payment_hash(number),
        bolt11: format!("lnbcrt10u1p{number:06}qqqq"),
        amount: payment.state.price,
        metadata:
            r#"[["text/plain","Late Show"],["text/uma-invoice","c7c07fec-cf00-431c-916f-6c13fc4b69f9"]]"#
                .into(),
        uma_address: "$alice@vasp.example".into(),
        uma_invoice: Some(format!("uma1{number}")),
        expires_at: at(15),
        created_at: noon(),
    }
}

/// An event-level invoice.
pub fn new_event_invoice(event: &Event, number: u64) -> NewInvoice {
    NewInvoice {
        payment_id: None,
        event_id: event.id,
        role: InvoiceRole::Current,
        invoice_id: format!("LightsparkNode:event-{number:06}"),
        payment_hash: payment_hash(number),
        bolt11: format!("lnbcrt20u1p{number:06}eeee"),
        amount: event.price.to_msats(),
        metadata: "[[\"text/plain\",\"Late Show\"]]".into(),
        uma_address: "$tickets@shop.example".into(),
        uma_invoice: None,
        expires_at: at(60),
        created_at: noon(),
    }
}

/// A nonce in a message that a VASP sent at `at`.
pub fn seen_nonce(vasp: &str, nonce: &str, at: Timestamp) -> SeenNonce {
    let domain = uma_protocol::VaspDomain::parse(vasp).unwrap();
    SeenNonce { domain, nonce: nonce.to_owned(), timestamp: at.timestamp() }
}

/// Runs `work` in a session and commits.
pub async fn in_session<T>(store: &dyn Store, work: impl AsyncFnOnce(&mut dyn Session) -> T) -> T {
    let mut session = store.begin().await.unwrap();
    let out = work(&mut *session).await;
    session.commit().await.unwrap();
    out
}

/// Adds an event.
pub async fn add_event(store: &dyn Store, event: &NewEvent) -> Event {
    in_session(store, async |session| session.add_event(event).await.unwrap()).await
}

/// Changes the price of an event and its only ticket type.
pub async fn change_price(store: &dyn Store, event: EventId, price: Sats, changed: Timestamp) {
    let [only] = <[_; 1]>::try_from(store.ticket_types(event).await.unwrap()).unwrap();
    in_session(store, async |session| {
        let event = session.event_for_update(event).await.unwrap().unwrap();
        session.put_event(&Event { price, price_changed_at: Some(changed), ..event }).await.unwrap();
        let price = TicketPrice::Fixed(price);
        session
            .put_ticket_type(&TicketType { price, price_changed_at: Some(changed), ..only })
            .await
            .unwrap();
    })
    .await;
}

/// Adds the account `user<number>@example.com`.
pub async fn add_user(store: &dyn Store, number: u64) -> User {
    in_session(store, async |session| session.add_user(&new_user(number)).await.unwrap().unwrap()).await
}

/// Overwrites an existing ticket.
pub async fn put_ticket(store: &dyn Store, ticket: &Ticket) {
    in_session(store, async |session| {
        let locked = session.ticket_for_update(ticket.id).await.unwrap().unwrap();
        session.put_ticket(&locked.map(|_| ticket.clone())).await.unwrap();
    })
    .await;
}

/// Holds a seat, which must be available.
pub async fn take(orders: &dyn Orders, hold_request: HoldRequest) -> Hold {
    match orders.hold_all(&[hold_request]).await.unwrap().pop().unwrap() {
        HoldOutcome::Held(hold) => *hold,
        other => panic!("no seat: {other:?}"),
    }
}

/// Attaches an invoice to a pending payment and replaces its current one.
pub async fn attach(holds: &dyn Holds, invoice: NewInvoice) -> Invoice {
    let attachment = Attachment {
        payment_id: invoice.payment_id.unwrap(),
        watch_from: invoice.created_at,
        replace: true,
        invoice,
    };
    match holds.attach_all(&[attachment]).await.unwrap().pop().unwrap() {
        AttachOutcome::Attached(invoice) => *invoice,
        AttachOutcome::NotPending => panic!("the payment is not pending"),
    }
}

/// Applies evidence to a hold's payment as production does: event, order, tickets and payment are locked and written in one session,
/// including the counters. A hold ends whenever the evidence says so.
pub async fn prove(store: &dyn Store, hold: &Hold, evidence: Evidence, now: Timestamp) {
    prove_of(store, hold.ticket.id, hold.payment.as_ref().unwrap().id, evidence, now).await;
}

/// [`prove`] for the payment of a ticket's order.
pub async fn prove_of(
    store: &dyn Store,
    ticket: TicketId,
    payment: PaymentId,
    evidence: Evidence,
    now: Timestamp,
) {
    in_session(store, async |session| {
        let inventory = session.inventory_of_ticket_for_update(ticket).await.unwrap().unwrap();
        let order = session.order_of_ticket_for_update(ticket).await.unwrap().unwrap();
        let mut payment = session.payment_for_update(payment).await.unwrap().unwrap();
        let outcome = Reinstatement::Issued;
        let seat_free = reinstate(&inventory, &order.order, &order.states(), outcome, now).is_ok();
        let facts = EventFacts { seat_free, cancelled: inventory.event.cancelled_at.is_some() };
        let decision = decide(&payment.state, evidence, facts);
        payment.state = decision.state;
        payment.updated_at = now;
        if let Some(moved) = decision.ticket {
            let order_move = OrderMove {
                moved,
                evidence,
                revoked: None,
                ended_before: now + Duration::days(1_000),
                hold_until: now + Duration::minutes(15),
                now,
            };
            let change = order_move.transition(Some(&inventory), &order).unwrap();
            session.put_transition(&order.order, &change, Some(&inventory)).await.unwrap();
            if matches!(moved, TicketMove::Issue | TicketMove::IssueWithNewSeat) {
                payment.paid_at = Some(now);
            }
        }
        session.put_payment(&payment).await.unwrap();
    })
    .await;
}

/// Settles an invoice of a hold with `amount` in total and applies the evidence. The settled amount never
/// decreases.
pub async fn settle(store: &dyn Store, hold: &Hold, invoice: &Invoice, amount: Msats, now: Timestamp) {
    let known = store.invoice_by_hash(invoice.payment_hash).await.unwrap().unwrap();
    let amount = amount.max(known.settled);
    in_session(store, async |session| {
        let settled = Invoice {
            status: InvoiceStatus::Settled,
            settled: amount,
            settled_at: Some(now),
            ..invoice.clone()
        };
        session.put_invoice(&settled).await.unwrap();
    })
    .await;
    prove(store, hold, Evidence::Settled { hash: invoice.payment_hash, amount }, now).await;
}
