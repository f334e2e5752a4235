use crate::harness::{BUYER, TestShop, invoice_of, keys};
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

/// Tag in the callback of the pushed UMA Invoice.
async fn tag(shop: &TestShop) -> String {
    shop.office.run_due_jobs().await.unwrap();
    let pushed = shop.vasp.pushed.lock().unwrap().last().cloned().unwrap();
    let callback = UmaInvoice::parse(&pushed).unwrap().terms().callback.clone();
    callback.split("?t=").nth(1).unwrap().to_owned()
}

pub(crate) struct TestPayreq {
    pub(crate) payer: &'static str,
    pub(crate) sats: u64,
    pub(crate) code: &'static str,
    pub(crate) nonce: &'static str,
    pub(crate) seconds_ago: i64,
    pub(crate) keys: VaspKeys,
}

pub(crate) fn test_payreq() -> TestPayreq {
    TestPayreq {
        payer: BUYER,
        sats: 2_100,
        code: "SAT",
        nonce: "1",
        seconds_ago: 0,
        keys: keys("vasp.example", 7),
    }
}

impl TestPayreq {
    pub(crate) fn body(&self, shop: &TestShop) -> String {
        self.request(shop).to_json().unwrap()
    }

    pub(crate) fn request(&self, shop: &TestShop) -> PayRequest {
        let payer = UmaAddress::parse(self.payer).unwrap();
        let code = CurrencyCode::parse(self.code).unwrap();
        let at = shop.office.now().timestamp() - self.seconds_ago;
        let request =
            PayRequestDraft::new(payer, self.sats, code).sign(self.nonce, at, self.keys.signing_key());
        request.unwrap()
    }
}

pub(crate) async fn payreq(
    shop: &TestShop,
    ticket: TicketId,
    tag: &str,
    draft: &TestPayreq,
) -> Result<PayResponse, ErrorCode> {
    match shop.office.payreq(ticket, tag, None, &draft.body(shop)).await {
        Ok(response) => Ok(response),
        Err(ReceiveUmaError::Protocol(error)) => Err(error.code()),
        Err(other) => panic!("{other}"),
    }
}

async fn bought(shop: &TestShop) -> (Receipt, String) {
    let event = shop.event(10, 2_100).await;
    let receipt = shop.buy(&event).await;
    let tag = tag(shop).await;
    (receipt, tag)
}

#[tokio::test]
async fn valid_pay_request_gets_the_tickets_bolt11_signed() {
    let shop = TestShop::open().await;
    let (receipt, tag) = bought(&shop).await;
    let response = payreq(&shop, receipt.view.ticket.id, &tag, &test_payreq()).await.unwrap();
    assert_eq!(response.pr, invoice_of(&receipt.view).bolt11);
    let ours = UmaAddress::parse("$tickets@shop.example").unwrap();
    let payer = UmaAddress::parse(BUYER).unwrap();
    response.verify_signature(&payer, &ours, shop.office.public_keys().signing_key()).unwrap();
    let again = payreq(&shop, receipt.view.ticket.id, &tag, &TestPayreq { nonce: "2", ..test_payreq() })
        .await
        .unwrap();
    assert_eq!(again.pr, response.pr);
}

#[tokio::test]
async fn invalid_pay_requests_are_refused_with_their_error_codes() {
    let shop = TestShop::open().await;
    let (receipt, tag) = bought(&shop).await;
    let id = receipt.view.ticket.id;
    let cases = [
        (TestPayreq { keys: keys("vasp.example", 8), ..test_payreq() }, ErrorCode::InvalidSignature),
        (TestPayreq { seconds_ago: 3 * 86_400, ..test_payreq() }, ErrorCode::InvalidNonce),
        (TestPayreq { seconds_ago: -86_400, ..test_payreq() }, ErrorCode::InvalidTimestamp),
        (TestPayreq { sats: 2_099, nonce: "3", ..test_payreq() }, ErrorCode::AmountOutOfRange),
        (TestPayreq { code: "USD", nonce: "4", ..test_payreq() }, ErrorCode::InvalidCurrency),
        (
            TestPayreq { payer: "$mallory@vasp.example", nonce: "5", ..test_payreq() },
            ErrorCode::SenderNotAccepted,
        ),
    ];
    for (draft, code) in cases {
        assert_eq!(payreq(&shop, id, &tag, &draft).await.unwrap_err(), code);
    }
    assert_eq!(payreq(&shop, id, "0000", &test_payreq()).await.unwrap_err(), ErrorCode::RequestNotFound);
    assert_eq!(
        payreq(&shop, TicketId::new(99), &tag, &test_payreq()).await.unwrap_err(),
        ErrorCode::RequestNotFound
    );
    payreq(&shop, id, &tag, &test_payreq()).await.unwrap();
    assert_eq!(payreq(&shop, id, &tag, &test_payreq()).await.unwrap_err(), ErrorCode::InvalidNonce);
}

#[tokio::test]
async fn paid_or_expired_ticket_returns_no_bolt11() {
    let shop = TestShop::open().await;
    let (receipt, first_tag) = bought(&shop).await;
    shop.pay(&invoice_of(&receipt.view));
    shop.office.check_invoice(invoice_of(&receipt.view).payment_hash).await.unwrap();
    let paid = payreq(&shop, receipt.view.ticket.id, &first_tag, &test_payreq()).await;
    assert_eq!(paid.unwrap_err(), ErrorCode::InvalidInput);
    let (late, tag) = bought(&shop).await;
    shop.clock.advance(Duration::minutes(16));
    let expired = payreq(&shop, late.view.ticket.id, &tag, &TestPayreq { nonce: "7", ..test_payreq() }).await;
    assert_eq!(expired.unwrap_err(), ErrorCode::InvoiceExpired);
}

