//! The messages that are measured, the bare operations they need, and a clock of CPU time.
#![allow(dead_code, unreachable_pub, reason = "each benchmark uses its part")]

use std::collections::BTreeMap;
use std::time::Duration;

use aes_gcm::aead::consts::U16;
use aes_gcm::aes::Aes256;
use aes_gcm::{AeadInOut, AesGcm, KeyInit, Nonce, Tag};
use bitcoin::hashes::{Hash as _, sha256};
use hkdf::Hkdf;
use lightning_invoice::{Currency as Network, InvoiceBuilder, PaymentSecret};
use rustix::time::{ClockId, clock_gettime};
use secp256k1::{Message, SECP256K1, SecretKey, ecdh, ecdsa};
use sha2::{Digest as _, Sha256};
use uma_protocol::payer_data::PayerData;
use uma_protocol::payreq::{PayRequestDraft, PayResponseDraft};
use uma_protocol::{
    Currency, CurrencyCode, EncryptionKey, InvoiceDraft, Metadata, OrderTerms, PayRequest, PublicKey,
    SigningKey, UmaAddress,
};

pub const NOW: i64 = 1_760_000_000;
pub const SATS: u64 = 21_000;
const TRAVEL_RULE: &[u8] =
    br#"{"originator":{"name":"Alice Example","account":"$alice@vasp1.example.org"}} "#;

/// CPU time of this thread.
pub fn cpu_time() -> Duration {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(now.tv_sec.unsigned_abs(), u32::try_from(now.tv_nsec).unwrap())
}

/// Which parts of answering a pay request are done.
#[derive(Clone, Copy, PartialEq)]
pub enum Scope {
    Plain,
    TravelRule,
    TravelRuleAndBolt11,
}

pub const SCOPES: [(&str, Scope); 3] = [
    ("no travel rule, no bolt11", Scope::Plain),
    ("travel rule, no bolt11", Scope::TravelRule),
    ("travel rule + bolt11", Scope::TravelRuleAndBolt11),
];

pub struct Shop {
    pub key: SigningKey,
    pub encryption: EncryptionKey,
    pub peer: PublicKey,
    pub peer_key: SigningKey,
    pub address: UmaAddress,
    pub metadata: Metadata,
    node: SecretKey,
}

impl Shop {
    pub fn new() -> Self {
        let peer_key = SigningKey::from_bytes(&[2; 32]).unwrap();
        Self {
            key: SigningKey::from_bytes(&[1; 32]).unwrap(),
            encryption: EncryptionKey::from_bytes(&[3; 32]).unwrap(),
            peer: peer_key.public_key(),
            peer_key,
            address: UmaAddress::parse("$show@tickets.example.com").unwrap(),
            metadata: Metadata::plain("Ticket for Late Show").with_identifier("$show@tickets.example.com"),
            node: SecretKey::from_slice(&[5; 32]).unwrap(),
        }
    }

    /// What the buyer's VASP posts.
    pub fn body(&self, scope: Scope) -> String {
        let payer = UmaAddress::parse("$alice@vasp1.example.org").unwrap();
        let sealed = ecies::encrypt(&self.encryption.public_key().to_uncompressed(), TRAVEL_RULE).unwrap();
        let draft = PayRequestDraft {
            fields: BTreeMap::from([
                ("name".into(), "Alice Example".into()),
                ("email".into(), "alice@vasp1.example.org".into()),
            ]),
            encrypted_travel_rule_info: (scope != Scope::Plain).then_some(sealed),
            comment: Some("front row please".into()),
            utxo_callback: "https://vasp1.example.org/utxo?tx=7".into(),
            ..PayRequestDraft::new(payer, SATS, CurrencyCode::sat())
        };
        draft.sign("148389096", NOW, &self.peer_key).unwrap().to_json().unwrap()
    }

    /// The whole of it: parse, verify, open, check, invoice, sign, write.
    pub fn answer(&self, body: &str, scope: Scope) -> String {
        let request = PayRequest::parse(body).unwrap();
        let payer = request.uma_payer().unwrap();
        payer.verify(&self.peer).unwrap();
        if scope != Scope::Plain {
            let sealed = payer.compliance.encrypted_travel_rule_info.as_deref().unwrap();
            self.encryption.decrypt(&hex::decode(sealed).unwrap()).unwrap();
        }
        let msats = OrderTerms::sats(SATS).check(&request.amount, request.convert.as_ref()).unwrap();
        let pr = if scope == Scope::TravelRuleAndBolt11 {
            let payer_data = request.payer_data.as_ref().map(PayerData::as_json);
            self.bolt11(self.metadata.description_hash(payer_data), msats)
        } else {
            "lnbc210u1pexamplevectornotarealinvoice".into()
        };
        let draft = PayResponseDraft {
            pr,
            payee: self.address.clone(),
            currency: Currency::sat(1, SATS),
            amount: SATS,
            fee_msats: 0,
            fields: BTreeMap::new(),
            node_pub_key: None,
            utxo_callback: String::new(),
            success_message: None,
            major: request.major,
        };
        draft.sign(&payer, "3505238852", NOW, &self.key).to_json().unwrap()
    }

