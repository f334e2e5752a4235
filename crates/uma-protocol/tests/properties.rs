//! What holds for every message: reading undoes writing, and nothing damaged verifies or panics.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod common;

use std::collections::BTreeMap;

use bech32::{Bech32, ByteIterExt, Fe32IterExt, Hrp};
use common::{NOW, address, domain};
use proptest::prelude::*;
use serde_json::json;
use uma_protocol::currency::{Multiplier, Rounding};
use uma_protocol::invoice::InvoiceCurrency;
use uma_protocol::lnurlp::LnurlpTerms;
use uma_protocol::payer_data::{DataOptions, KycStatus, PayerData};
use uma_protocol::payreq::{PayRequestAmount, PayRequestDraft, PayResponseDraft};
use uma_protocol::post_transaction::PostTransactionCallback;
use uma_protocol::{
    Configuration, Currency, CurrencyCode, EncryptionKey, InvoiceDraft, LnurlpRequest, LnurlpResponse,
    Metadata, PayRequest, PayResponse, PaymentAddress, PublicKeyResponse, SigningKey, UmaAddress, UmaInvoice,
    UmaVersion, VaspDomain,
};

fn addresses() -> impl Strategy<Value = UmaAddress> {
    ("[A-Za-z0-9._+-]{1,20}", "[a-z][a-z0-9]{0,9}\\.[a-z]{2,5}", proptest::option::of(1..=u16::MAX)).prop_map(
        |(user, host, port)| {
            let port = port.map_or(String::new(), |port| format!(":{port}"));
            address(&format!("${user}@{host}{port}"))
        },
    )
}

fn keys() -> impl Strategy<Value = SigningKey> {
    any::<[u8; 32]>().prop_filter_map("zero, or above the order", |bytes| SigningKey::from_bytes(&bytes).ok())
}

fn codes() -> impl Strategy<Value = CurrencyCode> {
    "[A-Z]{3,5}".prop_map(|code| CurrencyCode::parse(&code).unwrap())
}

fn options() -> impl Strategy<Value = DataOptions> {
    proptest::collection::btree_map("[a-z]{1,6}", any::<bool>(), 0..4).prop_map(|map| {
        map.iter().fold(DataOptions::default(), |options, (key, mandatory)| options.with(key, *mandatory))
    })
}

fn invoices() -> impl Strategy<Value = InvoiceDraft> {
    let kyc = prop_oneof![
        Just(KycStatus::Verified),
        Just(KycStatus::Pending),
        Just(KycStatus::NotVerified),
        Just(KycStatus::Unknown)
    ];
    let first = (addresses(), any::<u128>(), 1..=i64::MAX.unsigned_abs(), codes(), "\\PC{0,12}", 0..9_u8);
    let second = (0..100_000_000_000_i64, any::<bool>(), options(), proptest::option::of(any::<u32>()));
    let third =
        (proptest::option::of(addresses()), proptest::option::of(any::<u32>()), proptest::option::of(kyc));
    (first, second, third, "[a-z0-9/?=]{0,40}").prop_map(|(first, second, third, path)| {
        let (receiver, id, amount, code, name, decimals) = first;
        let (expires_at, is_subject_to_travel_rule, payer_data, comment_allowed) = second;
        let (sender, max_payments, kyc_status) = third;
        let id = format!("{id:032x}");
        InvoiceDraft {
            receiver,
            uuid: [&id[..8], &id[8..12], &id[12..16], &id[16..20], &id[20..]].join("-"),
            amount,
            currency: InvoiceCurrency { code, name, symbol: "¤".into(), decimals },
            expires_at,
            is_subject_to_travel_rule,
            payer_data,
            versions: vec![UmaVersion::V0, UmaVersion::V1],
            comment_allowed,
            sender,
            max_payments,
            kyc_status,
            callback: format!("https://shop.example/{path}"),
        }
    })
}

fn bech32(tlv: &[u8]) -> String {
    let hrp = Hrp::parse("uma").unwrap();
    tlv.iter().copied().bytes_to_fes().with_checksum::<Bech32>(&hrp).chars().collect()
}

