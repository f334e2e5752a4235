//! Detects code that never runs: contract cases missing in a macro, and source files without a module
//! declaration.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

fn sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// Returns all Rust files below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|end| end == "rs") {
            found.push(path);
        }
    }
    found
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap().to_str().unwrap().to_owned()
}

/// Returns names and signatures of a file's public functions, independent of their layout.
fn public_functions(code: &str) -> Vec<(String, String)> {
    let code: Vec<&str> = code.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let tokens = code.join(" ").split_whitespace().collect::<Vec<_>>().join(" ");
    tokens
        .split("pub ")
        .skip(1)
        .filter_map(|rest| {
            let rest = rest.strip_prefix("async ").unwrap_or(rest).strip_prefix("fn ")?;
            let signature = rest.split('{').next()?;
            let name = signature.split(['(', '<']).next()?.trim();
            Some((name.to_owned(), signature.replace(' ', "")))
        })
        .collect()
}

/// Returns the list in a macro, between `start` and `end`.
fn listed<'a>(code: &'a str, start: &str, end: &str) -> &'a str {
    code.split_once(start).unwrap().1.split_once(end).unwrap().0
}

#[test]
fn store_contract_lists_every_case() {
    let code = fs::read_to_string(sources().join("store.rs")).unwrap();
    let list = listed(&code, "$crate::store_cases! { $make:", "};");
    let mut listed_cases = BTreeSet::new();
    for group in list.split(']').filter(|group| group.contains('[')) {
        let (group, cases) = group.split_once('[').unwrap();
        for case in cases.split_whitespace() {
            assert!(listed_cases.insert(format!("{}::{case}", group.trim())), "{case} is listed twice");
        }
    }
    let mut written = BTreeSet::new();
    for path in files(&sources().join("store")) {
        let functions = public_functions(&fs::read_to_string(&path).unwrap());
        let cases = functions.into_iter().filter(|(_, signature)| signature.contains(":StoreUnderTest"));
        written.extend(cases.map(|(name, _)| format!("{}::{name}", stem(&path))));
    }
    let difference: Vec<_> = written.symmetric_difference(&listed_cases).collect();
    assert!(difference.is_empty(), "not listed, or not written: {difference:?}");
    assert!(written.len() > 100, "{}", written.len());
}

#[test]
fn lightning_contract_lists_every_case() {
    let code = fs::read_to_string(sources().join("lightning.rs")).unwrap();
    let mut listed_cases = BTreeSet::new();
    for list in code.split("lightning_contract!(@cases $make:").skip(1) {
        let list = list.split_once(");").unwrap().0;
        listed_cases
            .extend(list.split(',').map(|case| case.trim().to_owned()).filter(|case| !case.is_empty()));
    }
    let more = sources().join("lightning");
    let more = if more.is_dir() { files(&more) } else { Vec::new() };
    let mut written = BTreeSet::new();
    for code in more.iter().map(|path| fs::read_to_string(path).unwrap()).chain([code.clone()]) {
        let functions = public_functions(&code).into_iter();
        let cases = functions.filter(|(_, signature)| signature.contains("LightningHarness"));
        written.extend(cases.map(|(name, _)| name));
    }
    let difference: Vec<_> = written.symmetric_difference(&listed_cases).collect();
    assert!(difference.is_empty(), "not listed, or not written: {difference:?}");
    assert!(written.len() > 15, "{}", written.len());
}

#[test]
fn every_source_file_belongs_to_a_module() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut seen = 0;
    let mut orphans = Vec::new();
    for package in fs::read_dir(crates).unwrap().map(|entry| entry.unwrap().path()) {
        for part in ["src", "tests", "benches"].map(|part| package.join(part)) {
            if !part.is_dir() {
                continue;
            }
            for path in files(&part) {
                seen += 1;
                let folder = path.parent().unwrap();
                let is_root = ["lib", "main", "mod"].contains(&stem(&path).as_str());
                let is_target = folder == part && !part.ends_with("src") || folder.ends_with("src/bin");
                if !is_root && !is_target && !is_declared(&path, folder) {
                    orphans.push(path);
                }
            }
        }
    }
    assert!(seen > 200, "{seen}");
    assert!(orphans.is_empty(), "never compiled: {orphans:#?}");
}

fn is_declared(path: &Path, folder: &Path) -> bool {
    let beside = folder.with_extension("rs");
    let parents = ["lib.rs", "main.rs", "mod.rs"].map(|name| folder.join(name)).into_iter().chain([beside]);
    let declaration = format!("mod {};", stem(path));
    parents.filter_map(|parent| fs::read_to_string(parent).ok()).any(|code| {
        code.lines().map(str::trim).any(|line| !line.starts_with("//") && line.ends_with(&declaration))
    })
}
