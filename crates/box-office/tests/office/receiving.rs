use crate::harness::{BUYER, Shop, invoice_of, keys};
use box_office::{CatalogError, Receipt, ReceiveUmaError};
use chrono::Duration;
use events::EventPatch;
use kernel::TicketId;
use uma_protocol::{
    ErrorCode, PaymentAddress, UmaAddress, UmaVersion, VaspDomain,
    currency::CurrencyCode,
    invoice::UmaInvoice,
    keys::VaspKeys,
    lnurlp::LnurlpRequest,
    payreq::{PayRequest, PayRequestDraft, PayResponse},
};

/// The tag of the callback in the pushed UMA Invoice.
async fn tag(shop: &Shop) -> String {
    shop.office.run_due_jobs().await.unwrap();
    let pushed = shop.vasp.pushed.lock().unwrap().last().cloned().unwrap();
    let callback = UmaInvoice::parse(&pushed).unwrap().terms().callback.clone();
    callback.split("?t=").nth(1).unwrap().to_owned()
}

pub(crate) struct Ask {
    payer: &'static str,
    pub(crate) sats: u64,
    code: &'static str,
    pub(crate) nonce: &'static str,
    seconds_ago: i64,
    pub(crate) keys: VaspKeys,
}

pub(crate) fn ask() -> Ask {
    Ask { payer: BUYER, sats: 2_100, code: "SAT", nonce: "1", seconds_ago: 0, keys: keys("vasp.example", 7) }
}

impl Ask {
    pub(crate) fn body(&self, shop: &Shop) -> String {
        self.request(shop).to_json().unwrap()
    }

    pub(crate) fn request(&self, shop: &Shop) -> PayRequest {
        let payer = UmaAddress::parse(self.payer).unwrap();
        let code = CurrencyCode::parse(self.code).unwrap();
        let at = shop.office.now().timestamp() - self.seconds_ago;
        let request =
            PayRequestDraft::new(payer, self.sats, code).sign(self.nonce, at, self.keys.signing_key());
        request.unwrap()
    }
}

async fn payreq(shop: &Shop, ticket: TicketId, tag: &str, ask: &Ask) -> Result<PayResponse, ErrorCode> {
    match shop.office.payreq(ticket, tag, None, &ask.body(shop)).await {
        Ok(response) => Ok(response),
        Err(ReceiveUmaError::Protocol(error)) => Err(error.code()),
        Err(other) => panic!("{other}"),
    }
}

async fn bought(shop: &Shop) -> (Receipt, String) {
    let event = shop.event(10, 2_100).await;
    let receipt = shop.buy(&event).await;
    let tag = tag(shop).await;
    (receipt, tag)
}

#[tokio::test]
async fn a_good_pay_request_gets_the_tickets_own_bolt11_signed() {
    let shop = Shop::open().await;
    let (receipt, tag) = bought(&shop).await;
    let response = payreq(&shop, receipt.view.ticket.id, &tag, &ask()).await.unwrap();
    assert_eq!(response.pr, invoice_of(&receipt.view).bolt11);
    let ours = UmaAddress::parse("$tickets@shop.example").unwrap();
    let payer = UmaAddress::parse(BUYER).unwrap();
    response.verify_signature(&payer, &ours, shop.office.public_keys().signing_key()).unwrap();
    let again = payreq(&shop, receipt.view.ticket.id, &tag, &Ask { nonce: "2", ..ask() }).await.unwrap();
    assert_eq!(again.pr, response.pr);
}

#[tokio::test]
async fn every_bad_pay_request_is_refused_with_its_code_and_no_bolt11() {
    let shop = Shop::open().await;
    let (receipt, tag) = bought(&shop).await;
    let id = receipt.view.ticket.id;
    let cases = [
        (Ask { keys: keys("vasp.example", 8), ..ask() }, ErrorCode::InvalidSignature),
        (Ask { seconds_ago: 3 * 86_400, ..ask() }, ErrorCode::InvalidNonce),
        (Ask { seconds_ago: -86_400, ..ask() }, ErrorCode::InvalidTimestamp),
        (Ask { sats: 2_099, nonce: "3", ..ask() }, ErrorCode::AmountOutOfRange),
        (Ask { code: "USD", nonce: "4", ..ask() }, ErrorCode::InvalidCurrency),
        (Ask { payer: "$mallory@vasp.example", nonce: "5", ..ask() }, ErrorCode::SenderNotAccepted),
    ];
    for (ask, code) in cases {
        assert_eq!(payreq(&shop, id, &tag, &ask).await.unwrap_err(), code);
    }
    assert_eq!(payreq(&shop, id, "0000", &ask()).await.unwrap_err(), ErrorCode::RequestNotFound);
    assert_eq!(payreq(&shop, TicketId::new(99), &tag, &ask()).await.unwrap_err(), ErrorCode::RequestNotFound);
    payreq(&shop, id, &tag, &ask()).await.unwrap();
    assert_eq!(payreq(&shop, id, &tag, &ask()).await.unwrap_err(), ErrorCode::InvalidNonce);
}