fn drafts() -> impl Strategy<Value = PayRequestDraft> {
    let fields = proptest::collection::btree_map("[a-z]{1,8}", "\\PC{0,12}", 0..4);
    let amount = prop_oneof![Just(true), Just(false)];
    (
        addresses(),
        1..=i64::MAX.unsigned_abs(),
        codes(),
        fields,
        amount,
        proptest::option::of("\\PC{0,20}"),
        0..2_u64,
    )
        .prop_map(|(payer, amount, code, fields, locked, comment, major)| PayRequestDraft {
            amount: if locked || major == 0 {
                PayRequestAmount::Currency { amount, code: code.clone() }
            } else {
                PayRequestAmount::Msats(amount)
            },
            fields: fields
                .into_iter()
                .filter(|(key, _)| key != "identifier" && key != "compliance")
                .map(|(key, value)| (key, json!(value)))
                .collect(),
            comment,
            invoice_uuid: Some("47f58e51-67ae-4f45-9293-fb8b32a2e320".into()),
            utxo_callback: "https://vasp.example/utxo".into(),
            encrypted_travel_rule_info: Some(vec![4; 100]),
            version: UmaVersion::own(major).unwrap(),
            ..PayRequestDraft::new(payer, amount, code)
        })
}

fn terms() -> LnurlpTerms {
    LnurlpTerms {
        callback: "https://shop.example/callback".into(),
        min_sendable_msats: 1000,
        max_sendable_msats: 1_000_000,
        metadata: Metadata::plain("A \"ticket\"").with_identifier("$tickets@shop.example"),
        currencies: vec![
            Currency::sat(1, 1000),
            Currency {
                code: CurrencyCode::parse("USD").unwrap(),
                name: "US Dollars".into(),
                symbol: "$".into(),
                multiplier: "34150.5".parse().unwrap(),
                decimals: 2,
                min: 1,
                max: 9,
            },
        ],
        payer_data: DataOptions::uma().with("name", false),
        comment_allowed: Some(144),
        nostr_pubkey: None,
        allows_nostr: None,
        settlement_options: None,
    }
}

