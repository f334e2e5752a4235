//! The rules that no vector shows.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod common;

use bech32::{Bech32m, ByteIterExt as _, Fe32IterExt as _};
use common::{Memory, NOW, Vectors, address, domain};
use serde_json::Value;
use uma_protocol::keys::{CertificateChain, CertificateDraft};
use uma_protocol::nonce::{AdmissionError, NonceRules, admit};
use uma_protocol::payer_data::{DataOptions, PayerData};
use uma_protocol::payreq::{PayRequestAmount, PayRequestDraft, PayResponseDraft};
use uma_protocol::request::UmaRequestBody;
use uma_protocol::signing::{Signature, Stamp};
use uma_protocol::{
    Configuration, Currency, CurrencyCode, EncryptionKey, ErrorBody, ErrorCode, InvoiceDraft, KeyRing,
    LnurlpRequest, OrderTerms, PayRequest, PayResponse, PublicKeyResponse, SigningKey, UmaInvoice,
    UmaVersion, VaspDomain, VaspKeys,
};
use x509_cert::der::{Decode as _, Encode as _};

fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32]).unwrap()
}

fn vasp_keys(seed: u8, from: i64, to: i64) -> VaspKeys {
    let encryption = EncryptionKey::from_bytes(&[seed + 100; 32]).unwrap();
    let serials = [[0xff; 16], [0; 16]];
    VaspKeys::issue(&domain("tickets.example.com"), key(seed), encryption, serials, from, to).unwrap()
}

fn code(error: &uma_protocol::UmaError) -> ErrorCode {
    error.code()
}

#[test]
fn an_order_is_paid_exactly_or_not_at_all() {
    let order = OrderTerms::sats(21_000);
    let check = |amount: &str, convert: Option<&str>| {
        let convert = convert.map(|c| CurrencyCode::parse(c).unwrap());
        order.check(&amount.parse::<PayRequestAmount>().unwrap(), convert.as_ref()).map_err(|e| code(&e))
    };
    assert_eq!(check("21000.SAT", Some("SAT")), Ok(21_000_000));
    assert_eq!(check("21000000", Some("SAT")), Ok(21_000_000));
    assert_eq!(check("21000000", None), Ok(21_000_000));
    // The demo wallets: sats sent as msats.
    assert_eq!(check("21000", Some("SAT")), Err(ErrorCode::AmountOutOfRange));
    assert_eq!(check("20999.SAT", Some("SAT")), Err(ErrorCode::AmountOutOfRange));
    assert_eq!(check("21001.SAT", Some("SAT")), Err(ErrorCode::AmountOutOfRange));
    assert_eq!(check("20999999", Some("SAT")), Err(ErrorCode::AmountOutOfRange));
    assert_eq!(check("21000.USD", Some("USD")), Err(ErrorCode::InvalidCurrency));
    assert_eq!(check("21000.USD", Some("SAT")), Err(ErrorCode::InvalidCurrency));
    assert_eq!(check("21000000", Some("USD")), Err(ErrorCode::InvalidCurrency));
}

