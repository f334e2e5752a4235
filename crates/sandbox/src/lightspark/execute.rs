//! Executes documents on objects that have every field of their type; other fields do not exist.

use super::document::{Document, Field, Operation, Selection, Value, Variable};
use serde_json::{Map, Value as Json, json};

/// Fragments may spread each other, even in cycles.
const MAX_DEPTH: usize = 64;

/// An error as GraphQL reports it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Problem {
    pub(super) message: String,
    /// `extensions.error_name`; an internal error has none.
    pub(super) name: Option<&'static str>,
}

impl Problem {
    pub(super) fn named(name: &'static str, message: impl Into<String>) -> Self {
        Self { message: message.into(), name: Some(name) }
    }

    pub(super) fn input(message: impl Into<String>) -> Self {
        Self::named("InvalidInputException", message)
    }

    pub(super) fn internal() -> Self {
        Self { message: "Something went wrong.".to_owned(), name: None }
    }

    pub(super) fn to_json(&self, path: Option<&str>) -> Json {
        let mut error = Map::from_iter([("message".to_owned(), self.message.clone().into())]);
        if let Some(path) = path {
            error.insert("path".to_owned(), json!([path]));
        }
        if let Some(name) = self.name {
            error.insert("extensions".to_owned(), json!({ "error_name": name }));
        }
        error.into()
    }
}

/// Interfaces of a type.
fn interfaces(type_name: &str) -> &'static [&'static str] {
    match type_name {
        "LightsparkNodeWithOSK" | "LightsparkNodeWithRemoteSigning" => &["LightsparkNode", "Node", "Entity"],
        "GraphNode" => &["Node", "Entity"],
        "Invoice" => &["PaymentRequest", "Entity"],
        "InvoiceData" => &["PaymentRequestData"],
        "IncomingPayment" | "OutgoingPayment" => &["LightningTransaction", "Transaction", "Entity"],
        "Account" => &["Entity"],
        _ => &[],
    }
}

/// The members of an object that a selection queries.
pub(super) fn select(document: &Document, object: &Json, selection: &[Selection]) -> Result<Json, Problem> {
    select_at(document, object, selection, 0)
}

fn select_at(
    document: &Document,
    object: &Json,
    selection: &[Selection],
    depth: usize,
) -> Result<Json, Problem> {
    if depth > MAX_DEPTH {
        return Err(Problem::input("the document is nested too deeply"));
    }
    match object {
        Json::Null => Ok(Json::Null),
        Json::Array(items) => {
            items.iter().map(|item| select_at(document, item, selection, depth + 1)).collect()
        }
        Json::Object(fields) if !selection.is_empty() => {
            let mut answer = Map::new();
            gather(document, fields, selection, &mut answer, depth)?;
            Ok(Json::Object(answer))
        }
        scalar if selection.is_empty() && !scalar.is_object() => Ok(scalar.clone()),
        Json::Object(_) => {
            Err(Problem::input("a field of an object type must have a selection of subfields"))
        }
        _ => Err(Problem::input("a field of a scalar type must not have a selection of subfields")),
    }
}

fn gather(
    document: &Document,
    fields: &Map<String, Json>,
    selection: &[Selection],
    answer: &mut Map<String, Json>,
    depth: usize,
) -> Result<(), Problem> {
    if depth > MAX_DEPTH {
        return Err(Problem::input("the document is nested too deeply"));
    }
    let type_name = fields.get("__typename").and_then(Json::as_str).unwrap_or_default();
    let is = |wanted: &str| wanted == type_name || interfaces(type_name).contains(&wanted);
    for selected in selection {
        match selected {
            Selection::Field(field) => {
                let value = fields.get(&field.name).ok_or_else(|| {
                    Problem::input(format!("Cannot query field '{}' on type '{type_name}'.", field.name))
                })?;
                let value = select_at(document, value, &field.selection, depth + 1)?;
                merge(answer, &field.key, value);
            }
            Selection::Spread(name) => {
                let (on, selection) = document
                    .fragments
                    .get(name)
                    .ok_or_else(|| Problem::input(format!("Unknown fragment '{name}'.")))?;
                if is(on) {
                    gather(document, fields, selection, answer, depth + 1)?;
                }
            }
            Selection::Inline(on, selection) => {
                if on.as_deref().is_none_or(is) {
                    gather(document, fields, selection, answer, depth + 1)?;
                }
            }
        }
    }
    Ok(())
}