proptest! {
    #[test]
    fn an_address_keeps_its_spelling_and_compares_without_case(address in addresses()) {
        let again = UmaAddress::parse(address.as_str()).unwrap();
        prop_assert_eq!(again.as_str(), address.as_str());
        let lower = UmaAddress::parse(&address.normalized()).unwrap();
        prop_assert_eq!(&lower, &address);
        prop_assert_eq!(lower.cmp(&address), std::cmp::Ordering::Equal);
        prop_assert_eq!(std::collections::HashSet::from([lower]).contains(&address), true);
        let json = serde_json::to_string(&address).unwrap();
        let read = serde_json::from_str::<UmaAddress>(&json).unwrap();
        prop_assert_eq!(read.as_str(), address.as_str());
    }

    #[test]
    fn an_invoice_is_read_as_it_was_made(draft in invoices(), key in keys()) {
        match draft.clone().sign(&key) {
            Ok(invoice) => {
                let again = UmaInvoice::parse(&invoice.to_bech32().unwrap()).unwrap();
                prop_assert_eq!(again.terms(), &draft);
                prop_assert_eq!(&again, &invoice);
                again.verify(&key.public_key()).unwrap();
                prop_assert!(invoice.to_tlv().len() <= 500);
                prop_assert_eq!(UmaInvoice::parse(&invoice.to_bech32().unwrap().to_uppercase()).unwrap(), invoice);
            }
            Err(refused) => prop_assert!(refused.reason().contains("too long"), "{}", refused),
        }
    }

    #[test]
    fn a_damaged_invoice_never_verifies(draft in invoices(), key in keys(), at: prop::sample::Index, bit in 0..8_u8) {
        let Ok(invoice) = draft.sign(&key) else { return Ok(()) };
        let mut tlv = invoice.to_tlv();
        let cut = at.index(tlv.len());
        let short = UmaInvoice::from_tlv(&tlv[..cut]).and_then(|i| i.verify(&key.public_key()));
        prop_assert!(short.is_err(), "cut at {} verifies", cut);
        tlv[cut] ^= 1 << bit;
        let flipped = UmaInvoice::parse(&bech32(&tlv)).and_then(|i| i.verify(&key.public_key()));
        prop_assert!(flipped.is_err(), "bit {} of byte {} flipped, and it verifies", bit, cut);
        let mut text = invoice.to_bech32().unwrap().into_bytes();
        let at = at.index(text.len());
        text[at] = if text[at] == b'q' { b'p' } else { b'q' };
        prop_assert!(UmaInvoice::parse(&String::from_utf8(text).unwrap()).is_err());
    }

    #[test]
    fn an_lnurlp_request_survives_its_url(receiver in addresses(), key in keys(), nonce in "[!-~]{1,30}", v in 0..2_u64) {
        let vasp = domain("vasp.example:8443");
        let version = UmaVersion::own(v).unwrap();
        let request = LnurlpRequest::signed(&receiver, vasp, version, nonce, NOW, &key);
        let again = LnurlpRequest::parse_url(&request.to_url()).unwrap();
        prop_assert_eq!(again.uma.clone(), request.uma.clone());
        prop_assert_eq!(again.receiver.as_str().split('@').next(), request.receiver.as_str().split('@').next());
        request.verify(&key.public_key()).unwrap();
        let response = LnurlpResponse::signed(&request, terms(), KycStatus::Verified, "9", NOW, &key).unwrap();
        let read = LnurlpResponse::parse(&response.to_json().unwrap()).unwrap();
        prop_assert_eq!(&read, &response);
        read.verify(receiver.as_payment_address(), &key.public_key()).unwrap();
        prop_assert_eq!(read.compliance.unwrap().version, version);
    }

    #[test]
    fn a_pay_request_is_read_as_it_was_made(draft in drafts(), key in keys(), nonce in "[0-9]{1,20}") {
        let request = draft.sign(nonce, NOW, &key).unwrap();
        let mut again = PayRequest::parse(&request.to_json().unwrap()).unwrap();
        again.uma_payer().unwrap().verify(&key.public_key()).unwrap();
        if again.major == 0 {
            again.convert.clone_from(&request.convert);
        }
        prop_assert_eq!(again, request);
    }

    #[test]
    fn only_what_was_signed_verifies(draft in drafts(), key in keys(), at: prop::sample::Index, bit in 0..7_u8) {
        let text = draft.sign("77", NOW, &key).unwrap().to_json().unwrap();
        let original = PayRequest::parse(&text).unwrap();
        let original = original.uma_payer().unwrap();
        let mut bytes = text.clone().into_bytes();
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        let Ok(damaged) = String::from_utf8(bytes) else { return Ok(()) };
        let Ok(request) = PayRequest::parse(&damaged) else { return Ok(()) };
        let Ok(payer) = request.uma_payer() else { return Ok(()) };
        let signed_alike = payer.address.as_str() == original.address.as_str()
            && payer.stamp().nonce == original.stamp().nonce
            && payer.stamp().timestamp == original.stamp().timestamp
            && payer.stamp().signature.eq_ignore_ascii_case(&original.stamp().signature);
        prop_assert_eq!(payer.verify(&key.public_key()).is_ok(), signed_alike);
    }

    #[test]
    fn an_answer_is_for_this_payer_and_this_payee(draft in drafts(), payee in addresses(), key in keys()) {
        let major = draft.version.major;
        let request = draft.sign("1", NOW, &key).unwrap();
        let payer = request.uma_payer().unwrap();
        let answer = PayResponseDraft {
            pr: "lnbc1".into(),
            payee: payee.clone(),
            currency: Currency::sat(1, 1000),
            amount: 21,
            fee_msats: 3,
            fields: BTreeMap::from([("name".into(), json!("Box Office"))]),
            node_pub_key: Some("02ab".into()),
            utxo_callback: String::new(),
            success_message: Some("Enjoy!".into()),
            major,
        };
        let answer = answer.sign(&payer, "2", NOW, &key);
        let read = PayResponse::parse(&answer.to_json().unwrap()).unwrap();
        prop_assert_eq!(&read, &answer);
        if major == 0 {
            return Ok(());
        }
        read.verify_signature(&payer.address, &payee, &key.public_key()).unwrap();
        for (from, to) in [(&address("$eve@vasp.example:7"), &payee), (&payer.address, &address("$eve@shop.example:7"))] {
            prop_assert!(read.verify_signature(from, to, &key.public_key()).is_err());
        }
    }

    #[test]
    fn a_damaged_or_cut_ciphertext_does_not_decrypt(
        plain in proptest::collection::vec(any::<u8>(), 1..200),
        key in any::<[u8; 32]>(), at: prop::sample::Index, bit in 0..8_u8,
    ) {
        let Ok(recipient) = EncryptionKey::from_bytes(&key) else { return Ok(()) };
        let mut sealed = ecies::encrypt(&recipient.public_key().to_uncompressed(), &plain).unwrap();
        prop_assert_eq!(recipient.decrypt(&sealed).unwrap().to_vec(), plain);
        let at = at.index(sealed.len());
        prop_assert!(recipient.decrypt(&sealed[..at]).is_err());
        sealed[at] ^= 1 << bit;
        prop_assert!(recipient.decrypt(&sealed).is_err());
    }

    #[test]
    fn a_multiplier_is_exact(digits in 1..=u64::MAX, scale in 0..20_u32, amount in 0..1_000_000_u64) {
        let multiplier = Multiplier::new(digits, scale).unwrap();
        prop_assert_eq!(multiplier.to_string().parse::<Multiplier>().unwrap(), multiplier);
        if let Some(msats) = multiplier.to_msats(amount) {
            let back = multiplier.to_amount(msats, Rounding::Nearest);
            let coarse = digits / 10_u64.saturating_pow(scale) == 0;
            prop_assert!(coarse || back == Some(amount), "{multiplier}: {amount} -> {msats} -> {back:?}");
        }
    }

    #[test]
    fn a_description_begins_with_the_metadata_and_ends_as_sent(name in "\\PC{0,20}", spaces in " {0,5}") {
        let text = format!("{{{spaces}\"name\" :{spaces}{}}}", json!(name));
        let body = format!("{{\"amount\":\"1\",\"payerData\":{text},\"comment\":\"x\"}}");
        let request = PayRequest::parse(&body).unwrap();
        let metadata = Metadata::plain(&name);
        prop_assert_eq!(Metadata::parse(metadata.as_str()).unwrap().get("text/plain"), Some(name));
        let described = metadata.description(request.payer_data.as_ref().map(PayerData::as_json));
        prop_assert_eq!(described, format!("{}{text}", metadata.as_str()));
    }

    #[test]
    fn no_text_makes_a_parser_panic(text in "\\PC{0,200}", json in "[\\[\\]{}\":,a-z0-9. -]{0,200}", bytes: Vec<u8>) {
        for text in [text.as_str(), json.as_str()] {
            let _ = PaymentAddress::parse(text);
            let _ = VaspDomain::parse(text);
            let _ = text.parse::<UmaVersion>();
            let _ = text.parse::<Multiplier>();
            let _ = text.parse::<PayRequestAmount>();
            let _ = UmaInvoice::parse(text);
            let _ = UmaInvoice::parse(&format!("uma1{text}"));
            let _ = PayRequest::parse(text);
            let _ = PayRequest::parse_query(text);
            let _ = PayResponse::parse(text);
            let _ = LnurlpRequest::parse_url(text);
            let _ = LnurlpRequest::parse("/.well-known/lnurlp/$a", text, &domain("shop.example"));
            let _ = LnurlpResponse::parse(text);
            let _ = PublicKeyResponse::parse(text);
            let _ = Configuration::parse(text);
            let _ = PostTransactionCallback::parse(text);
            let _ = Metadata::parse(text);
        }
        let _ = UmaInvoice::from_tlv(&bytes);
        let _ = EncryptionKey::from_bytes(&[1; 32]).unwrap().decrypt(&bytes);
        let _ = uma_protocol::keys::CertificateChain::from_der(vec![bytes]);
    }
}
