//! Writes one message of each kind as a JSON object to standard output, made with throw-away keys, for another
//! implementation to read and verify: see `tests/interop`. The present moment is the first argument, Unix seconds.
#![expect(clippy::print_stdout, reason = "that is what it is for")]

use std::collections::BTreeMap;
use std::error::Error;

use serde_json::json;
use uma_protocol::lnurlp::LnurlpTerms;
use uma_protocol::payer_data::{DataOptions, KycStatus};
use uma_protocol::payreq::{PayRequestDraft, PayResponseDraft};
use uma_protocol::post_transaction::{PostTransactionCallback, UtxoWithAmount};
use uma_protocol::{
    Configuration, Currency, CurrencyCode, EncryptionKey, InvoiceDraft, LnurlpRequest, LnurlpResponse,
    Metadata, OrderTerms, SigningKey, UmaAddress, UmaVersion, VaspDomain, VaspKeys,
};

const TRAVEL_RULE: &str = r#"{"originator":{"name":"Zażółć"}}"#;

fn keys(domain: &str, seed: u8, now: i64) -> Result<VaspKeys, Box<dyn Error>> {
    let signing = SigningKey::from_bytes(&[seed; 32])?;
    let encryption = EncryptionKey::from_bytes(&[seed + 1; 32])?;
    let domain = VaspDomain::parse(domain)?;
    Ok(VaspKeys::issue(&domain, signing, encryption, [[seed; 16], [seed + 1; 16]], now - 60, now + 86_400)?)
}

fn main() -> Result<(), Box<dyn Error>> {
    let now: i64 = std::env::args().nth(1).ok_or("the present moment is missing")?.parse()?;
    let shop = keys("tickets.example.com", 1, now)?;
    let vasp = keys("vasp1.example.org", 5, now)?;
    let receiver = UmaAddress::parse("$Show@tickets.example.com")?;
    let payer = UmaAddress::parse("$alice@vasp1.example.org")?;
    let vasp_domain = VaspDomain::parse("vasp1.example.org")?;
    let nonces = &mut (0..).map(|n| format!("{}", 1_000_000 + n));
    let mut nonce = || nonces.next().unwrap_or_default();

    let mut versions = BTreeMap::new();
    for version in [UmaVersion::V1, UmaVersion::V0] {
        let request =
            LnurlpRequest::signed(&receiver, vasp_domain.clone(), version, nonce(), now, vasp.signing_key());
        let terms = LnurlpTerms {
            callback: "https://tickets.example.com/uma/payreq/7?t=9d2f".into(),
            min_sendable_msats: 1000,
            max_sendable_msats: 100_000_000,
            metadata: Metadata::plain("Late Show").with_identifier(receiver.as_str()),
            currencies: vec![Currency::sat(1, 100_000)],
            payer_data: DataOptions::uma().with("name", false),
            comment_allowed: Some(144),
            nostr_pubkey: None,
            allows_nostr: None,
            settlement_options: None,
        };
        let key = shop.signing_key();
        let response = LnurlpResponse::signed(&request, terms, KycStatus::Verified, nonce(), now, key)?;
        let sealed =
            ecies::encrypt(&shop.encryption_key().public_key().to_uncompressed(), TRAVEL_RULE.as_bytes())?;
        let draft = PayRequestDraft {
            version,
            fields: BTreeMap::from([("name".into(), json!("Alice Example"))]),
            encrypted_travel_rule_info: Some(sealed),
            comment: Some("front row".into()),
            invoice_uuid: Some("47f58e51-67ae-4f45-9293-fb8b32a2e320".into()),
            ..PayRequestDraft::new(payer.clone(), 21_000, CurrencyCode::sat())
        };
        let payreq = draft.sign(nonce(), now, vasp.signing_key())?;
        let order = OrderTerms::sats(21_000);
        let answer = PayResponseDraft {
            pr: "lnbc210u1pexamplevectornotarealinvoice".into(),
            payee: receiver.clone(),
            currency: order.currency,
            amount: order.amount,
            fee_msats: 0,
            fields: BTreeMap::new(),
            node_pub_key: None,
            utxo_callback: "https://tickets.example.com/uma/utxocallback".into(),
            success_message: Some("Enjoy!".into()),
            major: version.major,
        };
        let answer = answer.sign(&payreq.uma_payer()?, nonce(), now, key);
        let messages = json!({
            "lnurlp_request": request.to_url(),
            "lnurlp_response": response.to_json()?,
            "payreq": payreq.to_json()?,
            "payreq_response": answer.to_json()?,
        });
        versions.insert(format!("v{}", version.major), messages);
    }
    let mut invoice = InvoiceDraft::sats(
        receiver.clone(),
        "47f58e51-67ae-4f45-9293-fb8b32a2e320".into(),
        21_000,
        now + 900,
        "https://tickets.example.com/uma/payreq/7?t=9d2f".into(),
    );
    invoice.sender = Some(payer.clone());
    invoice.comment_allowed = Some(144);
    let utxos = vec![UtxoWithAmount { utxo: "4f1a:0".into(), amount_msats: 21_000_000 }];
    let callback = PostTransactionCallback::signed(utxos, vasp_domain, nonce(), now, vasp.signing_key());
    let all = json!({
        "now": now,
        "receiver": receiver,
        "payer": payer,
        "travel_rule": TRAVEL_RULE,
        "shop_keys": shop.publish(now + 3600).to_json()?,
        "vasp_keys": vasp.publish(now + 3600).to_json()?,
        "shop_encryption_private": shop.encryption_key().to_hex().as_str(),
        "shop_signing_pem": shop.signing_chain().to_pem()?,
        "versions": versions,
        "invoice": invoice.sign(shop.signing_key())?.to_bech32()?,
        "post_transaction": callback.to_json()?,
        "configuration": serde_json::to_value(Configuration::own("Tickets", None))?,
        "error_412": serde_json::to_value(UmaVersion::negotiate("2.0").err().map(|e| e.body()))?,
    });
    println!("{all:#}");
    Ok(())
}
