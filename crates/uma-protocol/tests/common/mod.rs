//! The vectors, and what every test of them needs.
#![allow(dead_code, unreachable_pub, reason = "each test binary uses its part")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::collections::HashSet;

use serde_json::Value;
use uma_protocol::nonce::NonceLogError;
use uma_protocol::{
    EncryptionKey, ErrorCode, NonceLog, PublicKey, SigningKey, UmaAddress, UmaError, VaspDomain,
};

pub const NOW: i64 = 1_760_000_000;

pub struct Vectors {
    root: Value,
}

impl Vectors {
    pub fn load() -> Self {
        Self { root: serde_json::from_str(include_str!("../vectors/uma-vectors.json")).unwrap() }
    }

    pub fn all(&self) -> &[Value] {
        self.root["vectors"].as_array().unwrap()
    }

    pub fn of<'a>(&'a self, category: &'a str, kind: &'a str) -> impl Iterator<Item = Vector<'a>> {
        self.all()
            .iter()
            .filter(move |v| v["category"] == category && v["kind"] == kind)
            .map(|value| Vector { value })
    }

    pub fn named(&self, name: &str) -> Vector<'_> {
        let found = self.all().iter().find(|v| v["name"] == name);
        Vector { value: found.unwrap_or_else(|| panic!("no vector {name}")) }
    }

    /// `receiver.signing` and the like.
    pub fn private_hex(&self, who: &str) -> &str {
        let (party, key) = who.split_once('.').unwrap();
        self.root["keys"][party][key]["private_hex"].as_str().unwrap()
    }

    pub fn pem(&self, who: &str) -> &str {
        let (party, key) = who.split_once('.').unwrap();
        self.root["keys"][party][key]["cert_pem"].as_str().unwrap()
    }

    pub fn signing(&self, who: &str) -> SigningKey {
        SigningKey::from_hex(self.private_hex(who)).unwrap()
    }

    pub fn encryption(&self, who: &str) -> EncryptionKey {
        EncryptionKey::from_hex(self.private_hex(who)).unwrap()
    }

    pub fn public(&self, who: &str) -> PublicKey {
        self.signing(who).public_key()
    }
}

#[derive(Clone, Copy)]
pub struct Vector<'a> {
    pub value: &'a Value,
}

impl<'a> Vector<'a> {
    pub fn name(self) -> &'a str {
        self.value["name"].as_str().unwrap()
    }

    pub fn output(self) -> &'a Value {
        &self.value["output"]
    }

    pub fn text(self) -> &'a str {
        self.output().as_str().unwrap()
    }

    pub fn input(self, key: &str) -> Option<&'a str> {
        self.value["inputs"][key].as_str()
    }

    pub fn expect(self, key: &str) -> &'a Value {
        &self.value["expect"][key]
    }

    /// Whether its maker signs as we do, so that its signatures can be made again byte for byte.
    pub fn is_deterministic(self) -> bool {
        !self.value["source"].as_str().unwrap().starts_with("go") && self.value["inputs"]["change"].is_null()
    }

    /// Checks that `error` is one of those the vector allows.
    pub fn assert_refused<T>(self, result: Result<T, UmaError>) {
        let Err(error) = result else { panic!("{} was accepted", self.name()) };
        let wanted = self.expect("error").as_str().unwrap_or_default();
        let code = error.code().as_str();
        let any_4xx = wanted == "any 4xx" && (400..500).contains(&error.http_status());
        let named: Vec<_> =
            wanted.split(|c: char| !(c.is_ascii_uppercase() || c == '_')).filter(|w| w.len() > 4).collect();
        assert!(any_4xx || named.contains(&code), "{}: {code} ({error}) instead of {wanted}", self.name());
        if let Some(status) = self.expect("http_status").as_u64() {
            assert_eq!(u64::from(error.http_status()), status, "{}", self.name());
        }
        if let Some(suggested) = self.expect("suggested").as_str() {
            assert_eq!(code, suggested, "{}", self.name());
        }
        assert!(ErrorCode::from_name(code).is_some());
    }
}

pub fn address(text: &str) -> UmaAddress {
    UmaAddress::parse(text).unwrap()
}

pub fn domain(text: &str) -> VaspDomain {
    VaspDomain::parse(text).unwrap()
}

/// In-memory log of nonces.
#[derive(Default)]
pub struct Memory(pub HashSet<(VaspDomain, String)>);

#[async_trait::async_trait]
impl NonceLog for Memory {
    async fn remember(&mut self, domain: &VaspDomain, nonce: &str, _at: i64) -> Result<bool, NonceLogError> {
        Ok(self.0.insert((domain.clone(), nonce.to_owned())))
    }
}