#[test]
fn amounts_below_one_or_beyond_an_i64_are_not_amounts() {
    for text in [
        "0",
        "-1",
        "+1",
        "0.SAT",
        "1.",
        ".SAT",
        "1.2.3",
        "1e3",
        " 1",
        "9223372036854775808",
        "99999999999999999999",
    ] {
        assert_eq!(
            text.parse::<PayRequestAmount>().unwrap_err().code(),
            ErrorCode::ParsePayreqRequestError,
            "{text}"
        );
    }
    assert!("9223372036854775807".parse::<PayRequestAmount>().is_ok());
    for body in
        [r#"{"amount":0,"currency":"SAT"}"#, r#"{"amount":1.5,"currency":"SAT"}"#, r#"{"amount":-5}"#, "{}"]
    {
        assert_eq!(PayRequest::parse(body).unwrap_err().code(), ErrorCode::ParsePayreqRequestError, "{body}");
    }
}

#[test]
fn a_key_twice_is_refused_because_readers_would_disagree() {
    for body in [
        r#"{"amount":"1.SAT","amount":"2.SAT"}"#,
        r#"{"amount":"1","payerData":{"identifier":"$a@b.c","identifier":"$eve@b.c"}}"#,
        r#"{"amount":"1","payerData":{"name":"a","name":"b"}}"#,
        r#"{"amount":"1","payerData":{"identifier":null,"identifier":"$eve@b.c"}}"#,
        r#"{"amount":"1","payeeData":{"name":{"mandatory":true},"name":{"mandatory":false}}}"#,
    ] {
        assert_eq!(PayRequest::parse(body).unwrap_err().code(), ErrorCode::ParsePayreqRequestError, "{body}");
    }
    for body in [
        r#"{"pr":"lnbc1","pr":"lnbc2"}"#,
        r#"{"pr":"lnbc1","payeeData":{"identifier":"$a@b.c","identifier":"$eve@b.c"}}"#,
    ] {
        assert_eq!(
            PayResponse::parse(body).unwrap_err().code(),
            ErrorCode::ParsePayreqResponseError,
            "{body}"
        );
    }
    let twice = LnurlpRequest::parse("/.well-known/lnurlp/$a", "nonce=1&nonce=2", &domain("shop.example"));
    assert_eq!(twice.unwrap_err().code(), ErrorCode::ParseLnurlpRequestError);
}

#[test]
fn an_unsupported_version_takes_precedence_over_missing_fields() {
    let ours = domain("shop.example");
    let refused = LnurlpRequest::parse("/.well-known/lnurlp/$a", "umaVersion=2.0", &ours).unwrap_err();
    assert_eq!(refused.http_status(), 412);
    let refused = LnurlpRequest::parse("/.well-known/lnurlp/$a", "umaVersion=1.0", &ours).unwrap_err();
    assert_eq!(code(&refused), ErrorCode::MissingRequiredUmaParameters);
    let plain = LnurlpRequest::parse("/.well-known/lnurlp/%24a", "ticket=7&nonce=", &ours).unwrap();
    assert_eq!((plain.receiver.as_str(), plain.uma), ("$a@shop.example", None));
}

#[test]
fn settlement_over_other_layers_is_refused() {
    let body = r#"{"amount":"1","settlement":{"layer":"spark","assetIdentifier":"BTC"}}"#;
    let request = PayRequest::parse(body).unwrap();
    assert_eq!(request.check_settlement().unwrap_err().code(), ErrorCode::NotImplemented);
}

#[test]
fn mandatory_data_is_asked_for_and_checked() {
    let request = PayRequestDraft::new(address("$alice@vasp.example"), 1, CurrencyCode::sat());
    let request = request.sign("1", NOW, &key(1)).unwrap();
    let data = request.payer_data.unwrap();
    assert!(data.check(&DataOptions::uma().with("name", false)).is_ok());
    let missing = data.check(&DataOptions::uma().with("name", true)).unwrap_err();
    assert_eq!(missing.code(), ErrorCode::MissingMandatoryPayerData);

    let asked = DataOptions::uma().with("name", true).with("shoeSize", false);
    assert!(asked.check_payee(&["name"]).is_ok());
    assert_eq!(asked.check_payee(&[]).unwrap_err().code(), ErrorCode::MissingMandatoryPayeeData);
    let odd = DataOptions::uma().with("shoeSize", true).check_payee(&[]).unwrap_err();
    assert_eq!((odd.code(), odd.http_status()), (ErrorCode::UnrecognizedMandatoryPayeeDataKey, 501));
}

#[test]
fn a_v1_answer_has_none_of_the_keys_that_flip_peers_into_v0() {
    let request = PayRequestDraft::new(address("$alice@vasp.example"), 21, CurrencyCode::sat());
    let request = request.sign("1", NOW, &key(1)).unwrap();
    let answer = |major| {
        let draft = PayResponseDraft {
            pr: "lnbc1".into(),
            payee: address("$Tickets@shop.example"),
            currency: Currency::sat(1, 100),
            amount: 21,
            fee_msats: 0,
            fields: std::collections::BTreeMap::new(),
            node_pub_key: None,
            utxo_callback: String::new(),
            success_message: None,
            major,
        };
        let answer = draft.sign(&request.uma_payer().unwrap(), "2", NOW, &key(2));
        serde_json::from_str::<Value>(&answer.to_json().unwrap()).unwrap()
    };
    let v1 = answer(1);
    assert!(v1.get("compliance").is_none() && v1.get("paymentInfo").is_none());
    assert_eq!(v1["payeeData"]["identifier"], "$Tickets@shop.example");
    assert_eq!(v1["payeeData"]["compliance"]["utxos"], serde_json::json!([]));
    assert_eq!(v1["routes"], serde_json::json!([]));
    assert!(v1["converted"]["amount"].is_u64() && v1["converted"]["fee"].is_u64());
    let v0 = answer(0);
    assert!(v0["compliance"].is_object() && v0["paymentInfo"].is_object() && v0.get("converted").is_none());
    assert!(v0["compliance"].get("signature").is_none());
}

#[test]
fn an_unsigned_v1_answer_is_refused_when_read() {
    let text = r#"{"pr":"lnbc1","routes":[],"payeeData":{"identifier":"$a@b.c","compliance":{"utxos":[]}}}"#;
    assert_eq!(PayResponse::parse(text).unwrap_err().code(), ErrorCode::MissingRequiredUmaParameters);
}

#[test]
fn signatures_are_low_and_both_forms_verify() {
    let signature = key(1).sign(b"x");
    let order = [
        0xff_u8, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe,
        0xba, 0xae, 0xdc, 0xe6, 0xaf, 0x48, 0xa0, 0x3b, 0xbf, 0xd2, 0x5e, 0x8c, 0xd0, 0x36, 0x41, 0x41,
    ];
    let der = signature.to_der();
    let (r_end, s) = (4 + usize::from(der[3]), &der[6 + usize::from(der[3])..]);
    let mut padded = [0_u8; 33];
    padded[33 - s.len()..].copy_from_slice(s);
    assert!(padded[1] < 0x80, "S is not the low one");
    let (mut high, mut borrow) = ([0_u8; 33], 0_i16);
    for at in (1..33).rev() {
        let mut digit = i16::from(order[at - 1]) - i16::from(padded[at]) - borrow;
        borrow = i16::from(digit < 0);
        digit += borrow * 256;
        high[at] = u8::try_from(digit).unwrap();
    }
    let mut other = der[..r_end].to_vec();
    other.extend_from_slice(&[2, 33]);
    other.extend_from_slice(&high);
    other[1] = u8::try_from(other.len() - 2).unwrap();
    let other = Signature::from_der(&other).unwrap();
    assert_eq!(other, signature);
    key(1).public_key().verify(b"x", &other).unwrap();
    assert!(key(1).public_key().verify(b"y", &other).is_err());
}

#[tokio::test]
async fn a_message_is_taken_once_per_vasp_and_only_while_fresh() {
    let rules = NonceRules { max_age: 100, max_future: 10 };
    let mut log = Memory::default();
    let stamp = |nonce: &str, timestamp| Stamp { signature: String::new(), nonce: nonce.into(), timestamp };
    let (alice, bob) = (domain("a.example"), domain("b.example"));
    admit(&mut log, rules, &alice, &stamp("1", NOW), NOW).await.unwrap();
    admit(&mut log, rules, &bob, &stamp("1", NOW), NOW).await.unwrap();
    for (stamp, wanted) in [
        (stamp("1", NOW), ErrorCode::InvalidNonce),
        (stamp("2", NOW - 101), ErrorCode::InvalidNonce),
        (stamp("3", NOW + 11), ErrorCode::InvalidTimestamp),
        (stamp("4", i64::MIN), ErrorCode::InvalidNonce),
        (stamp("5", i64::MAX), ErrorCode::InvalidTimestamp),
    ] {
        let Err(AdmissionError::Refused(refused)) = admit(&mut log, rules, &alice, &stamp, NOW).await else {
            unreachable!("{stamp:?} was taken")
        };
        assert_eq!(refused.code(), wanted);
    }
    assert_eq!(log.0.len(), 2, "a stale message left its nonce behind");
    for edge in [NOW - 100, NOW + 10] {
        admit(&mut log, rules, &alice, &stamp(&edge.to_string(), edge), NOW).await.unwrap();
    }
}

#[test]
fn certificates_are_made_that_parse_and_fit() {
    let keys = vasp_keys(1, NOW - 60, NOW + 1000);
    keys.check(NOW).unwrap();
    let chain = CertificateChain::from_pem(&keys.signing_chain().to_pem().unwrap()).unwrap();
    assert_eq!(&chain, keys.signing_chain());
    assert_eq!((chain.not_before(), chain.not_after()), (NOW - 60, NOW + 1000));
    assert_eq!(*chain.public_key(), key(1).public_key());
    // JavaScript takes the last 65 bytes of the key info: the point must be written uncompressed.
    let der = hex::decode(&chain.to_hex()[0]).unwrap();
    let point = key(1).public_key().to_uncompressed();
    assert!(der.windows(65).any(|window| window == point));
    // Self-signed: what precedes the signature algorithm is signed by the very key.
    let certificate = x509_cert::Certificate::from_der(&der).unwrap();
    let body = certificate.tbs_certificate().to_der().unwrap();
    let signature = Signature::from_der(certificate.signature().raw_bytes()).unwrap();
    key(1).public_key().verify(&body, &signature).unwrap();
    assert_eq!(certificate.tbs_certificate().subject().to_string(), "CN=tickets.example.com");
    assert_eq!(certificate.tbs_certificate().subject(), certificate.tbs_certificate().issuer());
}

#[test]
fn certificates_after_2049_can_be_made() {
    let late = 2_600_000_000; // in 2052
    let name = domain("a.example");
    let draft = CertificateDraft { domain: &name, serial: [1; 16], not_before: NOW, not_after: late };
    assert_eq!(draft.sign(&key(3)).unwrap().not_after(), late);
}

#[test]
fn keys_and_certificates_that_do_not_belong_together_are_refused() {
    let (one, two) = (vasp_keys(1, NOW, NOW + 10), vasp_keys(2, NOW, NOW + 10));
    let mixed = |signing: &VaspKeys, encryption: &VaspKeys| {
        VaspKeys::from_config(
            &one.signing_key().to_hex(),
            &signing.signing_chain().to_pem().unwrap(),
            &one.encryption_key().to_hex(),
            &encryption.encryption_chain().to_pem().unwrap(),
        )
    };
    mixed(&one, &one).unwrap();
    assert_eq!(mixed(&two, &one).unwrap_err().code(), ErrorCode::CertChainInvalid);
    assert_eq!(mixed(&one, &two).unwrap_err().code(), ErrorCode::CertChainInvalid);
    assert_eq!(one.check(NOW + 11).unwrap_err().code(), ErrorCode::CertChainExpired);
    assert_eq!(one.check(NOW - 1).unwrap_err().code(), ErrorCode::CertChainExpired);
}

#[test]
fn keys_of_another_curve_are_no_keys() {
    // A self-signed certificate of P-256, made with openssl.
    let p256 = include_str!("vectors/p256.pem");
    assert_eq!(CertificateChain::from_pem(p256).unwrap_err().code(), ErrorCode::CertChainInvalid);
}

#[test]
fn rotation_leaves_no_moment_without_a_valid_published_key() {
    let (old, new) = (vasp_keys(1, NOW, NOW + 9999), vasp_keys(2, NOW, NOW + 9999));
    let (old_public, new_public) = (old.signing_key().public_key(), new.signing_key().public_key());
    let sealed_to_old = ecies::encrypt(&old.encryption_key().public_key().to_uncompressed(), b"old").unwrap();
    let sealed_to_new = ecies::encrypt(&new.encryption_key().public_key().to_uncompressed(), b"new").unwrap();
    let retired = EncryptionKey::from_bytes(&[77; 32]).unwrap();
    let sealed_to_retired = ecies::encrypt(&retired.public_key().to_uncompressed(), b"gone").unwrap();
    let switch = NOW + 500;
    let ring = KeyRing::new(old).with_next(switch, new).with_retired(retired);
    for now in NOW..switch + 400 {
        let published = ring.publish(now, 300);
        // Peers may cache the keys until their expiry, so signing uses them until then.
        let expiry = published.expires_at().unwrap();
        assert_eq!(ring.active(expiry - 1).signing_key().public_key(), *published.signing_key());
        assert!(expiry > now);
    }
    assert_eq!(ring.active(switch - 1).signing_key().public_key(), old_public);
    assert_eq!(ring.active(switch).signing_key().public_key(), new_public);
    for (sealed, plain) in [(sealed_to_old, "old"), (sealed_to_new, "new"), (sealed_to_retired, "gone")] {
        assert_eq!(ring.decrypt(&sealed).unwrap().as_slice(), plain.as_bytes());
    }
    assert!(ring.decrypt(b"nonsense").is_err());
}

#[test]
fn private_keys_do_not_print() {
    let keys = vasp_keys(1, NOW, NOW + 1);
    let printed = format!("{keys:?} {:?} {:?}", keys.signing_key(), keys.encryption_key());
    for secret in [keys.signing_key().to_hex(), keys.encryption_key().to_hex()] {
        assert!(!printed.contains(secret.as_str()));
    }
    assert!(!printed.contains("[1, 1, 1"));
    for bad in ["", "00", &"00".repeat(32), &"ff".repeat(32), &"zz".repeat(32)] {
        assert_eq!(SigningKey::from_hex(bad).unwrap_err().code(), ErrorCode::InvalidInput);
        assert_eq!(EncryptionKey::from_hex(bad).unwrap_err().code(), ErrorCode::InvalidInput);
    }
}

#[test]
fn a_key_response_without_a_signing_key_is_useless() {
    for text in
        ["{}", r#"{"signingCertChain":[],"signingPubKey":""}"#, r#"{"signingPubKey":"04ab"}"#, "[]", ""]
    {
        assert_eq!(
            PublicKeyResponse::parse(text).unwrap_err().code(),
            ErrorCode::InvalidPubkeyFormat,
            "{text}"
        );
    }
}

#[test]
fn javascripts_wrong_encryption_chain_is_ignored() {
    let vectors = Vectors::load();
    let wrong = vectors
        .of("pubkey_response", "positive")
        .find(|v| !v.expect("encryption_pubkey_hex_field").is_null());
    let wrong = wrong.unwrap();
    let keys = PublicKeyResponse::parse(&wrong.output().to_string()).unwrap();
    assert_eq!(
        keys.encryption_key().unwrap().to_hex(),
        wrong.expect("encryption_pubkey_hex_field").as_str().unwrap()
    );
    assert_ne!(keys.encryption_chain().unwrap().public_key(), keys.encryption_key().unwrap());
}

fn invoice() -> InvoiceDraft {
    InvoiceDraft::sats(
        address("$tickets@shop.example"),
        "47f58e51-67ae-4f45-9293-fb8b32a2e320".into(),
        21_000,
        NOW + 900,
        "https://shop.example/uma/payreq/7".into(),
    )
}

#[test]
fn what_some_sdk_cannot_read_is_not_written() {
    let mut long = invoice();
    long.callback = format!("https://shop.example/{}", "x".repeat(120));
    assert_eq!(long.sign(&key(1)).unwrap_err().code(), ErrorCode::InvalidInvoice);
    let mut odd = invoice();
    odd.uuid = "7".into();
    assert_eq!(odd.sign(&key(1)).unwrap_err().code(), ErrorCode::InvalidInvoice);
    let mut huge = invoice();
    huge.amount = u64::MAX;
    assert_eq!(huge.sign(&key(1)).unwrap_err().code(), ErrorCode::InvalidInvoice);
}

#[test]
fn integers_are_written_in_the_fewest_bytes() {
    for (amount, bytes) in [
        (127, "02017f"),
        (128, "02020080"),
        (32_767, "02027fff"),
        (32_768, "020400008000"),
        (2_147_483_647, "02047fffffff"),
        (2_147_483_648, "02080000000080000000"),
        (5_000_000_001, "0208000000012a05f201"),
    ] {
        let draft = InvoiceDraft { amount, ..invoice() };
        let tlv = hex::encode(draft.sign(&key(1)).unwrap().to_tlv());
        assert!(tlv.contains(&format!("{}{bytes}03", hex::encode("fb8b32a2e320"))), "{amount}: {tlv}");
    }
}

#[test]
fn records_after_the_signature_and_unknown_ones_are_distinguished() {
    let made = invoice().sign(&key(1)).unwrap();
    let mut after = made.to_tlv();
    after.extend_from_slice(&[50, 0]);
    assert_eq!(UmaInvoice::from_tlv(&after).unwrap_err().code(), ErrorCode::InvalidInvoice);
    // An unknown record inside what is signed is skipped, and stays part of what is signed.
    let mut signed = made.signed_bytes().to_vec();
    signed.extend_from_slice(&[50, 1, 7]);
    let signature = key(1).sign(&signed).to_der();
    signed.extend_from_slice(&[100, u8::try_from(signature.len()).unwrap()]);
    signed.extend_from_slice(&signature);
    let extended = UmaInvoice::from_tlv(&signed).unwrap();
    extended.verify(&key(1).public_key()).unwrap();
    assert_eq!(extended.terms(), made.terms());
    assert_eq!(extended.to_tlv(), signed);
}

#[test]
fn only_bech32_is_taken_not_bech32m() {
    let tlv = invoice().sign(&key(1)).unwrap().to_tlv();
    let hrp = bech32::Hrp::parse("uma").unwrap();
    let other: String = tlv.into_iter().bytes_to_fes().with_checksum::<Bech32m>(&hrp).chars().collect();
    assert_eq!(UmaInvoice::parse(&other).unwrap_err().code(), ErrorCode::InvalidInvoice);
}

#[test]
fn an_invoice_comes_as_link_body_or_query() {
    let made = invoice().sign(&key(1)).unwrap();
    let text = made.to_bech32().unwrap();
    assert_eq!(UmaInvoice::parse(&format!("uma://{text}")).unwrap(), made);
    let body = serde_json::to_string(&UmaRequestBody { invoice: text.clone() }).unwrap();
    assert_eq!(UmaRequestBody::parse(&body, "").unwrap(), made);
    assert_eq!(UmaRequestBody::parse("", &format!("a=b&invoice={text}")).unwrap(), made);
    for (body, query) in [("", ""), ("{}", ""), ("[]", "invoice=x")] {
        assert_eq!(UmaRequestBody::parse(body, query).unwrap_err().code(), ErrorCode::InvalidRequestFormat);
    }
}

#[test]
fn only_mandatory_payer_data_is_given() {
    let known = [("name", "Tickets by UMA".to_owned()), ("identifier", "tickets@shop.example".to_owned())];
    let known = known.into_iter().collect();
    let asked = DataOptions::default().with("identifier", true).with("name", false).with("auth", false);
    let given = PayerData::mandatory(&asked, &known).unwrap().unwrap();
    assert_eq!(given.as_json(), r#"{"identifier":"tickets@shop.example"}"#);
    assert_eq!(PayerData::mandatory(&DataOptions::default().with("name", false), &known).unwrap(), None);
    let refused = PayerData::mandatory(&DataOptions::default().with("auth", true), &known).unwrap_err();
    assert_eq!(refused.code(), ErrorCode::MissingMandatoryPayerData);
    assert!(refused.reason().contains("auth"), "{refused}");
}

#[test]
fn a_configuration_says_where_to_push() {
    let text = r#"{"uma_major_versions":[0,1],"uma_request_endpoint":"https://v.example/push","token_endpoint":"x"}"#;
    let config = Configuration::parse(text).unwrap();
    assert_eq!(config.push_target(UmaVersion::V1).unwrap().as_str(), "https://v.example/push");
    for unsaid in ["", r#""uma_major_versions":null,"#, r#""uma_major_versions":["1"],"#] {
        let text = format!(r#"{{{unsaid}"uma_request_endpoint":"https://v.example/push"}}"#);
        Configuration::parse(&text).unwrap().push_target(UmaVersion::V1).unwrap();
    }
    let silent = Configuration::parse(r#"{"name":"V","uma_major_versions":[1]}"#).unwrap();
    assert_eq!(silent.push_target(UmaVersion::V1).unwrap_err().code(), ErrorCode::NotImplemented);
    for majors in ["[7]", "[0]"] {
        let text =
            format!(r#"{{"uma_major_versions":{majors},"uma_request_endpoint":"https://v.example/"}}"#);
        let refused = Configuration::parse(&text).unwrap().push_target(UmaVersion::V1).unwrap_err();
        assert_eq!(refused.code(), ErrorCode::NoCompatibleUmaVersion, "our invoices are of version 1");
    }
    let ours = serde_json::to_value(Configuration::own("Tickets", None)).unwrap();
    assert_eq!(ours, serde_json::json!({"name": "Tickets", "uma_major_versions": [0, 1]}));
}

#[test]
fn an_error_is_read_whatever_its_details_are() {
    for text in [
        r#"{"status":"ERROR"}"#,
        r#"{"status":"ERROR","reason":null,"code":7,"supportedMajorVersions":{},"unsupportedVersion":[]}"#,
        r#"{"status":"ERROR","reason":{"why":1},"supportedMajorVersions":"x"}"#,
    ] {
        let body: ErrorBody = serde_json::from_str(text).unwrap();
        assert_eq!((body.status.as_str(), body.reason.as_str(), body.code), ("ERROR", "", None));
        assert_eq!(body.supported_major_versions, None);
    }
}

#[test]
fn a_domain_means_the_same_host_in_a_url() {
    for text in [
        "127.1",
        "0x7f.1",
        "1.2.3.999",
        "a.0x1",
        "2130706433",
        "01.2.3.4",
        "a.1",
        "xn--a.example",
        "a_b.c",
        "a..b",
    ] {
        assert_eq!(VaspDomain::parse(text).unwrap_err().code(), ErrorCode::InvalidInput, "{text}");
    }
    for text in ["127.0.0.1", "8.8.8.8:80", "1a.2b", "xn--bcher-kva.example", "0x.example", "a-b.c"] {
        let domain = VaspDomain::parse(text).unwrap();
        let url: url::Url = domain.base_url().parse().unwrap();
        assert_eq!(url.host_str(), Some(domain.host()), "{text}");
    }
    for text in ["a.example:0", "a.example:", "a.example:65536", "a.example:+80", "a.example:8:0", "[::1]:80"]
    {
        assert_eq!(VaspDomain::parse(text).unwrap_err().code(), ErrorCode::InvalidInput, "{text}");
    }
}

#[test]
fn versions_answer_with_the_lower_one() {
    for (asked, answer) in [("1.3", "1.0"), ("1.0", "1.0"), ("0.3", "0.3"), ("0.9", "0.9"), ("0.1", "0.1")] {
        assert_eq!(UmaVersion::negotiate(asked).unwrap().to_string(), answer);
    }
}