#[tokio::test]
async fn a_paid_or_expired_ticket_gives_no_bolt11_out() {
    let shop = Shop::open().await;
    let (receipt, first_tag) = bought(&shop).await;
    shop.pay(&invoice_of(&receipt.view));
    shop.office.check_invoice(invoice_of(&receipt.view).payment_hash).await.unwrap();
    let paid = payreq(&shop, receipt.view.ticket.id, &first_tag, &ask()).await;
    assert_eq!(paid.unwrap_err(), ErrorCode::InvalidInput);
    let (late, tag) = bought(&shop).await;
    shop.clock.advance(Duration::minutes(16));
    let expired = payreq(&shop, late.view.ticket.id, &tag, &Ask { nonce: "7", ..ask() }).await;
    assert_eq!(expired.unwrap_err(), ErrorCode::InvoiceExpired);
}

#[tokio::test]
async fn discovery_is_answered_plainly_and_signed() {
    let shop = Shop::open().await;
    let plain = shop.office.lnurlp("/.well-known/lnurlp/tickets", "", None).await.unwrap();
    assert!(plain.compliance.is_none());
    let unknown = shop.office.lnurlp("/.well-known/lnurlp/nobody", "", None).await;
    assert!(
        matches!(unknown, Err(ReceiveUmaError::Protocol(error)) if error.code() == ErrorCode::UserNotFound)
    );
    let request = LnurlpRequest::signed(
        &UmaAddress::parse("$tickets@shop.example").unwrap(),
        VaspDomain::parse("vasp.example").unwrap(),
        UmaVersion::V1,
        "11",
        shop.office.now().timestamp(),
        keys("vasp.example", 7).signing_key(),
    );
    let url: url::Url = request.to_url().parse().unwrap();
    let query = url.query().unwrap();
    let signed = shop.office.lnurlp(url.path(), query, None).await.unwrap();
    let ours = PaymentAddress::parse("$tickets@shop.example").unwrap();
    signed.verify(&ours, shop.office.public_keys().signing_key()).unwrap();
    let replay = shop.office.lnurlp(url.path(), query, None).await;
    assert!(
        matches!(replay, Err(ReceiveUmaError::Protocol(error)) if error.code() == ErrorCode::InvalidNonce)
    );
}

#[tokio::test]
async fn without_a_reference_an_amount_must_mean_exactly_one_ticket() {
    let shop = Shop::open().await;
    let event = shop.event(10, 2_100).await;
    shop.buy(&event).await;
    let one = shop.office.lnurl_callback("amount=2100000", None, None).await.unwrap();
    let same = shop.office.lnurl_callback("amount=2100000", None, None).await.unwrap();
    assert_eq!(one.pr, same.pr);
    assert!(shop.office.lnurl_callback("amount=2100001", None, None).await.is_err());
    shop.buy(&event).await;
    assert!(shop.office.lnurl_callback("amount=2100000", None, None).await.is_err());
}

/// As capitals and lower case of the same address: the signature covers the string.
#[tokio::test]
async fn the_payees_spelling_is_signed_back_on_the_general_callback_too() {
    let shop = Shop::open().await;
    let event = shop.event(10, 2_100).await;
    shop.buy(&event).await;
    let spelled = UmaAddress::parse("$Tickets@shop.example").unwrap();
    let request = LnurlpRequest::signed(
        &spelled,
        VaspDomain::parse("vasp.example").unwrap(),
        UmaVersion::V1,
        "21",
        shop.office.now().timestamp(),
        keys("vasp.example", 7).signing_key(),
    );
    let url: url::Url = request.to_url().parse().unwrap();
    let signed = shop.office.lnurlp(url.path(), url.query().unwrap(), None).await.unwrap();
    assert_eq!(signed.terms.currencies.len(), 1);
    let callback: url::Url = signed.terms.callback.parse().unwrap();
    let payee = callback.query_pairs().find(|(name, _)| name == "payee").unwrap().1.into_owned();
    let answer = shop.office.general_payreq(&ask().body(&shop), Some(&payee)).await.unwrap();
    let key = shop.office.public_keys();
    answer.verify_signature(&UmaAddress::parse(BUYER).unwrap(), &spelled, key.signing_key()).unwrap();
    let query = Ask { nonce: "22", ..ask() }.request(&shop).to_query();
    let answer = shop.office.lnurl_callback(&query, None, Some(&payee)).await.unwrap();
    answer.verify_signature(&UmaAddress::parse(BUYER).unwrap(), &spelled, key.signing_key()).unwrap();
    let other = shop.office.general_payreq(&ask().body(&shop), Some("$nobody")).await;
    assert!(
        matches!(other, Err(ReceiveUmaError::Protocol(error)) if error.code() == ErrorCode::UserNotFound)
    );
}