    pub fn bolt11(&self, description_hash: [u8; 32], msats: u64) -> String {
        InvoiceBuilder::new(Network::Bitcoin)
            .description_hash(sha256::Hash::from_byte_array(description_hash))
            .payment_hash(sha256::Hash::from_byte_array([4; 32]))
            .payment_secret(PaymentSecret([6; 32]))
            .duration_since_epoch(Duration::from_secs(NOW.unsigned_abs()))
            .min_final_cltv_expiry_delta(18)
            .amount_milli_satoshis(msats)
            .build_signed(|message| SECP256K1.sign_ecdsa_recoverable(message, &self.node))
            .unwrap()
            .to_string()
    }

    pub fn invoice(&self) -> InvoiceDraft {
        let mut draft = InvoiceDraft::sats(
            self.address.clone(),
            "47f58e51-67ae-4f45-9293-fb8b32a2e320".into(),
            SATS,
            NOW + 900,
            "https://tickets.example.com/uma/payreq/6f1d2c3b".into(),
        );
        draft.sender = Some(UmaAddress::parse("$alice@vasp1.example.org").unwrap());
        draft
    }
}

/// The bare operations that a scope cannot do without, on parsed keys, by libsecp256k1 and AES-NI.
pub struct Bare {
    key: SecretKey,
    public: secp256k1::PublicKey,
    signature: ecdsa::Signature,
    message: Message,
    sealed: Vec<u8>,
    shop: Shop,
}

impl Bare {
    pub fn new() -> Self {
        let key = SecretKey::from_slice(&[2; 32]).unwrap();
        let message =
            Message::from_digest(Sha256::digest(b"$alice@vasp1.example.org|148389096|1760000000").into());
        let shop = Shop::new();
        let sealed = ecies::encrypt(&shop.encryption.public_key().to_uncompressed(), TRAVEL_RULE).unwrap();
        Self {
            public: key.public_key(SECP256K1),
            signature: SECP256K1.sign_ecdsa(&message, &key),
            key,
            message,
            sealed,
            shop,
        }
    }

    pub fn sign(&self) -> ecdsa::Signature {
        SECP256K1.sign_ecdsa(&self.message, &self.key)
    }

    pub fn verify(&self) {
        SECP256K1.verify_ecdsa(&self.message, &self.signature, &self.public).unwrap();
    }

    pub fn open(&self) -> Vec<u8> {
        let secret = SecretKey::from_slice(&[3; 32]).unwrap();
        let sender = secp256k1::PublicKey::from_slice(&self.sealed[..65]).unwrap();
        let mut material = [4_u8; 130];
        material[..65].copy_from_slice(&self.sealed[..65]);
        material[66..].copy_from_slice(&ecdh::shared_secret_point(&sender, &secret));
        let mut key = [0_u8; 32];
        Hkdf::<Sha256>::new(None, &material).expand(&[], &mut key).unwrap();
        let nonce: [u8; 16] = self.sealed[65..81].try_into().unwrap();
        let tag: [u8; 16] = self.sealed[81..97].try_into().unwrap();
        let mut body = self.sealed[97..].to_vec();
        AesGcm::<Aes256, U16>::new_from_slice(&key)
            .unwrap()
            .decrypt_inout_detached(&Nonce::from(nonce), &[], body.as_mut_slice().into(), &Tag::from(tag))
            .unwrap();
        body
    }

    pub fn bolt11(&self) -> String {
        self.shop.bolt11([8; 32], SATS * 1000)
    }

    /// All that `scope` needs.
    pub fn all(&self, scope: Scope) {
        self.verify();
        if scope != Scope::Plain {
            std::hint::black_box(self.open());
        }
        if scope == Scope::TravelRuleAndBolt11 {
            std::hint::black_box(self.bolt11());
        }
        std::hint::black_box(self.sign());
    }
}