#[tokio::test]
async fn discovery_has_plain_and_signed_responses() {
    let shop = TestShop::open().await;
    let plain = shop.office.lnurlp("/.well-known/lnurlp/tickets", "", None).await.unwrap();
    assert!(plain.compliance.is_none());
    let unknown = shop.office.lnurlp("/.well-known/lnurlp/unknown", "", None).await;
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
async fn amount_without_a_reference_must_match_exactly_one_order() {
    let shop = TestShop::open().await;
    let event = shop.event(10, 2_100).await;
    shop.buy(&event).await;
    let one = shop.office.lnurl_callback("amount=2100000", None, None).await.unwrap();
    let same = shop.office.lnurl_callback("amount=2100000", None, None).await.unwrap();
    assert_eq!(one.pr, same.pr);
    assert!(shop.office.lnurl_callback("amount=2100001", None, None).await.is_err());
    shop.buy(&event).await;
    assert!(shop.office.lnurl_callback("amount=2100000", None, None).await.is_err());
}

/// User names are case-insensitive, but the signature covers the spelling.
#[tokio::test]
async fn general_callback_signs_for_the_payees_spelling() {
    let shop = TestShop::open().await;
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
    let answer = shop.office.general_payreq(&test_payreq().body(&shop), Some(&payee)).await.unwrap();
    let key = shop.office.public_keys();
    answer.verify_signature(&UmaAddress::parse(BUYER).unwrap(), &spelled, key.signing_key()).unwrap();
    let query = TestPayreq { nonce: "22", ..test_payreq() }.request(&shop).to_query();
    let answer = shop.office.lnurl_callback(&query, None, Some(&payee)).await.unwrap();
    answer.verify_signature(&UmaAddress::parse(BUYER).unwrap(), &spelled, key.signing_key()).unwrap();
    let other = shop.office.general_payreq(&test_payreq().body(&shop), Some("$unknown")).await;
    assert!(
        matches!(other, Err(ReceiveUmaError::Protocol(error)) if error.code() == ErrorCode::UserNotFound)
    );
}

#[tokio::test]
async fn event_invoice_is_recorded_without_a_ticket() {
    let shop = TestShop::open().await;
    let event = shop.event(10, 2_100).await;
    let (_, invoice) = shop.office.event_invoice(&shop.admin, event.id).await.unwrap();
    UmaInvoice::parse(invoice.uma_invoice.as_deref().unwrap()).unwrap();
    let body = test_payreq().body(&shop);
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
async fn event_invoice_with_an_old_price_or_of_a_cancelled_event_is_refused() {
    let shop = TestShop::open().await;
    let event = shop.event(10, 2_100).await;
    let (_, invoice) = shop.office.event_invoice(&shop.admin, event.id).await.unwrap();
    let hash = invoice.payment_hash.to_hex();
    let priced = async |price_sats| {
        let patch = EventPatch { price_sats: Some(price_sats), ..EventPatch::default() };
        shop.office.update_event(&shop.admin, event.id, &patch).await.unwrap();
    };
    let request = async |nonce| {
        shop.office.event_payreq(&hash, &TestPayreq { nonce, ..test_payreq() }.body(&shop)).await
    };
    priced(3_000).await;
    assert!(reason(request("31").await).contains("price changed"));
    priced(2_100).await;
    assert_eq!(request("32").await.unwrap().pr, invoice.bolt11);
    shop.office.cancel_event(&shop.admin, event.id).await.unwrap();
    assert!(reason(request("33").await).contains("cancelled"));
    let refused = shop.office.event_invoice(&shop.admin, event.id).await;
    assert!(matches!(refused, Err(CatalogError::NoPayments)));
    // A payment of it is still recorded.
    shop.pay(&invoice);
    shop.poll().await;
    let ledger = shop.office.store().ledger(shop.office.now()).await.unwrap();
    assert_eq!(ledger.event_level.get(), 2_100_000);
}

#[tokio::test]
async fn hold_keeps_invoice_and_price_until_its_event_is_cancelled() {
    let shop = TestShop::open().await;
    let event = shop.event(10, 2_100).await;
    let receipt = shop.buy(&event).await;
    let invoice = shop.view(receipt.view.ticket.id).await.invoice.unwrap();
    let patch = EventPatch { price_sats: Some(3_000), ..EventPatch::default() };
    shop.office.update_event(&shop.admin, event.id, &patch).await.unwrap();
    let answer = shop
        .office
        .general_payreq(&TestPayreq { nonce: "41", ..test_payreq() }.body(&shop), None)
        .await
        .unwrap();
    assert_eq!(answer.pr, invoice.bolt11);
    assert!(shop.office.lnurl_callback("amount=2100000", None, None).await.is_ok());
    // Before the cancellation job runs.
    shop.office.cancel_event(&shop.admin, event.id).await.unwrap();
    let answer =
        shop.office.general_payreq(&TestPayreq { nonce: "42", ..test_payreq() }.body(&shop), None).await;
    assert!(reason(answer).contains("cancelled"));
    assert!(reason(shop.office.lnurl_callback("amount=2100000", None, None).await).contains("cancelled"));
}