#[tokio::test]
async fn an_event_invoice_is_recorded_and_tied_to_no_ticket() {
    let shop = Shop::open().await;
    let event = shop.event(10, 2_100).await;
    let (_, invoice) = shop.office.event_invoice(&shop.admin, event.id).await.unwrap();
    UmaInvoice::parse(invoice.uma_invoice.as_deref().unwrap()).unwrap();
    let body = ask().body(&shop);
    let answer = shop.office.event_payreq(&invoice.payment_hash.to_hex(), &body).await.unwrap();
    assert_eq!(answer.pr, invoice.bolt11);
    shop.pay(&invoice);
    shop.poll().await;
    let (_, settled) = shop.office.lnurl_verify(&invoice.payment_hash.to_hex()).await.unwrap();
    assert!(settled);
    let ledger = shop.office.store().ledger(shop.office.now()).await.unwrap();
    assert_eq!(ledger.event_level.get(), 2_100_000);
}

fn reason<T>(answer: Result<T, ReceiveUmaError>) -> String {
    match answer {
        Err(ReceiveUmaError::Protocol(error)) => error.to_string(),
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("answered"),
    }
}

#[tokio::test]
async fn an_event_invoice_with_an_earlier_price_or_of_a_cancelled_event_is_not_given_out() {
    let shop = Shop::open().await;
    let event = shop.event(10, 2_100).await;
    let (_, invoice) = shop.office.event_invoice(&shop.admin, event.id).await.unwrap();
    let hash = invoice.payment_hash.to_hex();
    let priced = async |price_sats| {
        let patch = EventPatch { price_sats: Some(price_sats), ..EventPatch::default() };
        shop.office.update_event(&shop.admin, event.id, &patch).await.unwrap();
    };
    let asked = async |nonce| shop.office.event_payreq(&hash, &Ask { nonce, ..ask() }.body(&shop)).await;
    priced(3_000).await;
    assert!(reason(asked("31").await).contains("price changed"));
    priced(2_100).await;
    assert_eq!(asked("32").await.unwrap().pr, invoice.bolt11);
    shop.office.cancel_event(&shop.admin, event.id).await.unwrap();
    assert!(reason(asked("33").await).contains("cancelled"));
    let refused = shop.office.event_invoice(&shop.admin, event.id).await;
    assert!(matches!(refused, Err(CatalogError::NoPayments)));
    // What arrives on it anyway is recorded as before.
    shop.pay(&invoice);
    shop.poll().await;
    let ledger = shop.office.store().ledger(shop.office.now()).await.unwrap();
    assert_eq!(ledger.event_level.get(), 2_100_000);
}

#[tokio::test]
async fn a_hold_keeps_its_invoice_and_price_until_its_event_is_cancelled() {
    let shop = Shop::open().await;
    let event = shop.event(10, 2_100).await;
    let receipt = shop.buy(&event).await;
    let invoice = shop.view(receipt.view.ticket.id).await.invoice.unwrap();
    let patch = EventPatch { price_sats: Some(3_000), ..EventPatch::default() };
    shop.office.update_event(&shop.admin, event.id, &patch).await.unwrap();
    let answer = shop.office.general_payreq(&Ask { nonce: "41", ..ask() }.body(&shop), None).await.unwrap();
    assert_eq!(answer.pr, invoice.bolt11);
    assert!(shop.office.lnurl_callback("amount=2100000", None, None).await.is_ok());
    // The job of the cancellation has not reached the ticket.
    shop.office.cancel_event(&shop.admin, event.id).await.unwrap();
    let answer = shop.office.general_payreq(&Ask { nonce: "42", ..ask() }.body(&shop), None).await;
    assert!(reason(answer).contains("cancelled"));
    assert!(reason(shop.office.lnurl_callback("amount=2100000", None, None).await).contains("cancelled"));
}