/// A repeated field appears once, with the members of both selections.
fn merge(answer: &mut Map<String, Json>, key: &str, value: Json) {
    match (answer.get_mut(key), value) {
        (Some(Json::Object(known)), Json::Object(new)) => {
            for (name, value) in new {
                merge(known, &name, value);
            }
        }
        (_, value) => {
            answer.insert(key.to_owned(), value);
        }
    }
}

/// Checks the variables against the operation's declarations like the real server: ids are strings, a `Long` is a number.
pub(super) fn variables(
    operation: &Operation,
    given: &Map<String, Json>,
) -> Result<Map<String, Json>, Problem> {
    let mut known = Map::new();
    for variable in &operation.variables {
        match given.get(&variable.name).filter(|value| !value.is_null()) {
            Some(value) => {
                check(variable, value)?;
                known.insert(variable.name.clone(), value.clone());
            }
            None => match &variable.default {
                Some(default) => {
                    known.insert(variable.name.clone(), resolve(default, &Map::new())?.unwrap_or_default());
                }
                None if variable.required => {
                    return Err(Problem::input(format!(
                        "Variable '${}' of required type '{}!' was not provided.",
                        variable.name, variable.type_name
                    )));
                }
                None => {}
            },
        }
    }
    Ok(known)
}

fn check(variable: &Variable, value: &Json) -> Result<(), Problem> {
    let fits = |value: &Json| match variable.type_name.as_str() {
        "ID" | "String" | "Hash32" | "DateTime" | "TransactionStatus" | "InvoiceType" => value.is_string(),
        "Long" => value.is_i64(),
        "Int" => value.as_i64().is_some_and(|number| i32::try_from(number).is_ok()),
        "Boolean" => value.is_boolean(),
        _ => true,
    };
    let all_fit = match value {
        Json::Array(items) if variable.is_list => items.iter().all(fits),
        value => fits(value),
    };
    if all_fit {
        Ok(())
    } else {
        let (name, kind) = (&variable.name, &variable.type_name);
        Err(Problem::input(format!("Variable '${name}' got invalid value {value}; Expected type '{kind}'.")))
    }
}

/// A field's arguments with variables resolved, without missing and null ones.
pub(super) fn arguments(field: &Field, variables: &Map<String, Json>) -> Result<Map<String, Json>, Problem> {
    let mut arguments = Map::new();
    for (name, value) in &field.arguments {
        if let Some(value) = resolve(value, variables)?.filter(|value| !value.is_null()) {
            arguments.insert(name.clone(), value);
        }
    }
    Ok(arguments)
}

fn resolve(value: &Value, variables: &Map<String, Json>) -> Result<Option<Json>, Problem> {
    Ok(match value {
        Value::Constant(json) => Some(json.clone()),
        Value::Variable(name) => variables.get(name).cloned(),
        Value::List(items) => {
            let mut list = Vec::new();
            for item in items {
                list.push(resolve(item, variables)?.unwrap_or_default());
            }
            Some(list.into())
        }
        Value::Object(members) => {
            let mut object = Map::new();
            for (name, value) in members {
                if let Some(value) = resolve(value, variables)? {
                    object.insert(name.clone(), value);
                }
            }
            Some(object.into())
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(text: &str) -> Result<Json, Problem> {
        let document = Document::parse(text).map_err(Problem::input)?;
        let object = json!({
            "__typename": "Invoice", "id": "Invoice:1", "data": {"__typename": "InvoiceData", "memo": null, "amount": 5},
            "list": [{"__typename": "X", "n": 1}, {"__typename": "X", "n": 2}],
        });
        let operation = document.operation(None).map_err(Problem::input)?;
        select(&document, &object, &operation.selection)
    }

    #[test]
    fn selection_returns_the_queried_fields_only() {
        assert_eq!(
            ask(
                "{ a: id ... on Entity { b: id } ... on OutgoingPayment { nonsense } data { memo } ...F list { n } } \
                 fragment F on PaymentRequest { data { a: amount } }"
            ),
            Ok(
                json!({"a": "Invoice:1", "b": "Invoice:1", "data": {"memo": null, "a": 5}, "list": [{"n": 1}, {"n": 2}]})
            )
        );
    }

    #[test]
    fn unknown_fields_are_refused() {
        for text in [
            "{ nonsense }",
            "{ data }",
            "{ id { x } }",
            "{ ...F }",
            "{ ...F } fragment F on Invoice { ...F }",
            "{ ... on Invoice { data { nonsense } } }",
        ] {
            assert_eq!(ask(text).unwrap_err().name, Some("InvalidInputException"), "{text}");
        }
    }
}
