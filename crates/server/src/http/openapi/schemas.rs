//! Constraints of properties: closed lists that are no types (see `statuses`), lengths, and formats.

use identity::WalletState;
use kernel::FieldCode;
use payments::NodeStatus;
use serde_json::Value;
use utoipa::openapi::{
    KnownFormat, OpenApi, Ref, RefOr, SchemaFormat,
    schema::{AdditionalProperties, Object, ObjectBuilder, OneOfBuilder, Schema, SchemaType, Type},
};

/// A closed list of string values.
struct StringEnum {
    /// Name of a shared schema; without one the values are inlined.
    schema: Option<&'static str>,
    /// Properties as `Schema.property`.
    properties: &'static [&'static str],
    values: Vec<&'static str>,
}

fn string_enums() -> Vec<StringEnum> {
    let named = |schema, properties, values| StringEnum { schema: Some(schema), properties, values };
    let inline = |properties, values| StringEnum { schema: None, properties, values };
    let wallet =
        [WalletState::Connected, WalletState::Expired, WalletState::Stale, WalletState::NeedsReconnect];
    vec![
        named("FieldCode", &[], FieldCode::ALL.iter().map(|code| code.as_str()).collect()),
        named("WalletState", &["WalletConnection.state"], wallet.map(WalletState::as_str).into()),
        named(
            "NodeStatus",
            &["NodeBalance.status"],
            NodeStatus::ALL.iter().map(|one| one.as_str()).collect(),
        ),
        inline(&["HoldLimit.scope"], vec!["account", "payer", "network"]),
        inline(&["Health.status"], vec!["healthy", "unhealthy"]),
        inline(&["Health.database"], vec!["up", "down"]),
        inline(&["Ready.status"], vec!["ready", "not ready"]),
        inline(&["LnurlError.status"], vec!["ERROR"]),
        inline(&["Processed.status"], vec!["processed"]),
    ]
}

/// Maximum lengths of request properties, in characters.
const LENGTHS: [(&str, usize); 27] = [
    ("ChangePassword.current_password", 1_024),
    ("ChangePassword.new_password", 1_024),
    ("ConfirmPasswordReset.password", 1_024),
    ("ConnectWallet.client_id", 4_000),
    ("ConnectWallet.nwc_connection_uri", 4_000),
    ("ConnectWallet.refresh_token", 4_000),
    ("ConnectWallet.token_endpoint", 4_000),
    ("ConnectWallet.uma_address", 4_000),
    ("EventChanges.contact", 200),
    ("EventChanges.description", 10_000),
    ("EventChanges.host_name", 100),
    ("EventChanges.stream_url", 2_000),
    ("EventChanges.title", 200),
    ("NewAnnouncement.text", 500),
    ("NewEvent.contact", 200),
    ("NewEvent.description", 10_000),
    ("NewEvent.host_name", 100),
    ("NewEvent.stream_url", 2_000),
    ("NewEvent.title", 200),
    ("NewUser.email", 254),
    ("NewUser.name", 100),
    ("NewUser.password", 1_024),
    ("RequestLoginLink.email", 254),
    ("RequestPasswordReset.email", 254),
    ("UpdateUser.current_password", 1_024),
    ("UpdateUser.email", 254),
    ("UpdateUser.name", 100),
];

/// Bounds of numeric request properties.
const NUMBERS: [(&str, i64, i64); 4] = [
    ("EventChanges.capacity", 1, 10_000_000),
    ("EventChanges.price_sats", 0, 2_100_000_000_000_000),
    ("NewEvent.capacity", 1, 10_000_000),
    ("NewEvent.price_sats", 0, 2_100_000_000_000_000),
];

/// Adds the constraints to the document's schemas.
pub(super) fn constrain(document: &mut OpenApi) {
    let string_enums = string_enums();
    let Some(components) = &mut document.components else { return };
    for (schema, properties) in &mut components.schemas {
        let RefOr::T(Schema::Object(properties)) = properties else { continue };
        for (property, value) in &mut properties.properties {
            let name = format!("{schema}.{property}");
            if let RefOr::T(Schema::Object(object)) = value {
                limit(&name, object);
                by_name(property, object);
            }
            if name == "Problem.field_types" {
                name_field_codes(value);
            }
            if let Some(list) = string_enums.iter().find(|list| list.properties.contains(&name.as_str())) {
                limit_to(value, list);
            }
        }
    }
    for list in &string_enums {
        let Some(name) = list.schema else { continue };
        let string_enums =
            ObjectBuilder::new().schema_type(Type::String).enum_values(Some(list.values.iter().copied()));
        components.schemas.insert(name.to_owned(), string_enums.build().into());
    }
}

/// The values of a problem's `field_types` are of a closed list.
fn name_field_codes(value: &mut RefOr<Schema>) {
    let RefOr::T(Schema::Object(object)) = value else { return };
    let code = RefOr::Ref(Ref::from_schema_name("FieldCode"));
    object.additional_properties = Some(Box::new(AdditionalProperties::RefOr(code)));
}

