use crate::app::TestApp;
use reqwest::Method;
use serde_json::Value;
use std::{collections::BTreeSet, path::Path};

/// Regenerate with `cargo run -p server -- openapi > docs/openapi.json`.
#[test]
fn the_committed_api_description_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json");
    let committed = std::fs::read_to_string(path).unwrap();
    assert!(
        committed == server::http::document().unwrap(),
        "docs/openapi.json is stale: `cargo run -p server -- openapi`"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn every_described_operation_is_routed() {
    let app = TestApp::open().await;
    let served = app.get("/api/openapi.json").await.body;
    assert_eq!(served["openapi"].as_str().unwrap().split('.').next(), Some("3"));
    let mut calls = 0;
    for (path, operations) in served["paths"].as_object().unwrap() {
        let path = path
            .replace("{payment_hash}", &"0".repeat(64))
            .replace("{invoice_id}", "x")
            .replace("{user}", "tickets");
        let path = path
            .replace("{id}", "1")
            .replace("{user_id}", "1")
            .replace("{ticket_id}", "1")
            .replace("{refund_id}", "1");
        for method in operations.as_object().unwrap().keys() {
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            let reply = app.send(app.request(method.clone(), &path)).await;
            assert_ne!(reply.status, 405, "{method} {path}");
            assert_ne!(reply.body["message"], "There is nothing here", "{method} {path}");
            calls += 1;
        }
    }
    assert!(calls > 50);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_reference_resolves() {
    let document: Value = serde_json::from_str(&server::http::document().unwrap()).unwrap();
    let mut references = Vec::new();
    collect(&document, &mut references);
    assert!(references.len() > 50);
    for reference in references {
        assert!(document.pointer(reference.trim_start_matches('#')).is_some(), "{reference}");
    }
}

/// Clients that follow the description send no token where `security` is empty.
#[test]
fn every_operation_says_whether_it_needs_a_token() {
    let document: Value = serde_json::from_str(&server::http::document().unwrap()).unwrap();
    let mut public = 0;
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, call) in operations.as_object().unwrap() {
            let security = call["security"].as_array();
            let security = security.unwrap_or_else(|| panic!("{method} {path} has no `security`"));
            public += usize::from(security.is_empty());
            let is_organiser = path.starts_with("/api/admin/");
            assert!(!is_organiser || !security.is_empty(), "{method} {path}");
        }
    }
    assert!(public > 10, "{public}");
}

/// The schema of a list's `data`.
fn is_list(document: &Value, answer: &Value) -> bool {
    let resolved = |schema: &Value| match schema["$ref"].as_str() {
        Some(reference) => document.pointer(reference.trim_start_matches('#')).unwrap().clone(),
        None => schema.clone(),
    };
    let schema = resolved(&answer["content"]["application/json"]["schema"]);
    resolved(&schema["properties"]["data"])["type"] == "array"
}

#[tokio::test(flavor = "multi_thread")]
async fn every_list_has_its_total_count() {
    let app = TestApp::open().await;
    let admin = app.admin().await;
    assert_eq!(app.add_event(&admin, 2_100, 5).await, 1);
    let document = app.get("/api/openapi.json").await.body;
    let mut lists = 0;
    for (path, operations) in document["paths"].as_object().unwrap() {
        let answer = &operations["get"]["responses"]["200"];
        if !is_list(&document, answer) {
            continue;
        }
        assert!(answer["headers"]["X-Total-Count"].is_object(), "{path}: the header is not described");
        let path = path.replace("{id}", "1").replace("{user_id}", "1");
        let reply = app.get_as(&admin, &path).await;
        assert_eq!(reply.status, 200, "{path}: {reply:?}");
        let total: usize = reply.header("x-total-count").parse().unwrap_or_else(|_| panic!("{path}"));
        assert_eq!(total, reply.data().as_array().unwrap().len(), "{path}");
        lists += 1;
    }
    assert!(lists >= 12, "{lists}");
}

/// Error types that a program may have to act on are in the guide.
#[test]
fn the_integrators_guide_names_every_problem_type() {
    let document: Value = serde_json::from_str(&server::http::document().unwrap()).unwrap();
    let schema = &document["components"]["schemas"]["Problem"]["properties"]["type"];
    assert_eq!(schema["$ref"], "#/components/schemas/ProblemType", "{schema}");
    let types = document["components"]["schemas"]["ProblemType"]["enum"].as_array().unwrap();
    assert!(types.len() > 60, "{}", types.len());
    let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/integrators.md");
    let guide = std::fs::read_to_string(guide).unwrap();
    let rows = guide.split("## Errors").nth(1).unwrap().split("\n## ").next().unwrap().to_owned();
    let missing: Vec<_> =
        types.iter().filter(|name| !rows.contains(&format!("`{}`", name.as_str().unwrap()))).collect();
    assert!(missing.is_empty(), "docs/integrators.md does not explain {missing:?}");
}

fn collect(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            found.extend(map.get("$ref").and_then(Value::as_str).map(str::to_owned));
            map.values().for_each(|value| collect(value, found));
        }
        Value::Array(list) => list.iter().for_each(|value| collect(value, found)),
        _ => {}
    }
}

/// Every test that `docs/security.md` names exists.
#[test]
fn tests_named_in_the_security_document_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let document = std::fs::read_to_string(root.join("docs/security.md")).unwrap();
    let rows = document.split("## Threats and rules").nth(1).unwrap();
    let named: BTreeSet<&str> = rows
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(|word| {
            word.matches('_').count() >= 3
                && word.bytes().all(|byte| byte == b'_' || byte.is_ascii_alphanumeric())
        })
        .collect();
    assert!(named.len() > 70, "{}", named.len());
    let mut functions = BTreeSet::new();
    collect_functions(&root.join("crates"), &mut functions);
    let missing: Vec<_> = named.iter().filter(|name| !functions.contains(**name)).collect();
    assert!(missing.is_empty(), "docs/security.md names tests that do not exist: {missing:?}");
}

fn collect_functions(folder: &Path, into: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect_functions(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let code = std::fs::read_to_string(&path).unwrap();
            let names = code.split("fn ").skip(1);
            into.extend(names.filter_map(|rest| Some(rest.split_once('(')?.0.to_owned())));
        }
    }
}
