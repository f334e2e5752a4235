//! Objects with open keys. Repeated keys are errors, since parsers differ in which value they keep.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeOwned, Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::{COMPLIANCE, IDENTIFIER};

/// Maximal number of keys in an object.
const MAX_KEYS: usize = 64;

/// Payer or payee data: identifier, compliance block, and the rest. Null counts as absent.
pub(crate) struct DataFields<C> {
    pub(crate) identifier: Option<String>,
    pub(crate) compliance: Option<C>,
    pub(crate) fields: BTreeMap<String, Value>,
}

impl<'de, C: DeserializeOwned> Deserialize<'de> for DataFields<C> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(DataFieldsVisitor(PhantomData))
    }
}

struct DataFieldsVisitor<C>(PhantomData<C>);

impl<'de, C: DeserializeOwned> Visitor<'de> for DataFieldsVisitor<C> {
    type Value = DataFields<C>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of payer or payee data")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<DataFields<C>, A::Error> {
        let (mut identifier, mut compliance, mut fields) = (None, None, BTreeMap::new());
        while let Some(key) = map.next_key::<String>()? {
            let repeated = match key.as_str() {
                IDENTIFIER => identifier.replace(map.next_value()?).is_some(),
                COMPLIANCE => compliance.replace(map.next_value()?).is_some(),
                _ => insert(&mut fields, key, map.next_value()?)?,
            };
            if repeated {
                return Err(A::Error::custom("a key is repeated"));
            }
        }
        fields.retain(|_, value: &mut Value| !value.is_null());
        Ok(DataFields { identifier: identifier.flatten(), compliance: compliance.flatten(), fields })
    }
}

fn insert<T, E: Error>(map: &mut BTreeMap<String, T>, key: String, value: T) -> Result<bool, E> {
    if map.len() == MAX_KEYS {
        return Err(E::custom("too many keys"));
    }
    Ok(map.insert(key, value).is_some())
}

/// A map of any keys, each at most once.
pub(super) fn unique<'de, D, T>(from: D) -> Result<BTreeMap<String, T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    from.deserialize_map(UniqueVisitor(PhantomData))
}

struct UniqueVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for UniqueVisitor<T> {
    type Value = BTreeMap<String, T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = BTreeMap::new();
        while let Some((key, value)) = map.next_entry()? {
            if insert(&mut found, key, value)? {
                return Err(A::Error::custom("a key is repeated"));
            }
        }
        Ok(found)
    }
}