fn limit(name: &str, value: &mut Object) {
    if let Some((_, length)) = LENGTHS.iter().find(|(named, _)| *named == name) {
        value.max_length = Some(*length);
    }
    if let Some((_, least, most)) = NUMBERS.iter().find(|(named, ..)| *named == name) {
        value.minimum = Some((*least).into());
        value.maximum = Some((*most).into());
    }
}

/// Constraints of properties with one meaning in all schemas.
fn by_name(property: &str, value: &mut Object) {
    if (property == "id" || property.ends_with("_id")) && is(value, &Type::Integer) {
        value.minimum.get_or_insert(1.into());
    }
    if !is(value, &Type::String) || value.enum_values.is_some() {
        return;
    }
    match property {
        "payment_hash" => value.pattern = Some("^[0-9a-fA-F]{64}$".to_owned()),
        "email" => value.format = Some(SchemaFormat::Custom("email".to_owned())),
        "payment_url" => value.format = Some(SchemaFormat::Custom("uri".to_owned())),
        "password" | "new_password" | "current_password" => {
            value.format = Some(SchemaFormat::KnownFormat(KnownFormat::Password));
        }
        _ => {}
    }
}

fn is(value: &Object, expected: &Type) -> bool {
    match &value.schema_type {
        SchemaType::Type(one) => one == expected,
        SchemaType::Array(several) => several.contains(expected),
        SchemaType::AnyValue => false,
    }
}

fn limit_to(value: &mut RefOr<Schema>, list: &StringEnum) {
    let RefOr::T(Schema::Object(object)) = value else { return };
    let Some(name) = list.schema else {
        object.enum_values = Some(list.values.iter().map(|word| Value::from(*word)).collect());
        return;
    };
    let mut reference = Ref::from_schema_name(name);
    if is(object, &Type::Null) {
        let null = ObjectBuilder::new().schema_type(Type::Null);
        let either = OneOfBuilder::new().description(object.description.take()).item(null).item(reference);
        *value = RefOr::T(Schema::OneOf(either.build()));
    } else {
        reference.description = object.description.take().unwrap_or_default();
        *value = RefOr::Ref(reference);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn document() -> Value {
        serde_json::from_str(&super::super::document().unwrap()).unwrap()
    }

    #[test]
    fn constrained_properties_exist() {
        let document = document();
        for list in string_enums() {
            for name in list.properties {
                let (schema, property) = name.split_once('.').unwrap();
                let found = &document["components"]["schemas"][schema]["properties"][property];
                let reference = list.schema.map(|schema| format!("\"#/components/schemas/{schema}\""));
                let expected = reference.unwrap_or_else(|| "\"enum\"".to_owned());
                assert!(found.to_string().contains(&expected), "{name} has no {expected}: was it renamed?");
            }
        }
        let codes = &document["components"]["schemas"]["Problem"]["properties"]["field_types"];
        assert_eq!(codes["additionalProperties"]["$ref"], "#/components/schemas/FieldCode");
        let lengths = LENGTHS.iter().map(|(name, _)| (*name, "maxLength"));
        let numbers = NUMBERS.iter().map(|(name, ..)| (*name, "maximum"));
        for (name, constraint) in lengths.chain(numbers) {
            let (schema, property) = name.split_once('.').unwrap();
            let found = &document["components"]["schemas"][schema]["properties"][property][constraint];
            assert!(!found.is_null(), "{name} has no {constraint}: was it renamed?");
        }
    }

    /// Generated clients need enums instead of values in prose.
    #[test]
    fn values_listed_in_a_description_are_an_enum() {
        for (schema, value) in document()["components"]["schemas"].as_object().unwrap() {
            for (property, value) in value["properties"].as_object().into_iter().flatten() {
                let description = value["description"].as_str().unwrap_or_default();
                let lists = description.matches("`, `").count() > 0 || description.contains("` or `");
                let name = format!("{schema}.{property}");
                let limited = ["enum", "$ref", "oneOf"].iter().any(|key| !value[*key].is_null());
                assert!(!lists || limited, "{name} is a word of a list: add it to `words`");
            }
        }
    }

    #[test]
    fn operations_have_unique_ids_and_described_responses() {
        let document = document();
        let mut names = BTreeSet::new();
        for (path, calls) in document["paths"].as_object().unwrap() {
            for (method, call) in calls.as_object().unwrap() {
                let name = call["operationId"].as_str().unwrap();
                assert!(names.insert(name.to_owned()), "{method} {path}: {name} is taken, add it to `NAMES`");
                let sent = &call["requestBody"]["content"]["application/json"]["schema"];
                let bare = sent["type"] == "object" && sent["properties"].is_null();
                assert!(
                    !bare || sent["additionalProperties"] == true,
                    "{method} {path}: no body fits {sent}"
                );
                for (status, answer) in call["responses"].as_object().unwrap() {
                    let description = answer["description"].as_str().unwrap_or_default();
                    assert!(!description.is_empty(), "{method} {path}: {status}");
                }
            }
        }
        assert!(names.len() > 50);
        assert_eq!(document["servers"][0]["url"], "/");
    }
}
